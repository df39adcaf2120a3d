"""The audit stream: what every run read, sent and verified."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from tap_clockify.streams.base import ClockifyStream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_sdk.helpers.types import Record

    from tap_clockify.clockify.workspaces import Workspace
    from tap_clockify.context import RunContext
    from tap_clockify.streams.source import Source


class SyncRuns(ClockifyStream):
    """The audit: one row per run, workspace and stream."""

    name = "sync_runs"
    primary_keys = ("run_id", "workspace_id", "stream")

    @override
    def source(self, context: RunContext) -> Source:
        return AuditLines(context)


class AuditLines:
    """The finished lines of the run's audit."""

    tables: tuple[str, ...] = (SyncRuns.name,)
    is_shown = False

    def __init__(self, context: RunContext) -> None:
        """Prepare to read the run's audit."""
        self._context = context

    def begin(self, workspace: Workspace) -> None:
        """Do nothing: the audit needs no requests."""

    def live(self) -> Iterator[tuple[str, list[Record]]]:
        """Yield the rows of each workspace."""
        for workspace in self._context.workspaces:
            plan = workspace.subscription.name
            yield SyncRuns.name, list(self._context.audit.rows_of(workspace.id, plan=plan))

    def gone(self) -> Iterator[tuple[str, list[Record]]]:
        """Yield nothing: audit rows are never deleted."""
        return iter(())
