"""What the input says: entries of the source, and the names that its other streams have."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from target_clockify.content import instant, stamp
from target_clockify.errors import UnfitInputError

if TYPE_CHECKING:
    from collections.abc import Mapping

NEEDED_COLUMNS = {
    "time_entries": (
        *("id", "workspace_id", "user_id", "project_id", "project", "client_id", "client"),
        *("task_id", "task", "tag_ids", "tags", "description", "billable", "start", "end"),
    ),
    "projects": ("id", "name", "workspaceId", "clientId", "clientName"),
    "clients": ("id", "name", "workspaceId"),
    "tasks": ("id", "name", "workspaceId", "projectId"),
    "tags": ("id", "name", "workspaceId"),
    "users": ("id", "email", "workspaceId"),
}
"""The columns of each stream without which an entry could be taken for something else."""


FIRST_YEAR, LAST_YEAR = 1970, 2200
"""Instants outside are mistakes, and could not be widened to a window."""


class SourceEntry(msgspec.Struct, frozen=True, omit_defaults=True):
    """A time entry of the source, with names and ids of the source.

    Attributes:
        start, end: As Clockify writes instants (UTC); ``end`` is empty while the timer runs.
        day: The column ``date``.
        tags: The column ``tags``: names, joined with a comma and a space.
        custom_fields: The column ``custom_fields``: JSON text.
    """

    id: str
    user_id: str
    start: str
    end: str = ""
    day: str = ""
    user: str = ""
    project_id: str = ""
    project: str = ""
    client_id: str = ""
    client: str = ""
    task_id: str = ""
    task: str = ""
    tag_ids: tuple[str, ...] = ()
    tags: str = ""
    description: str = ""
    billable: bool = False
    type: str = "REGULAR"
    custom_fields: str = ""


@dataclass(frozen=True)
class Named:
    """A client, project, task or tag of the source.

    Attributes:
        parent_id: The id of a project's client or of a task's project; empty without one.
        parent: The name of a project's client.
    """

    id: str
    name: str
    parent_id: str = ""
    parent: str = ""
    archived: bool = False


@dataclass
class Input:
    """All that was read from the input.

    Attributes:
        entries: Entries that are there, by id.
        gone: Ids of entries that are gone, as tombstones say.
        objects: Clients, projects, tasks and tags that are there, by stream and id.
        emails: E-mail addresses of people, by id.
        people: Ids of all people of whom there was a row.
        workspaces: The ids of all workspaces of which there was a row.
        tracked: Those of which there was a time entry or a tombstone.
        ignored: Rows of other streams, by name.
    """

    entries: dict[str, SourceEntry] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    objects: dict[str, dict[str, Named]] = field(
        default_factory=lambda: {name: {} for name in ("clients", "projects", "tasks", "tags")}
    )
    emails: dict[str, str] = field(default_factory=dict)
    people: set[str] = field(default_factory=set)
    workspaces: set[str] = field(default_factory=set)
    tracked: set[str] = field(default_factory=set)
    ignored: Counter[str] = field(default_factory=Counter)

    def add(self, stream: str, record: Mapping[str, Any], wanted_workspace: str | None) -> None:
        """Take in a row of the input; the last one of an id counts.

        Args:
            stream: The stream.
            record: The row.
            wanted_workspace: The workspace whose rows count; None if all do.

        Raises:
            UnfitInputError: The row lacks an id or has no usable start.
        """
        if stream not in NEEDED_COLUMNS:
            self.ignored[stream] += 1
            return
        workspace = _text(record, "workspace_id") or _text(record, "workspaceId")
        if workspace:
            self.workspaces.add(workspace)
            if stream == "time_entries":
                self.tracked.add(workspace)
        if wanted_workspace and workspace and workspace != wanted_workspace:
            return
        key = _text(record, "id")
        if not key:
            raise UnfitInputError(
                f"A row of the stream {stream} has no id, so nothing was written. Report it to the"
                " maintainers of the tap."
            )
        is_gone = bool(record.get("_sdc_deleted_at") or record.get("is_deleted"))
        if stream == "time_entries":
            self._add_entry(key, record, is_gone=is_gone)
        elif stream == "users":
            self.people.add(key)
            if email := _text(record, "email"):
                self.emails[key] = email
        elif is_gone:
            self.objects[stream].pop(key, None)
        else:
            self.objects[stream][key] = Named(
                key,
                _text(record, "name"),
                _text(record, "clientId") or _text(record, "projectId"),
                _text(record, "clientName"),
                bool(record.get("archived")),
            )

    def _add_entry(self, key: str, record: Mapping[str, Any], *, is_gone: bool) -> None:
        if is_gone:
            self.entries.pop(key, None)
            self.gone.add(key)
            return
        self.gone.discard(key)
        self.entries[key] = _entry(key, record)


def missing_columns(stream: str, schema: Mapping[str, Any]) -> list[str]:
    """Name the columns that a stream needs and its schema lacks."""
    properties = schema.get("properties") or {}
    return [name for name in NEEDED_COLUMNS.get(stream, ()) if name not in properties]


def _entry(key: str, record: Mapping[str, Any]) -> SourceEntry:
    ids = _text(record, "tag_ids")
    return SourceEntry(
        id=key,
        user_id=_text(record, "user_id"),
        start=_instant(key, record, "start"),
        end="" if record.get("is_running") else _instant(key, record, "end"),
        day=_text(record, "date"),
        user=_text(record, "user"),
        project_id=_text(record, "project_id"),
        project=_text(record, "project"),
        client_id=_text(record, "client_id"),
        client=_text(record, "client"),
        task_id=_text(record, "task_id"),
        task=_text(record, "task"),
        tag_ids=tuple(ids.split(",")) if ids else (),
        tags=_text(record, "tags"),
        description=_text(record, "description"),
        billable=bool(record.get("billable")),
        type=_text(record, "type") or "REGULAR",
        custom_fields=_json_text(key, record, "custom_fields"),
    )


def _instant(key: str, record: Mapping[str, Any], name: str) -> str:
    value = _text(record, name)
    if not value and name == "end":
        return ""
    try:
        moment = instant(value)
    except (ValueError, OverflowError):
        moment = None
    if moment is None or not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise UnfitInputError(
            f"Time entry {key} has no usable {name}, so nothing was written. Report it to the"
            " maintainers of the tap."
        )
    return stamp(moment)


def _json_text(key: str, record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    if not isinstance(value, str):
        return "" if value is None else msgspec.json.encode(value).decode()
    try:
        msgspec.json.decode(value or "null")
    except msgspec.DecodeError:
        raise UnfitInputError(
            f"The column {name} of time entry {key} is not JSON, so nothing was written. Report it"
            " to the maintainers of the tap."
        ) from None
    return value


def _text(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    return "" if value is None else str(value)
