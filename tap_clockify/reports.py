"""Read a workspace's time from the detailed report, and prove it with the summary report."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tap_clockify import windows
from tap_clockify.api import BAD_REQUEST, Answer, ClockifyAPI
from tap_clockify.entries import entry_id, is_running
from tap_clockify.errors import ClockifyError, RequestError
from tap_clockify.plans import FREE_RANGE_DAYS
from tap_clockify.totals import Totals, totals_of

if TYPE_CHECKING:
    import datetime as dt
    import logging
    from collections.abc import Iterator

    from tap_clockify.windows import Window

    Form = tuple[int, dict[str, Any] | None]

PAGE_SIZES = (1000, 200)
"""Rows a page of the detailed report, the smaller where the larger is refused."""

EVERYONE = {"ids": [], "contains": "CONTAINS", "status": "ALL"}
"""The filter without which leavers might be missing; it is unconfirmed that all plans accept it."""

FORMS = tuple((size, users) for users in (EVERYONE, None) for size in PAGE_SIZES)
"""Forms of a request to try in turn where Clockify refuses the one before."""

ROWS_IN_HAND = 20_000
"""Most rows of one window to hold at a time; larger windows are read in pieces."""

READINGS = 4
"""How often to read a window that changes while it is read, before it is read in halves."""


@dataclass
class PageSet:
    """The pages of one window, read one after another while people may have gone on editing."""

    counts: list[int | None] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)

    def add(self, answer: Answer) -> list[dict[str, Any]]:
        """Take one page's rows and count."""
        rows = _rows(answer)
        self.counts.append(_entries_count(answer))
        self.rows.extend(rows)
        self.ids.extend(entry_id(row) for row in rows)
        return rows

    @property
    def is_steady(self) -> bool:
        """Whether no page contradicts another: same count on all, no entry twice, none missing."""
        count = self.counts[0]
        unique = set(self.ids)
        return (
            all(other == count for other in self.counts)
            and len(unique) == len(self.ids)
            and (count is None or count == len(unique))
        )


@dataclass(frozen=True)
class Reading:
    """A window read whole: every stopped entry that started in it, and Clockify's own totals."""

    window: Window
    rows: list[dict[str, Any]]
    totals: Totals | None


