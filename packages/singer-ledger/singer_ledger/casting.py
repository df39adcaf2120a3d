"""Values as the types of their columns, since services mix `"0"`, `0` and `false`."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

FALSE = frozenset({"", "0", "false", "no", "off"})


def cast_row(row: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a value for each column of a schema; null for what a row lacks.

    Raises:
        ValueError: A value has no form in the type of its column; the text names the column only.
    """
    return {
        name: cast(row.get(name), column, name) for name, column in schema["properties"].items()
    }


def cast(value: Any, column: Mapping[str, Any], name: str) -> Any:
    """Return a value as the type of a column."""
    if value is None:
        return None
    kinds = column["type"]
    kind = next(each for each in kinds if each != "null") if isinstance(kinds, list) else kinds
    try:
        match kind, column.get("format"):
            case "string", "date":
                return _day(str(value))
            case "string", _:
                return _text(value)
            case "integer", _:
                return _integer(value)
            case "number", _:
                return None if value == "" else float(value)
            case "boolean", _:
                return str(value).lower() not in FALSE
    except (ArithmeticError, TypeError, ValueError):
        pass
    raise ValueError(f"{name} is not of the type {kind}")


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    return str(value)


def _integer(value: Any) -> int | None:
    if value == "":
        return None
    try:
        number = Decimal(str(int(value) if isinstance(value, bool) else value))
    except InvalidOperation as error:
        raise ValueError from error
    if number != number.to_integral_value():
        raise ValueError
    return int(number)


def _day(text: str) -> str | None:
    """Return a day, or null for the zero day that MySQL has instead of null."""
    if text in {"", "0000-00-00"}:
        return None
    return dt.date.fromisoformat(text[:10]).isoformat()
