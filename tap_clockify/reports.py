"""Read a workspace's time from the detailed report, and prove it with the summary report."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from tap_clockify import windows
from tap_clockify.api import BAD_REQUEST
from tap_clockify.errors import RequestError
from tap_clockify.plans import FREE_RANGE_DAYS
from tap_clockify.report_requests import Page, ReportRequests
from tap_clockify.windows import Window

if TYPE_CHECKING:
    import datetime as dt
    import logging
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future

    from singer_sdk.helpers.types import Record

    from tap_clockify.api import ClockifyAPI
    from tap_clockify.rows import ReportRow
    from tap_clockify.totals import Difference, Totals
    from tap_clockify.workers import Workers

    Shape = Callable[[ReportRow], Record]

ROWS_IN_HAND = 15_000
"""Most rows of one window to hold at a time; larger windows are read in pieces."""

SHORT_WINDOW = 100
"""Days for whose totals to ask before it is known whether the window is read in pieces."""

PIECES_AHEAD = 4
"""How many windows to ask for while one is read."""

READINGS = 4
"""How often to read a window that changes while it is read, before it is read in halves."""


def _ignore() -> None:
    """Do nothing."""


@dataclass
class PageSet:
    """The pages of one window, read while people may have gone on editing."""

    counts: list[int | None] = field(default_factory=list)
    entries: list[Record] = field(default_factory=list)

    def add(self, page: Page, shape: Shape) -> None:
        """Take one page's entries and count."""
        self.counts.append(page.count)
        self.entries.extend(map(shape, page.rows))

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


@dataclass
class Begun:
    """What has been asked for of a window."""

    first: Future[Page]
    totals: Future[Totals] | None = None
    others: Iterator[Page] | None = None
    """The pages after the first that are sure to be there, once it is known how many."""


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
        self._ask = ReportRequests(api, workspace_id, timezone)
        self._workers = workers
        self._today = today
        self._range_days = range_days
        self._verify = verify
        self._shape = shape
        self._logger = logger
        self._begun: dict[Window, Begun] = {}

    def count(self, window: Window) -> int | None:
        """Ask how many entries a window has, None where Clockify does not say."""
        return self._ask.count(window)

    def begin(self, window: Window) -> None:
        """Ask for a window's first page, to be read later."""
        piece = next(windows.cut(window.first, window.last, self._range_days))
        self._begun[piece] = Begun(self._begin_first(piece))

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
            for reading in self._read_piece(piece, on_last if piece is pieces[-1] else _ignore):
                for following in pieces[number + 1 : number + 2]:
                    # Its pages come in while these entries are taken.
                    self._go_on(following, self._begun[following])
                yield reading

    def _begin(self, window: Window) -> None:
        if window not in self._begun:
            is_short = (min(window.last, self._today) - window.first).days <= SHORT_WINDOW
            first = self._begin_first(window)
            self._begun[window] = Begun(first, self._begin_totals(window) if is_short else None)

    def _begin_first(self, window: Window) -> Future[Page]:
        return self._workers.submit(partial(self._ask.page, window, 1))

    def _begin_totals(self, window: Window) -> Future[Totals] | None:
        return self._workers.submit(partial(self._ask.totals, window)) if self._verify else None

    def _go_on(self, window: Window, begun: Begun) -> None:
        """Ask for the rest of a window, if its first page is in and it is not read in pieces."""
        if begun.others is None and begun.first.done() and not begun.first.exception():
            first = begun.first.result()
            if not self._pieces_of(window, first):
                begun.totals = begun.totals or self._begin_totals(window)
                begun.others = self._others(window, first)

    def _pieces_of(self, window: Window, first: Page) -> list[Window]:
        """Split a window that has too many entries to hold them all; nothing for any other."""
        count = first.count or 0
        is_large = count > ROWS_IN_HAND and window.days > 1
        return self._split(window, 1 + count // ROWS_IN_HAND) if is_large else []

    def _read_piece(self, window: Window, on_last: Callable[[], None]) -> Iterator[Reading]:
        begun = self._begun.pop(window)
        first = self._unless_too_long(window, begun)
        if first is None:
            self._range_days = FREE_RANGE_DAYS
            yield from self.read(window, on_last)
        elif pieces := self._pieces_of(window, first):
            yield from self._read_pieces(pieces, on_last)
        else:
            on_last()
            self._go_on(window, begun)
            yield from self._read_steadily(window, begun, on_last)

    def _unless_too_long(self, window: Window, begun: Begun) -> Page | None:
        """Wait for a first page; None if the plan of the workspace does not allow the range."""
        try:
            return begun.first.result()
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
        self, window: Window, begun: Begun, on_last: Callable[[], None]
    ) -> Iterator[Reading]:
        """Read until the pages agree with each other, and once more if the totals do not."""
        pages = self._pages(window, begun.first.result(), begun.others)
        totals = begun.totals
        for is_second in (False, True):
            steady = self._steady(window, pages, on_last)
            if steady is None:
                yield from self._read_pieces(self._split(window, 2), on_last)
                return
            reading = self._reading(window, steady, self._settled(window, totals))
            if is_second or not reading.differences:
                break
            self._logger.info("Totals of %s differ from the rows read: reading again.", window)
            pages = self._pages_again(window, on_last)
            totals = self._begin_totals(window)
        yield reading

    def _steady(
        self, window: Window, pages: PageSet, on_last: Callable[[], None]
    ) -> PageSet | None:
        """Read the pages until none contradicts another; None if they are to be read in halves."""
        for _ in range(READINGS):
            if pages.is_steady:
                return pages
            self._logger.info("Entries of %s changed while they were read: reading again.", window)
            before, pages = pages, self._pages_again(window, on_last)
            if before.ids() == pages.ids() and len(pages.entries) == len(pages.ids()):
                return pages  # Steady, only Clockify's count disagrees with its own rows.
        return None if window.days > 1 else pages

    def _pages_again(self, window: Window, on_last: Callable[[], None]) -> PageSet:
        first = self._ask.page(window, 1)
        on_last()
        return self._pages(window, first, self._others(window, first))

    def _settled(self, window: Window, begun: Future[Totals] | None) -> Totals | None:
        """Wait for the totals; ask again if the form was refused in which they were asked for."""
        if begun is None:
            return None
        try:
            return begun.result()
        except RequestError as error:
            if error.status != BAD_REQUEST:
                raise
            return self._ask.totals(window)

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

    def _others(self, window: Window, first: Page) -> Iterator[Page]:
        """Ask side by side for the other pages; the first tells how many there are."""
        full, last = len(first.rows), 1
        if first.count is not None and full and not first.is_last:
            last = -(-first.count // full)
        tasks = (partial(self._ask.page, window, number) for number in range(2, last + 1))
        return self._workers.in_order(tasks)

    def _pages(self, window: Window, first: Page, others: Iterator[Page] | None) -> PageSet:
        """Take all pages; more than the first told of, should there be more."""
        pages = PageSet()
        page, number = first, 1
        pages.add(first, self._shape)
        for page in others or ():
            number += 1
            pages.add(page, self._shape)
        while not page.ends(len(pages.entries)):
            number += 1
            page = self._ask.page(window, number)
            pages.add(page, self._shape)
        return pages
