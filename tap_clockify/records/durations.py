"""Durations in ISO 8601 text, such as ``PT354H3M3S``. Pure functions."""

from __future__ import annotations

import math
import re

from tap_clockify.records.units import SECONDS_AN_HOUR

HOURS_SUFFIX = "_hours"
"""The column ``duration_hours`` has in hours what ``duration`` has as text."""

_NUMBER = r"[+-]?[0-9]+(?:[.,][0-9]+)?"
_DURATION = re.compile(
    rf"(?P<sign>[+-])?P(?=.)(?:(?P<weeks>{_NUMBER})W)?(?:(?P<days>{_NUMBER})D)?"
    rf"(?:T(?=.)(?:(?P<hours>{_NUMBER})H)?(?:(?P<minutes>{_NUMBER})M)?(?:(?P<seconds>{_NUMBER})S)?)?"
)
_SECONDS = {
    "weeks": 7 * 24 * SECONDS_AN_HOUR,
    "days": 24 * SECONDS_AN_HOUR,
    "hours": SECONDS_AN_HOUR,
    "minutes": 60,
    "seconds": 1,
}


def hours_of(text: str) -> float | None:
    """Convert a duration to hours; None if the text is not a duration of a fixed length.

    Years and months have no fixed length. A part may have a sign of its own, as in ``PT-1H-30M``,
    which is how Java writes negative durations.
    """
    found = _DURATION.fullmatch(text)
    if found is None:
        return None
    parts = (_seconds(found[unit], each) for unit, each in _SECONDS.items())
    hours = sum(parts) / SECONDS_AN_HOUR
    if not math.isfinite(hours):
        return None  # JSON has no infinity.
    return -hours if found["sign"] == "-" else hours


def _seconds(number: str | None, each: int) -> float:
    return 0.0 if number is None else float(number.replace(",", ".")) * each
