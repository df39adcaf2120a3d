"""Ask for the reports of one workspace, in a form that Clockify accepts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from tap_clockify.clockify.client import workspace_path
from tap_clockify.clockify.paging import Forms, is_last_page, last_page_header
from tap_clockify.errors import ClockifyError
from tap_clockify.records.report_rows import DetailedReport, ReportRow
from tap_clockify.reports.totals import SummaryReport, Totals, totals_of

if TYPE_CHECKING:
    from concurrent.futures import Future

    from tap_clockify.clockify.client import ClockifyClient
    from tap_clockify.dates.windows import Window
    from tap_clockify.http.workers import Workers

    Form = tuple[int, dict[str, Any] | None]

PAGE_SIZES = (1000, 200)
"""Rows a page of the detailed report, the smaller where the larger is refused."""

EVERYONE = {"ids": [], "contains": "CONTAINS", "status": "ALL"}
"""The filter without which leavers might be missing; it is unconfirmed that all plans accept it."""

FORMS = tuple((size, users) for users in (EVERYONE, None) for size in PAGE_SIZES)
"""Forms of a request, to try in turn: the length of a page, and the filter for users."""


@dataclass(frozen=True)
class Page:
    """A page of the detailed report.

    Attributes:
        rows: Its entries.
        count: How many entries the whole window has; None where the report does not say.
        is_last: What the header ``Last-Page`` said; None without it.
    """

    rows: list[ReportRow]
    count: int | None
    is_last: bool | None

    def ends(self, so_far: int) -> bool:
        """Tell whether it is the last.

        Args:
            so_far: How many entries have been read, those of this page included.
        """
        return is_last_page(
            len(self.rows),
            PAGE_SIZES[-1],
            header=self.is_last,
            so_far=so_far,
            total=self.count,
        )


@dataclass(frozen=True)
class PendingTotals:
    """Clockify's totals of a window, asked for in a form that may be refused."""

    form: Form
    answer: Future[Totals]


class ReportRequests:
    """The requests for one workspace's reports."""

    def __init__(self, client: ClockifyClient, workspace_id: str, timezone: str) -> None:
        """Prepare to ask.

        Args:
            client: The way to Clockify.
            workspace_id: The workspace.
            timezone: IANA name of the zone of the windows and of the answers.
        """
        self._client = client
        self._path = workspace_path(workspace_id) + "/reports"
        self._timezone = timezone
        self._forms: Forms[Form] = Forms(FORMS)

    def count(self, window: Window) -> int | None:
        """Ask how many entries a window has, None where Clockify does not say."""
        _, users = self._forms.current
        return self._page(window, 1, (1, users)).count

    def page(self, window: Window, number: int) -> Page:
        """Ask for a page; of a window's first, in other forms where one is refused.

        Raises:
            ClockifyError: The answer has no list of entries.
            RequestError: Clockify refuses the request in every form.
        """
        if number > 1:
            return self._page(window, number, self._forms.current)
        return self._forms.ask(partial(self._page, window, number))

    def begin_totals(self, window: Window, workers: Workers) -> PendingTotals:
        """Ask for Clockify's own totals by day and person, to be read later."""
        form = self._forms.current
        return PendingTotals(form, workers.submit(partial(self._totals, window, form)))

    def totals(self, window: Window, pending: PendingTotals) -> Totals:
        """Wait for totals; ask again if a page has shown meanwhile that their form is refused.

        The form is the pages': without the filter for users, pages could lack leavers.

        Raises:
            ClockifyError: The answer has no groups.
            RequestError: Clockify refuses the request.
        """
        request = partial(self._totals, window)
        return self._forms.settle(pending.form, pending.answer, request, explore=False)

    def _totals(self, window: Window, form: Form) -> Totals:
        body = {**self._body(window, form), "summaryFilter": {"groups": ["DATE", "USER"]}}
        answer = self._client.post_report(f"{self._path}/summary", body, SummaryReport)
        return totals_of(answer.body)

    def _page(self, window: Window, number: int, form: Form) -> Page:
        body = {
            **self._body(window, form),
            "sortOrder": "ASCENDING",
            "detailedFilter": {
                "page": number,
                "pageSize": form[0],
                # Ids grow with time, so entries added meanwhile shift no page before the last.
                "sortColumn": "ID",
                "options": {"totals": "CALCULATE"},
            },
        }
        answer = self._client.post_report(f"{self._path}/detailed", body, DetailedReport)
        return Page(_rows(answer.body), _count(answer.body), last_page_header(answer))

    def _body(self, window: Window, form: Form) -> dict[str, Any]:
        body = {
            "dateRangeStart": window.range_start,
            "dateRangeEnd": window.range_end,
            "timeZone": self._timezone,
            "amounts": ["EARNED", "COST"],
            "rounding": False,
            "exportType": "JSON",
        }
        return body if form[1] is None else {**body, "users": form[1]}


def _rows(report: DetailedReport) -> list[ReportRow]:
    rows = report.other_entries if report.timeentries is None else report.timeentries
    if rows is None:
        raise ClockifyError("The detailed report came without its list of time entries.")
    return rows


def _count(report: DetailedReport) -> int | None:
    """Read how many entries the whole window has; the totals may be ``[null]``."""
    first = report.totals[0] if report.totals else None
    count = first.get("entriesCount") if isinstance(first, dict) else None
    return int(count) if count is not None else None
