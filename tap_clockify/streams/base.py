"""Base classes of the streams: the only module that knows both SDK streams and tables."""

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
    """A stream whose rows belong to workspaces."""

    schema: ClassVar[StreamSchema[str]] = StreamSchema(SCHEMAS)

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE
    """The SDK need not convert records: they have the types of their columns by construction."""

    @override
    def __init__(self, tap: Tap, open_context: Callable[[], RunContext]) -> None:
        """Declare the stream.

        Args:
            tap: The tap, for the SDK.
            open_context: Returns the run that the stream belongs to.
        """
        super().__init__(tap)
        self._open_context = open_context

    @abstractmethod
    def source(self, context: RunContext) -> Source:
        """Build the source that the stream is read from."""

    @override
    def get_records(self, context: Context | None) -> Iterator[Record]:
        """Read only this stream, as ``--test`` and BATCH messages need it."""
        run = self._open_context()
        source = self.source(run)
        for batches in (source.live, source.gone):
            for name, rows in batches():
                if source.is_shown:
                    run.display.rows(name, len(rows))
                yield from rows


class ListStream(ClockifyStream):
    """Objects of the core API, all of which are read in every run."""

    listing: ClassVar[Listing]
    """The list that the stream is read from."""

    identity: ClassVar[tuple[str, ...]] = ("name",)
    """Columns besides the key to keep when an object is gone."""

    @override
    def source(self, context: RunContext) -> Source:
        return ListReader(context, self.table)

    @cached_property
    def table(self) -> ListTable:
        """The table of the stream."""
        return ListTable(self.name, self.listing, self.schema, self.identity, self.reshaped)

    def reshaped(self, row: dict[str, Any], workspace_id: str) -> dict[str, Any]:  # noqa: ARG002
        """Reshape an object so that flattening it yields the stream's columns."""
        return row


class TimeStream(ClockifyStream):
    """Rows made from time entries; all selected streams of this kind are read together."""

    table_class: ClassVar[type[TimeTable]]
    """The table of the stream."""

    @override
    def source(self, context: RunContext) -> Source:
        # A test ends after the first row, so it requests one workspace only.
        return time_source([self], context, ahead=0)

    def table(self, context: RunContext) -> TimeTable:
        """Build the stream's table for a run."""
        return self.table_class(self.name, tuple(self.schema["properties"]), context)


def time_source(streams: Iterable[TimeStream], context: RunContext, *, ahead: int = 1) -> Source:
    """Build the one source that reads the reports for all these streams.

    Args:
        streams: The streams.
        context: The run.
        ahead: How many workspaces to request while another one is read.
    """
    return TimeReader(context, [stream.table(context) for stream in streams], ahead=ahead)
