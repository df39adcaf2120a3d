"""Base classes of the streams: the only module that knows both SDK streams and tables."""

from __future__ import annotations

import logging
from abc import abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from singer_sdk import SchemaDirectory, Stream
from singer_sdk.helpers.conform import TypeConformanceLevel
from typing_extensions import override

from tap_clockify import schemas
from tap_clockify.lists.listing import Listing, ListTable
from tap_clockify.lists.reader import ListReader
from tap_clockify.records.flatten import DIVISOR
from tap_clockify.records.parts import Whole
from tap_clockify.reports.workspaces import TimeReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from clockify_client.subscription import Needs
    from singer_sdk import Tap
    from singer_sdk.helpers.types import Context, Record

    from tap_clockify.context import RunContext
    from tap_clockify.records.custom_fields import FieldColumns
    from tap_clockify.records.parts import Rows
    from tap_clockify.reports.tables import TimeTable
    from tap_clockify.streams.source import Source

SCHEMAS = SchemaDirectory(schemas)


class ClockifyStream(Stream):
    """A stream whose rows belong to workspaces."""

    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE
    """The SDK need not convert records: they have the types of their columns by construction."""

    needs: ClassVar[Needs | None] = None
    """What the stream needs of the workspace's plan or of the key's owner; None if nothing."""

    requests: ClassVar[str]
    """How many requests a run sends for the stream in a workspace, as a sentence for the docs."""

    field_values_of: ClassVar[str | None] = None
    """Whose custom fields may be columns of the stream; None if the stream has no such columns."""

    @override
    def __init__(
        self,
        tap: Tap,
        open_context: Callable[[], RunContext],
        find_fields: Callable[[], FieldColumns] | None = None,
    ) -> None:
        """Declare the stream.

        Args:
            tap: The tap, for the SDK.
            open_context: Returns the run that the stream belongs to.
            find_fields: Returns the columns of custom fields, if they are wanted.
        """
        super().__init__(tap)
        self._open_context = open_context
        self._find_fields = find_fields

    @cached_property
    def fields(self) -> FieldColumns | None:
        """The columns of custom fields, if they are wanted."""
        if self._find_fields is None or self.field_values_of is None:
            return None
        return self._find_fields().of(self.field_values_of)

    @cached_property
    def declared(self) -> dict[str, Any]:
        """The schema as declared, with what the tap needs to know about columns."""
        return SCHEMAS.get_schema(self.name, key_properties=self.primary_keys)

    @property
    @override
    def schema(self) -> dict[str, Any]:
        return self._published

    @cached_property
    def _published(self) -> dict[str, Any]:
        """The schema as written: without what only the tap needs to know."""
        columns = self.declared["properties"]
        published = {
            name: {key: value for key, value in column.items() if key != DIVISOR}
            for name, column in columns.items()
        }
        return {
            **self.declared,
            "properties": published | (self.fields.schema if self.fields else {}),
        }

    @override
    def log(self, message: str, *args: Any, level: int = logging.INFO, **kwargs: Any) -> None:
        """Leave out the SDK's errors: they announce an exception, whose sentence is logged."""
        if level < logging.ERROR:
            super().log(message, *args, level=level, **kwargs)

    @abstractmethod
    def source(self, context: RunContext) -> Source:
        """Build the source that the stream is read from."""

    @override
    def get_records(self, context: Context | None) -> Iterator[Record]:
        """Read only this stream, as the SDK's tests and BATCH messages need it."""
        run = self._open_context()
        for source in self.sources(run):
            for batches in (source.live, source.gone):
                for name, rows in batches():
                    if source.is_shown:
                        run.display.rows(name, len(rows))
                    yield from rows

    def sources(self, context: RunContext) -> Sequence[Source]:
        """Build the sources that reading only this stream takes."""
        return [self.source(context)]


class ListStream(ClockifyStream):
    """What Clockify lists, all of which is read in every run."""

    primary_keys: tuple[str, ...] = ("workspaceId", "id")

    listing: ClassVar[Listing]
    """The list that the stream is read from."""

    rows: ClassVar[Rows] = Whole()
    """Returns the objects, to be flattened, that an object of the list has for the stream."""

    identity: ClassVar[tuple[str, ...]] = ()
    """Columns besides the key to keep when a row is gone; never personal data, since the state
    remembers them."""

    parent_column: ClassVar[str | None] = None
    """The column, in the key or in ``identity``, with the object in whose list a row is."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Derive from the list what it needs, what it costs, and whether to select the stream."""
        super().__init_subclass__(**kwargs)
        listing = cls.listing
        cls.needs = cls.needs or listing.all_needs
        cls.requests = listing.requests
        # Every plan has it, and it takes no request for each object.
        is_cheap = listing.per is None or listing.bulk is not None
        cls.selected_by_default = is_cheap and not (cls.needs and cls.needs.feature)

    @override
    def source(self, context: RunContext) -> Source:
        return self.sources(context)[-1]

    @override
    def sources(self, context: RunContext) -> Sequence[Source]:
        # A test ends after the first row, so it requests one workspace only.
        return [reader for [reader] in list_sources([self], context, ahead=1).values()]

    @cached_property
    def table(self) -> ListTable:
        """The table of the stream."""
        return ListTable(
            self.name,
            self.listing,
            tuple(self.primary_keys),
            self.declared,
            self.identity,
            self.rows,
            self.parent_column,
            self.fields,
        )


class TimeStream(ClockifyStream):
    """Rows made from time entries; all selected streams of this kind are read together."""

    table_class: ClassVar[type[TimeTable]]
    """The table of the stream."""

    requests = (
        "Shared by all streams of time: 1 per 1,000 entries of the days that are read, 1 for their"
        " totals, 1 for running timers, 3 for the change feed."
    )

    @override
    def source(self, context: RunContext) -> Source:
        # A test ends after the first row, so it requests one workspace only.
        return time_source([self], context, ahead=0)

    def table(self, context: RunContext) -> TimeTable:
        """Build the stream's table for a run."""
        columns = tuple(self.schema["properties"])
        return self.table_class(self.name, columns, context, self.fields)


def list_sources(
    streams: Iterable[ListStream], context: RunContext, *, ahead: int
) -> dict[Listing | None, list[ListReader]]:
    """Build the readers of lists: one for each list, however many streams are made from it.

    A list that every object of another one has needs that other list, which is therefore read even
    if no stream is made from it.

    Args:
        streams: The streams.
        context: The run.
        ahead: In how many workspaces to request the first page of a list at once.
    """
    tables: dict[Listing, list[ListTable]] = {}
    for stream in streams:
        if stream.listing.per is not None:
            tables.setdefault(stream.listing.per, [])
        tables.setdefault(stream.listing, []).append(stream.table)
    readers: dict[Listing | None, list[ListReader]] = {}
    for listing in sorted(tables, key=lambda listing: listing.per is not None):
        parent = readers[listing.per][0] if listing.per else None
        if parent is not None:
            parent.keep_objects(listing.bulk)
        reader = ListReader(context, listing, tables[listing], parent, ahead=ahead)
        readers[listing] = [reader]
    return readers


def time_source(streams: Iterable[TimeStream], context: RunContext, *, ahead: int = 1) -> Source:
    """Build the one source that reads the reports for all these streams.

    Args:
        streams: The streams.
        context: The run.
        ahead: How many workspaces to request while another one is read.
    """
    return TimeReader(context, [stream.table(context) for stream in streams], ahead=ahead)
