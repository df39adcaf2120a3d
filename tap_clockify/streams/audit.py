"""What happened: in the run itself, and in Clockify."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clockify_client.subscription import Needs
from typing_extensions import override

from tap_clockify.changes.entity_changes import KINDS, entity_changes
from tap_clockify.lists.audit_log import audit_log
from tap_clockify.lists.log_reader import LogReader
from tap_clockify.streams.base import ClockifyStream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_sdk.helpers.types import Record

    from tap_clockify.clockify.workspaces import Workspace
    from tap_clockify.context import RunContext
    from tap_clockify.streams.source import Source


class EntityChanges(ClockifyStream):
    """Everything that Clockify's change feed holds: objects created, updated and deleted."""

    name = "entity_changes"
    primary_keys = ("workspaceId", "change", "documentType", "documentId", "changedAt")
    replication_key = "changedAt"
    needs = Needs(by_admin=True)
    selected_by_default = False
    requests = "3 per 30 days, and per 1,000 changes; the first run reads all that Clockify has."

    @override
    def source(self, context: RunContext) -> Source:
        key = self.replication_key or ""
        return LogReader(
            context,
            self.name,
            self.primary_keys,
            self.declared,
            key,
            entity_changes,
            self.needs,
            least=len(KINDS),
        )


class AuditLog(ClockifyStream):
    """Who did what in a workspace."""

    name = "audit_log"
    primary_keys = ("workspaceId", "id")
    replication_key = "timestamp"
    needs = Needs(feature="AUDIT_LOG", by_admin=True)
    selected_by_default = False
    requests = "1 per 50 events since the last run."

    @override
    def source(self, context: RunContext) -> Source:
        key = self.replication_key or ""
        return LogReader(
            context, self.name, self.primary_keys, self.declared, key, audit_log, self.needs
        )


class SyncRuns(ClockifyStream):
    """The audit: one row per run, workspace and stream."""

    name = "sync_runs"
    primary_keys = ("run_id", "workspace_id", "stream")
    requests = "None."

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

    def planned_requests(self, workspace: Workspace) -> int:  # noqa: ARG002 - the same for all
        """Return 0."""
        return 0

    def try_out(self, workspace: Workspace) -> None:
        """Do nothing: the audit needs no requests."""

    def begin(self) -> None:
        """Do nothing: the audit needs no requests."""

    def live(self) -> Iterator[tuple[str, list[Record]]]:
        """Yield the rows of each workspace."""
        for workspace in self._context.workspaces:
            plan = workspace.subscription.name
            yield SyncRuns.name, list(self._context.audit.rows_of(workspace.id, plan=plan))

    def gone(self) -> Iterator[tuple[str, list[Record]]]:
        """Yield nothing: audit rows are never deleted."""
        return iter(())
