"""Time zones, instants and local days. Pure functions."""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

ONE_MINUTE = dt.timedelta(minutes=1)
NO_TIME = dt.timedelta()
DAYS_KEPT = 4096

A_DAY = 24 * 60
CLOCK = tuple(f"{minute // 60:02}:{minute % 60:02}" for minute in range(A_DAY))
MINUTES = {text: minute for minute, text in enumerate(CLOCK)}
OFFSET = re.compile(r"Z|[+-]\d\d:\d\d")

EvenDay = tuple[int, int, tuple[str, ...]]
"""Offset of a day's instants as written, offset of the time zone (both in minutes ahead of UTC),
and the dates of that day and its neighbours: index -1 is the day before, -2 the one before that."""


@lru_cache(maxsize=32)
def zone(name: str) -> ZoneInfo:
    """Look up a time zone by its IANA name.

    Raises:
        ValueError: There is no such zone.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        message = f"{name!r} is not an IANA time zone such as 'Europe/Berlin'"
        raise ValueError(message) from error


def instant(text: str, tz: dt.tzinfo) -> dt.datetime:
    """Parse an instant; one without an offset is local time in ``tz``."""
    parsed = dt.datetime.fromisoformat(text)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=tz)


def timestamp(moment: dt.datetime, timespec: str = "microseconds", *, utc: str = "Z") -> str:
    """Format an instant in UTC, like 2026-01-31T23:59:59.000000Z.

    Args:
        moment: The instant; it must be timezone-aware.
        timespec: The precision, as ``datetime.isoformat`` names it.
        utc: The suffix for UTC; the tap's state has always used ``+00:00``.
    """
    return moment.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec=timespec) + utc


def local_day(moment: dt.datetime, tz: dt.tzinfo) -> dt.date:
    """Return the calendar day of an instant in a time zone."""
    return moment.astimezone(tz).date()


def seconds_between(start: str, end: str) -> int:
    """Return the seconds from one instant to another, both as text in UTC."""
    length = dt.datetime.fromisoformat(end) - dt.datetime.fromisoformat(start)
    return round(length.total_seconds())


@lru_cache(maxsize=DAYS_KEPT)
def _date(ordinal: int) -> str:
    return dt.date.fromordinal(ordinal).isoformat()


class LocalClock:
    """Converts instants to UTC and to local days of a time zone.

    The offsets of a whole day are cached, since a report has many instants on each day.
    """

    def __init__(self, tz: dt.tzinfo) -> None:
        """Start with an empty cache."""
        self._tz = tz
        self._days: dict[str, EvenDay | None] = {}

    def read(self, text: str) -> tuple[str, str]:
        """Convert an instant to UTC like 2026-01-31T23:59:59Z, and to a day like 2026-01-31.

        An instant without an offset is local time; fractions of a second are dropped.
        """
        key = text[:10] + text[19:]
        even = self._days[key] if key in self._days else self._learn(key)
        if even is None:
            moment = instant(text, self._tz)
            utc = moment.astimezone(dt.UTC).isoformat()[:19] + "Z"
            return utc, local_day(moment, self._tz).isoformat()
        offset, zone_offset, dates = even
        minute = MINUTES[text[11:16]] - offset
        utc = f"{dates[minute // A_DAY]}T{CLOCK[minute % A_DAY]}{text[16:19]}Z"
        return utc, dates[(minute + zone_offset) // A_DAY]

    def _learn(self, key: str) -> EvenDay | None:
        if len(self._days) >= DAYS_KEPT:
            self._days.clear()
        self._days[key] = self._even_day(key[:10], key[10:])
        return self._days[key]

    def _even_day(self, day: str, suffix: str) -> EvenDay | None:
        """Return the offsets of a day; None unless the time zone keeps one offset all day."""
        if not OFFSET.fullmatch(suffix):
            return None
        ends = [dt.datetime.fromisoformat(f"{day}T{at}{suffix}") for at in ("00:00:00", "23:59:59")]
        own, (offset, *others) = (
            ends[0].utcoffset() or NO_TIME,
            {end.astimezone(self._tz).utcoffset() or NO_TIME for end in ends},
        )
        if others or offset % ONE_MINUTE:
            return None
        today = ends[0].toordinal()
        dates = tuple(_date(today + number) for number in (0, 1, 2, -2, -1))
        return own // ONE_MINUTE, offset // ONE_MINUTE, dates
