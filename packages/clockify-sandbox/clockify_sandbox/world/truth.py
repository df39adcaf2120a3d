"""What a warehouse must hold, computed from the world in the most straightforward way.

This knows nothing about how it is extracted. Amounts are in currency units, durations in hours
and seconds; no project and no tag are the empty string, since keys are never null. An amount that
Clockify does not give (not billable, or no rate) counts as 0 in a sum and is None in an entry.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from clockify_sandbox.resources import attendance, store

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from clockify_sandbox.world.model import Entry
    from clockify_sandbox.world.world import World

Row = dict[str, object]
SECONDS_PER_HOUR = 3600
MINOR_UNITS = 100
MIRRORED = ("start", "end", "description", "project", "tags", "billable")
"""What must be equal in a copy of an entry."""


def summary_rows(
    world: World, workspace_id: str, *, timezone: str, first: date, last: date
) -> list[Row]:
    """List hours and money per person, project, set of tags and local day, both ends inclusive.

    Running entries are not included. Rows are in the order of their key.
    """
    seconds: dict[tuple[str, str, str, date], int] = defaultdict(int)
    cents: dict[tuple[str, str, str, date], float] = defaultdict(float)
    currency: dict[tuple[str, str, str, date], str] = {}
    for entry in _of_days(world, workspace_id, timezone, first, last):
        if entry.end is None:
            continue
        tag_id = ",".join(sorted(entry.tag_ids))
        day = local_day(entry.start, timezone)
        key = entry.user_id, entry.project_id or "", tag_id, day
        seconds[key] += entry.seconds
        cents[key] += _cents(entry) or 0
        currency[key] = entry.currency
    rows = []
    for key in sorted(seconds):
        user_id, project_id, tag_id, day = key
        row: Row = {
            "workspace_id": workspace_id,
            "user": world.users[user_id].name,
            "user_id": user_id,
            **_project_columns(world, workspace_id, project_id),
            **_tag_columns(world, workspace_id, tag_id),
            "date": day,
            "duration_decimal": seconds[key] / SECONDS_PER_HOUR,
            "amount_decimal": cents[key] / MINOR_UNITS,
            "currency": currency[key],
        }
        rows.append(row)
    return rows


def entry_rows(
    world: World, workspace_id: str, *, timezone: str, first: date, last: date
) -> list[Row]:
    """List the entries that start on those local days, running ones included, by id."""
    contents = world[workspace_id]
    rows = []
    for entry in _of_days(world, workspace_id, timezone, first, last):
        task = contents.tasks.get(entry.task_id or "")
        cents = _cents(entry)
        rate = entry.hourly_rate if entry.billable else None
        running = entry.end is None
        cost = None if entry.cost_rate is None else entry.cost_rate * _hours(entry)
        row: Row = {
            "workspace_id": workspace_id,
            "id": entry.id,
            "user": world.users[entry.user_id].name,
            "user_id": entry.user_id,
            **_project_columns(world, workspace_id, entry.project_id or ""),
            "task": task.name if task else None,
            "task_id": task.id if task else None,
            **_tag_columns(world, workspace_id, ",".join(sorted(entry.tag_ids))),
            "description": entry.description,
            "billable": entry.billable,
            "start": entry.start,
            "end": entry.end,
            "is_running": running,
            "date": local_day(entry.start, timezone),
            "duration_seconds": entry.seconds,
            "duration_decimal": _hours(entry),
            "rate": None if rate is None else rate / MINOR_UNITS,
            "amount": None if cents is None else cents / MINOR_UNITS,
            "cost_rate": None if entry.cost_rate is None else entry.cost_rate / MINOR_UNITS,
            "cost_amount": None if cost is None else cost / MINOR_UNITS,
            "currency": entry.currency,
            "type": entry.type,
            "locked": entry.locked,
            "approval_request_id": entry.approval_request_id,
            "invoice_id": entry.invoice_id,
            "custom_fields": {field.name: field.value for field in entry.fields},
        }
        row["tag_ids"] = row.pop("tag_id")
        rows.append(row)
    return sorted(rows, key=lambda row: str(row["id"]))


def client_rows(world: World, workspace_id: str) -> list[Row]:
    """List all clients, archived ones included, by id."""
    clients = sorted(world[workspace_id].clients.values(), key=lambda client: client.id)
    return [
        {
            "id": client.id,
            "name": client.name,
            "workspaceId": workspace_id,
            "archived": client.archived,
        }
        for client in clients
    ]


def project_rows(world: World, workspace_id: str) -> list[Row]:
    """List all projects, archived ones included, by id; rates in currency units."""
    projects = sorted(world[workspace_id].projects.values(), key=lambda project: project.id)
    return [
        {
            "id": project.id,
            "name": project.name,
            "workspaceId": workspace_id,
            "clientId": project.client_id or "",
            "archived": project.archived,
            "billable": project.billable,
            "hourlyRate_amount": None
            if project.hourly_rate is None
            else project.hourly_rate / MINOR_UNITS,
        }
        for project in projects
    ]


def user_rows(world: World, workspace_id: str) -> list[Row]:
    """List all members, leavers and limited accounts included, by id; rates in currency units."""
    members = world[workspace_id].members
    return [
        {
            "workspaceId": workspace_id,
            "id": user_id,
            "name": world.users[user_id].name,
            "email": world.users[user_id].email,
            "status": world.users[user_id].status,
            "memberships_membershipStatus": member.status,
            "memberships_hourlyRate_amount": None
            if member.hourly_rate is None
            else member.hourly_rate / MINOR_UNITS,
        }
        for user_id, member in sorted(members.items())
    ]


def object_rows(world: World, workspace_id: str, kind: str) -> list[Row]:
    """List the living objects of a kind of `clockify_sandbox.resources`, as the API sends them.

    Keys that only the path of a request tells, such as `invoiceId` of a payment, are added.
    """
    return store.truth(world, workspace_id, kind)


def attendance_rows(
    world: World, workspace_id: str, *, timezone: str, first: date, last: date
) -> list[Row]:
    """List the rows of the attendance report of some local days, both ends inclusive."""
    entries = _of_days(world, workspace_id, timezone, first, last)
    return attendance.attendance_rows(world, world[workspace_id], entries, ZoneInfo(timezone))


@dataclass(frozen=True)
class MirrorDifference:
    """How the copies of entries in one workspace differ from the entries in another."""

    entries: list[Row]
    """The entries that have to be copied."""
    copies: list[Row]
    missing: list[Row]
    """Entries without an equal copy; two equal entries need two copies."""
    surplus: list[Row]
    """Copies without an equal entry."""
    natives: list[Row]
    """Entries of other people in the second workspace."""

    @property
    def equal(self) -> bool:
        """Whether each entry has its copy and each copy its entry."""
        return not self.missing and not self.surplus


def mirror_difference(
    world: World,
    workspace_id: str,
    mirror_id: str,
    *,
    user_ids: Mapping[str, str],
    client: str | None = None,
    fields: Sequence[str] = MIRRORED,
) -> MirrorDifference:
    """Compare the entries of some people with their copies in another workspace.

    `user_ids` maps people to those who have their copies, `client` is the id or name of a client,
    and two entries are equal if their person and `fields` (keys of `_mirrored`) are. Running timers
    are no part of it, nor are holidays and time off, which nobody can write.
    """
    with world.lock:
        entries = [
            row for row in _mirrored(world, workspace_id, client) if row["user_id"] in user_ids
        ]
        for row in entries:
            row["user_id"] = user_ids[str(row["user_id"])]
        held = _mirrored(world, mirror_id, None)
    people = set(user_ids.values())
    copies = [row for row in held if row["user_id"] in people]
    natives = [row for row in held if row["user_id"] not in people]
    keys = ("user_id", *fields)
    return MirrorDifference(
        entries,
        copies,
        _without(entries, copies, keys),
        _without(copies, entries, keys),
        natives,
    )


def local_day(instant: datetime, timezone: str) -> date:
    """Return the calendar day of an instant in a time zone."""
    return instant.astimezone(ZoneInfo(timezone)).date()


def as_json(rows: list[Row]) -> str:
    """Write rows as JSON, days and instants in ISO 8601."""
    return json.dumps(rows, ensure_ascii=False, default=_iso)


def _iso(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    message = f"{type(value)} is no JSON"
    raise TypeError(message)


def _of_days(
    world: World, workspace_id: str, timezone: str, first: date, last: date
) -> Iterator[Entry]:
    for entry in world[workspace_id].entries:
        if first <= local_day(entry.start, timezone) <= last:
            yield entry


def _project_columns(world: World, workspace_id: str, project_id: str) -> Row:
    contents = world[workspace_id]
    project = contents.projects.get(project_id)
    client = contents.clients.get(project.client_id or "") if project else None
    return {
        "project": project.name if project else None,
        "project_id": project_id,
        "client": client.name if client else None,
        "client_id": client.id if client else None,
    }


def _tag_columns(world: World, workspace_id: str, tag_id: str) -> Row:
    tags = world[workspace_id].tags
    names = [tags[each].name for each in tag_id.split(",") if each]
    return {"tags": ", ".join(names), "tag_id": tag_id}


def _hours(entry: Entry) -> float:
    return entry.seconds / SECONDS_PER_HOUR


def _cents(entry: Entry) -> float | None:
    if not entry.billable or entry.hourly_rate is None:
        return None
    return entry.hourly_rate * entry.seconds / SECONDS_PER_HOUR


def _mirrored(world: World, workspace_id: str, client: str | None) -> list[Row]:
    contents = world[workspace_id]
    rows: list[Row] = []
    for entry in contents.entries:
        where = _project_columns(world, workspace_id, entry.project_id or "")
        if entry.end is None or entry.type not in {"REGULAR", "BREAK"}:
            continue
        if client is not None and client not in {where["client"], where["client_id"]}:
            continue
        task = contents.tasks.get(entry.task_id or "")
        rows.append(
            {
                "id": entry.id,
                "user_id": entry.user_id,
                "start": entry.start,
                "end": entry.end,
                "description": entry.description,
                "project": where["project"],
                "task": task.name if task else None,
                "tags": tuple(sorted(contents.tags[each].name for each in entry.tag_ids)),
                "billable": entry.billable,
                "type": entry.type,
                "hours": _hours(entry),
            }
        )
    return rows


def _without(rows: list[Row], others: list[Row], keys: Sequence[str]) -> list[Row]:
    """List the rows that have no partner among others, each of which is the partner of one."""
    left = Counter(tuple(row[key] for key in keys) for row in others)
    found = []
    for row in rows:
        key = tuple(row[each] for each in keys)
        if left[key]:
            left[key] -= 1
        else:
            found.append(row)
    return found
