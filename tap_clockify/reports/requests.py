"""Request the reports of one workspace, in a form that Clockify accepts."""

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

REPORT_PAGE_SIZES = (1000, 200)
"""Rows per page of the detailed report; the smaller size is used if the larger is rejected."""

EVERYONE = {"ids": [], "contains": "CONTAINS", "status": "ALL"}
"""Without this filter, people who have left might be missing. It is unconfirmed whether all
subscriptions accept it."""

REPORT_FORMS = tuple((size, users) for users in (EVERYONE, None) for size in REPORT_PAGE_SIZES)
"""Forms of a request, to try in turn: the page size, and the filter for users."""


@dataclass(frozen=True)
class Page:
    """A page of the detailed report.

    Attributes:
        rows: Its entries.
        count: The number of entries in the whole window; None if the report does not say.
        is_last: The value of the header ``Last-Page``; None if it was not sent.
    """

    rows: list[ReportRow]
    count: int | None
    is_last: bool | None

    def ends(self, so_far: int) -> bool:
        """Return whether this is the last page.

        Args:
            so_far: The number of entries read so far, including this page.
        """
        return is_last_page(
            len(self.rows),
            REPORT_PAGE_SIZES[-1],
            header=self.is_last,
            so_far=so_far,
            total=self.count,
        )


@dataclass(frozen=True)
class PendingTotals:
    """Clockify's totals of a window, requested in a form that may be rejected."""

    form: Form
    answer: Future[Totals]


class ReportRequests:
    """Requests one workspace's reports."""

    def __init__(self, client: ClockifyClient, workspace_id: str, timezone: str) -> None:
        """Prepare the requests.

        Args:
            client: Makes the requests.
            workspace_id: The workspace.
            timezone: IANA name of the time zone of the windows and the responses.
        """
        self._client = client
        self._path = workspace_path(workspace_id) + "/reports"
        self._timezone = timezone
        self._forms: Forms[Form] = Forms(REPORT_FORMS)

    def count(self, window: Window) -> int | None:
        """Request the number of entries in a window; None if Clockify does not say."""
        _, users = self._forms.current
        return self._page(window, 1, (1, users)).count

    def page(self, window: Window, number: int) -> Page:
        """Request a page; for a window's first page, try other forms if one is rejected.

        Raises:
            ClockifyError: The response has no list of entries.
            RequestError: Clockify rejects the request in every form.
        """
        if number > 1:
            return self._page(window, number, self._forms.current)
        return self._forms.ask(partial(self._page, window, number))

    def begin_totals(self, window: Window, workers: Workers) -> PendingTotals:
        """Request Clockify's own totals by day and person, without waiting for them."""
        form = self._forms.current
        return PendingTotals(form, workers.submit(partial(self._totals, window, form)))

    def totals(self, window: Window, pending: PendingTotals) -> Totals:
        """Wait for totals; if their form was rejected, repeat the request in the pages' form.

        Totals never try a form of their own: a form without the filter for users would then apply
        to the pages, too, which could lack people who have left.

        Raises:
            ClockifyError: The response has no groups.
            RequestError: Clockify rejects the request.
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
                # Ids grow with time, so entries added meanwhile change only the last page.
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
        raise ClockifyError(
            "Clockify's detailed report has no list of time entries. Check that reports_url points"
            " to Clockify."
        )
    return rows


def _count(report: DetailedReport) -> int | None:
    """Return the number of entries in the whole window; the totals may be ``[null]``."""
    first = report.totals[0] if report.totals else None
    count = first.get("entriesCount") if isinstance(first, dict) else None
    return int(count) if count is not None else None
