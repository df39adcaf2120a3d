"""Flatten objects of the API into rows with typed columns. Pure functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from tap_clockify.records.durations import HOURS_SUFFIX, hours_of
from tap_clockify.records.units import major_units

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from singer_sdk.helpers.types import Record


def json_text(value: object) -> str | None:
    """Encode a value as JSON text; None stays None."""
    return None if value is None else msgspec.json.encode(value).decode()


def kinds_of(schema: Mapping[str, Any]) -> dict[str, str]:
    """Return the type of every column in a stream's schema, apart from null."""
    kinds = {}
    for name, declared in schema["properties"].items():
        types = declared["type"]
        kinds[name] = types if isinstance(types, str) else next(t for t in types if t != "null")
    return kinds


def flat_record(row: Mapping[str, Any], kinds: Mapping[str, str]) -> Record:
    """Flatten an object of the API into exactly the columns of its stream.

    Names of nested keys are joined with an underscore, lists become JSON text, and money (columns
    that end in ``_amount``) is in units of its currency. A duration in text is in hours, too, if
    there is a column ``<name>_hours``. A column that the object lacks is null.
    """
    record: Record = dict.fromkeys(kinds)
    for name, value in _leaves(row, ""):
        kind = kinds.get(name)
        if kind is not None and value is not None:
            typed = _typed(value, kind)
            record[name] = major_units(typed) if name.endswith("_amount") else typed
            if kind == "string" and (beside := name + HOURS_SUFFIX) in kinds:
                record[beside] = hours_of(typed)
    return record


def _leaves(row: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in row.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{prefix}{key}_")
        else:
            yield f"{prefix}{key}", value


def _typed(value: Any, kind: str) -> Any:
    """Convert a value to the type of its column, so that no odd value can fail a load."""
    if kind == "string":
        return value if isinstance(value, str) else json_text(value)
    if kind == "boolean":
        return value if isinstance(value, bool) else str(value).lower() == "true"
    try:
        return float(value) if kind == "number" else int(value)
    except (TypeError, ValueError):
        return None
