"""The base streams: the only place that knows both the SDK's streams and our tables."""

from __future__ import annotations

from abc import abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk import SchemaDirectory, Stream, StreamSchema
from singer_sdk.helpers.conform import TypeConformanceLevel
from typing_extensions import override

from tap_clockify import schemas
from tap_clockify.lists.listing import Listing, ListTable
from tap_clockify.lists.reader import ListReader
from tap_clockify.reports.workspaces import TimeReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from singer_sdk import Tap
    from singer_sdk.helpers.types import Context, Record

    from tap_clockify.context import RunContext
    from tap_clockify.reports.tables import TimeTable
    from tap_clockify.streams.source import Source

SCHEMAS = SchemaDirectory(schemas)


class ClockifyStream(Stream):
    """A stream of rows that belong to workspaces."""

    schema: ClassVar[StreamSchema[str]] = StreamSchema(SCHEMAS)

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE
    """Records have the types of their columns by construction."""

    @override
    def __init__(self, tap: Tap, open_context: Callable[[], RunContext]) -> None:
        """Declare the stream.

        Args:
            tap: The tap, for the SDK.
            open_context: Gives the run that the stream belongs to.
        """
        super().__init__(tap)
        self._open_context = open_context

    @abstractmethod
    def source(self, context: RunContext) -> Source:
        """Form what the stream is read from."""

    @override
    def get_records(self, context: Context | None) -> Iterator[Record]:
        """Read for this stream alone, as ``--test`` and batches do."""
        source = self.source(self._open_context())
        for batches in (source.live, source.gone):
            for _, rows in batches():
                yield from rows


class ListStream(ClockifyStream):
    """Objects of the core API that are read whole at every run."""

    listing: ClassVar[Listing]
    """The list that the stream is made of."""

    identity: ClassVar[tuple[str, ...]] = ("name",)
    """Columns besides the key to keep of an object that is gone."""

    @override
    def source(self, context: RunContext) -> Source:
        return ListReader(context, self.table)

    @cached_property
    def table(self) -> ListTable:
        """The table that the stream names."""
        return ListTable(self.name, self.listing, self.schema, self.identity, self.reshaped)

    def reshaped(self, row: dict[str, Any], workspace_id: str) -> dict[str, Any]:  # noqa: ARG002
        """Bring an object into the form whose flattening gives the stream's columns."""
        return row


class TimeStream(ClockifyStream):
    """Rows made from time entries; all selected streams of this kind share one reading."""

    table_class: ClassVar[type[TimeTable]]
    """The table that the stream names."""

    @override
    def source(self, context: RunContext) -> Source:
        return time_source([self], context)

    def table(self, context: RunContext) -> TimeTable:
        """Form the stream's table in a run."""
        return self.table_class(self.name, tuple(self.schema["properties"]), context)


def time_source(streams: Iterable[TimeStream], context: RunContext) -> Source:
    """Form the one reading of the reports that feeds streams."""
    return TimeReader(context, [stream.table(context) for stream in streams])
