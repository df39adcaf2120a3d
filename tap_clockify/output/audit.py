"""The audit of a run: what was read, sent and verified, by workspace and stream."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from tap_clockify.dates.zones import timestamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_sdk.helpers.types import Record


class RequestCount(Protocol):
    """Requests sent, retries included, and how many of them were retries."""

    requests: int
    retries: int


class Details(Protocol):
    """Audit columns that only some streams have."""

    def columns(self) -> Record:
        """Return those columns."""


@dataclass
class AuditLine:
    """The audit of one stream in one workspace, updated while it is read.

    Attributes:
        usage: The requests.
        details: Columns that only some streams have.
        sent: The number of live rows.
        removed: The number of rows that were found gone.
        finished_at: When the workspace had been read for the stream; None before.
        is_skipped: Whether the stream was skipped.
        reason: Why the stream was skipped, or what of it could not be read.
    """

    usage: RequestCount
    details: Details | None = None
    sent: int = 0
    removed: int = 0
    finished_at: dt.datetime | None = None
    is_skipped: bool = False
    reason: str | None = None

    def skip(self, reason: str) -> None:
        """Record that the plan or the role does not allow the stream."""
        self.is_skipped = True
        self.reason = reason
        self.finish()

    def finish(self) -> None:
        """Record that the workspace has been read for the stream."""
        self.finished_at = dt.datetime.now(dt.UTC)


@dataclass
class Audit:
    """Collects the lines of a run.

    Attributes:
        run_id: The id of the run.
        began: When it began (UTC).
        fixed: Columns that are the same on all lines.
        lines: The lines by workspace and stream.
    """

    run_id: str
    began: dt.datetime
    fixed: Record
    lines: dict[tuple[str, str], AuditLine] = field(default_factory=dict)

    def open(
        self, workspace_id: str, stream: str, usage: RequestCount, details: Details | None = None
    ) -> AuditLine:
        """Start the line of a stream in a workspace."""
        line = self.lines[workspace_id, stream] = AuditLine(usage, details)
        return line

    @property
    def removed(self) -> int:
        """How many rows of all streams are gone from Clockify."""
        return sum(line.removed for line in self.lines.values())

    def proof(self) -> str | None:
        """Compare the hours of all windows read with Clockify's own totals, in a sentence.

        Returns:
            None if Clockify's totals were requested for no window.
        """
        # All streams of a workspace that are made from its time entries have the same window.
        by_workspace = {of: line.details for (of, _), line in self.lines.items() if line.details}
        windows = [details.columns() for details in by_workspace.values()]
        proved = [window for window in windows if window.get("clockify_hours") is not None]
        if not proved:
            return None
        ours = sum(window["hours"] for window in proved)
        theirs = sum(window["clockify_hours"] for window in proved)
        first = min(window["window_first"] for window in proved)
        last = max(window["window_last"] for window in proved)
        return (
            f"Proof: {ours:,.2f} hours read from {first} to {last}; Clockify's own totals say"
            f" {theirs:,.2f}; difference {abs(ours - theirs):.2f}."
        )

    def rows_of(self, workspace_id: str, **fixed: Any) -> Iterator[Record]:
        """Yield the rows of ``sync_runs`` for a workspace."""
        for (of, stream), line in sorted(self.lines.items(), key=lambda item: item[0]):
            if of == workspace_id and line.finished_at is not None:
                yield {
                    "run_id": self.run_id,
                    "workspace_id": workspace_id,
                    "stream": stream,
                    "status": "skipped" if line.is_skipped else "succeeded",
                    "reason": line.reason,
                    **self.fixed,
                    **fixed,
                    "started_at": timestamp(self.began),
                    "finished_at": timestamp(line.finished_at),
                    "duration_seconds": (line.finished_at - self.began).total_seconds(),
                    "rows_sent": line.sent,
                    "rows_removed": line.removed,
                    "requests": line.usage.requests,
                    "retries": line.usage.retries,
                    "is_deleted": False,
                    **(line.details.columns() if line.details else {}),
                }
