"""Read a workspace's time from the detailed report, and verify it with the summary report."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from clockify_client.http.errors import BAD_REQUEST, RequestError
from clockify_client.subscription import FREE_RANGE_DAYS

from tap_clockify.dates import windows
from tap_clockify.dates.windows import Window
from tap_clockify.reports.reading import LastPieceBegun, PageSet, Reading

if TYPE_CHECKING:
    import datetime as dt
    import logging
    from collections.abc import Generator, Iterator
    from concurrent.futures import Future

    from clockify_client.http.workers import Workers

    from tap_clockify.reports.reading import Shape
    from tap_clockify.reports.requests import Page, PendingTotals, ReportRequests
    from tap_clockify.reports.totals import Totals

    Steps = Iterator[Reading | LastPieceBegun]

ROWS_IN_HAND = 15_000
"""Maximum rows of one window to hold in memory; larger windows are read in pieces."""

SHORT_WINDOW = 100
"""Maximum days of a window whose totals are requested at once, although it may turn out to need
splitting."""

PIECES_AHEAD = 4
"""How many later windows to request while one is read."""

READINGS = 4
"""How often to read a window that keeps changing before it is split in two."""


@dataclass
class PendingWindow:
    """What has been requested for a window.

    Attributes:
        first: The first page.
        totals: Clockify's own totals.
        others: The pages after the first, once their number is known.
    """

    first: Future[Page]
    totals: PendingTotals | None = None
    others: Iterator[Page] | None = None


class ReportReader:
    """Reads one workspace's reports, window by window."""

    def __init__(
        self,
        ask: ReportRequests,
        workers: Workers,
        *,
        today: dt.date,
        range_days: int,
        verify: bool,
        shape: Shape,
        ahead: int,
        logger: logging.Logger,
    ) -> None:
        """Prepare to read without sending a request.

        Args:
            ask: Makes the requests.
            workers: Fetch pages and windows concurrently.
            today: The local day on which the run began.
            range_days: The longest window that the subscription allows.
            verify: Whether to fetch Clockify's totals and read again if they differ.
            shape: Converts a row of the report to an entry.
            ahead: How many later windows to request while one is read.
            logger: Where re-readings are logged.
        """
        self._ask = ask
        self._ahead = ahead
        self._workers = workers
        self._today = today
        self._range_days = range_days
        self._verify = verify
        self._shape = shape
        self._logger = logger
        self._pending: dict[Window, PendingWindow] = {}

    def count(self, window: Window) -> int | None:
        """Request the number of entries in a window; None if Clockify does not say."""
        return self._ask.count(window)

    def begin(self, window: Window) -> None:
        """Request a window's first page without waiting for it."""
        piece = next(windows.cut(window.first, window.last, self._range_days))
        self._pending[piece] = PendingWindow(self._begin_first(piece))

    def read(self, window: Window) -> Steps:
        """Read a window of any length, in pieces that are each complete and consistent.

        Among the readings, ``LastPieceBegun`` marks the point from which the last piece is read.
        """
        yield from self._read_pieces(list(windows.cut(window.first, window.last, self._range_days)))

    def _read_pieces(self, pieces: list[Window]) -> Steps:
        for number, piece in enumerate(pieces):
            for later in pieces[number : number + 1 + self._ahead]:
                self._begin(later)
            for step in self._read_piece(piece):
                if isinstance(step, Reading):
                    for following in pieces[number + 1 : number + 1 + min(1, self._ahead)]:
                        # Its pages arrive while these entries are processed.
                        self._begin_rest(following, self._pending[following])
                if isinstance(step, Reading) or piece is pieces[-1]:
                    yield step

    def _begin(self, window: Window) -> None:
        if window not in self._pending:
            is_short = (min(window.last, self._today) - window.first).days <= SHORT_WINDOW
            first = self._begin_first(window)
            totals = self._begin_totals(window) if is_short else None
            self._pending[window] = PendingWindow(first, totals)

    def _begin_first(self, window: Window) -> Future[Page]:
        return self._workers.submit(partial(self._ask.page, window, 1))

    def _begin_totals(self, window: Window) -> PendingTotals | None:
        return self._ask.begin_totals(window, self._workers) if self._verify else None

    def _begin_rest(self, window: Window, pending: PendingWindow) -> None:
        """Request the rest of a window, if its first page has come and it needs no splitting."""
        if pending.others is None and pending.first.done() and not pending.first.exception():
            first = pending.first.result()
            if not self._pieces_of(window, first):
                pending.totals = pending.totals or self._begin_totals(window)
                pending.others = self._others(window, first)

    def _pieces_of(self, window: Window, first: Page) -> list[Window]:
        """Split a window with too many entries to hold in memory; return [] for any other."""
        count = first.count or 0
        is_large = count > ROWS_IN_HAND and window.days > 1
        return self._split(window, 1 + count // ROWS_IN_HAND) if is_large else []

    def _read_piece(self, window: Window) -> Steps:
        pending = self._pending.pop(window)
        first = self._unless_too_long(window, pending)
        if first is None:
            self._range_days = FREE_RANGE_DAYS
            yield from self.read(window)
        elif pieces := self._pieces_of(window, first):
            yield from self._read_pieces(pieces)
        else:
            yield LastPieceBegun()
            self._begin_rest(window, pending)
            yield from self._read_steadily(window, pending)

    def _unless_too_long(self, window: Window, pending: PendingWindow) -> Page | None:
        """Wait for the first page; None if the subscription does not allow such a long range."""
        try:
            return pending.first.result()
        except RequestError as error:
            if error.status != BAD_REQUEST or window.days <= FREE_RANGE_DAYS:
                raise
        self._logger.info("Clockify rejects the range %s; requesting shorter ones.", window)
        return None

    def _split(self, window: Window, pieces: int) -> list[Window]:
        """Split the past days of a window; future days, with few entries, go to the last piece."""
        if not window.first < self._today < window.last:
            return windows.split(window, pieces)
        *past, present = windows.split(Window(window.first, self._today), pieces)
        return [*past, Window(present.first, window.last)]

    def _read_steadily(self, window: Window, pending: PendingWindow) -> Steps:
        """Read until the pages agree with each other, and once more if the totals differ."""
        pages = self._pages(window, pending.first.result(), pending.others)
        totals = pending.totals
        for is_second in (False, True):
            steady = yield from self._steady(window, pages)
            if steady is None:
                yield from self._read_pieces(self._split(window, 2))
                return
            reading = Reading.of(window, steady, self._settled(window, totals))
            if is_second or not reading.differences:
                break
            self._logger.info(
                "Clockify's totals of %s differ from the rows read: reading again.", window
            )
            pages = yield from self._pages_again(window)
            totals = self._begin_totals(window)
        yield reading

    def _steady(
        self, window: Window, pages: PageSet
    ) -> Generator[LastPieceBegun, None, PageSet | None]:
        """Read until no page contradicts another; return None if the window must be split."""
        for _ in range(READINGS):
            if pages.is_steady:
                return pages
            self._logger.info(
                "Entries of %s changed while they were being read: reading again.", window
            )
            before = pages
            pages = yield from self._pages_again(window)
            if before.ids() == pages.ids() and len(pages.entries) == len(pages.ids()):
                return pages  # Only Clockify's count differs, from its own rows.
        return None if window.days > 1 else pages

    def _pages_again(self, window: Window) -> Generator[LastPieceBegun, None, PageSet]:
        first = self._ask.page(window, 1)
        yield LastPieceBegun()
        return self._pages(window, first, self._others(window, first))

    def _settled(self, window: Window, pending: PendingTotals | None) -> Totals | None:
        return None if pending is None else self._ask.totals(window, pending)

    def _others(self, window: Window, first: Page) -> Iterator[Page]:
        """Request the other pages concurrently; the first page has the number of entries."""
        full, last = len(first.rows), 1
        if first.count is not None and full and not first.is_last:
            last = -(-first.count // full)
        tasks = (partial(self._ask.page, window, number) for number in range(2, last + 1))
        return self._workers.in_order(tasks)

    def _pages(self, window: Window, first: Page, others: Iterator[Page] | None) -> PageSet:
        """Collect all pages, even if there are more than the first page announced."""
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
