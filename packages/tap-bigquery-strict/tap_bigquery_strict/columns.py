"""Types of BigQuery as JSON schema, such that target-bigquery-strict makes the same types again."""

from __future__ import annotations

import base64
import datetime as dt
import json
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from google.cloud.bigquery import SchemaField

ALIASES = {"INT64": "INTEGER", "FLOAT64": "FLOAT", "BOOL": "BOOLEAN", "STRUCT": "RECORD"}
ANYTHING = ["object", "array", "string", "number", "boolean"]
TYPES: Mapping[str, dict[str, Any]] = {
    "STRING": {"type": ["string"]},
    "BYTES": {"type": ["string"], "contentEncoding": "base64"},
    "INTEGER": {"type": ["integer"]},
    "FLOAT": {"type": ["number"]},
    # As text: a load reads a number of JSON as a float, which has 15 to 17 digits.
    "NUMERIC": {"type": ["string"], "format": "singer.decimal", "multipleOf": 1e-9},
    "BIGNUMERIC": {"type": ["string"], "format": "singer.decimal", "multipleOf": 1e-38},
    "BOOLEAN": {"type": ["boolean"]},
    "DATE": {"type": ["string"], "format": "date"},
    "DATETIME": {"type": ["string"], "format": "date-time-local"},
    "TIMESTAMP": {"type": ["string"], "format": "date-time"},
    "TIME": {"type": ["string"], "format": "time"},
    "JSON": {"type": ANYTHING},
}
TEXTS = ("GEOGRAPHY", "INTERVAL", "RANGE")
"""Types that the loader has no type for: they are sent as the text that BigQuery makes of them."""
CAST = ("INTERVAL", "RANGE")
"""Types of which Google's client makes objects, unless the query makes texts of them."""
NOT_KEYS = ("RECORD", "JSON")
BOOKMARKS = ("TIMESTAMP", "DATETIME", "DATE", "INTEGER")
"""Types of replication keys: their texts or numbers in the state are in the order of the values."""
OF_LOADERS = frozenset(
    {
        "_sdc_extracted_at",
        "_sdc_received_at",
        "_sdc_batched_at",
        "_sdc_sequence",
        "_sdc_table_version",
    }
)
"""What loaders write about a load; the loader of the copy writes its own."""


def kind_of(field: SchemaField) -> str:
    """Return a column's type by the name that the API uses."""
    name = str(field.field_type).upper().partition("<")[0]
    return ALIASES.get(name, name)


def schema_of(fields: Sequence[SchemaField], keys: Sequence[str]) -> dict[str, Any]:
    """Return the JSON schema of a table's rows."""
    properties = {field.name: _property(field, is_key=field.name in keys) for field in fields}
    return {"type": "object", "properties": properties, "required": list(keys)}


def _property(field: SchemaField, *, is_key: bool = False) -> dict[str, Any]:
    declared = _type(field)
    if field.mode == "REPEATED":
        declared = {"type": ["array"], "items": declared}
    if not is_key:
        declared = {**declared, "type": [*declared["type"], "null"]}
    if field.description:
        declared["description"] = field.description
    return declared


def expression(field: SchemaField) -> str:
    """Return what to select for a column."""
    name = f"`{field.name}`"
    if kind_of(field) not in CAST:
        return name
    if field.mode == "REPEATED":
        texts = (
            f"SELECT CAST(item AS STRING) FROM UNNEST({name}) AS item"  # noqa: S608
            " WITH OFFSET AS place ORDER BY place"
        )
        return f"ARRAY({texts}) AS {name}"
    return f"CAST({name} AS STRING) AS {name}"


def unreadable(fields: Sequence[SchemaField], *, is_inner: bool = False) -> str | None:
    """Return the name of a column that has no exact form as JSON, if there is one."""
    for field in fields:
        kind = kind_of(field)
        if kind not in (*TYPES, *TEXTS, "RECORD") or (is_inner and kind in CAST):
            return str(field.name)
        if inner := unreadable(field.fields, is_inner=True) if kind == "RECORD" else None:
            return f"{field.name}.{inner}"
    return None


def _type(field: SchemaField) -> dict[str, Any]:
    if kind_of(field) == "RECORD":
        properties = {inner.name: _property(inner) for inner in field.fields}
        return {"type": ["object"], "properties": properties}
    return dict(TYPES.get(kind_of(field), TYPES["STRING"]))


def converter(fields: Sequence[SchemaField]) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Return a function that makes a row of BigQuery one that JSON can hold, exactly."""
    converts = {field.name: _convert(field) for field in fields}

    def convert(row: Mapping[str, Any]) -> dict[str, Any]:
        return {name: each(row[name]) for name, each in converts.items()}

    return convert


def _convert(field: SchemaField) -> Callable[[Any], Any]:
    one = _convert_one(field)
    if field.mode == "REPEATED":
        # BigQuery has no null in place of a list.
        return lambda values: [one(value) for value in values or ()]
    return lambda value: None if value is None else one(value)


def _convert_one(field: SchemaField) -> Callable[[Any], Any]:
    if kind_of(field) == "RECORD":
        return converter(field.fields)
    return _CONVERTS.get(kind_of(field), str)


def _as_it_is(value: Any) -> Any:
    return value


def _iso(value: Any) -> Any:
    return value if isinstance(value, str) else value.isoformat()


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _instant(value: Any) -> str:
    if isinstance(value, str):
        return value
    told: dt.datetime = value
    zoned = told.replace(tzinfo=dt.UTC) if told.tzinfo is None else told.astimezone(dt.UTC)
    return zoned.isoformat()


def _float(value: float) -> float | str:
    """Name what JSON has no number for as BigQuery's loads read it."""
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


_CONVERTS: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("INTEGER", "BOOLEAN", "STRING"), _as_it_is),
    **dict.fromkeys(("DATE", "TIME", "DATETIME"), _iso),
    "TIMESTAMP": _instant,
    "FLOAT": _float,
    **dict.fromkeys(("NUMERIC", "BIGNUMERIC"), "{:f}".format),
    "BYTES": _base64,
    "JSON": _json,
}