class ReportReader:
    """Reads one workspace's reports, window by window."""

    def __init__(
        self,
        api: ClockifyAPI,
        workspace_id: str,
        *,
        timezone: str,
        range_days: int,
        verify: bool,
        logger: logging.Logger,
    ) -> None:
        """Prepare to read; nothing is asked yet.

        Args:
            api: The way to Clockify.
            workspace_id: The workspace.
            timezone: IANA name of the zone of the windows and of the answers.
            range_days: The longest window that the plan allows.
            verify: Whether to fetch Clockify's totals and read again where they differ.
            logger: Where re-readings are told.
        """
        self._api = api
        self._path = f"/workspaces/{workspace_id}/reports"
        self._timezone = timezone
        self._tz = windows.zone(timezone)
        self._range_days = range_days
        self._verify = verify
        self._logger = logger
        self._form = FORMS[0]

    def read(self, window: Window) -> Iterator[Reading]:
        """Read a window of any length, in pieces that are each complete and consistent."""
        for piece in windows.cut(window.first, window.last, self._range_days):
            yield from self._read_piece(piece)

    def _read_piece(self, window: Window) -> Iterator[Reading]:
        try:
            first = self._page(window, 1)
        except RequestError as error:
            if error.status != BAD_REQUEST or window.days <= FREE_RANGE_DAYS:
                raise
            self._logger.info("Clockify refuses the range %s; asking for shorter ones.", window)
            self._range_days = FREE_RANGE_DAYS
            yield from self.read(window)
            return
        count = _entries_count(first) or 0
        if count > ROWS_IN_HAND and window.days > 1:
            for piece in windows.split(window, 1 + count // ROWS_IN_HAND):
                yield from self._read_piece(piece)
            return
        yield from self._read_steadily(window, first)

    def _read_steadily(self, window: Window, first: Answer) -> Iterator[Reading]:
        """Read until the pages agree with each other and with Clockify's totals."""
        pages = self._read_pages(window, first)
        for _ in range(READINGS):
            if pages.is_steady:
                break
            self._logger.info("Entries of %s changed while they were read: reading again.", window)
            before, pages = pages, self._read_pages(window, self._page(window, 1))
            if sorted(before.ids) == sorted(pages.ids):
                break  # Steady, only Clockify's count disagrees with its own rows.
        else:
            if window.days > 1:
                for half in windows.split(window, 2):
                    yield from self._read_piece(half)
                return
        yield self._proved(window, pages)

    def _proved(self, window: Window, pages: PageSet) -> Reading:
        """Compare with Clockify's totals; where a day differs, read the window once more."""
        reading = self._reading(window, pages)
        if reading.totals is not None and reading.totals.differences(reading.rows, self._tz):
            self._logger.info("Totals of %s differ from the rows read: reading again.", window)
            reading = self._reading(window, self._read_pages(window, self._page(window, 1)))
        return reading

    def _reading(self, window: Window, pages: PageSet) -> Reading:
        unique = {entry_id(row): row for row in pages.rows}
        stopped = [
            row for row in unique.values() if not is_running(row) and self._day(row) in window
        ]
        return Reading(window, stopped, self._totals(window) if self._verify else None)

    def _day(self, row: dict[str, Any]) -> dt.date:
        return windows.local_day(windows.instant(row["timeInterval"]["start"], self._tz), self._tz)

    def _read_pages(self, window: Window, first: Answer) -> PageSet:
        pages = PageSet()
        rows = pages.add(first)
        full = len(rows)
        number = 1
        while not _ends_here(pages, rows, full, pages_last=first.last_page):
            number += 1
            first = self._page(window, number)
            rows = pages.add(first)
        return pages

    def _page(self, window: Window, number: int) -> Answer:
        forms = [self._form] if number > 1 else list(FORMS[FORMS.index(self._form) :])
        for form in forms:
            try:
                answer = self._api.post_report(
                    f"{self._path}/detailed", self._detailed(window, number, form)
                )
            except RequestError as error:
                if error.status != BAD_REQUEST or form == forms[-1]:
                    raise
            else:
                self._form = form
                return answer
        raise AssertionError  # The loop returns or raises.

    def _totals(self, window: Window) -> Totals:
        body = {
            **self._request(window, self._form),
            "summaryFilter": {"groups": ["DATE", "USER"]},
        }
        return totals_of(self._api.post_report(f"{self._path}/summary", body).body)

    def _detailed(self, window: Window, number: int, form: Form) -> dict[str, Any]:
        return {
            **self._request(window, form),
            "sortOrder": "ASCENDING",
            "detailedFilter": {
                "page": number,
                "pageSize": form[0],
                # Ids grow with time, so entries added meanwhile shift no page before the last.
                "sortColumn": "ID",
                "options": {"totals": "CALCULATE"},
            },
        }

    def _request(self, window: Window, form: Form) -> dict[str, Any]:
        request = {
            "dateRangeStart": window.range_start,
            "dateRangeEnd": window.range_end,
            "timeZone": self._timezone,
            "amounts": ["EARNED", "COST"],
            "rounding": False,
            "exportType": "JSON",
        }
        return request if form[1] is None else {**request, "users": form[1]}


def _rows(answer: Answer) -> list[dict[str, Any]]:
    body = answer.body
    rows = body.get("timeentries", body.get("timeEntries")) if isinstance(body, dict) else None
    if not isinstance(rows, list):
        message = "The detailed report came without its list of time entries."
        raise ClockifyError(message)
    return rows


def _entries_count(answer: Answer) -> int | None:
    """Read how many entries the whole window has; the totals may be ``[null]``."""
    totals = answer.body.get("totals") if isinstance(answer.body, dict) else None
    first = totals[0] if totals else None
    count = first.get("entriesCount") if isinstance(first, dict) else None
    return int(count) if count is not None else None


def _ends_here(
    pages: PageSet, rows: list[dict[str, Any]], full: int, *, pages_last: bool | None
) -> bool:
    """Tell whether the last page is in: by the header, by the count, or by a page not full."""
    if not rows:
        return True
    if pages_last is not None:
        return pages_last
    count = pages.counts[-1]
    if count is not None:
        return len(pages.rows) >= count
    return len(rows) < full or len(rows) < min(PAGE_SIZES)
