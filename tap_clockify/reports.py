"""Read a workspace's time from the detailed report, and prove it with the summary report."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from tap_clockify import windows
from tap_clockify.api import BAD_REQUEST, Answer, ClockifyAPI
from tap_clockify.errors import ClockifyError, RequestError
from tap_clockify.plans import FREE_RANGE_DAYS
from tap_clockify.rows import DetailedReport, ReportRow
from tap_clockify.totals import Difference, SummaryReport, Totals, totals_of
from tap_clockify.windows import Window

if TYPE_CHECKING:
    import datetime as dt
    import logging
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future

    from singer_sdk.helpers.types import Record

    from tap_clockify.workers import Workers

    Form = tuple[int, dict[str, Any] | None]
    Shape = Callable[[ReportRow], Record]

PAGE_SIZES = (1000, 200)
"""Rows a page of the detailed report, the smaller where the larger is refused."""

EVERYONE = {"ids": [], "contains": "CONTAINS", "status": "ALL"}
"""The filter without which leavers might be missing; it is unconfirmed that all plans accept it."""

FORMS = tuple((size, users) for users in (EVERYONE, None) for size in PAGE_SIZES)
"""Forms of a request to try in turn where Clockify refuses the one before."""

ROWS_IN_HAND = 15_000
"""Most rows of one window to hold at a time; larger windows are read in pieces."""

SHORT_WINDOW = 100
"""Days for whose totals to ask before it is known whether the window is read in pieces."""

PIECES_AHEAD = 4
"""How many windows to ask for while one is read."""

SMALLEST_PAGE = 50
"""No page is shorter than this because of a maximum of the server's."""

READINGS = 4
"""How often to read a window that changes while it is read, before it is read in halves."""


def _ignore() -> None:
    """Do nothing."""


@dataclass
class PageSet:
    """The pages of one window, read while people may have gone on editing."""

    counts: list[int | None] = field(default_factory=list)
    entries: list[Record] = field(default_factory=list)

    def add(self, answer: Answer, shape: Shape) -> int:
        """Take one page's entries and count; return how many entries it has."""
        rows = _rows(answer)
        self.counts.append(_entries_count(answer))
        self.entries.extend(map(shape, rows))
        return len(rows)

    @property
    def is_steady(self) -> bool:
        """Whether no page contradicts another: same count on all, no entry twice, none missing."""
        count = self.counts[0]
        unique = len(self.ids())
        return (
            all(other == count for other in self.counts)
            and unique == len(self.entries)
            and (count is None or count == unique)
        )

    def ids(self) -> set[str]:
        """Collect the ids of the entries."""
        return {entry["id"] for entry in self.entries}


@dataclass(frozen=True)
class Reading:
    """A window read whole: every stopped entry that started in it, and Clockify's own totals.

    Attributes:
        window: The window.
        entries: Its entries.
        totals: What Clockify adds up to; None where that was not asked for.
        differences: The days and people for whom the entries add up differently.
    """

    window: Window
    entries: list[Record]
    totals: Totals | None
    differences: list[Difference]


