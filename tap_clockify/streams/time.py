"""Time: its sums by day, and entry by entry. Both are made from one pass over the reports."""

from __future__ import annotations

from abc import abstractmethod
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from tap_clockify.entries import summed_up
from tap_clockify.memory import ROWS_KEPT, TRACES_KEPT
from tap_clockify.progress import EntriesProgress, ReportProgress, SummaryProgress
from tap_clockify.streams.base import ClockifyStream
from tap_clockify.trail import Trail

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Generator, Iterator

    from singer_sdk.helpers.types import Context, Record
    from singer_sdk.metrics import Counter

    from tap_clockify.state import Partition
    from tap_clockify.tap import TapClockify, Workspace


class ReportStream(ClockifyStream):
    """A stream made from the reports; all selected ones are fed by the same pass."""

    wants_running: ClassVar[bool] = False
    """Whether entries whose timer runs are rows of the stream."""

    @abstractmethod
    def rows(self, entries: list[Record]) -> list[Record]:
        """Make the rows of a window from its entries."""

    @abstractmethod
    def gone_row(self, workspace_id: str, since: str, day: dt.date | None, key: Any) -> Record:
        """Make the row that takes the place of one that is gone: its key, and measures of 0."""

    @property
    @abstractmethod
    def bookmark(self) -> str:
        """The value of the bookmark after this run."""

    @abstractmethod
    def progress_from(self, partition: Partition, trail: Trail) -> ReportProgress:
        """Take up the stream where the run before left it."""

    def trail_in(self, workspace: Workspace) -> Trail:
        """Decide on the days to read in a workspace."""
        return Trail(
            self.name,
            self.tap.run_state.partition(self.name, workspace.id),
            self.config,
            today=self.tap.today,
            zone=self.tap.timezone,
            reached=self.bookmark,
        )

    def progress_in(self, workspace: Workspace, trail: Trail) -> ReportProgress:
        """Take up the stream in a workspace, and keep its progress for the state."""
        partition = self.tap.run_state.partition(self.name, workspace.id)
        progress = self.progress_from(partition, trail)
        self.tap.run_state.track(self.name, self.workspace_key, workspace.id, progress)
        return progress

    @override
    def _sync_records(
        self, context: Context | None = None, *, write_messages: bool = True
    ) -> Generator[Record, Any, Any]:
        if not write_messages or self.ABORT_AT_RECORD_COUNT is not None:
            yield from super()._sync_records(context, write_messages=write_messages)
            return
        with ExitStack() as stack:
            counters: dict[str, Counter] = {}
            for stream, batch in self.tap.report_passes.batches(selected_of(self.tap)):
                if stream.name not in counters:
                    stack.enter_context(stream.get_sync_timer())
                    counters[stream.name] = stack.enter_context(stream.get_record_counter())
                stream.write_batch(batch)
                counters[stream.name].increment(len(batch))
                if stream is self:
                    yield from batch

    @override
    def get_records(self, context: Context | None) -> Iterator[Record]:
        """Read for this stream alone, as ``--test`` and batches do."""
        workspace = self.tap.workspace((context or {})[self.workspace_key])
        for batch in self.tap.report_passes.batches_of_one(self, workspace):
            yield from batch


def selected_of(tap: TapClockify) -> list[ReportStream]:
    """List the report streams that are selected."""
    streams = tap.streams.values()
    return [item for item in streams if isinstance(item, ReportStream) and item.selected]


class Summary(ReportStream):
    """Hours and amounts by person, project, set of tags and day."""

    name = "summary"
    primary_keys = ("workspace_id", "user_id", "project_id", "tag_id", "date")
    replication_key = "date"

    @override
    def rows(self, entries: list[Record]) -> list[Record]:
        return summed_up(entries, self.tap.run_started)

    @override
    def gone_row(self, workspace_id: str, since: str, day: dt.date | None, key: Any) -> Record:
        user_id, project_id, tag_id = key
        return {
            **dict.fromkeys(self.schema["properties"]),
            "workspace_id": workspace_id,
            "user_id": user_id,
            "project_id": project_id,
            "tag_id": tag_id,
            "date": str(day),
            "duration_decimal": 0.0,
            "amount_decimal": 0.0,
            "import_timestamp": self.tap.run_started,
            "_sdc_deleted_at": since,
        }

    @override
    def progress_from(self, partition: Partition, trail: Trail) -> ReportProgress:
        share = len(self.tap.workspaces)
        # With time_entries selected, that stream remembers where entries were.
        traces = 0 if self.tap.streams[TimeEntries.name].selected else TRACES_KEPT
        return SummaryProgress(
            self.name,
            partition,
            trail,
            self.tap.interrupted_feed,
            traces_kept=traces // share,
            rows_kept=ROWS_KEPT // share,
        )

    @property
    @override
    def bookmark(self) -> str:
        return self.tap.today.isoformat()


class TimeEntries(ReportStream):
    """Time entries, those whose timer is running included."""

    name = "time_entries"
    primary_keys = ("id",)
    replication_key = "start"
    wants_running = True

    @override
    def rows(self, entries: list[Record]) -> list[Record]:
        return entries

    @override
    def gone_row(self, workspace_id: str, since: str, day: dt.date | None, key: Any) -> Record:
        return {
            **dict.fromkeys(self.schema["properties"]),
            "id": key,
            "workspace_id": workspace_id,
            "date": None if day is None else str(day),
            "duration_seconds": 0,
            "duration_decimal": 0.0,
            "amount": 0.0,
            "cost_amount": 0.0,
            "is_running": False,
            "import_timestamp": self.tap.run_started,
            "_sdc_deleted_at": since,
        }

    @override
    def progress_from(self, partition: Partition, trail: Trail) -> ReportProgress:
        kept = TRACES_KEPT // len(self.tap.workspaces)
        return EntriesProgress(self.name, partition, trail, self.tap.interrupted_feed, kept)

    @property
    @override
    def bookmark(self) -> str:
        return self.tap.run_started
