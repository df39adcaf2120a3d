"""The days that a reading of a workspace's reports covers, known before its first request."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tap_clockify.dates import windows
from tap_clockify.dates.windows import ONE_DAY, Window
from tap_clockify.reports.requests import REPORT_PAGE_SIZES

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from clockify_client.subscription import Subscription

    from tap_clockify.memory.trailing_window import TrailingWindow

AHEAD_PAID = 31
AHEAD_FREE = 1
"""Minimum days after today to read; on Free, one more window costs two of the 30 requests."""


class Span:
    """The days that one reading of a workspace's reports covers.

    Attributes:
        trailing: The days that every run reads, including some future days.
        parts: The same days in the order in which to read them.
        history_start: The first day that any table covers.
        range_days: The longest range of a report, in days.
        windows: The trailing days, cut into ranges that the subscription allows.
    """

    def __init__(
        self,
        subscription: Subscription,
        trailing: Sequence[TrailingWindow],
        today: dt.date,
    ) -> None:
        """Cover the days of the table that must be read furthest back.

        Future days of which an earlier run sent rows are covered, too: people cancel what they
        plan.
        """
        first = min(item.first for item in trailing)
        self.range_days = range_days = subscription.range_days
        ahead = AHEAD_FREE if range_days < windows.YEAR else AHEAD_PAID
        planned = [item.last_known for item in trailing if item.last_known is not None]
        last = max([*planned, windows.reach(first, today, range_days, ahead)])
        self.trailing = Window(first, last)
        self.parts = [self.trailing]
        (resume, *others) = {item.resume for item in trailing}
        if resume is not None and not others and first < resume <= last:
            self.parts = [Window(resume, last), Window(first, resume - ONE_DAY)]
        self.history_start = min(item.history_start for item in trailing)
        self.windows = [
            window
            for part in self.parts
            for window in windows.cut(part.first, part.last, range_days)
        ]

    def pages(self, entries: int | None) -> int:
        """Return the least number of pages of the detailed report for a number of entries."""
        return max(len(self.windows), math.ceil((entries or 0) / REPORT_PAGE_SIZES[0]))