class ReportReader:
    """Reads one workspace's reports, window by window."""

    def __init__(
        self,
        api: ClockifyAPI,
        workers: Workers,
        workspace_id: str,
        *,
        today: dt.date,
        timezone: str,
        range_days: int,
        verify: bool,
        shape: Shape,
        logger: logging.Logger,
    ) -> None:
        """Prepare to read; nothing is asked yet.

        Args:
            api: The way to Clockify.
            workers: Fetch pages and windows side by side.
            workspace_id: The workspace.
            today: The local day on which the run began.
            timezone: IANA name of the zone of the windows and of the answers.
            range_days: The longest window that the plan allows.
            verify: Whether to fetch Clockify's totals and read again where they differ.
            shape: Makes an entry of a row of the report.
            logger: Where re-readings are told.
        """
        self._api = api
        self._workers = workers
        self._path = f"/workspaces/{workspace_id}/reports"
        self._today = today
        self._timezone = timezone
        self._range_days = range_days
        self._verify = verify
        self._shape = shape
        self._logger = logger
        self._form = FORMS[0]
        self._begun: dict[Window, tuple[Future[Answer], Future[Totals] | None]] = {}

    def count(self, window: Window) -> int | None:
        """Ask how many entries a window has, None where Clockify does not say."""
        body = self._detailed(window, 1, (1, self._form[1]))
        return _entries_count(self._api.post_report(f"{self._path}/detailed", body, DetailedReport))

    def begin(self, window: Window) -> None:
        """Ask for a window's first page, to be read later."""
        piece = next(windows.cut(window.first, window.last, self._range_days))
        self._begun[piece] = self._begin_first(piece), None

    def read(self, window: Window, on_last: Callable[[], None] | None = None) -> Iterator[Reading]:
        """Read a window of any length, in pieces that are each complete and consistent.

        Args:
            window: The window.
            on_last: Called when the first page of the last piece has come in, and again whenever
                that piece is read again: what is asked from then on knows of every edit that an
                earlier piece was too early to show.
        """
        pieces = list(windows.cut(window.first, window.last, self._range_days))
        yield from self._read_pieces(pieces, on_last or _ignore)

    def _read_pieces(self, pieces: list[Window], on_last: Callable[[], None]) -> Iterator[Reading]:
        for number, piece in enumerate(pieces):
            for later in pieces[number : number + 1 + PIECES_AHEAD]:
                self._begin(later)
            yield from self._read_piece(piece, on_last if piece is pieces[-1] else _ignore)

    def _begin(self, window: Window) -> None:
        if window not in self._begun:
            is_short = (min(window.last, self._today) - window.first).days <= SHORT_WINDOW
            first = self._begin_first(window)
            self._begun[window] = first, self._begin_totals(window) if is_short else None

    def _begin_first(self, window: Window) -> Future[Answer]:
        return self._workers.submit(partial(self._page, window, 1))

    def _begin_totals(self, window: Window) -> Future[Totals] | None:
        return self._workers.submit(partial(self._totals, window)) if self._verify else None

    def _read_piece(self, window: Window, on_last: Callable[[], None]) -> Iterator[Reading]:
        begun, totals = self._begun.pop(window)
        first = self._unless_too_long(window, begun)
        if first is None:
            self._range_days = FREE_RANGE_DAYS
            yield from self.read(window, on_last)
            return
        count = _entries_count(first) or 0
        if count > ROWS_IN_HAND and window.days > 1:
            pieces = self._split(window, 1 + count // ROWS_IN_HAND)
            yield from self._read_pieces(pieces, on_last)
            return
        totals = totals or self._begin_totals(window)
        yield from self._read_steadily(window, first, totals, on_last)

    def _unless_too_long(self, window: Window, begun: Future[Answer]) -> Answer | None:
        """Wait for a first page; None if the plan of the workspace does not allow the range."""
        try:
            return begun.result()
        except RequestError as error:
            if error.status != BAD_REQUEST or window.days <= FREE_RANGE_DAYS:
                raise
        self._logger.info("Clockify refuses the range %s; asking for shorter ones.", window)
        return None

    def _split(self, window: Window, pieces: int) -> list[Window]:
        """Split a window where its entries are; the days to come go with the last piece."""
        if not window.first < self._today < window.last:
            return windows.split(window, pieces)
        *past, present = windows.split(Window(window.first, self._today), pieces)
        return [*past, Window(present.first, window.last)]

    def _read_steadily(
        self,
        window: Window,
        first: Answer,
        totals: Future[Totals] | None,
        on_last: Callable[[], None],
    ) -> Iterator[Reading]:
        """Read until the pages agree with each other, and once more if the totals do not."""
        for is_second in (False, True):
            pages = self._steady_pages(window, first, on_last)
            if pages is None:
                yield from self._read_pieces(self._split(window, 2), on_last)
                return
            reading = self._reading(window, pages, self._settled(window, totals))
            if is_second or not reading.differences:
                break
            self._logger.info("Totals of %s differ from the rows read: reading again.", window)
            first, totals = self._page(window, 1), self._begin_totals(window)
        yield reading

    def _steady_pages(
        self, window: Window, first: Answer, on_last: Callable[[], None]
    ) -> PageSet | None:
        """Read the pages until none contradicts another; None if they are to be read in halves."""
        on_last()
        pages = self._read_pages(window, first)
        for _ in range(READINGS):
            if pages.is_steady:
                return pages
            self._logger.info("Entries of %s changed while they were read: reading again.", window)
            first = self._page(window, 1)
            on_last()
            before, pages = pages, self._read_pages(window, first)
            if before.ids() == pages.ids() and len(pages.entries) == len(pages.ids()):
                return pages  # Steady, only Clockify's count disagrees with its own rows.
        return None if window.days > 1 else pages

    def _settled(self, window: Window, begun: Future[Totals] | None) -> Totals | None:
        """Wait for the totals; ask again if the form was refused in which they were asked for."""
        if begun is None:
            return None
        try:
            return begun.result()
        except RequestError as error:
            if error.status != BAD_REQUEST:
                raise
            return self._totals(window)

    @staticmethod
    def _reading(window: Window, pages: PageSet, totals: Totals | None) -> Reading:
        first, last = window.first.isoformat(), window.last.isoformat()
        unique = {entry["id"]: entry for entry in pages.entries}
        stopped = [
            entry
            for entry in unique.values()
            if not entry["is_running"] and first <= entry["date"] <= last
        ]
        return Reading(window, stopped, totals, totals.differences(stopped) if totals else [])

    def _read_pages(self, window: Window, first: Answer) -> PageSet:
        pages = PageSet()
        count, full = _entries_count(first), len(_rows(first))
        answer, number = first, 1
        tasks: Iterable[Callable[[], Answer]] = ()
        if count is not None and full and not first.last_page:
            # The count tells how many pages there are, so they can be fetched side by side.
            number = -(-count // full)
            tasks = (partial(self._page, window, later) for later in range(2, number + 1))
        later_pages = self._workers.in_order(tasks)
        rows = pages.add(first, self._shape)
        for answer in later_pages:
            rows = pages.add(answer, self._shape)
        while not _is_end(answer, rows, self._form[0], count, len(pages.entries)):
            number += 1
            answer = self._page(window, number)
            rows = pages.add(answer, self._shape)
        return pages

    def _page(self, window: Window, number: int) -> Answer:
        forms = [self._form] if number > 1 else list(FORMS[FORMS.index(self._form) :])
        for form in forms:
            try:
                answer = self._api.post_report(
                    f"{self._path}/detailed", self._detailed(window, number, form), DetailedReport
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
        return totals_of(self._api.post_report(f"{self._path}/summary", body, SummaryReport).body)

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


def _rows(answer: Answer) -> list[ReportRow]:
    report: DetailedReport = answer.body
    rows = report.other_entries if report.timeentries is None else report.timeentries
    if rows is None:
        raise ClockifyError("The detailed report came without its list of time entries.")
    return rows


def _entries_count(answer: Answer) -> int | None:
    """Read how many entries the whole window has; the totals may be ``[null]``."""
    totals = answer.body.totals
    first = totals[0] if totals else None
    count = first.get("entriesCount") if isinstance(first, dict) else None
    return int(count) if count is not None else None


def _is_end(answer: Answer, rows: int, asked: int, count: int | None, so_far: int) -> bool:
    """Tell whether the last page is in: by the header, by the count, or by a page not full."""
    if not rows:
        return True
    if answer.last_page is not None:
        return answer.last_page
    if count is not None:
        return so_far >= count
    # Without header and count, a page may be short because the server's own maximum is lower.
    return rows < min(asked, PAGE_SIZES[-1], SMALLEST_PAGE)
