"""The tables made from time entries: their rows, and what is remembered of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from tap_clockify.memory.entry_progress import EntriesProgress
from tap_clockify.memory.snapshots import ENTRIES_KEPT, ROWS_KEPT
from tap_clockify.memory.summary_progress import SummaryProgress
from tap_clockify.records.summary import summary_key, summed_up

if TYPE_CHECKING:
    from collections.abc import Sequence

    from singer_sdk.helpers.types import Record

    from tap_clockify.context import RunContext
    from tap_clockify.memory.time_progress import TimeProgress
    from tap_clockify.memory.tombstones import Tombstone


class TimeTable(ABC):
    """A table made from time entries; one reading of the reports feeds all of them.

    Attributes:
        name: The name of the stream.
        wants_running: Whether the table has rows for running timers.
        remembers_entries: Whether its state says on which day an entry was.
    """

    wants_running: ClassVar[bool] = False
    remembers_entries: ClassVar[bool] = False

    def __init__(self, name: str, columns: Sequence[str], context: RunContext) -> None:
        """Set what is the same for all rows.

        Args:
            name: The name of the stream.
            columns: The columns of the table.
            context: The run.
        """
        self.name = name
        self._columns = columns
        self._context = context

    @property
    @abstractmethod
    def bookmark(self) -> str:
        """The value of the bookmark after this run."""

    @abstractmethod
    def rows(self, entries: list[Record]) -> list[Record]:
        """Build the rows of a window from its entries."""

    @abstractmethod
    def progress(self, *, keeps_ids: bool, **taken_up: Any) -> TimeProgress:
        """Load the table's progress from the state.

        Args:
            keeps_ids: Whether to remember on which day an entry was.
            taken_up: Arguments for ``TimeProgress``.
        """

    def gone_row(self, workspace_id: str, since: str, row: Tombstone) -> Record:
        """Build the row that replaces a row that is gone: its key, and measures of 0."""
        return {
            **dict.fromkeys(self._columns),
            "workspace_id": workspace_id,
            "date": None if row.day is None else str(row.day),
            **self._gone_columns(row),
            "import_timestamp": self._context.started,
            "_sdc_deleted_at": since,
            "is_deleted": True,
        }

    @abstractmethod
    def _gone_columns(self, row: Tombstone) -> Record:
        """Return the rest of the key, and the measures."""


class SummaryTable(TimeTable):
    """Hours and amounts by person, project, set of tags and day."""

    @property
    @override
    def bookmark(self) -> str:
        return self._context.today.isoformat()

    @override
    def rows(self, entries: list[Record]) -> list[Record]:
        return summed_up(entries, self._context.started)

    @override
    def progress(self, *, keeps_ids: bool, **taken_up: Any) -> TimeProgress:
        share = len(self._context.workspaces)
        return SummaryProgress(
            self.name,
            key_of=summary_key,
            rows_kept=ROWS_KEPT // share,
            ids_kept=ENTRIES_KEPT // share if keeps_ids else 0,
            **taken_up,
        )

    @override
    def _gone_columns(self, row: Tombstone) -> Record:
        user_id, project_id, tag_id = tuple(row.key)
        return {
            "user_id": user_id,
            "project_id": project_id,
            "tag_id": tag_id,
            "duration_decimal": 0.0,
            "amount_decimal": 0.0,
        }


class EntriesTable(TimeTable):
    """Time entries, including running timers."""

    wants_running = True
    remembers_entries = True

    @property
    @override
    def bookmark(self) -> str:
        return self._context.started

    @override
    def rows(self, entries: list[Record]) -> list[Record]:
        return entries

    @override
    def progress(self, *, keeps_ids: bool, **taken_up: Any) -> TimeProgress:
        share = len(self._context.workspaces)
        return EntriesProgress(self.name, ids_kept=ENTRIES_KEPT // share, **taken_up)

    @override
    def _gone_columns(self, row: Tombstone) -> Record:
        return {
            "id": row.key,
            "duration_seconds": 0,
            "duration_decimal": 0.0,
            "amount": 0.0,
            "cost_amount": 0.0,
            "is_running": False,
        }
