"""Read a log of events, such as the audit log, from where the last run stopped."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from clockify_client.http.errors import RequestError
from clockify_client.http.limits import BudgetSpentError

from tap_clockify.lists.listing import WORKSPACE
from tap_clockify.memory.log_progress import LogProgress
from tap_clockify.permissions import without
from tap_clockify.records.flatten import Flattener

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from clockify_client.client import ClockifyClient
    from clockify_client.subscription import Needs
    from singer_sdk.helpers.types import Record

    from tap_clockify.clockify.workspaces import Workspace
    from tap_clockify.context import RunContext
    from tap_clockify.lists.listing import Object

    Batches = Iterable[list[Object]]
    Read = Callable[[ClockifyClient, Workspace, RunContext, dt.datetime | None], Batches]

OVERLAP = dt.timedelta(days=1)
"""How much of what earlier runs have read is read again, since events may show late. Their rows
have the same keys, so they are only written again."""


class LogReader:
    """Reads a log for its table, one workspace after another.

    Attributes:
        tables: The name of the table.
        is_shown: Whether the display counts the rows.
    """

    is_shown = True

    def __init__(
        self,
        context: RunContext,
        name: str,
        keys: Sequence[str],
        schema: Mapping[str, Any],
        replication_key: str,
        read: Read,
        needs: Needs | None = None,
        *,
        least: int = 1,
    ) -> None:
        """Prepare to read without sending a request.

        Args:
            context: The run.
            name: The name of the table.
            keys: Its key columns.
            schema: The JSON schema of the table.
            replication_key: The column with the instant of an event.
            read: Reads the events of a workspace since an instant, or all that Clockify has.
            needs: What it needs of the plan or of the key's owner.
            least: How many requests a workspace takes at least.
        """
        self.tables: tuple[str, ...] = (name,)
        self._context = context
        self._name = name
        self._keys = tuple(keys)
        self._replication_key = replication_key
        self._read = read
        self._needs = needs
        self._least = least
        unknown = context.notices.unknown_fields[name]
        self._flatten = replace(Flattener.of(schema), unknown=unknown)

    def planned_requests(self, workspace: Workspace) -> int:  # noqa: ARG002 - known for all
        """Return the least number of requests that a workspace takes."""
        return self._least

    def try_out(self, workspace: Workspace) -> None:
        """Request the events since the run began."""
        context = self._context
        next(iter(self._read(context.client, workspace, context, context.began)), None)

    def begin(self) -> None:
        """Do nothing: the first request depends on the state."""

    def live(self) -> Iterator[tuple[str, list[Record]]]:
        """Yield the events of all workspaces."""
        for workspace in self._context.workspaces:
            client = self._context.client.counted(self._name)
            partition = self._context.state.partition(self._name, workspace.id)
            progress = LogProgress(self._name, self._replication_key, partition)
            self._context.state.track(self._name, WORKSPACE, workspace.id, progress)
            line = self._context.audit.open(workspace.id, self._name, client.usage)
            since = None if progress.read_until is None else progress.read_until - OVERLAP
            try:
                sent: set[tuple[object, ...]] = set()
                for events in self._read(client, workspace, self._context, since):
                    rows = list(self._new_rows(workspace, events, sent))
                    line.sent += len(rows)
                    yield self._name, rows
                progress.finish(self._context.began)
                line.finish()
            except BudgetSpentError as error:
                self._context.notices.budget_spent(error)
            except RequestError as error:
                without(self._context, workspace, [(self._name, line)], error, self._needs)

    def gone(self) -> Iterator[tuple[str, list[Record]]]:
        """Yield nothing: what happened is never deleted."""
        return iter(())

    def _new_rows(
        self, workspace: Workspace, events: Iterable[Object], sent: set[tuple[object, ...]]
    ) -> Iterator[Record]:
        """Yield the rows of events that have not been sent yet: windows and pages may overlap."""
        for event in events:
            row = self._row(workspace, event)
            key = tuple(row[name] for name in self._keys)
            if key not in sent:
                sent.add(key)
                yield row

    def _row(self, workspace: Workspace, event: Object) -> Record:
        return {
            **self._flatten(event),
            WORKSPACE: workspace.id,
            "import_timestamp": self._context.started,
            "is_deleted": False,
        }
