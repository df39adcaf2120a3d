"""Which requests a run needs, known before it makes them.

A pass over a workspace's reports is driven by its ``PassPlan``; ``--plan`` shows the same.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tap_clockify import windows
from tap_clockify.api import LIST_PAGE_SIZES
from tap_clockify.report_requests import PAGE_SIZES
from tap_clockify.windows import Window

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from tap_clockify.plans import Plan
    from tap_clockify.trail import Trail

AHEAD_PAID = 31
AHEAD_FREE = 1
"""Days after today to read at least; on Free, every window more costs two of 30 requests."""

HEADINGS = ("stream", "requests", "why")


class PassPlan:
    """What one pass over a workspace's reports reads.

    Attributes:
        trailing: The days that are read at every run, and days to come.
        history_start: The first day that any stream has.
        windows: The trailing days, cut as the plan of the workspace demands.
    """

    def __init__(self, plan: Plan, trails: Sequence[Trail], today: dt.date) -> None:
        """Plan for the stream that has to read furthest back."""
        first = min(trail.first for trail in trails)
        ahead = AHEAD_FREE if plan.range_days < windows.YEAR else AHEAD_PAID
        last = windows.reach(first, today, plan.range_days, ahead)
        self.trailing = Window(first, last)
        self.history_start = min(trail.history_start for trail in trails)
        self.windows = list(windows.cut(first, last, plan.range_days))

    def pages(self, entries: int | None) -> int:
        """Tell how many pages the detailed report has at least, for so many entries."""
        return max(len(self.windows), math.ceil((entries or 0) / PAGE_SIZES[0]))


def list_pages(known: int) -> int:
    """Tell how many pages a list has for so many objects as were there at the last run."""
    return max(1, math.ceil(known / LIST_PAGE_SIZES[0]))


@dataclass(frozen=True)
class Line:
    """Requests for one purpose."""

    stream: str
    requests: int
    why: str


@dataclass
class RequestPlan:
    """The requests of a run."""

    per_second: float
    left_this_hour: int | None
    per_hour: int | None
    lines: list[Line] = field(default_factory=list)

    def add(self, stream: str, requests: int, why: str) -> None:
        """Add requests for one purpose; none are left out."""
        if requests:
            self.lines.append(Line(stream, requests, why))

    @property
    def total(self) -> int:
        """All requests."""
        return sum(line.requests for line in self.lines)

    @property
    def seconds(self) -> float:
        """How long the run takes at least, at the ceilings of the limiter."""
        if self.left_this_hour is None or not self.per_hour or self.total <= self.left_this_hour:
            return self.total / self.per_second
        return 3600.0 * math.ceil((self.total - self.left_this_hour) / self.per_hour)

    def __str__(self) -> str:
        """Show the plan as a table."""
        rows = [HEADINGS, *((line.stream, str(line.requests), line.why) for line in self.lines)]
        widths = [max(len(row[column]) for row in rows) for column in range(2)]
        table = [
            f"{stream:<{widths[0]}}  {requests:>{widths[1]}}  {why}"
            for stream, requests, why in rows
        ]
        left = "" if self.left_this_hour is None else f"; {self.left_this_hour} left of this hour"
        total = (
            f"{'total':<{widths[0]}}  {self.total:>{widths[1]}}  at least {_worded(self.seconds)}"
        )
        return "\n".join([*table, total + left])


def _worded(seconds: float) -> str:
    if seconds < 60:  # noqa: PLR2004 - a minute
        return f"{max(1, math.ceil(seconds))} s"
    minutes = math.ceil(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{math.ceil(minutes / 60)} h"  # noqa: PLR2004
