"""One pass over the reports feeds every stream that is made from them."""

from __future__ import annotations

import datetime as dt
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tap_clockify import windows
from tap_clockify.audit import Tally
from tap_clockify.entries import EntryShaper
from tap_clockify.errors import TotalsDifferError
from tap_clockify.limits import BudgetSpentError
from tap_clockify.names import Names
from tap_clockify.progress import EntriesProgress
from tap_clockify.reports import ReportReader
from tap_clockify.request_plan import PassPlan
from tap_clockify.rows import report_row
from tap_clockify.touched import TouchedDays
from tap_clockify.windows import Window

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    from singer_sdk.helpers.types import Record

    from tap_clockify.progress import ReportProgress
    from tap_clockify.reports import Reading
    from tap_clockify.streams.time import ReportStream
    from tap_clockify.tap import TapClockify, Workspace
    from tap_clockify.totals import Difference

    Batch = tuple[ReportStream, list[Record]]

TOUCHED_GAP = 14
"""Touched days at most this far apart are read in one window."""

RUNNING_PAGE_SIZES = (1000, 200, 50)
"""The list of running timers has a stated maximum of 1,000."""


class WorkspacePass:
    """Reads one workspace's time for the selected report streams."""

    def __init__(self, tap: TapClockify, workspace: Workspace, streams: list[ReportStream]) -> None:
        """Decide on the days to read, by the streams' bookmarks.

        Raises:
            UnreadableStateError: A bookmark is not one that the tap wrote.
        """
        self.tap = tap
        self.workspace = workspace
        self.streams = streams
        self._trails = {stream: stream.trail_in(workspace) for stream in streams}
        self.progress: dict[ReportStream, ReportProgress] = {}
        self._touched: TouchedDays
        self.plan = PassPlan(workspace.plan, list(self._trails.values()), tap.today)
        self.trailing = self.plan.trailing
        self.api = tap.api.counted()
        self.tally = Tally(self.trailing)
        self._lines = {
            stream: tap.audit.open(workspace.id, stream.name, self.api.usage, self.tally)
            for stream in streams
        }
        self._names = Names(self.api, workspace.id)
        self._shape = EntryShaper(
            workspace_id=workspace.id,
            tz=tap.tz,
            tag_name=self._names.tag,
            run_started=tap.run_started,
        )
        self._verifies = tap.config["verify_totals"] != "off"
        self._reader = ReportReader(
            self.api,
            tap.workers,
            workspace.id,
            today=tap.today,
            timezone=tap.timezone,
            range_days=workspace.plan.range_days,
            verify=self._verifies,
            shape=self._shape,
            logger=tap.logger,
        )
        self._running_begun: Future[list[dict[str, Any]]] | None = None
        self._read_to: dt.date | None = None
        self._trailing_pieces = 0
        self._seen: dict[str, str] = {}
        self._awaited: set[str] = set()
        self._doubled: set[dt.date] = set()

    def take_up(self) -> None:
        """Take up each stream where the run before left it.

        Raises:
            UnreadableStateError: A stream's memory is not one that the tap wrote.
        """
        trails = self._trails.items()
        self.progress = {
            stream: stream.progress_in(self.workspace, trail) for stream, trail in trails
        }
        progress = list(self.progress.values())
        self._touched = TouchedDays(
            self.tap, self.api, self.workspace, progress, self.trailing.first
        )

    def count_entries(self) -> int | None:
        """Ask how many entries the trailing window's first piece has."""
        return self._reader.count(self.plan.windows[0])

    @property
    def feed_requests(self) -> int:
        """How many requests the change feed takes at least; to be asked after ``take_up``."""
        return self._touched.requests

    def begin(self) -> None:
        """Ask for what is needed first, to be read later, and take the streams up meanwhile.

        Raises:
            UnreadableStateError: As ``take_up``.
        """
        wants_running = any(stream.wants_running for stream in self.streams)
        if wants_running:
            self._running_begun = self.tap.workers.submit(self._running_timers)
        if self._verifies or not wants_running:
            # A timer that stops meanwhile may be in neither answer. Clockify's totals, which are
            # asked for after both, show it then; without them, the timers have to come first.
            self._reader.begin(self.trailing)
        # What is remembered of a large workspace takes a moment to unpack.
        self.take_up()

    def live_batches(self) -> Iterator[Batch]:
        """Read everything and yield the live rows of every stream."""
        try:
            for stream, batch in self._live_batches():
                self._lines[stream].sent += len(batch)
                yield stream, batch
            self._touched.settle()
        except BudgetSpentError as error:
            self.tap.note_spent(error)

    def pause(self) -> None:
        """Leave the rows that are gone to a later run: not everything has been read."""
        for progress in self.progress.values():
            progress.pause(self._read_to)
        if self._read_to is not None:
            self.tally.window = Window(self.trailing.first, self._read_to)
            for line in self._lines.values():
                line.finish()

    def _live_batches(self) -> Iterator[Batch]:
        running = {row["id"] for row in self._running} if self._running_begun else set()
        yield from self._planned_batches([self.trailing])
        # The feed is asked after the trailing window: what has left that window is in it.
        self.tally.feed_used = self._touched.read_feed()
        self._awaited = self._touched.awaited.difference(self._seen)
        self._touched.note_stopped_timers(running)
        yield from self._planned_batches(self._windows_of(self._touched.days))
        missed = self._touched.look_up(self._lost(running))
        self._doubled |= {
            day for day in missed if self.plan.history_start <= day <= self.trailing.last
        }
        for window in windows.gather(self._doubled, gap=1, max_days=self.workspace.plan.range_days):
            yield from self._window_batches(window, again=window.first in self.trailing)
        yield from self._running_batches()

    def _planned_batches(self, planned: list[Window]) -> Iterator[Batch]:
        names = [stream.name for stream in self.streams]
        self.tap.display.days(names, planned=sum(map(self._past_days, planned)))
        for window in planned:
            yield from self._window_batches(window)

    def _past_days(self, window: Window) -> int:
        """Count the days of a window that are not to come."""
        return max(0, (min(window.last, self.tap.today) - window.first).days + 1)

    def gone_batches(self) -> Iterator[Batch]:
        """Yield the rows that are gone; only to be asked once everything has been read."""
        for stream, progress in self.progress.items():
            now = self.tap.run_started
            removals = list(progress.removals(now))
            gone = [stream.gone_row(self.workspace.id, since, *item) for since, item in removals]
            self._lines[stream].removed += sum(since == now for since, _ in removals)
            if gone:
                yield stream, gone
        for line in self._lines.values():
            line.finish()

    def _window_batches(self, window: Window, *, again: bool = False) -> Iterator[Batch]:
        on_last = self._touched.begin if window is self.trailing else None
        for reading in self._reader.read(window, on_last):
            if reading.window.first in self.trailing:
                self._read_to = min(reading.window.last, self.tap.today)
                self._trailing_pieces += not again
            self._judge(reading)
            self._names.learn(reading.entries)
            self._watch(reading.entries)
            if not again:
                self._count(reading)
            names = [stream.name for stream in self.streams]
            self.tap.display.days(names, done=self._past_days(reading.window))
            for stream, progress in self.progress.items():
                progress.take(reading.window, reading.entries)
                yield stream, stream.rows(reading.entries)

    def _watch(self, entries: list[Record]) -> None:
        """Notice an entry that is seen on two days, because it moved while we read."""
        exact_from = self.tap.exact_from.isoformat()
        for entry in entries:
            day = entry["date"]
            if self._awaited:
                self._awaited.discard(entry["id"])
            if day >= exact_from:
                before = self._seen.setdefault(entry["id"], day)
                if before != day:
                    self._doubled.update(map(dt.date.fromisoformat, (before, day)))

    def _judge(self, reading: Reading) -> None:
        """Tell of days that differ from Clockify's own totals, as ``verify_totals`` says."""
        if not reading.differences:
            return
        unexplained = self._without_running(reading.differences)
        for difference in unexplained:
            self.tap.logger.warning("Workspace %s, %s.", self.workspace.id, difference)
        if unexplained and self.tap.config["verify_totals"] == "fail":
            message = (
                f"Workspace {self.workspace.id}: {len(unexplained)} days differ from Clockify's own"
                f" totals after a second reading, first {unexplained[0]}. Run again, or set"
                " verify_totals to warn."
            )
            raise TotalsDifferError(message)

    def _without_running(self, differences: list[Difference]) -> list[Difference]:
        """Leave out the days on which a timer is running: Clockify may count it already."""
        timers = [self._shaped_running(row) for row in self._running]
        running = {(entry["date"], entry["user_id"]) for entry in timers}
        return [item for item in differences if (item.day, item.user_id) not in running]

    def _count(self, reading: Reading) -> None:
        if reading.window.first not in self.trailing:
            return
        self.tally.seconds += sum(entry["duration_seconds"] for entry in reading.entries)
        self.tally.amount += sum(entry["amount"] for entry in reading.entries)
        if reading.totals is not None:
            self.tally.add_clockify(reading.totals.whole)

    # Timers that run

    @cached_property
    def _running(self) -> list[dict[str, Any]]:
        """The timers that ran when they were first asked for."""
        return self._running_begun.result() if self._running_begun else self._running_timers()

    def _running_timers(self) -> list[dict[str, Any]]:
        path = f"/workspaces/{self.workspace.id}/time-entries/status/in-progress"
        pages = self.api.pages(path, sizes=RUNNING_PAGE_SIZES)
        return [row for page in pages for row in page if not row["timeInterval"].get("end")]

    def _shaped_running(self, row: dict[str, Any]) -> Record:
        return self._shape(report_row(self._names.as_report_row(row)))

    def _running_batches(self) -> Iterator[Batch]:
        for stream, progress in self.progress.items():
            if stream.wants_running:
                timers = [row for row in self._running if row["id"] not in self._seen]
                entries = [self._shaped_running(row) for row in timers]
                for entry in entries:
                    progress.take_running(entry)
                yield stream, entries

    def _windows_of(self, days: set[dt.date]) -> list[Window]:
        """Cover days before the trailing window with few windows."""
        old = {day for day in days if self.plan.history_start <= day < self.trailing.first}
        self.tally.days_reread += len(old)
        return windows.gather(old, gap=TOUCHED_GAP, max_days=self.workspace.plan.range_days)

    def _lost(self, running: set[str]) -> set[str]:
        """Name the entries that were not where they should be: deleted, or moved meanwhile.

        What the change feed names as deleted is no riddle. If the trailing window is one piece,
        nothing else is but timers that ran at the last run: one that stops while we read may be in
        neither answer. Between pieces read one after another, an entry may move unseen.
        """
        lost = set(self._awaited)
        for progress in self.progress.values():
            if isinstance(progress, EntriesProgress):
                gone = {key for _, key in progress.gone()}
                is_sure = self.tally.feed_used and self._trailing_pieces == 1
                lost |= gone & set(progress.running_before) if is_sure else gone
        return lost - running - self._touched.deleted
