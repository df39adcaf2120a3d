"""Read one workspace's time, for all tables made from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_clockify.changes.days import ChangedDays, mark_if_interrupted
from tap_clockify.clockify.errors import TotalsDifferError
from tap_clockify.dates import windows
from tap_clockify.dates.windows import Window
from tap_clockify.http.limits import BudgetSpentError
from tap_clockify.memory.feed_mark import FeedMark
from tap_clockify.memory.state import readable
from tap_clockify.memory.time_tables import EntriesProgress
from tap_clockify.memory.trailing_window import TrailingWindow
from tap_clockify.records.entries import EntryShaper
from tap_clockify.reports.names import Names
from tap_clockify.reports.reader import ReportReader
from tap_clockify.reports.reading import LastPieceBegun, Reading
from tap_clockify.reports.sightings import Sightings
from tap_clockify.reports.span import Span
from tap_clockify.reports.tally import Tally
from tap_clockify.reports.timers import RunningTimers

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence

    from singer_sdk.helpers.types import Record

    from tap_clockify.clockify.workspaces import Workspace
    from tap_clockify.context import RunContext
    from tap_clockify.memory.time_tables import TimeProgress
    from tap_clockify.reports.tables import TimeTable
    from tap_clockify.reports.totals import Difference

    Batch = tuple[str, list[Record]]

WORKSPACE_KEY = "workspace_id"
"""The column that holds the workspace, and the key of the stream's partitions in the state."""

CHANGED_GAP = 14
"""Changed days at most this far apart are read in one window."""


