"""Times as Google's JSON has them; zero fields are left out."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clockify_sandbox.google_health.options import Options


def timestamp(instant: datetime) -> str:
    """Write an instant in UTC, with three or six digits of a fraction if it has one."""
    utc = instant.astimezone(UTC)
    text = utc.strftime("%Y-%m-%dT%H:%M:%S")
    if utc.microsecond % 1000:
        return f"{text}.{utc.microsecond:06}Z"
    return f"{text}.{utc.microsecond // 1000:03}Z" if utc.microsecond else f"{text}Z"


def duration(span: timedelta) -> str:
    """Write a span in seconds, such as `2229s` or `-18000s`."""
    whole, fraction = divmod(abs(span) // timedelta(microseconds=1), 1_000_000)
    sign = "-" if span < timedelta() else ""
    digits = f"{fraction:06}"
    if fraction:
        return f"{sign}{whole}.{digits[:3] if digits.endswith('000') else digits}s"
    return f"{sign}{whole}s"


def day(value: date) -> dict[str, int]:
    """Write a date."""
    return {"year": value.year, "month": value.month, "day": value.day}


def civil(value: datetime, options: Options) -> dict[str, Any]:
    """Write a civil time without a zone."""
    parts = {
        "hours": value.hour,
        "minutes": value.minute,
        "seconds": value.second,
        "nanos": value.microsecond * 1000,
    }
    time = {name: number for name, number in parts.items() if number}
    if not time and options.midnight == "omitted":
        return {"date": day(value.date())}
    return {"date": day(value.date()), "time": time}
