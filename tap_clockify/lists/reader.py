"""Read a list in all workspaces: live objects, and tombstones of those that are gone."""

from __future__ import annotations

import itertools
import math
from functools import partial
from typing import TYPE_CHECKING, Any

from tap_clockify.clockify.client import workspace_path
from tap_clockify.clockify.paging import LIST_PAGE_SIZES, pages
from tap_clockify.http.limits import BudgetSpentError
from tap_clockify.memory.lists import ListProgress
from tap_clockify.records.flatten import flat_record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    from singer_sdk.helpers.types import Record

    from tap_clockify.clockify.workspaces import Workspace
    from tap_clockify.context import RunContext
    from tap_clockify.lists.listing import ListTable
    from tap_clockify.memory.tombstones import Tombstone
    from tap_clockify.output.audit import AuditLine

    Page = list[dict[str, Any]]

WORKSPACE_KEY = "workspaceId"
"""The column that holds the workspace, and the key of the stream's partitions in the state."""


class ListReader:
    """Reads one list for its table.

    Attributes:
        tables: The names of the tables that it feeds.
        is_shown: Whether the display counts the rows.
    """

    is_shown = True

    def __init__(self, context: RunContext, table: ListTable) -> None:
        """Prepare to read without sending a request."""
        self.tables: tuple[str, ...] = (table.name,)
        self._context = context
        self._table = table
        self._progress: dict[str, ListProgress] = {}
        self._lines: dict[str, AuditLine] = {}
        self._begun: dict[str, tuple[Future[Page], Iterator[Page]]] = {}
        self._is_whole = True

    def planned_requests(self, workspace: Workspace) -> int:
        """Return how many pages a workspace has, assuming the number of objects of the last run."""
        known = len(list(self._progress_in(workspace).missing()))
        return max(1, math.ceil(known / LIST_PAGE_SIZES[0]))

    def begin(self, workspace: Workspace) -> None:
        """Request the first page of a workspace without waiting for it."""
        client = self._context.client.counted()
        audit = self._context.audit
        self._lines[workspace.id] = audit.open(workspace.id, self._table.name, client.usage)
        listed = pages(client, self._path(workspace.id), self._table.listing.params)
        self._begun[workspace.id] = self._context.workers.submit(partial(next, listed)), listed

    def live(self) -> Iterator[tuple[str, list[Record]]]:
        """Yield the objects of all workspaces, page by page."""
        for workspace in self._context.workspaces:
            progress = self._progress[workspace.id] = self._progress_in(workspace)
            name = self._table.name
            self._context.state.track(name, WORKSPACE_KEY, workspace.id, progress)
            if workspace.id not in self._lines:
                self.begin(workspace)
            try:
                for rows in self._pages(workspace.id, progress):
                    self._lines[workspace.id].sent += len(rows)
                    yield name, rows
            except BudgetSpentError as error:
                self._context.notices.budget_spent(error)
                self._is_whole = False

    def gone(self) -> Iterator[tuple[str, list[Record]]]:
        """Yield tombstones of the objects that are gone, if every workspace was read completely.

        Otherwise a missing object proves nothing.
        """
        if not self._is_whole:
            return
        now = self._context.started
        for workspace_id, progress in self._progress.items():
            line = self._lines[workspace_id]
            tombstones = list(progress.tombstones(now))
            line.removed += sum(since == now for since, _ in tombstones)
            if tombstones:
                yield (
                    self._table.name,
                    [self._gone_row(workspace_id, since, item) for since, item in tombstones],
                )
            line.finish()

    def _progress_in(self, workspace: Workspace) -> ListProgress:
        name = self._table.name
        return ListProgress(name, self._context.state.partition(name, workspace.id))

    def _path(self, workspace_id: str) -> str:
        return workspace_path(workspace_id) + self._table.listing.path

    def _pages(self, workspace_id: str, progress: ListProgress) -> Iterator[list[Record]]:
        first, others = self._begun.pop(workspace_id)
        sent: set[str] = set()
        pages_read = 0
        for page in itertools.chain([first.result()], others):
            pages_read += 1
            yield self._rows(page, workspace_id, progress, sent)
        if pages_read > 1 and any(True for _ in progress.missing()):
            # A deletion meanwhile may have moved an object to a page that was already read.
            client = self._context.client
            for page in pages(client, self._path(workspace_id), self._table.listing.params):
                yield self._rows(page, workspace_id, progress, sent)

    def _rows(
        self, page: Page, workspace_id: str, progress: ListProgress, sent: set[str]
    ) -> list[Record]:
        rows = []
        for item in page:
            if item["id"] in sent:
                continue  # A new object has shifted the pages.
            sent.add(item["id"])
            row = flat_record(self._table.reshaped(item, workspace_id), self._table.kinds)
            row[WORKSPACE_KEY] = workspace_id
            row["import_timestamp"] = self._context.started
            progress.take(row["id"], [row[column] for column in self._table.identity])
            rows.append(row)
        return rows

    def _gone_row(self, workspace_id: str, since: str, item: Tombstone) -> Record:
        return {
            **dict.fromkeys(self._table.kinds),
            **dict(zip(self._table.identity, item.identity, strict=True)),
            "id": item.key,
            WORKSPACE_KEY: workspace_id,
            "import_timestamp": self._context.started,
            "_sdc_deleted_at": since,
        }
