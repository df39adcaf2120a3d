"""A stream's SCHEMA as BigQuery columns, reconciled with those of a table that exists."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from google.cloud.bigquery import SchemaField

from target_bigquery_strict.errors import LoadError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

ROW = "_sdc_row"
"""Column of staging tables alone: the position of a row among those of its stream."""

METADATA: Mapping[str, tuple[str, str]] = {
    "_sdc_extracted_at": ("TIMESTAMP", "When the tap extracted the row."),
    "_sdc_received_at": ("TIMESTAMP", "When the target began the batch that brought the row."),
    "_sdc_batched_at": ("TIMESTAMP", "When the target began the batch that brought the row."),
    "_sdc_deleted_at": ("TIMESTAMP", "When the row was found to be deleted; null if it is live."),
    "_sdc_sequence": ("INT64", "Order in which the target received the rows."),
    "_sdc_table_version": ("INT64", "Version of the table that the tap sent the row for."),
}
"""Singer's metadata columns, which the target fills unless the stream has them itself."""

# BigQuery allows more characters, though not in all of its tools.
_NAME = re.compile(r"[^\W\d][\w -]{0,299}")
_RESERVED = (
    "_table_",
    "_file_",
    "_partition",
    "_row_timestamp",
    "__root__",
    "_colidentifier",
    "_change_",
)
_STRINGS = {
    "date-time": "TIMESTAMP",
    "date": "DATE",
    "time": "TIME",
    # In OpenAPI's registry of formats; JSON Schema has none for an instant without a zone.
    "date-time-local": "DATETIME",
    "time-local": "TIME",
}
_ALIASES = {"INTEGER": "INT64", "FLOAT": "FLOAT64", "BOOLEAN": "BOOL", "STRUCT": "RECORD"}
_WIDER = {
    "INT64": {"NUMERIC", "BIGNUMERIC"},  # FLOAT64 would merge keys above 2^53
    "NUMERIC": {"BIGNUMERIC", "FLOAT64"},
    "BIGNUMERIC": {"FLOAT64"},
    "JSON": {"RECORD"},
}
"""Types of existing tables that hold all values of another type, as other loaders choose them."""
_LONGEST = 1024
"""Characters of a description that BigQuery keeps."""
OPEN = ("JSON", "STRING")
"""Types for values of any type; other loaders make them text."""
_SCALE = {"NUMERIC": 9, "BIGNUMERIC": 38}


@dataclass(frozen=True)
class Column:
    """A column as the SCHEMA declares it."""

    name: str
    types: tuple[str, ...]
    """BigQuery's types that can hold its values, the preferred one first."""
    repeated: bool = False
    description: str | None = None

    @property
    def kind(self) -> str:
        """Its type in words."""
        return f"a list of {self.types[0]}" if self.repeated else self.types[0]

    @property
    def field(self) -> SchemaField:
        """The column of a new table; never REQUIRED, as columns that are added cannot be."""
        mode = "REPEATED" if self.repeated else "NULLABLE"
        field = {"name": self.name, "type": self.types[0], "mode": mode}
        return _described(SchemaField.from_api_repr(field), self.description)


def columns_of(
    stream: str, schema: Mapping[str, Any], keys: Sequence[str], *, metadata: bool
) -> list[Column]:
    """Return the columns of a stream.

    Raises:
        LoadError: A name or a key cannot be BigQuery's.
    """
    columns = [_column(name, declared) for name, declared in schema["properties"].items()]
    names = {column.name.lower() for column in columns}
    if metadata:
        columns += [
            Column(name, (kind,), description=description)
            for name, (kind, description) in METADATA.items()
            if name not in names
        ]
    _check_names(stream, columns)
    found = {column.name: column for column in columns}
    for key in keys:
        column = found.get(key)
        if column is None:
            raise LoadError(
                f"The key of stream '{stream}' names '{key}', which is no column of it."
            )
        if column.repeated or column.types[0] == "JSON":
            raise LoadError(
                f"Column '{key}' of stream '{stream}' is a list or an object and cannot be part of"
                " the key. Choose another key with a stream map of the tap (__key_properties__)."
            )
    return columns


def _check_names(stream: str, columns: Iterable[Column]) -> None:
    seen: set[str] = set()
    for column in columns:
        lower = column.name.lower()
        if not _NAME.fullmatch(column.name) or lower.startswith(_RESERVED) or lower == ROW:
            raise LoadError(
                f"'{column.name}' of stream '{stream}' is no name of a BigQuery column. Rename it"
                " with a stream map, of the tap or of this target."
            )
        if lower in seen:
            raise LoadError(
                f"Stream '{stream}' has two columns '{column.name}', which differ in case alone."
                " BigQuery takes them for one: rename or drop one of them with a stream map."
            )
        seen.add(lower)


def _column(name: str, declared: Any) -> Column:
    repeated, types = _types(declared)
    description = declared.get("description") if isinstance(declared, dict) else None
    return Column(name, types, repeated, description if isinstance(description, str) else None)


