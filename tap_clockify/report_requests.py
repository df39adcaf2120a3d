"""Ask for the reports of one workspace, in a form that Clockify accepts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tap_clockify.api import BAD_REQUEST, ClockifyAPI
from tap_clockify.errors import ClockifyError, RequestError
from tap_clockify.rows import DetailedReport, ReportRow
from tap_clockify.totals import SummaryReport, Totals, totals_of

if TYPE_CHECKING:
    from tap_clockify.windows import Window

    Form = tuple[int, dict[str, Any] | None]

PAGE_SIZES = (1000, 200)
"""Rows a page of the detailed report, the smaller where the larger is refused."""

EVERYONE = {"ids": [], "contains": "CONTAINS", "status": "ALL"}
"""The filter without which leavers might be missing; it is unconfirmed that all plans accept it."""

FORMS = tuple((size, users) for users in (EVERYONE, None) for size in PAGE_SIZES)
"""Forms of a request to try in turn where Clockify refuses the one before."""

SMALLEST_PAGE = 50
"""No page is shorter than this because of a maximum of the server's."""


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
        """Tell whether it is the last: by the header, by the count, or because it is not full.

        Args:
            so_far: How many entries have been read, those of this page included.
        """
        if not self.rows:
            return True
        if self.is_last is not None:
            return self.is_last
        if self.count is not None:
            return so_far >= self.count
        # A page may also be short because the server's own maximum is lower than what was asked.
        return len(self.rows) < SMALLEST_PAGE


class ReportRequests:
    """The requests for one workspace's reports."""

    def __init__(self, api: ClockifyAPI, workspace_id: str, timezone: str) -> None:
        """Prepare to ask.

        Args:
            api: The way to Clockify.
            workspace_id: The workspace.
            timezone: IANA name of the zone of the windows and of the answers.
        """
        self._api = api
        self._path = f"/workspaces/{workspace_id}/reports"
        self._timezone = timezone
        self._form = FORMS[0]

    def count(self, window: Window) -> int | None:
        """Ask how many entries a window has, None where Clockify does not say."""
        return self._page(window, 1, (1, self._form[1])).count

    def page(self, window: Window, number: int) -> Page:
        """Ask for a page; of a window's first, in other forms where one is refused.

        Raises:
            ClockifyError: The answer has no list of entries.
            RequestError: Clockify refuses the request in every form.
        """
        forms = [self._form] if number > 1 else list(FORMS[FORMS.index(self._form) :])
        for form in forms:
            try:
                page = self._page(window, number, form)
            except RequestError as error:
                if error.status != BAD_REQUEST or form == forms[-1]:
                    raise
            else:
                self._form = form
                return page
        raise AssertionError  # The loop returns or raises.

    def totals(self, window: Window) -> Totals:
        """Ask for Clockify's own totals by day and person.

        Raises:
            ClockifyError: The answer has no groups.
        """
        body = {**self._body(window, self._form), "summaryFilter": {"groups": ["DATE", "USER"]}}
        return totals_of(self._api.post_report(f"{self._path}/summary", body, SummaryReport).body)

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
        answer = self._api.post_report(f"{self._path}/detailed", body, DetailedReport)
        return Page(_rows(answer.body), _count(answer.body), answer.last_page)

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
