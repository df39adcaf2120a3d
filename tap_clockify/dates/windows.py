"""Windows of whole local days. Pure functions."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ONE_DAY = dt.timedelta(days=1)
YEAR = 365


@dataclass(frozen=True, order=True)
class Window:
    """A range of whole local days, both ends included."""

    first: dt.date
    last: dt.date

    @property
    def days(self) -> int:
        """The number of days in the window."""
        return (self.last - self.first).days + 1

    @property
    def range_start(self) -> str:
        """The local time of the window's first instant, in the form of a report request."""
        return f"{self.first}T00:00:00.000"

    @property
    def range_end(self) -> str:
        """The local time of the window's last instant, in the form of a report request."""
        return f"{self.last}T23:59:59.999"

    def __contains__(self, day: dt.date) -> bool:
        """Return whether a local day is in the window."""
        return self.first <= day <= self.last

    def __iter__(self) -> Iterator[dt.date]:
        """Iterate over the days."""
        return (self.first + number * ONE_DAY for number in range(self.days))

    def __str__(self) -> str:
        """Show both ends."""
        return f"{self.first} to {self.last}"


def cut(first: dt.date, last: dt.date, max_days: int) -> Iterator[Window]:
    """Cut a range of days into consecutive windows of at most ``max_days`` days."""
    while first <= last:
        end = min(last, first + (max_days - 1) * ONE_DAY)
        yield Window(first, end)
        first = end + ONE_DAY


def split(window: Window, pieces: int) -> list[Window]:
    """Split a window into about ``pieces`` windows of equal length, at least a day each."""
    length = max(1, -(-window.days // pieces))
    return list(cut(window.first, window.last, length))


def gather(days: Iterable[dt.date], *, gap: int, max_days: int) -> list[Window]:
    """Cover single days with few windows: days at most ``gap`` days apart share a window."""
    windows: list[Window] = []
    for day in sorted(set(days)):
        if windows:
            wider = Window(windows[-1].first, day)
            if (day - windows[-1].last).days <= gap and wider.days <= max_days:
                windows[-1] = wider
                continue
        windows.append(Window(day, day))
    return windows


def reach(first: dt.date, today: dt.date, max_days: int, ahead: int) -> dt.date:
    """Return the last day to read, so that all windows cut from ``first`` have full length.

    The last window reaches at least ``ahead`` days into the future, where people plan time. A full
    window costs no more requests than a partial one.
    """
    due = (today - first).days + 1 + ahead
    pieces = max(1, -(-due // max_days))
    return first + (pieces * max_days - 1) * ONE_DAY