def _types(declared: Any) -> tuple[bool, tuple[str, ...]]:
    """Return whether a property is a list of scalars, and the types that can hold it."""
    if not isinstance(declared, dict):
        return False, OPEN  # `true` allows anything
    alternatives = declared.get("anyOf") or declared.get("oneOf")
    if isinstance(alternatives, list):
        return _any_of([each for each in alternatives if each != {"type": "null"}])
    named = declared.get("type") or ()
    kinds = [kind for kind in ([named] if isinstance(named, str) else named) if kind != "null"]
    if not kinds:
        return False, OPEN
    if kinds == ["array"]:
        items = declared.get("items")
        repeated, inner = _types(items) if isinstance(items, dict) else (True, ("JSON",))
        return (False, ("JSON",)) if repeated or inner[0] == "JSON" else (True, inner)
    return False, _mixed(tuple(_scalar(kind, declared) for kind in kinds))


def _any_of(alternatives: Sequence[Any]) -> tuple[bool, tuple[str, ...]]:
    found = [_types(each) for each in alternatives]
    if len(set(found)) == 1:
        return found[0]
    if not found or any(repeated for repeated, _ in found):
        return False, ("JSON",)
    return False, _mixed(tuple(kind for _, kinds in found for kind in kinds))


def _mixed(kinds: tuple[str, ...]) -> tuple[str, ...]:
    """Return the types for values of several types, the one that holds them all first."""
    distinct = tuple(dict.fromkeys(kinds))
    if len(distinct) == 1:
        return distinct
    if set(distinct) == {"INT64", "FLOAT64"}:
        return ("FLOAT64",)
    if "STRING" in distinct and "JSON" not in distinct:
        return ("STRING", *distinct)
    return ("JSON",)


def _scalar(kind: str, declared: Mapping[str, Any]) -> str:
    chosen = declared.get("x-sql-datatype")
    if isinstance(chosen, str) and chosen.upper() == "DATETIME":
        return "DATETIME"
    match kind:
        case "string":
            return _string(declared)
        case "integer":
            return "INT64"
        case "number":
            return _number(declared.get("multipleOf"))
        case "boolean":
            return "BOOL"
    return "JSON"


def _string(declared: Mapping[str, Any]) -> str:
    if declared.get("contentEncoding") == "base64":
        return "BYTES"
    if declared.get("format") == "singer.decimal" and declared.get("multipleOf"):
        return _number(declared["multipleOf"])
    return _STRINGS.get(str(declared.get("format")), "STRING")


def _number(step: Any) -> str:
    """Return an exact type if all values are multiples of a decimal step, such as 0.01."""
    if isinstance(step, int | float | Decimal) and step > 0:
        exponent = Decimal(str(step)).normalize().as_tuple().exponent
        for kind, scale in _SCALE.items():
            if isinstance(exponent, int) and -exponent <= scale:
                return kind
    return "FLOAT64"


def standard_type(field: SchemaField) -> str:
    """Return the type of a field in standard SQL, which the API names differently."""
    return _ALIASES.get(field.field_type.upper(), field.field_type.upper())


def reconciled(
    table: str, columns: Sequence[Column], existing: Sequence[SchemaField]
) -> tuple[list[SchemaField], list[SchemaField]]:
    """Return the fields to load, and those of the whole table once it has them all.

    The table decides on types, if they can hold the values. BigQuery ignores the case of names.

    Raises:
        LoadError: A type conflicts with the table's.
    """
    there = {field.name.lower(): field for field in existing}
    loaded: list[SchemaField] = []
    for column in columns:
        field = there.get(column.name.lower())
        if field is None:
            loaded.append(column.field)
            continue
        _check_type(table, column, field)
        loaded.append(SchemaField.from_api_repr({**field.to_api_repr(), "name": column.name}))
    described = {column.name.lower(): column.description for column in columns}
    whole = [_described(field, described.get(field.name.lower())) for field in existing]
    return loaded, whole + [field for field in loaded if field.name.lower() not in there]


def _check_type(table: str, column: Column, field: SchemaField) -> None:
    kind = standard_type(field)
    # Other loaders make records of objects, and lists of records of lists of objects.
    of_objects = column.types[0] == "JSON" and kind in ("RECORD", "JSON")
    fits = any(kind == each or kind in _WIDER.get(each, ()) for each in column.types)
    repeated = field.mode == "REPEATED"
    if of_objects or (fits and repeated == column.repeated):
        return
    has = f"a list of {kind}" if repeated else kind
    raise LoadError(
        f"Column '{column.name}' of table {table} is {has}, but the stream's SCHEMA says"
        f" {column.kind}. Nothing was loaded. Change the column's type, or drop or rename the"
        " table and run again with a full refresh."
    )


def _described(field: SchemaField, description: str | None) -> SchemaField:
    if not description:
        return field
    return SchemaField.from_api_repr({**field.to_api_repr(), "description": description[:_LONGEST]})
