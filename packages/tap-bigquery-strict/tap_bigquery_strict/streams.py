"""A table as a stream: its rows as of one instant, all of them or those since the bookmark."""

from __future__ import annotations

import datetime as dt
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from google.cloud.bigquery import ScalarQueryParameter
from singer_sdk import Stream
from typing_extensions import override

from tap_bigquery_strict.columns import (
    BOOKMARKS,
    NOT_KEYS,
    OF_LOADERS,
    converter,
    expression,
    kind_of,
    schema_of,
    unreadable,
)
from tap_bigquery_strict.errors import ExtractError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from google.cloud.bigquery import SchemaField, Table
    from singer_sdk import Tap
    from singer_sdk.helpers._batch import BatchConfig
    from singer_sdk.helpers.types import Context

    from tap_bigquery_strict.client import Warehouse
    from tap_bigquery_strict.settings import Wanted

PARAMETERS = {"INTEGER": "INT64"}
"""Types of query parameters where they have another name than the API's."""


@dataclass(frozen=True)
class Source:
    """A table, and how to read it."""

    name: str
    address: str
    """As project.dataset.table."""
    fields: tuple[SchemaField, ...]
    keys: tuple[str, ...]
    replication_key: str | None
    has_past: bool
    """Whether BigQuery can show it as it was: tables have a past, views have none."""

    @classmethod
    def of(cls, wanted: Wanted, table: Table) -> Source:
        """Check what the settings say of a table.

        Raises:
            ExtractError: It has no key, or lacks a column.
        """
        address = f"{table.project}.{table.dataset_id}.{table.table_id}"
        fields = tuple(field for field in table.schema if field.name not in OF_LOADERS)
        if name := unreadable(fields):
            raise ExtractError(
                f"Column {name} of {address} has a type that cannot be copied exactly. Read a view"
                " that leaves the column out, or makes a text of it."
            )
        keys = wanted.key_columns or _declared_keys(table)
        if not keys:
            raise ExtractError(
                f"{address} declares no primary key. Set key_columns to the columns that identify"
                " a row."
            )
        for key in keys:
            field = _field(address, fields, key, "key_columns")
            if field.mode == "REPEATED" or kind_of(field) in NOT_KEYS:
                raise ExtractError(
                    f"key_columns names {key} of {address}, which is a list or an object. Choose"
                    " columns with single values."
                )
        if bookmark := wanted.replication_key:
            field = _field(address, fields, bookmark, "replication_key")
            if field.mode == "REPEATED" or kind_of(field) not in BOOKMARKS:
                kind = f"a list of {kind_of(field)}" if field.mode == "REPEATED" else kind_of(field)
                raise ExtractError(
                    f"replication_key names {bookmark} of {address}, which is {kind}. It must be a"
                    " TIMESTAMP, DATETIME, DATE or INT64; leave it out to read the whole table."
                )
        is_table = table.table_type == "TABLE"
        return cls(wanted.name, address, fields, keys, wanted.replication_key, is_table)

    def then(self, instant: dt.datetime) -> str:
        """Return the table as it was at an instant, for a FROM clause."""
        past = f" FOR SYSTEM_TIME AS OF TIMESTAMP '{instant.isoformat()}'" if self.has_past else ""
        return f"`{self.address}`{past}"


def _field(address: str, fields: Iterable[SchemaField], name: str, setting: str) -> SchemaField:
    """Return a column that a setting names."""
    for field in fields:
        if field.name == name:
            return field
    if name in OF_LOADERS:
        raise ExtractError(
            f"{setting} names {name}, which is not copied: the loader of the copy writes its own."
            f" Choose another column of {address}."
        )
    raise ExtractError(f"{address} has no column {name}. Check {setting}.")


def _declared_keys(table: Table) -> tuple[str, ...]:
    constraints = table.table_constraints
    declared = constraints.primary_key if constraints else None
    return tuple(declared.columns) if declared else ()


