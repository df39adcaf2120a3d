"""BigQuery's answers as rows: in its wire format every value is text."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

Value: TypeAlias = (
    "str | int | float | bool | Decimal | dt.date | dt.datetime | list[Value] | Row | None"
)
Row: TypeAlias = "dict[str, Value]"

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def rows_of(answer: Mapping[str, Any]) -> list[Row]:
    """Read the rows of one page of results."""
    fields = answer.get("schema", {}).get("fields", [])
    return [_record(fields, row) for row in answer.get("rows", [])]


def _record(fields: list[Mapping[str, Any]], row: Mapping[str, Any]) -> Row:
    return {
        field["name"]: _value(field, cell["v"])
        for field, cell in zip(fields, row["f"], strict=True)
    }


def _value(field: Mapping[str, Any], raw: Any) -> Value:  # noqa: PLR0911 -- one per type
    if raw is None:
        return None
    if field.get("mode") == "REPEATED":
        single = {**field, "mode": "NULLABLE"}
        return [_value(single, item["v"]) for item in raw]
    match field["type"]:
        case "INTEGER" | "INT64":
            return int(raw)
        case "FLOAT" | "FLOAT64":
            return float(raw)
        case "NUMERIC" | "BIGNUMERIC":
            return Decimal(raw)
        case "BOOLEAN" | "BOOL":
            return raw is True or str(raw).lower() == "true"
        case "DATE":
            return dt.date.fromisoformat(raw)
        case "TIMESTAMP":
            # Microseconds since 1970, as whole numbers: a float would lose precision.
            return EPOCH + dt.timedelta(microseconds=int(raw))
        case "RECORD" | "STRUCT":
            return _record(field["fields"], raw)
        case _:
            return str(raw)
