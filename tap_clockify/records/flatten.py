"""Flatten objects of the API into rows with typed columns. Pure functions."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from tap_clockify.records.durations import HOURS_SUFFIX, hours_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from singer_sdk.helpers.types import Record

DIVISOR = "divisor"
"""The key of a schema's column that says by what Clockify's number is divided, such as 100 for
money in hundredths. It is not part of the schema that the tap writes."""


USUAL_INSTANT = re.compile(r"[-0-9]+T[:0-9]+(\.\d{1,6})?(Z|[+-]\d\d:\d\d)")
"""An instant in a form that every warehouse can read."""

LARGEST = 2**63
"""Warehouses have no larger integers, and no number of Clockify's is that large."""


def json_text(value: object) -> str | None:
    """Encode a value as JSON text; None stays None."""
    return None if value is None else msgspec.json.encode(value).decode()


def kind_of(declared: Mapping[str, Any]) -> str:
    """Return the format of a column in a stream's schema, or else its type, apart from null."""
    if "format" in declared:
        return str(declared["format"])
    types = declared["type"]
    return str(types if isinstance(types, str) else next(t for t in types if t != "null"))


@dataclass(frozen=True)
class Flattener:
    """Flattens objects into the columns of one table.

    Names of nested keys are joined with an underscore, lists become JSON text, and numbers are
    divided as the schema says. A duration in text is in hours, too, if there is a column
    ``<name>_hours``. A column that the object lacks is null.

    Attributes:
        kinds: The format or the type of every column, apart from null.
        divisors: By what the values of some columns are divided.
        unknown: How often objects had a field that has no column, by its flattened name.
    """

    kinds: Mapping[str, str]
    divisors: Mapping[str, float]
    unknown: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, schema: Mapping[str, Any]) -> Flattener:
        """Build a flattener from the schema of a stream."""
        columns = schema["properties"]
        divisors = {name: each[DIVISOR] for name, each in columns.items() if DIVISOR in each}
        return cls({name: kind_of(each) for name, each in columns.items()}, divisors)

    def __call__(self, item: Mapping[str, Any]) -> Record:
        """Flatten one object."""
        record: Record = dict.fromkeys(self.kinds)
        for leaf, value in self._leaves(item, ""):
            # Clockify may send a plain value where it documents an object with a value.
            name = leaf if leaf in self.kinds else f"{leaf}_value"
            kind = self.kinds.get(name)
            if kind is None:
                self.unknown[leaf] += 1
            elif value is not None:
                typed = _typed(value, kind)
                divisor = self.divisors.get(name)
                is_divided = divisor is not None and typed is not None
                record[name] = typed / divisor if is_divided else typed
                if kind == "string" and (beside := name + HOURS_SUFFIX) in self.kinds:
                    record[beside] = hours_of(typed)
        return record

    def _leaves(self, item: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
        for key, value in item.items():
            name = f"{prefix}{key}"
            if isinstance(value, dict) and name not in self.kinds:
                yield from self._leaves(value, f"{name}_")
            elif value is not None or name in self.kinds:
                # Without a value, an object is not told from a scalar, so its name proves nothing.
                yield name, value


def _typed(value: Any, kind: str) -> Any:
    """Convert a value to the type of its column, so that no odd value can fail a load."""
    if kind == "string":
        return value if isinstance(value, str) else json_text(value)
    if kind in {"date", "date-time"}:
        return _moment(str(value), kind)
    if kind == "boolean":
        return value if isinstance(value, bool) else str(value).lower() == "true"
    try:
        number = float(value) if kind == "number" else int(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and abs(number) < LARGEST else None


def _moment(text: str, kind: str) -> str | None:
    """Return a day or an instant as text; None if there is no such day or instant."""
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    if kind == "date":
        return moment.date().isoformat()
    if USUAL_INSTANT.fullmatch(text):
        return text
    return moment.isoformat() if moment.tzinfo else f"{moment.isoformat()}Z"
