"""Read one workspace's time, for all tables made from it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from clockify_client.http.limits import BudgetSpentError

from tap_clockify.changes.days import ChangedDays, mark_if_interrupted
from tap_clockify.dates.windows import ONE_DAY, Window, gather
from tap_clockify.memory.entry_progress import EntriesProgress
from tap_clockify.memory.feed_mark import FeedMark
from tap_clockify.memory.history import History
from tap_clockify.memory.state import readable
from tap_clockify.memory.trailing_window import TrailingWindow
from tap_clockify.records.entries import EntryShaper
from tap_clockify.reports.absences import Absences
from tap_clockify.reports.differences import judge
from tap_clockify.reports.history_check import HistoryCheck
from tap_clockify.reports.names import Names
from tap_clockify.reports.reader import PIECES_AHEAD, ReportReader
from tap_clockify.reports.reading import LastPieceBegun, Reading
from tap_clockify.reports.requests import ReportRequests
from tap_clockify.reports.sightings import Sightings
from tap_clockify.reports.span import Span
from tap_clockify.reports.tally import Tally
from tap_clockify.reports.timers import RunningTimers

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping, Sequence

    from singer_sdk.helpers.types import Record

    from tap_clockify.clockify.workspaces import Workspace
    from tap_clockify.context import RunContext
    from tap_clockify.memory.time_progress import TimeProgress
    from tap_clockify.reports.tables import TimeTable

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
        self._histories = {table: self._history_of(table) for table in tables}
        self._progress: dict[TimeTable, TimeProgress] = {}
        self._changed: ChangedDays
        self.span = Span(workspace.subscription, list(self._trailing.values()), context.today)
        for trailing in self._trailing.values():
            # One reading feeds all tables, so all of them have its days from now on.
            trailing.history_start = self.span.history_start
        self._client = context.client.counted(", ".join(table.name for table in tables))
        self._range_days = range_days = workspace.subscription.range_days
        unknown = context.notices.unknown_fields["time_entries"]
        ask = ReportRequests(self._client, workspace.id, context.timezone, range_days, unknown)
        histories = list(self._histories.values())
        self.history = HistoryCheck(context, workspace.id, ask, self.span, histories)
        self._tally = Tally(self.span.trailing, self.history)
        self._lines = {
            table: context.audit.open(workspace.id, table.name, self._client.usage, self._tally)
            for table in tables
        }
        self._names = Names(self._client, workspace.id)
        self._shape = shape = EntryShaper(
            workspace_id=workspace.id,
            tz=context.tz,
            tag_name=self._names.tag,
            run_started=context.started,
        )
        self._reader = ReportReader(
            ask,
            context.workers,
            today=context.today,
            range_days=range_days,
            verify=context.settings.verifies_totals,
            shape=shape,
            # What is requested ahead is wasted if the run stops before.
            ahead=0 if context.settings.connection.stop_when_spent else PIECES_AHEAD,
            logger=context.logger,
        )
        self._timers = RunningTimers(self._client, workspace.id, self._names, shape)
        self._sightings = Sightings(context.exact_from)
        self._absences = Absences(context, workspace.id, ask, self.span)
        self._read_last: Window | None = None
        self._trailing_pieces = 0
        self._is_end_read = False
        self._is_whole = False
        self._is_held = False

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

    def _history_of(self, table: TimeTable) -> History:
        trailing = self._trailing[table]
        partition = self._context.state.partition(table.name, self._workspace.id)
        known = range(trailing.history_start.toordinal(), trailing.first.toordinal())
        history = History(table.name, partition, known=known)
        if trailing.lookback_from is not None:
            history.doubt(range(trailing.lookback_from.toordinal(), trailing.first.toordinal()))
        if trailing.moved_zone or trailing.moved_back:
            history.forget()
        return history

    def take_up(self) -> None:
        """Load each table's progress from the state.

        Raises:
            UnreadableStateError: The tap did not write a table's state.
        """
        self._progress = {table: self._taken_up(table) for table in self._tables}
        self.history.per_day = max(item.rows_per_day for item in self._progress.values())
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
            keeps_ids=table.remembers_entries
            or not any(other.remembers_entries for other in self._tables),
            partition=partition,
            trailing=self._trailing[table],
            history=self._histories[table],
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
        if self.history.must_ask_first:
            self.take_up()
            self.history.ask_first()
        if self._context.settings.verifies_totals or not wants_running:
            # A timer that stops meanwhile may be in neither response. Clockify's totals, which are
            # requested after both, then show it; without totals, the timers must come first.
            self._reader.begin(self.span.parts[0])
        if not self._progress:
            # The state of a large workspace takes a moment to unpack.
            self.take_up()

    def live(self) -> Iterator[Batch]:
        """Read everything, and yield the live rows of every table."""
        try:
            yield from self._counted(self._live())
            self._is_whole = True
        except BudgetSpentError as error:
            self._context.notices.budget_spent(error)
            self._stop()
            with suppress(BudgetSpentError):
                yield from self._counted(self._running())

    def in_turn(self) -> Iterator[Batch]:
        """Check a part of the history with the requests that are left, and yield live rows."""
        if self._is_whole and not self._is_held:
            try:
                yield from self._counted(self._in_turn())
            except BudgetSpentError:
                self._context.logger.info(
                    "Workspace %s: the check of the history continues in the next run.",
                    self._workspace.id,
                )

    def gone(self) -> Iterator[Batch]:
        """Yield tombstones of the rows that are gone, as far as the reading shows it."""
        now = self._context.started
        if self._is_whole:
            for progress in self._progress.values():
                progress.complete()
        if not self._is_held and self._absences.are_doubtful(
            self._progress.values(), self._sightings, is_whole=self._is_whole
        ):
            self.hold()
        if self._is_held:
            return
        for table, progress in self._progress.items():
            tombstones = list(progress.tombstones(now))
            self._lines[table].removed += sum(since == now for since, _ in tombstones)
            if tombstones:
                yield (
                    table.name,
                    [table.gone_row(self._workspace.id, since, row) for since, row in tombstones],
                )
        if self._is_whole or self._read_last is not None:
            for line in self._lines.values():
                line.finish()

    def hold(self) -> None:
        """Mark no row as gone, and let the next run read everything of this one again."""
        self._is_held = True
        for progress in self._progress.values():
            progress.hold()

    def _stop(self) -> None:
        """Leave the rest of the trailing window to the next run."""
        read = self._read_last
        if read is None:
            return
        parts = self.span.parts
        number = next(number for number, part in enumerate(parts) if read.first in part)
        resume: dt.date | None = min(read.last, self._context.today) + ONE_DAY
        if read.last == parts[number].last:
            resume = parts[number + 1].first if parts[number + 1 :] else None
        for progress in self._progress.values():
            progress.stop(resume, is_end_read=self._is_end_read)
        if number == 0:
            self._tally.window = Window(parts[0].first, min(read.last, self._context.today))

    def _counted(self, batches: Iterator[tuple[TimeTable, list[Record]]]) -> Iterator[Batch]:
        for table, rows in batches:
            self._lines[table].sent += len(rows)
            yield table.name, rows

    def _live(self) -> Iterator[tuple[TimeTable, list[Record]]]:
        running = self._timers.ids
        yield from self._planned(self.span.parts)
        if not self._tally.entries and self._absences.are_all_hidden():
            self.hold()
        # The feed is requested after the trailing window, so it has entries that left the window.
        self._tally.feed_used = self._changed.read_feed()
        self._sightings.expect(self._changed.awaited)
        self._changed.note_stopped_timers(running)
        yield from self._planned(self._old_windows(self._changed.days))
        yield from self._reread(self._changed.look_up(self._lost(running)))
        yield from self._running()
        for progress in self._progress.values():
            progress.confirm()
        self._changed.settle()
        for window in self.history.unread_windows():
            yield from self._planned([window])

    def _running(self) -> Iterator[tuple[TimeTable, list[Record]]]:
        for table, progress in self._progress.items():
            if table.wants_running:
                entries = self._timers.entries(stopped=self._sightings.ids)
                for entry in entries:
                    progress.take_running(entry)
                yield table, table.rows(entries, self._shape.tag_names)

    def _in_turn(self) -> Iterator[tuple[TimeTable, list[Record]]]:
        for days in self.history.turns():
            for window in self._gathered(days):
                if self.history.is_short_of_requests():
                    return
                yield from self._planned([window])
            lost = self._lost(self._timers.ids)
            if lost and self.history.is_short_of_requests(len(lost)):
                return
            yield from self._reread(self._changed.look_up(lost))
            for progress in self._progress.values():
                progress.confirm()

    def _planned(self, planned: list[Window]) -> Iterator[tuple[TimeTable, list[Record]]]:
        names = [table.name for table in self._tables]
        self._context.display.days(names, planned=sum(map(self._past_days, planned)))
        for window in planned:
            yield from self._window(window)

    def _reread(
        self, missed: Mapping[str, dt.date | None]
    ) -> Iterator[tuple[TimeTable, list[Record]]]:
        """Read days again if entries moved between them while the run was reading."""
        first, last = self.span.history_start, self.span.trailing.last
        found = {day for day in missed.values() if day is not None}
        days = self._sightings.moved | {day for day in found if first <= day <= last}
        for window in gather(days, gap=1, max_days=self._range_days):
            yield from self._window(window)

    def _window(self, window: Window) -> Iterator[tuple[TimeTable, list[Record]]]:
        again = window not in self.span.parts
        for step in self._reader.read(window):
            if isinstance(step, LastPieceBegun):
                if window is self.span.parts[-1]:
                    self._changed.begin()
                    self.history.begin()
                continue
            self._take(step, again=again)
            for table, progress in self._progress.items():
                progress.take(step.window, step.entries, self.history.answers)
                yield table, table.rows(step.entries, self._shape.tag_names)
            if self.history.is_paced:
                self._look_up_in_time()

    def _look_up_in_time(self) -> None:
        """Look up missing entries while there are requests for it, if the run is about to stop."""
        lost = self._lost(self._timers.ids)
        is_near = (self.history.requests_left or 0) < len(lost) + 3
        if lost and self._context.settings.connection.stop_when_spent and is_near:
            found = self._changed.look_up(lost)
            for progress in self._progress.values():
                if isinstance(progress, EntriesProgress):
                    progress.note_looked_up(found)

    def _take(self, reading: Reading, *, again: bool) -> None:
        """Check a reading against the totals, and record what it shows."""
        running = self._timers.days if reading.differences else set()
        judge(
            self._context,
            self._workspace.id,
            # Clockify may already count running timers.
            [item for item in reading.differences if (item.day, item.user_id) not in running],
        )
        self._names.learn(reading.entries)
        self._sightings.add(reading.entries)
        if again:
            self._context.reread_days[self._workspace.id].update(reading.window)
        else:
            self._read_last = reading.window
            self._is_end_read |= reading.window.last == self.span.trailing.last
            self._trailing_pieces += 1
            self._tally.add(reading)
        names = [table.name for table in self._tables]
        self._context.display.days(names, done=self._past_days(reading.window))

    def _past_days(self, window: Window) -> int:
        """Return the number of days of a window that are not in the future."""
        return max(0, (min(window.last, self._context.today) - window.first).days + 1)

    def _old_windows(self, days: set[dt.date]) -> list[Window]:
        """Cover the changed days before the trailing window with few windows."""
        old = {day for day in days if self.span.history_start <= day < self.span.trailing.first}
        return self._gathered(old | self.history.changed())

    def _gathered(self, days: set[dt.date]) -> list[Window]:
        self._tally.days_reread += len(days)
        return gather(days, gap=CHANGED_GAP, max_days=self._range_days)

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
                missing = {item for item in progress.missing() if not progress.is_sure(item)}
                is_sure = self._tally.feed_used and self._trailing_pieces == 1
                lost |= missing & set(progress.running_before) if is_sure else missing
        return lost - running - self._changed.deleted
