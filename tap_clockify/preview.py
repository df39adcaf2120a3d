"""The requests that a run would make (``--plan``), from the same plans that drive a run."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tap_clockify.output.display import counted
from tap_clockify.reports.workspace import WorkspaceReader
from tap_clockify.streams.base import ListStream, TimeStream, list_sources

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_clockify.clockify.workspaces import Workspace
    from tap_clockify.context import RunContext
    from tap_clockify.streams.base import ClockifyStream

HEADINGS = ("stream", "requests", "why")


@dataclass(frozen=True)
class PlannedRequests:
    """Requests for one purpose."""

    stream: str
    count: int
    why: str


@dataclass
class RequestPlan:
    """The requests of a run."""

    per_second: float
    left_this_hour: int | None
    per_hour: int | None
    lines: list[PlannedRequests] = field(default_factory=list)

    def add(self, stream: str, count: int, why: str) -> None:
        """Add requests for one purpose, if there are any."""
        if count:
            self.lines.append(PlannedRequests(stream, count, why))

    @property
    def total(self) -> int:
        """The number of requests."""
        return sum(line.count for line in self.lines)

    @property
    def seconds(self) -> float:
        """The shortest time that the run can take within the rate limits."""
        if self.left_this_hour is None or not self.per_hour or self.total <= self.left_this_hour:
            return self.total / self.per_second
        return 3600.0 * math.ceil((self.total - self.left_this_hour) / self.per_hour)

    def __str__(self) -> str:
        """Show the plan as a table."""
        rows = [HEADINGS, *((line.stream, str(line.count), line.why) for line in self.lines)]
        widths = [max(len(row[column]) for row in rows) for column in range(2)]
        table = [
            f"{stream:<{widths[0]}}  {count:>{widths[1]}}  {why}" for stream, count, why in rows
        ]
        left = "" if self.left_this_hour is None else f"; {self.left_this_hour} left this hour"
        duration = _duration(self.seconds)
        total = f"{'total':<{widths[0]}}  {self.total:>{widths[1]}}  at least {duration}"
        return "\n".join([*table, total + left])


def plan_run(context: RunContext, streams: Sequence[ClockifyStream]) -> RequestPlan:
    """Plan the requests of a run that syncs these streams.

    Opening the context has already requested the account's time zone and the workspaces. This
    function requests the number of entries in the first workspace; for the others, it assumes at
    least one page each.
    """
    settings = context.settings
    limits = context.client.session.limits
    plan = RequestPlan(
        settings.connection.requests_per_second, limits.left(), limits.tightest_hour()
    )
    plan.add("(account)", 1 if settings.timezone is None else 0, "time zone of the calendar")
    plan.add("(workspaces)", 1, "workspaces and their plans")
    lists = [stream for stream in streams if isinstance(stream, ListStream)]
    readers = list_sources(lists, context, ahead=1)
    others = [
        stream.source(context)
        for stream in streams
        if not isinstance(stream, (ListStream, TimeStream))
    ]
    for workspace in context.workspaces:
        for [reader] in readers.values():
            name = " + ".join(reader.tables) or "(their objects)"
            why = f"{reader.listing.path} of {workspace.id}"
            plan.add(name, reader.planned_requests(workspace), why)
        for source in others:
            why = f"at least, of {workspace.id}"
            plan.add(source.tables[0], source.planned_requests(workspace), why)
        _plan_time(context, workspace, streams, plan)
    return plan


def _plan_time(
    context: RunContext,
    workspace: Workspace,
    streams: Sequence[ClockifyStream],
    plan: RequestPlan,
) -> None:
    tables = [stream.table(context) for stream in streams if isinstance(stream, TimeStream)]
    if not tables:
        return
    reader = WorkspaceReader(context, workspace, tables)
    reader.take_up()
    names = " + ".join(table.name for table in tables)
    is_first = workspace == context.workspaces[0]
    entries = reader.count_entries() if is_first else None
    least = f"{entries} entries" if entries is not None else "at least one page each"
    windows = reader.span.windows
    span = f"{reader.span.trailing} in {counted(len(windows), 'window')}"
    plan.add(names, reader.span.pages(entries), f"detailed report, {span}, {least}")
    if context.settings.verifies_totals:
        plan.add(names, len(windows), "summary report: Clockify's own totals of the same windows")
    if any(table.wants_running for table in tables):
        plan.add(names, 1, "running timers")
    plan.add(names, reader.feed_requests, "change feed: created, updated, deleted")
    plan.add(names, reader.history.requests, "summary report: changes before the lookback window")


def _duration(seconds: float) -> str:
    if seconds < 60:  # noqa: PLR2004 - a minute
        return f"{max(1, math.ceil(seconds))} s"
    minutes = math.ceil(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{math.ceil(minutes / 60)} h"  # noqa: PLR2004
