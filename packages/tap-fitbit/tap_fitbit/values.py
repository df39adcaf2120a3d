"""The forms that values have in the Google Health API.

64-bit integers come as texts, durations as `"2229s"`, and parts of dates and times that are zero
are left out: midnight has no `hours` (discovery document of health.v4, and the rules of JSON for
protocol buffers).
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

LARGEST = 2**63 - 1
"""The largest integer of BigQuery."""


def civil_date(value: Any) -> dt.date:
    """Return the day of a `Date` or of a `CivilDateTime`."""
    parts = value.get("date", value)
    return dt.date(parts["year"], parts["month"], parts["day"])


def civil_time(value: Any) -> dt.datetime:
    """Return a `CivilDateTime`: a local clock, without a zone, in whole seconds."""
    parts = value.get("time", {})
    time = dt.time(parts.get("hours", 0), parts.get("minutes", 0), min(59, parts.get("seconds", 0)))
    return dt.datetime.combine(civil_date(value), time)


def to_civil(day: dt.date) -> dict[str, Any]:
    """Return the beginning of a day as a `CivilDateTime`."""
    return {"date": {"year": day.year, "month": day.month, "day": day.day}}


def instant(text: str) -> dt.datetime:
    """Return an instant such as 2026-11-24T08:00:00.123456789Z, in microseconds."""
    head, point, rest = text.removesuffix("Z").partition(".")
    return dt.datetime.fromisoformat(f"{head}{point}{rest[:6]}+00:00")


def seconds(duration: str | None) -> Decimal | None:
    """Return the seconds of a duration such as `"2229.5s"`."""
    return None if duration is None else Decimal(duration.removesuffix("s"))


def local_clock(start: str, offset: str | None) -> dt.datetime:
    """Return what a local clock showed at an instant, given its offset from UTC."""
    shift = dt.timedelta(seconds=float(seconds(offset) or 0))
    return (instant(start) + shift).replace(tzinfo=None)


def as_utc(clock: dt.datetime) -> str:
    """Return a local clock as if it were UTC, as the replaced pipeline stored it."""
    return clock.replace(tzinfo=dt.UTC).isoformat()


def whole(value: Any) -> int | None:
    """Return a number as the nearest integer."""
    return None if value is None else round(Decimal(str(value)))


def scaled(value: Any, divisor: int) -> float | None:
    """Return a number in a unit that is larger by `divisor`."""
    return None if value is None else float(Decimal(str(value)) / divisor)


def numeric_id(text: str) -> int | None:
    """Return an id as a number, or nothing if it is no number or does not fit."""
    return int(text) if text.isdecimal() and int(text) <= LARGEST else None
