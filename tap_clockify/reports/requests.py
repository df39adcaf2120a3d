"""Request the reports of one workspace, in a form that Clockify accepts."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from clockify_client.client import workspace_path
from clockify_client.errors import ClockifyError
from clockify_client.paging import Forms, is_last_page, last_page_header

from tap_clockify.dates import zones
from tap_clockify.dates.windows import ONE_DAY, Window
from tap_clockify.records.report_rows import DetailedReport, ReportRow, unknown_fields
from tap_clockify.reports.totals import SummaryReport, Totals, totals_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future

    from clockify_client.client import ClockifyClient
    from clockify_client.http.workers import Workers

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

    def __init__(
        self,
        client: ClockifyClient,
        workspace_id: str,
        timezone: str,
        range_days: int,
        unknown: Counter[str] | None = None,
    ) -> None:
        """Prepare the requests.

        Args:
            client: Makes the requests.
            workspace_id: The workspace.
            timezone: IANA name of the time zone of the windows and the responses.
            range_days: The longest range that the subscription allows.
            unknown: Counts the fields of entries that no column has, on the first page alone.
        """
        self._range_days = range_days
        self._client = client
        self._path = workspace_path(workspace_id) + "/reports"
        self._timezone = timezone
        self._forms: Forms[Form] = Forms(REPORT_FORMS)
        self._is_form_known = False
        self._has_looked = False
        self._unknown = Counter() if unknown is None else unknown

    @property
    def is_form_known(self) -> bool:
        """Whether Clockify has accepted a request in the current form."""
        return self._is_form_known

    def count(self, window: Window) -> int | None:
        """Request the number of entries in a window; None if Clockify does not say."""
        answer = self._forms.ask(lambda form: self._page(window, 1, (1, form[1])))
        self._is_form_known = True
        return answer.count

    def entries_in(self, window: Window) -> int:
        """Request the number of entries in a window from a summary; 0 if Clockify does not say."""
        report = self._forms.ask(lambda form: self._summary(window, ("DATE",), form))
        self._is_form_known = True
        first = report.totals[0] if report.totals else None
        return int(first.get("entriesCount") or 0) if isinstance(first, dict) else 0

    def is_hidden(self, window: Window) -> bool:
        """Return whether a window has entries, all of which the filter for people leaves out."""
        _, users = self._forms.current
        if users is None or not self._summary(window, ("DATE",), (1, None)).groups:
            return False
        return not self._summary(window, ("DATE",), (1, users)).groups

    def summary(self, window: Window, groups: Sequence[str]) -> SummaryReport:
        """Request a summary report in the form of the pages.

        Raises:
            RequestError: Clockify rejects the request.
        """
        return self._summary(window, groups, self._forms.current)

    def page(self, window: Window, number: int) -> Page:
        """Request a page; for a window's first page, try other forms if one is rejected.

        Raises:
            ClockifyError: The response has no list of entries.
            RequestError: Clockify rejects the request in every form.
        """
        if number > 1:
            return self._page(window, number, self._forms.current)
        page = self._forms.ask(partial(self._page, window, number))
        self._is_form_known = True
        return page

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
        return totals_of(self._summary(window, ("DATE", "USER"), form), window)

    def _summary(self, window: Window, groups: Sequence[str], form: Form) -> SummaryReport:
        body = {**self._body(window, form), "summaryFilter": {"groups": list(groups)}}
        answer = self._client.post_report(f"{self._path}/summary", body, SummaryReport)
        report: SummaryReport = answer.body
        return report

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
        path, is_first = f"{self._path}/detailed", not self._has_looked
        self._has_looked = True
        answer = self._client.post(
            path, body, host="reports", into=DetailedReport, keeps_content=is_first
        )
        if is_first:
            self._unknown.update(unknown_fields(answer.content))
        return Page(_rows(answer.body), _count(answer.body), last_page_header(answer))

    def _range_end(self, window: Window) -> str:
        """Return the end of a window, which includes both of two hours before a midnight.

        If a clock falls back at midnight, the last instant of that day is ambiguous, and Clockify
        may take the earlier one. A range that is as long as allowed stays as it is.
        """
        last = dt.datetime.combine(window.last, dt.time.max, zones.zone(self._timezone))
        is_ambiguous = last.utcoffset() != last.replace(fold=1).utcoffset()
        if is_ambiguous and window.days < self._range_days:
            return Window(window.last + ONE_DAY, window.last + ONE_DAY).range_start
        return window.range_end

    def _body(self, window: Window, form: Form) -> dict[str, Any]:
        body = {
            "dateRangeStart": window.range_start,
            "dateRangeEnd": self._range_end(window),
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
