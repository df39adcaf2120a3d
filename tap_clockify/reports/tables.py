"""The tables made from time entries: their rows, and what is remembered of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from tap_clockify.memory.entry_progress import EntriesProgress
from tap_clockify.memory.link_progress import LinksProgress
from tap_clockify.memory.snapshots import ENTRIES_KEPT, ROWS_KEPT
from tap_clockify.memory.summary_progress import SummaryProgress
from tap_clockify.records.custom_fields import field_values, sent_fields
from tap_clockify.records.summary import summary_key, summed_up

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from singer_sdk.helpers.types import Record

    from tap_clockify.context import RunContext
    from tap_clockify.memory.time_progress import TimeProgress
    from tap_clockify.memory.tombstones import Tombstone
    from tap_clockify.records.custom_fields import FieldColumns


class TimeTable(ABC):
    """A table made from time entries; one reading of the reports feeds all of them.

    Attributes:
        name: The name of the stream.
        wants_running: Whether the table has rows for running timers.
        remembers_entries: Whether its state says on which day an entry was.
    """

    wants_running: ClassVar[bool] = False
    remembers_entries: ClassVar[bool] = False

    def __init__(
        self,
        name: str,
        columns: Sequence[str],
        context: RunContext,
        fields: FieldColumns | None = None,
    ) -> None:
        """Set what is the same for all rows.

        Args:
            name: The name of the stream.
            columns: The columns of the table.
            context: The run.
            fields: The columns of custom fields, if they are wanted.
        """
        self.name = name
        self._columns = columns
        self._context = context
        self._fields = fields

    @property
    @abstractmethod
    def bookmark(self) -> str:
        """The value of the bookmark after this run."""

    @abstractmethod
    def rows(self, entries: list[Record], tag_names: Mapping[str, str]) -> list[Record]:
        """Build the rows of a window.

        Args:
            entries: Its entries.
            tag_names: The names of the tags, by id.
        """

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
    def rows(self, entries: list[Record], tag_names: Mapping[str, str]) -> list[Record]:
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
    def rows(self, entries: list[Record], tag_names: Mapping[str, str]) -> list[Record]:
        if self._fields is None:
            return entries
        return [{**entry, **self._fields.values(sent_fields(entry))} for entry in entries]

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


class LinkTable(EntriesTable):
    """What a time entry is linked to, such as its tags: a row per entry and link."""

    link_column: ClassVar[str]
    """The column with the id of what the entry is linked to."""

    @abstractmethod
    def links(self, entry: Record, tag_names: Mapping[str, str]) -> list[Record]:
        """Return the links of an entry: for each the id in ``link_column``, and other columns."""

    def ids(self, entry: Record) -> tuple[str, ...]:
        """Return the ids of what an entry is linked to."""
        return tuple(str(link[self.link_column]) for link in self.links(entry, {}))

    @override
    def rows(self, entries: list[Record], tag_names: Mapping[str, str]) -> list[Record]:
        shared = ("workspace_id", "user_id", "project_id", "date", "start")
        return [
            {
                **dict.fromkeys(self._columns),
                **{column: entry[column] for column in shared},
                "time_entry_id": entry["id"],
                **link,
                "import_timestamp": self._context.started,
                "is_deleted": False,
            }
            for entry in entries
            for link in self.links(entry, tag_names)
        ]

    @override
    def progress(self, *, keeps_ids: bool, **taken_up: Any) -> TimeProgress:
        share = len(self._context.workspaces)
        return LinksProgress(
            self.name, links_of=self.ids, ids_kept=ENTRIES_KEPT // share, **taken_up
        )

    @override
    def _gone_columns(self, row: Tombstone) -> Record:
        entry, link = tuple(row.key)
        return {"time_entry_id": entry, self.link_column: link}


class EntryTagsTable(LinkTable):
    """The tags of time entries."""

    link_column = "tag_id"

    @override
    def links(self, entry: Record, tag_names: Mapping[str, str]) -> list[Record]:
        ids = entry["tag_ids"].split(",") if entry["tag_ids"] else ()
        return [{"tag_id": item, "tag": tag_names.get(item)} for item in ids]


class EntryFieldsTable(LinkTable):
    """The values of custom fields of time entries."""

    link_column = "custom_field_id"

    @override
    def links(self, entry: Record, tag_names: Mapping[str, str]) -> list[Record]:
        return field_values(sent_fields(entry))
