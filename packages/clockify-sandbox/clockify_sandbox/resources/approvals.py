"""Requests to approve a week of one person's time and expenses."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from clockify_sandbox.api import parameters, render
from clockify_sandbox.resources import expenses
from clockify_sandbox.resources.base import Link, Made, Making, Read, Resource, get
from clockify_sandbox.resources.kept import approval_id, instant, midnight, week_of

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator
    from datetime import date

    from clockify_sandbox.api.call import Call
    from clockify_sandbox.resources.base import Rows, Verb
    from clockify_sandbox.world.model import Entry, Json
    from clockify_sandbox.world.world import Contents, World

WEEK = timedelta(days=7)
HOUR_SECONDS = 3600
TYPES = ("TIMESHEET", "TIMESHEET_AND_EXPENSE", "EXPENSE")
STATES = ("PENDING", "APPROVED", "WITHDRAWN_APPROVAL")
OPEN_STATES = ("PENDING", "REJECTED", "PENDING", "WITHDRAWN_APPROVAL")
"""States of the requests for last week, whose entries are not approved yet."""


def _approvals(making: Making) -> Iterator[Made]:
    approved: dict[str, list[Entry]] = defaultdict(list)
    last_week = week_of(making.now.date()) - WEEK
    recent: dict[str, list[Entry]] = {user_id: [] for user_id in making.people}
    for entry in making.contents.entries:
        if entry.approval_request_id is not None:
            approved[entry.approval_request_id].append(entry)
        elif entry.user_id in recent and _week(making.world, entry) == last_week:
            recent[entry.user_id].append(entry)
    for object_id, entries in approved.items():
        week = _week(making.world, entries[0])
        yield _request(making, object_id, entries, week, "APPROVED")
    for number, (user_id, entries) in enumerate(recent.items()):
        if entries:
            object_id = approval_id(making.contents.workspace.id, user_id, last_week)
            state = OPEN_STATES[number % len(OPEN_STATES)]
            yield _request(making, object_id, entries, last_week, state)


def _request(making: Making, object_id: str, entries: list[Entry], week: date, state: str) -> Made:
    world, contents = making.world, making.contents
    user = world.users[entries[0].user_id]
    start = midnight(week)
    at = min(making.now, start + WEEK + timedelta(hours=9))
    updated = min(making.now, at + timedelta(days=1, minutes=len(entries)))
    boss = user if state == "PENDING" else world.owner
    tracked = render.iso_duration(_seconds(entries))
    covered = [
        row
        for row in contents.objects["expenses"].values()
        if row["userId"] == user.id and row["_week"] == week.isoformat()
    ]
    for row in covered:
        # It is in the request from the start, so this is no edit of the expense.
        row["_approvalRequestId"] = object_id
    return making.row(
        at,
        id=object_id,
        approvalRequest={
            "id": object_id,
            "workspaceId": contents.workspace.id,
            "type": TYPES[bool(covered)],
            "dateRange": {
                "start": render.utc(start),
                "end": render.utc(start + WEEK - timedelta(seconds=1)),
            },
            "owner": {
                "userId": user.id,
                "userName": user.name,
                "timeZone": user.settings.time_zone if user.settings else "UTC",
                "startOfWeek": user.settings.week_start if user.settings else "MONDAY",
            },
            "creator": {"userId": user.id, "userName": user.name, "userEmail": user.email},
            "status": {
                "state": state,
                "updatedAt": instant(updated),
                "updatedBy": boss.id,
                "updatedByUserName": boss.name,
                "note": "Please split, thanks" if state == "REJECTED" else None,
            },
        },
        approvedTime=tracked if state == "APPROVED" else "PT0S",
        pendingTime=tracked if state == "PENDING" else "PT0S",
        trackedTime=tracked,
        billableTime=render.iso_duration(_seconds([e for e in entries if e.billable])),
        breakTime=render.iso_duration(_seconds([e for e in entries if e.type == "BREAK"])),
        billableAmount=sum(_amount(each, each.hourly_rate) for each in entries if each.billable),
        costAmount=sum(_amount(each, each.cost_rate) for each in entries),
        expenseTotal=sum(row["total"] for row in covered),
        _entries=tuple(entries),
    )


def _week(world: World, entry: Entry) -> date:
    """Return the Monday of an entry's week, in its person's time zone."""
    settings = world.users[entry.user_id].settings
    zone = ZoneInfo(settings.time_zone if settings else "UTC")
    return week_of(entry.start.astimezone(zone).date())


def _seconds(entries: list[Entry]) -> int:
    return sum(entry.seconds for entry in entries)


def _amount(entry: Entry, rate: int | None) -> float:
    return (rate or 0) * entry.seconds / HOUR_SECONDS


def _details(world: World, contents: Contents, row: Json) -> Json:
    """Write a request with the entries as they were submitted, and its expenses."""
    covered = [
        expenses.expanded(world, contents, each)
        for each in contents.objects["expenses"].values()
        if each["_approvalRequestId"] == row["id"]
    ]
    state = row["approvalRequest"]["status"]["state"]
    kept = {key: value for key, value in row.items() if key not in {"id", "workspaceId"}}
    return {
        **kept,
        "entries": [_entry(contents, each, row) for each in row["_entries"]],
        "expenses": [
            {
                **each,
                "currency": contents.currency_of((each["project"] or {}).get("id")),
                "fileUrl": each["fileId"] and f"https://files.example.org/{each['fileId']}",
                "approvalRequestId": row["id"],
                "approvalStatus": state,
                "detailedApprovalStatus": state,
            }
            for each in covered
        ],
    }


def _interval(entry: Entry, zone: ZoneInfo) -> Json:
    """Write when an entry was, in UTC and on the clock of its person."""
    local = {
        "Start": entry.start.astimezone(zone),
        "End": (entry.end or entry.start).astimezone(zone),
    }
    offsets = {name: at.utcoffset() or timedelta() for name, at in local.items()}
    return {
        "start": render.utc(entry.start),
        "end": render.utc(entry.end),
        "duration": render.iso_duration(entry.seconds),
        "timeZone": zone.key,
        **{f"zoned{name}": f"{at:%Y-%m-%dT%H:%M:%S}" for name, at in local.items()},
        **{f"offset{name}": int(each.total_seconds()) for name, each in offsets.items()},
    }


def _entry(contents: Contents, entry: Entry, row: Json) -> Json:
    project = contents.projects.get(entry.project_id or "")
    client = contents.clients.get(project.client_id or "") if project else None
    task = contents.tasks.get(entry.task_id or "")
    full = render.entry(entry)
    kept = ("id", "description", "billable", "type", "hourlyRate", "costRate")
    zone = ZoneInfo(row["approvalRequest"]["owner"]["timeZone"])
    return {
        **{key: full[key] for key in kept},
        "timeInterval": _interval(entry, zone),
        "approvalRequestId": row["id"],
        "isLocked": entry.locked,
        "customFieldValues": [
            {
                "customFieldId": field.field_id,
                "timeEntryId": entry.id,
                "value": field.value,
                "sourceType": "TIMEENTRY",
            }
            for field in entry.fields
        ],
        "project": project and render.project_in_short(project, client),
        "task": task and {"id": task.id, "name": task.name},
        "tags": [
            render.tag(contents.tags[each]) for each in entry.tag_ids if each in contents.tags
        ],
    }


def _of_status(call: Call, rows: Rows) -> Rows:
    """Filter by status and type only: Clockify ignores a person and dates here."""
    default = call.options.approvals_default_status
    status = parameters.choice(call.query, "status", STATES, default)
    types = parameters.listed(call.query, "types") or TYPES
    return [
        row
        for row in rows
        if status in {"ALL", get(row, "approvalRequest.status.state")}
        and get(row, "approvalRequest.type") in types
    ]


def _decide(world: World, _contents: Contents, row: Json, rng: random.Random) -> Json:
    state = rng.choice(("APPROVED", "REJECTED", "WITHDRAWN_SUBMISSION", "WITHDRAWN_APPROVAL"))
    return {
        "approvalRequest__status": {
            "state": state,
            "updatedAt": instant(world.now()),
            "updatedBy": world.owner_id,
            "updatedByUserName": world.owner.name,
            "note": rng.choice((None, "Danke", 'See "notes"')),
        },
        "approvedTime": row["trackedTime"] if state == "APPROVED" else "PT0S",
        "pendingTime": "PT0S",
    }


def _release(world: World, contents: Contents, verb: Verb, row: Json) -> None:
    """Unlock the entries of a request that is gone."""
    if verb == "deleted":
        for entry in [e for e in contents.entries if e.approval_request_id == row["id"]]:
            world.change(replace(entry, approval_request_id=None, locked=False))


APPROVAL_REQUESTS = Resource(
    kind="approval_requests",
    feature="APPROVAL",
    document="APPROVAL_REQUESTS",
    make=_approvals,
    links=(
        Link("approvalRequest.owner.userId", "users", owned=True),
        Link("approvalRequest.creator.userId", "users"),
        Link("approvalRequest.status.updatedBy", "users"),
    ),
    reads=(
        Read(
            "/approval-requests",
            own="approvalRequest.owner.userId",
            select=_of_status,
            columns={
                "ID": lambda row: row["id"],
                "USER_ID": lambda row: get(row, "approvalRequest.owner.userId"),
                "START": lambda row: get(row, "approvalRequest.dateRange.start"),
                "UPDATED_AT": lambda row: get(row, "approvalRequest.status.updatedAt"),
            },
        ),
    ),
    show=_details,
    edits=(_decide,),
    after=_release,
    blank={"_entries": ()},
    deletes=False,
)
