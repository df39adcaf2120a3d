"""Numbers, times and names as text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date, timedelta

SPECIAL = re.compile(r"([!-/:-@\[-`{-~])")
"""Punctuation that Markdown may read as markup; a backslash makes each literal."""


def literal(name: str) -> str:
    """Return a name that others typed so that Markdown shows it as it is."""
    return SPECIAL.sub(r"\\\1", " ".join(name.split()))


def hours(value: float) -> str:
    """Return hours with a unit."""
    return f"{value:,.1f} h"


def money(value: float, currency: str) -> str:
    """Return an amount with its currency."""
    return f"{value:,.0f} {currency}"


def share(part: float, whole: float) -> str:
    """Return a part of a whole in percent; a dash if there is no whole."""
    return f"{part / whole:.0%}" if whole else "–"  # noqa: RUF001 - a dash


def day(value: date) -> str:
    """Return a day, such as 5 March 2026."""
    return f"{value.day} {value:%B %Y}"


def age(since: timedelta) -> str:
    """Return how long something took, in the largest unit that fits."""
    minutes = max(0, int(since.total_seconds() // 60))
    for unit, size in (("day", 1440), ("hour", 60), ("minute", 1)):
        if minutes >= size:
            return count(minutes // size, unit)
    return "less than a minute"


def count(number: float, noun: str) -> str:
    """Return a number and a noun, in the plural where needed."""
    return f"{number:,.0f} {noun}" + ("" if number == 1 else "s")


def listed(items: Iterable[str]) -> str:
    """Return texts joined with commas and `and`."""
    *first, last = items
    return f"{', '.join(first)} and {last}" if first else last


def labels(frame: Any, key: str, name: str, detail: str | None = None) -> Any:
    """Return a name for each row; where several ids share a name, `detail` or the id follows."""
    pairs = frame[[key, name]].drop_duplicates(key)
    shared = set(pairs.loc[pairs[name].duplicated(keep=False), key])
    names = frame[name].fillna("(no name)")
    told = "…" + frame[key].str[-4:] if detail is None else frame[detail]
    named = names.where(~frame[key].isin(shared), names + " (" + told + ")")
    if detail and named.groupby(frame[key]).first().duplicated().any():
        return labels(frame, key, name)
    return named
