"""Values of custom fields, as JSON text in which equal values are equal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

NULL = "null"
EMPTY = ('""', "[]")


def value_text(value: Any) -> str:
    """Return a value as JSON text; an empty one is null."""
    text = msgspec.json.encode(value, order="sorted").decode()
    return NULL if text in EMPTY else text


def named_values(column: str) -> Iterator[tuple[str, str]]:
    """Yield names and values of the column ``custom_fields``; an empty value is null.

    Args:
        column: A JSON array of objects, as Clockify sends them; empty without any.
    """
    items = msgspec.json.decode(column) if column else None
    for item in items if isinstance(items, list) else ():
        if not isinstance(item, dict):
            continue
        name = item.get("name") or item.get("customFieldName")
        if isinstance(name, str):
            yield name, value_text(item.get("value"))
