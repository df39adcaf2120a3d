"""The days that a reading of a workspace's reports covers, known before its first request."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tap_clockify.dates import windows
from tap_clockify.dates.windows import Window
from tap_clockify.reports.requests import REPORT_PAGE_SIZES

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from tap_clockify.clockify.subscription import Subscription
    from tap_clockify.memory.trailing_window import TrailingWindow

AHEAD_PAID = 31
AHEAD_FREE = 1
"""Minimum days after today to read; on Free, one more window costs two of the 30 requests."""


class Span:
    """The days that one reading of a workspace's reports covers.

    Attributes:
        trailing: The days that every run reads, including some future days.
        history_start: The first day that any table covers.
        windows: The trailing days, cut into ranges that the subscription allows.
    """

    def __init__(
        self, subscription: Subscription, trailing: Sequence[TrailingWindow], today: dt.date
    ) -> None:
        """Cover the days of the table that must be read furthest back."""
        first = min(item.first for item in trailing)
        range_days = subscription.range_days
        ahead = AHEAD_FREE if range_days < windows.YEAR else AHEAD_PAID
        last = windows.reach(first, today, range_days, ahead)
        self.trailing = Window(first, last)
        self.history_start = min(item.history_start for item in trailing)
        self.windows = list(windows.cut(first, last, range_days))

    def pages(self, entries: int | None) -> int:
        """Return the least number of pages of the detailed report for a number of entries."""
        return max(len(self.windows), math.ceil((entries or 0) / REPORT_PAGE_SIZES[0]))
