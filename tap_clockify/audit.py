"""The audit of a run: what was read, sent and proved, by workspace and stream."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tap_clockify.entries import SECONDS_AN_HOUR
from tap_clockify.shaping import MINOR_UNITS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_sdk.helpers.types import Record

    from tap_clockify.api import Usage
    from tap_clockify.totals import Sum
    from tap_clockify.windows import Window


@dataclass
class Tally:
    """What a pass over the reports found in the trailing window of one workspace.

    Attributes:
        window: The trailing window.
        days_reread: Days before it that were read again.
        feed_used: Whether the change feed was read.
        seconds: Time of the entries read, in seconds.
        amount: Billable amount of the entries read, in units of the currency.
        clockify_seconds: Time by Clockify's own totals; None where they were not asked for.
        clockify_minor: Amount by Clockify's own totals, in minor units; None likewise.
    """

    window: Window
    days_reread: int = 0
    feed_used: bool = False
    seconds: float = 0.0
    amount: float = 0.0
    clockify_seconds: float | None = None
    clockify_minor: float | None = None

    def add_clockify(self, whole: Sum) -> None:
        """Add the totals that Clockify's own report gives for a part of the window."""
        self.clockify_seconds = (self.clockify_seconds or 0.0) + whole.seconds
        self.clockify_minor = (self.clockify_minor or 0.0) + (whole.minor or 0.0)

    def columns(self) -> Record:
        """Form the columns of ``sync_runs`` that tell of the window."""
        columns: Record = {
            "window_first": self.window.first.isoformat(),
            "window_last": self.window.last.isoformat(),
            "days_reread": self.days_reread,
            "change_feed_used": self.feed_used,
            "hours": self.seconds / SECONDS_AN_HOUR,
            "amount": self.amount,
        }
        if self.clockify_seconds is not None:
            hours = self.clockify_seconds / SECONDS_AN_HOUR
            amount = (self.clockify_minor or 0.0) / MINOR_UNITS
            columns["clockify_hours"] = hours
            columns["hours_difference"] = columns["hours"] - hours
            columns["clockify_amount"] = amount
            columns["amount_difference"] = self.amount - amount
        return columns


@dataclass
class Line:
    """One stream in one workspace, while it is read and when it is finished."""

    usage: Usage
    tally: Tally | None = None
    sent: int = 0
    removed: int = 0
    finished_at: dt.datetime | None = None

    def finish(self) -> None:
        """Note that the workspace has been read for the stream."""
        self.finished_at = dt.datetime.now(dt.UTC)


@dataclass
class Audit:
    """Collects the lines of a run."""

    run_id: str
    began: dt.datetime
    fixed: Record
    lines: dict[tuple[str, str], Line] = field(default_factory=dict)

    def open(
        self, workspace_id: str, stream: str, usage: Usage, tally: Tally | None = None
    ) -> Line:
        """Begin the line of a stream in a workspace."""
        line = self.lines[workspace_id, stream] = Line(usage, tally)
        return line

    def rows_of(self, workspace_id: str, **fixed: Any) -> Iterator[Record]:
        """Yield the rows of ``sync_runs`` for a workspace."""
        for (of, stream), line in sorted(self.lines.items()):
            if of == workspace_id and line.finished_at is not None:
                yield {
                    "run_id": self.run_id,
                    "workspace_id": workspace_id,
                    "stream": stream,
                    **self.fixed,
                    **fixed,
                    "started_at": _text(self.began),
                    "finished_at": _text(line.finished_at),
                    "duration_seconds": (line.finished_at - self.began).total_seconds(),
                    "rows_sent": line.sent,
                    "rows_removed": line.removed,
                    "requests": line.usage.requests,
                    "retries": line.usage.retries,
                    **(line.tally.columns() if line.tally else {}),
                }


def _text(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
