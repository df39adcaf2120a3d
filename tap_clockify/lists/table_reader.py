"""Turn the objects of a list into the rows of one table, and find those that are gone."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

from clockify_client.http.limits import BudgetSpentError

from tap_clockify.dates.windows import ONE_DAY
from tap_clockify.dates.zones import instant, timestamp
from tap_clockify.lists.listing import WORKSPACE
from tap_clockify.memory.lists import ListProgress
from tap_clockify.removals import Missing, Removals

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from singer_sdk.helpers.types import Record

    from tap_clockify.clockify.workspaces import Workspace
    from tap_clockify.context import RunContext
    from tap_clockify.lists.listing import ListTable
    from tap_clockify.lists.requests import Page
    from tap_clockify.memory.tombstones import Tombstone
    from tap_clockify.output.audit import AuditLine, RequestCount


WHOLE_UP_TO = 1000
"""Up to so many rows, a list is read whole although Clockify can list the newest changes first."""


class TableReader:
    """Makes the rows of one table, in all workspaces.

    Attributes:
        name: The name of the table.
    """

    def __init__(self, context: RunContext, table: ListTable) -> None:
        """Prepare without reading the state."""
        self.name = table.name
        self._context = context
        self._table = table
        self._flatten = replace(table.flatten, unknown=context.notices.unknown_fields[table.name])
        self._progress: dict[str, ListProgress] = {}
        self._lines: dict[str, AuditLine] = {}
        self._sent: dict[str, set[str]] = {}

    @property
    def has_the_objects(self) -> bool:
        """Whether the rows are the objects of the list, and not parts of them."""
        return self._table.own_keys == ("id",)

    def known_in(self, workspace: Workspace) -> int:
        """Return how many rows earlier runs left in a workspace."""
        return self._loaded(workspace).known

    def parents_in(self, workspace: Workspace) -> int:
        """Return of how many objects earlier runs left rows, as far as the rows tell."""
        rows = self._loaded(workspace).remembered()
        return len({self._parent_of(key, identity) for key, identity in rows})

    def begin(self, workspace: Workspace, usage: RequestCount) -> None:
        """Load what earlier runs remember of a workspace, and begin its line of the audit.

        Raises:
            UnreadableStateError: The tap did not write it.
        """
        progress = self._progress[workspace.id] = self._loaded(workspace)
        self._sent[workspace.id] = set()
        self._context.state.track(self.name, WORKSPACE, workspace.id, progress)
        self._lines[workspace.id] = self._context.audit.open(workspace.id, self.name, usage)

    def line_of(self, workspace: Workspace) -> AuditLine:
        """Return the line of the audit of a workspace."""
        return self._lines[workspace.id]

    def rows_of(self, workspace: Workspace, page: Page) -> list[Record]:
        """Return the rows of a page, without those of an earlier page."""
        rows = list(self._new_rows(workspace, page))
        self._lines[workspace.id].sent += len(rows)
        return rows

    def places_in(self, workspace: Workspace) -> dict[str, str]:
        """Return the object in whose list each row was, as far as the rows tell, by key."""
        rows = self._progress[workspace.id].remembered()
        places = ((key, self._parent_of(key, identity)) for key, identity in rows)
        return {key: parent for key, parent in places if parent}

    def keep_those_of(self, workspace: Workspace, unread: Mapping[str, str]) -> None:
        """Keep the rows of objects whose lists could not be read.

        Args:
            workspace: The workspace.
            unread: Why the list of each object could not be read.
        """
        self._progress[workspace.id].keep(
            lambda key, identity: self._parent_of(key, identity) in unread
        )
        reasons = ", ".join(sorted(set(unread.values())))
        self._lines[workspace.id].reason = f"{len(unread)} could not be read: {reasons}."

    def _parent_of(self, key: str, identity: Sequence[str | None]) -> str:
        """Return the object in whose list a row is; an empty string if the row does not tell."""
        names = (*self._table.own_keys, *self._table.identity)
        values = dict(zip(names, (*key.split(","), *identity), strict=False))
        return str(values.get(self._table.parent_column or "") or "")

    def may_have_missed(self, workspace: Workspace) -> bool:
        """Return whether an object may have been missed that moved between two pages."""
        progress = self._progress[workspace.id]
        return not progress.known or progress.has_missing

    def is_read_back(self, workspace: Workspace, page: Page) -> bool:
        """Return whether all older objects are as earlier runs saw them, newest changes first."""
        column = self._table.listing.changed_at
        progress = self._progress[workspace.id]
        newest = progress.newest_change
        if column is None or newest is None or not page or progress.known <= WHOLE_UP_TO:
            return False
        parts = [part for item in page for part in self._table.rows(item)]
        changes = [str(self._flatten(part)[column] or "") for part in parts]
        lookback = max(self._context.settings.lookback, ONE_DAY)
        last = timestamp(instant(newest, dt.UTC) - lookback)
        if changes != sorted(changes, reverse=True) or changes[-1] >= last:
            return False
        progress.stop_at(changes[-1])
        return True

    def gone_from(self, workspace: Workspace, *, lacks_feature: bool) -> list[Record]:
        """Return tombstones of the rows that are gone; call it after everything has been read.

        Args:
            workspace: The workspace, which was read completely.
            lacks_feature: Whether its plan does not include the list any more. Then what is missing
                may only be out of sight.
        """
        line, progress = self._lines[workspace.id], self._progress[workspace.id]
        if lacks_feature and not progress.found and progress.has_missing:
            line.skip("The plan does not include it any more, so Clockify sends nothing.")
            return []
        if self._is_doubtful(workspace, progress):
            return []
        now = self._context.started
        tombstones = list(progress.tombstones(now))
        line.removed += sum(since == now for since, _ in tombstones)
        line.finish()
        return [self._gone_row(workspace.id, since, item) for since, item in tombstones]

    def _loaded(self, workspace: Workspace) -> ListProgress:
        partition = self._context.state.partition(self.name, workspace.id)
        return ListProgress(self.name, partition, self._table.listing.changed_at)

    def _is_doubtful(self, workspace: Workspace, progress: ListProgress) -> bool:
        removals = Removals(self._context, workspace.id)
        missing = Missing(self.name, len(list(progress.missing())), progress.known)
        try:
            return removals.of_objects_are_doubtful(missing)
        except BudgetSpentError:
            return True

    def _new_rows(self, workspace: Workspace, page: Page) -> Iterator[Record]:
        sent, progress = self._sent[workspace.id], self._progress[workspace.id]
        for item in page:
            for part in self._table.rows({**item, WORKSPACE: workspace.id}):
                row = self._flatten(part)
                row[WORKSPACE] = workspace.id
                if self._table.fields is not None:
                    row.update(self._table.fields.values_of(item))
                for key in self._table.own_keys:
                    # A null in a key would double the row at every load.
                    row[key] = "" if row[key] is None else row[key]
                key = ",".join([str(row[name]) for name in self._table.own_keys])
                if key in sent:
                    continue  # A new object has shifted the pages.
                sent.add(key)
                row["import_timestamp"] = self._context.started
                row["is_deleted"] = False
                progress.take(key, [row[column] for column in self._table.identity])
                yield row

    def _gone_row(self, workspace_id: str, since: str, item: Tombstone) -> Record:
        kinds = self._flatten.kinds
        values = dict(zip(self._table.own_keys, str(item.key).split(","), strict=True))
        keys = {
            name: int(text) if kinds[name] == "integer" else text for name, text in values.items()
        }
        return {
            **dict.fromkeys(kinds),
            **(self._table.fields.values(()) if self._table.fields else {}),
            **dict(zip(self._table.identity, item.identity, strict=True)),
            **keys,
            WORKSPACE: workspace_id,
            "import_timestamp": self._context.started,
            "_sdc_deleted_at": since,
            "is_deleted": True,
        }
