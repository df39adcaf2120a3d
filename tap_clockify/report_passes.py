"""Read the reports of all workspaces once a run, for all streams that are made from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_clockify.report_pass import WorkspacePass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_sdk.helpers.types import Record

    from tap_clockify.report_pass import Batch
    from tap_clockify.streams.time import ReportStream
    from tap_clockify.tap import TapClockify, Workspace


class ReportPasses:
    """The passes over the workspaces' reports."""

    def __init__(self, tap: TapClockify) -> None:
        """Read nothing yet."""
        self._tap = tap
        self._is_done = False
        self._passes: list[WorkspacePass] = []
        self._alone: dict[str, list[WorkspacePass]] = {}

    def begin(self, workspace: Workspace, streams: list[ReportStream]) -> None:
        """Ask for what the pass over a workspace needs first."""
        if streams:
            self._passes.append(self._begun(workspace, streams))

    def batches(self, streams: list[ReportStream]) -> Iterator[Batch]:
        """Yield the rows of streams from one pass; nothing when asked again."""
        if self._is_done:
            return
        self._is_done = True
        workspaces = self._tap.workspaces
        for number in range(len(workspaces)):
            # The next workspace is asked while this one is read, and no more than that.
            for workspace in workspaces[len(self._passes) : number + 2]:
                self.begin(workspace, streams)
            yield from self._passes[number].live_batches()
        for finished in self._passes:
            if self._tap.is_spent:
                finished.pause()
            else:
                yield from finished.gone_batches()

    def batches_of_one(self, stream: ReportStream, workspace: Workspace) -> Iterator[list[Record]]:
        """Yield the rows of one stream in one workspace, read for it alone.

        What is gone follows after the last workspace.
        """
        passes = self._alone.setdefault(stream.name, [])
        passes.append(self._begun(workspace, [stream]))
        for _, batch in passes[-1].live_batches():
            yield batch
        if workspace == self._tap.workspaces[-1]:
            for finished in self._alone.pop(stream.name):
                for _, batch in finished.gone_batches():
                    yield batch

    def _begun(self, workspace: Workspace, streams: list[ReportStream]) -> WorkspacePass:
        begun = WorkspacePass(self._tap, workspace, streams)
        begun.begin()
        return begun
