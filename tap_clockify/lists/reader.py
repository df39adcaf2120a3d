"""Read a list in all workspaces: live objects, and tombstones of those that are gone."""

from __future__ import annotations

import itertools
import math
from functools import partial
from typing import TYPE_CHECKING, Any

from tap_clockify.clockify.client import workspace_path
from tap_clockify.clockify.paging import LIST_PAGE_SIZES, pages
from tap_clockify.http.errors import FORBIDDEN, RequestError
from tap_clockify.http.limits import BudgetSpentError
from tap_clockify.memory.lists import ListProgress
from tap_clockify.records.flatten import flat_record
from tap_clockify.removals import Missing, Removals

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
        self._whole: set[str] = set()
        self._roles: dict[str, dict[str, Any]] = {}

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
                self._whole.add(workspace.id)
            except BudgetSpentError as error:
                self._context.notices.budget_spent(error)
            except RequestError as error:
                if error.status != FORBIDDEN:
                    raise
                self._context.notices.fail(error, f"{name} of workspace {workspace.id}")

    def gone(self) -> Iterator[tuple[str, list[Record]]]:
        """Yield tombstones of the objects that are gone from workspaces that were read completely.

        Anywhere else, a missing object proves nothing.
        """
        now = self._context.started
        for workspace_id in filter(self._is_believable, self._whole_in_order()):
            line = self._lines[workspace_id]
            tombstones = list(self._progress[workspace_id].tombstones(now))
            line.removed += sum(since == now for since, _ in tombstones)
            if tombstones:
                yield (
                    self._table.name,
                    [self._gone_row(workspace_id, since, item) for since, item in tombstones],
                )
            line.finish()

    def _whole_in_order(self) -> list[str]:
        return [workspace_id for workspace_id in self._progress if workspace_id in self._whole]

    def _is_believable(self, workspace_id: str) -> bool:
        progress = self._progress[workspace_id]
        removals = Removals(self._context, workspace_id)
        missing = Missing(self._table.name, len(list(progress.missing())), progress.known)
        try:
            is_believable = not removals.of_objects_are_doubtful(missing)
        except BudgetSpentError:
            return False
        if is_believable and self._table.listing.has_roles:
            removals.note_people(self._roles.get(workspace_id, {}))
        return is_believable

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
        if pages_read > 1 and (not progress.known or any(True for _ in progress.missing())):
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
            if self._table.listing.has_roles:
                self._roles.setdefault(workspace_id, {})[item["id"]] = item.get("roles")
            row = flat_record(self._table.reshaped(item, workspace_id), self._table.kinds)
            row[WORKSPACE_KEY] = workspace_id
            row["import_timestamp"] = self._context.started
            row["is_deleted"] = False
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
            "is_deleted": True,
        }
