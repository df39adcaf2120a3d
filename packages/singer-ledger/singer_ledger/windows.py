"""A range of days, cut into windows that a service answers in one request."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple


class Window(NamedTuple):
    """Days from `first` to `last`, both included."""

    first: dt.date
    last: dt.date

    def has(self, day: str) -> bool:
        """Tell whether a day, as YYYY-MM-DD, is in the window."""
        return self.first.isoformat() <= day <= self.last.isoformat()


def windows(first: dt.date, last: dt.date, days: int) -> list[Window]:
    """Cut a range of days into windows of at most `days` days, oldest first."""
    cut = []
    while first <= last:
        end = min(last, first + dt.timedelta(days=days - 1))
        cut.append(Window(first, end))
        first = end + dt.timedelta(days=1)
    return cut