class WorkspaceReader:
    """Reads one workspace's time.

    Attributes:
        span: The days that are read.
    """

    def __init__(
        self, context: RunContext, workspace: Workspace, tables: Sequence[TimeTable]
    ) -> None:
        """Decide from the tables' bookmarks which days to read.

        Raises:
            UnreadableStateError: The tap did not write a bookmark in the state.
        """
        self._context = context
        self._workspace = workspace
        self._tables = tables
        self._trailing = {table: self._trailing_window(table) for table in tables}
        self._progress: dict[TimeTable, TimeProgress] = {}
        self._changed: ChangedDays
        self.span = Span(workspace.subscription, list(self._trailing.values()), context.today)
        self._client = context.client.counted()
        self._tally = Tally(self.span.trailing)
        self._lines = {
            table: context.audit.open(workspace.id, table.name, self._client.usage, self._tally)
            for table in tables
        }
        self._names = Names(self._client, workspace.id)
        shape = EntryShaper(
            workspace_id=workspace.id,
            tz=context.tz,
            tag_name=self._names.tag,
            run_started=context.started,
        )
        self._reader = ReportReader(
            self._client,
            context.workers,
            workspace.id,
            today=context.today,
            timezone=context.timezone,
            range_days=workspace.subscription.range_days,
            verify=context.settings.verifies_totals,
            shape=shape,
            logger=context.logger,
        )
        self._timers = RunningTimers(self._client, workspace.id, self._names, shape)
        self._sightings = Sightings(context.exact_from)
        self._read_to: dt.date | None = None
        self._trailing_pieces = 0

    def _trailing_window(self, table: TimeTable) -> TrailingWindow:
        context = self._context
        return TrailingWindow(
            table.name,
            context.state.partition(table.name, self._workspace.id),
            today=context.today,
            exact_from=context.exact_from,
            start=context.settings.start_day(context.tz),
            zone=context.timezone,
            reached=table.bookmark,
        )

    def take_up(self) -> None:
        """Load each table's progress from the state.

        Raises:
            UnreadableStateError: The tap did not write a table's state.
        """
        self._progress = {table: self._taken_up(table) for table in self._tables}
        self._changed = ChangedDays(
            self._context,
            self._client,
            self._workspace,
            list(self._progress.values()),
            self.span.trailing.first,
        )

    def _taken_up(self, table: TimeTable) -> TimeProgress:
        context = self._context
        partition = context.state.partition(table.name, self._workspace.id)
        with readable(table.name, "feed"):
            mark = FeedMark.from_state(partition.get("feed"))
        progress = table.progress(
            # If one table remembers entries, the others need not remember their days.
            keeps_traces=not any(other.remembers_entries for other in self._tables),
            partition=partition,
            trailing=self._trailing[table],
            feed=mark,
            feed_if_interrupted=mark_if_interrupted(mark, context.began),
        )
        context.state.track(table.name, WORKSPACE_KEY, self._workspace.id, progress)
        return progress

    def count_entries(self) -> int | None:
        """Request the number of entries in the first piece of the trailing window."""
        return self._reader.count(self.span.windows[0])

    @property
    def feed_requests(self) -> int:
        """The least number of requests that the change feed takes; valid after ``take_up``."""
        return self._changed.requests

    def begin(self) -> None:
        """Send the first requests, and load the tables' progress while they are pending.

        Raises:
            UnreadableStateError: As ``take_up``.
        """
        wants_running = any(table.wants_running for table in self._tables)
        if wants_running:
            self._timers.begin(self._context.workers)
        if self._context.settings.verifies_totals or not wants_running:
            # A timer that stops meanwhile may be in neither response. Clockify's totals, which are
            # requested after both, then show it; without totals, the timers must come first.
            self._reader.begin(self.span.trailing)
        # The state of a large workspace takes a moment to unpack.
        self.take_up()

    def live(self) -> Iterator[Batch]:
        """Read everything, and yield the live rows of every table."""
        try:
            for table, rows in self._live():
                self._lines[table].sent += len(rows)
                yield table.name, rows
            self._changed.settle()
        except BudgetSpentError as error:
            self._context.notices.budget_spent(error)

    def gone(self) -> Iterator[Batch]:
        """Yield tombstones of the rows that are gone; call it only after everything was read."""
        now = self._context.started
        for table, progress in self._progress.items():
            tombstones = list(progress.tombstones(now))
            self._lines[table].removed += sum(since == now for since, _ in tombstones)
            if tombstones:
                yield (
                    table.name,
                    [table.gone_row(self._workspace.id, since, row) for since, row in tombstones],
                )
        for line in self._lines.values():
            line.finish()

    def pause(self) -> None:
        """Leave tombstones to a later run, since not everything has been read."""
        for progress in self._progress.values():
            progress.pause(self._read_to)
        if self._read_to is not None:
            self._tally.window = Window(self.span.trailing.first, self._read_to)
            for line in self._lines.values():
                line.finish()

    def _live(self) -> Iterator[tuple[TimeTable, list[Record]]]:
        running = self._timers.ids
        yield from self._planned([self.span.trailing])
        # The feed is requested after the trailing window, so it has entries that left the window.
        self._tally.feed_used = self._changed.read_feed()
        self._sightings.expect(self._changed.awaited)
        self._changed.note_stopped_timers(running)
        yield from self._planned(self._old_windows(self._changed.days))
        yield from self._reread(self._changed.look_up(self._lost(running)))
        for table, progress in self._progress.items():
            if table.wants_running:
                entries = self._timers.entries(stopped=self._sightings.ids)
                for entry in entries:
                    progress.take_running(entry)
                yield table, entries

    def _planned(self, planned: list[Window]) -> Iterator[tuple[TimeTable, list[Record]]]:
        names = [table.name for table in self._tables]
        self._context.display.days(names, planned=sum(map(self._past_days, planned)))
        for window in planned:
            yield from self._window(window)

    def _reread(self, missed: set[dt.date]) -> Iterator[tuple[TimeTable, list[Record]]]:
        """Read days again if entries moved between them while the run was reading."""
        first, last = self.span.history_start, self.span.trailing.last
        days = self._sightings.moved | {day for day in missed if first <= day <= last}
        range_days = self._workspace.subscription.range_days
        for window in windows.gather(days, gap=1, max_days=range_days):
            yield from self._window(window, again=window.first in self.span.trailing)

    def _window(
        self, window: Window, *, again: bool = False
    ) -> Iterator[tuple[TimeTable, list[Record]]]:
        for step in self._reader.read(window):
            if isinstance(step, LastPieceBegun):
                if window is self.span.trailing:
                    self._changed.begin()
                continue
            self._take(step, again=again)
            for table, progress in self._progress.items():
                progress.take(step.window, step.entries)
                yield table, table.rows(step.entries)

    def _take(self, reading: Reading, *, again: bool) -> None:
        """Check a reading against the totals, and record what it shows."""
        in_trailing = reading.window.first in self.span.trailing
        if in_trailing:
            self._read_to = min(reading.window.last, self._context.today)
            self._trailing_pieces += not again
        self._judge(reading)
        self._names.learn(reading.entries)
        self._sightings.add(reading.entries)
        if in_trailing and not again:
            self._tally.add(reading)
        names = [table.name for table in self._tables]
        self._context.display.days(names, done=self._past_days(reading.window))

    def _past_days(self, window: Window) -> int:
        """Return the number of days of a window that are not in the future."""
        return max(0, (min(window.last, self._context.today) - window.first).days + 1)

    def _judge(self, reading: Reading) -> None:
        """Warn about days that differ from Clockify's own totals, or fail, as configured."""
        if not reading.differences:
            return
        unexplained = self._without_running(reading.differences)
        for difference in unexplained:
            self._context.logger.warning("Workspace %s, %s.", self._workspace.id, difference)
        if unexplained and self._context.settings.verify_totals == "fail":
            raise TotalsDifferError(
                f"Workspace {self._workspace.id}: the entries read differ from Clockify's own"
                " totals even after a second reading. Number of differences:"
                f" {len(unexplained)}; the first: {unexplained[0]}. Run again, or set"
                " verify_totals to warn."
            )

    def _without_running(self, differences: list[Difference]) -> list[Difference]:
        """Leave out the days of running timers, which Clockify may already count."""
        running = self._timers.days
        return [item for item in differences if (item.day, item.user_id) not in running]

    def _old_windows(self, days: set[dt.date]) -> list[Window]:
        """Cover the changed days before the trailing window with few windows."""
        old = {day for day in days if self.span.history_start <= day < self.span.trailing.first}
        self._tally.days_reread += len(old)
        range_days = self._workspace.subscription.range_days
        return windows.gather(old, gap=CHANGED_GAP, max_days=range_days)

    def _lost(self, running: set[str]) -> set[str]:
        """Return the entries that were not found where expected: deleted, or moved meanwhile.

        Entries that the feed reports as deleted need no look-up. If the trailing window was read in
        one piece, only timers of the last run need one besides the awaited entries: a timer that
        stops while the run is reading may be in neither response. Between pieces that are read one
        after another, an entry may move unseen.
        """
        lost = set(self._sightings.awaited)
        for progress in self._progress.values():
            if isinstance(progress, EntriesProgress):
                gone = {str(row.key) for row in progress.gone()}
                is_sure = self._tally.feed_used and self._trailing_pieces == 1
                lost |= gone & set(progress.running_before) if is_sure else gone
        return lost - running - self._changed.deleted
