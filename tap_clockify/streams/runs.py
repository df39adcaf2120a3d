"""The audit: what every run read, sent and proved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from tap_clockify.streams.base import ClockifyStream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_sdk.helpers.types import Context, Record


class SyncRuns(ClockifyStream):
    """One row per run, workspace and stream."""

    name = "sync_runs"
    primary_keys = ("run_id", "workspace_id", "stream")

    @override
    def get_records(self, context: Context | None) -> Iterator[Record]:
        workspace = self.tap.workspace((context or {})[self.workspace_key])
        yield from self.tap.audit.rows_of(workspace.id, plan=workspace.plan.name)