class TableStream(Stream):
    """The rows of one table or view."""

    def __init__(
        self, tap: Tap, source: Source, warehouse: Warehouse, instant: dt.datetime | None
    ) -> None:
        """Declare the stream; nothing is read yet.

        Args:
            tap: The tap.
            source: The table.
            warehouse: Where it is.
            instant: The instant that is read, the same for all tables; not needed for discovery.
        """
        self._source, self._warehouse, self._instant = source, warehouse, instant
        self._version: int | None = None
        schema = schema_of(source.fields, source.keys)
        super().__init__(tap, schema=schema, name=source.name)
        self.primary_keys = source.keys
        self.replication_key = source.replication_key

    @override
    def log(self, message: str, *args: Any, level: int = logging.INFO, **kwargs: Any) -> None:
        """Leave out the SDK's errors: they announce an exception, whose sentence is logged."""
        if level < logging.ERROR:
            super().log(message, *args, level=level, **kwargs)

    @property
    @override
    def emit_activate_version_messages(self) -> bool:
        """Give the rows of a whole table a version, by which the loader finds older ones."""
        return self.replication_method == "FULL_TABLE"

    @override
    def _write_activate_version_message(self, full_table_version: int) -> None:
        """Keep the message until the last row is sent.

        The SDK sends it first. If the tap then fails, the loader has it and no rows, and would
        remove the rows of earlier versions: all that there are.
        """
        self._version = full_table_version

    @override
    def _sync_records(
        self, context: Context | None = None, *, write_messages: bool = True
    ) -> Generator[dict[str, Any], Any, Any]:
        yield from super()._sync_records(context, write_messages=write_messages)
        if write_messages:
            self._activate_version()

    @override
    def _sync_batches(self, batch_config: BatchConfig, context: Context | None = None) -> None:
        super()._sync_batches(batch_config, context)
        self._activate_version()

    def _activate_version(self) -> None:
        """Say that all rows of this version are sent."""
        if self._version is not None:
            super()._write_activate_version_message(self._version)

    @override
    def get_records(self, context: Context | None) -> Iterable[dict[str, Any]]:
        """Read the rows.

        Raises:
            ExtractError: A key is null or not unique, or BigQuery refuses the query.
        """
        instant = self._instant or dt.datetime.now(dt.UTC)
        newest = self._checked(instant)
        selected = [field for field in self._source.fields if self._is_wanted(field.name)]
        where, parameters = self._bounds(context, newest)
        columns = ", ".join(map(expression, selected))
        rows = self._warehouse.query(
            f"SELECT {columns} FROM {self._source.then(instant)}{where}",  # noqa: S608
            parameters,
            what=self._source.address,
        )
        convert = converter(selected)
        for batch in self._warehouse.arrow(rows, self._source.address):
            for row in batch:
                yield convert(row)

    def _is_wanted(self, name: str) -> bool:
        """Read what is selected only: BigQuery bills by column."""
        return self.mask.get(("properties", name), True)

    def _checked(self, instant: dt.datetime) -> Any:
        """Check the keys, and return the newest replication key, which bounds the query."""
        source = self._source
        keys = ", ".join(f"`{name}`" for name in source.keys)
        missing = " OR ".join(f"`{name}` IS NULL" for name in source.keys)
        newest = f"MAX(`{source.replication_key}`)" if source.replication_key else "NULL"
        (found,) = self._warehouse.query(
            f"SELECT COUNTIF({missing}) AS missing, COUNT(*) - COUNT(DISTINCT"  # noqa: S608
            f" TO_JSON_STRING(STRUCT({keys}))) AS doubled, {newest} AS newest"
            f" FROM {source.then(instant)}",
            what=source.address,
        )
        if found["missing"]:
            raise ExtractError(
                f"{found['missing']} rows of {source.address} have no value in a column of the key"
                f" ({', '.join(source.keys)}). Choose other key_columns."
            )
        if found["doubled"]:
            raise ExtractError(
                f"{found['doubled']} rows of {source.address} have the key"
                f" ({', '.join(source.keys)}) of another row, so one of them would be lost. Name"
                " more key_columns."
            )
        return found["newest"]

    def _bounds(
        self, context: Context | None, newest: Any
    ) -> tuple[str, list[ScalarQueryParameter]]:
        """Bound the query: from the bookmark, which is read again, to the newest value.

        The upper bound matters for views, which are read as they are: a row that arrives after
        the newest value was looked up is left to the next run.
        """
        key = self.replication_key
        if key is None or newest is None or self.replication_method == "FULL_TABLE":
            return "", []
        kind = next(kind_of(field) for field in self._source.fields if field.name == key)
        kind = PARAMETERS.get(kind, kind)
        bounds = [ScalarQueryParameter("newest", kind, newest)]
        condition = f"`{key}` <= @newest"
        start = self.get_starting_replication_key_value(context)
        if start is not None:
            try:
                bounds.append(ScalarQueryParameter("start", kind, _value(kind, start)))
            except ValueError:
                raise ExtractError(
                    f"The bookmark of {self._source.address} in the state is no {kind}. Run it with"
                    " a full refresh."
                ) from None
            condition = f"`{key}` BETWEEN @start AND @newest"
        # A row without a replication key may be new each time.
        return f" WHERE {condition} OR `{key}` IS NULL", bounds


def _value(kind: str, told: Any) -> Any:
    """Return a bookmark as a value of its type."""
    if kind in {"TIMESTAMP", "DATETIME"}:
        return dt.datetime.fromisoformat(str(told))
    return dt.date.fromisoformat(str(told)) if kind == "DATE" else int(told)
