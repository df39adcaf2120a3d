"""What a perfect copy of the company contains, computed in the most straightforward way.

This knows nothing of requests. Values have the types that the contract documents: of an entry the
id and `billable` are integers, `hasEntryLocationHistory` is a boolean and all else is text or None.
Of a task the ids, flags and levels are integers. People, groups and tags have text throughout,
except `is_enabled`. Of a computer activity `time_span` is an integer and all else is text, with the
names of the application and the window. Of a rate `rateId` and `rateTypeId` are integers. Custom
fields and their values have integers as ids, `required` is a boolean, and a row of a value begins
with the id of the person, task or entry. Wall clocks and zones are those of the API.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from clockify_sandbox.timecamp.options import Options
from clockify_sandbox.timecamp.world import SERVER_ZONE

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from clockify_sandbox.timecamp.model import Entry
    from clockify_sandbox.timecamp.world import World

Row = dict[str, object]
TABLES = (
    "entries",
    "tasks",
    "users",
    "groups",
    "tags",
    "activities",
    "rates",
    "custom_fields",
    "custom_values",
)
NO_COLOR = "#CFCFCF"


def rows(
    world: World,
    table: str,
    first: date | None = None,
    last: date | None = None,
    options: Options | None = None,
) -> list[Row]:
    """List the rows of a table in the order of their ids; activities in the order of their time.

    `first` and `last` are days, both included, and leave out entries and activities of other days.

    Raises:
        ValueError: There is no such table.
    """
    switches = options or Options()
    makers: dict[str, Callable[[], list[Row]]] = {
        "entries": lambda: _entries(world, first, last, switches),
        "tasks": lambda: _tasks(world),
        "users": lambda: _users(world),
        "groups": lambda: _groups(world),
        "tags": lambda: _tags(world),
        "activities": lambda: _activities(world, first, last),
        "rates": lambda: _rates(world),
        "custom_fields": lambda: _custom_fields(world),
        "custom_values": lambda: _custom_values(world, switches),
    }
    if table not in makers:
        message = f"no such table: {table}, one of {', '.join(TABLES)}"
        raise ValueError(message)
    with world.lock:
        return makers[table]()


def _entries(world: World, first: date | None, last: date | None, options: Options) -> list[Row]:
    return [
        _entry(world, entry, options)
        for _, entry in sorted(world.entries.items())
        if (first is None or entry.day >= first) and (last is None or entry.day <= last)
    ]


def _entry(world: World, entry: Entry, options: Options) -> Row:
    now = world.grown(entry)
    user = world.users[now.user_id]
    task = world.tasks.get(now.task_id)
    nothing = options.no_task == "null"
    return {
        "id": now.id,
        "duration": str(now.seconds),
        "user_id": str(now.user_id),
        "user_name": user.name,
        "task_id": None if task is None and nothing else str(now.task_id),
        "task_note": task.note if task else None,
        "last_modify": _stamp(world.last_modified(entry, options)),
        "date": str(now.day),
        "start_time": None if now.start is None else f"{now.start:%H:%M:%S}",
        "end_time": None if now.end is None else f"{now.end:%H:%M:%S}",
        "locked": "1" if now.locked else "0",
        "name": task.name if task else None if nothing else "",
        "addons_external_id": now.external_id,
        "billable": 1 if now.billable else 0,
        "invoiceId": str(now.invoice_id),
        "color": task.color if task else NO_COLOR,
        "description": now.description,
        "hasEntryLocationHistory": now.location_history,
    }


def _tasks(world: World) -> list[Row]:
    made: list[Row] = []
    for task in world.tasks.values():
        parent = world.tasks.get(task.parent_id)
        made.append(
            {
                "task_id": task.id,
                "parent_id": task.parent_id,
                "assigned_by": task.added_by,
                "name": task.name,
                "external_task_id": task.external_id,
                "external_parent_id": parent.external_id if parent else None,
                "level": len(world.lineage(task.id)),
                "archived": int(task.archived),
                "tags": "",
                "keywords": "",
                "budgeted": 0,
                "budget_unit": "fee",
                "root_group_id": world.root_group_id,
                "billable": int(task.billable),
                "note": task.note,
                "public_hash": None,
                "add_date": _stamp(task.added_at),
                "modify_time": _stamp(task.modified_at),
                "color": task.color,
                "user_access_type": 4,
            }
        )
    return made


def _users(world: World) -> list[Row]:
    return [
        {
            "user_id": str(user.id),
            "group_id": str(user.group_id),
            "email": user.email,
            "login_count": str(user.logins),
            "display_name": user.name,
            "time_zone": str(world.seconds_ahead(user)),
            "is_enabled": not user.is_disabled,
        }
        for user in world.users.values()
    ]


def _groups(world: World) -> list[Row]:
    return [
        {
            "group_id": str(group.id),
            "name": group.name,
            "parent_id": str(group.parent_id),
        }
        for group in world.groups.values()
    ]


def _tags(world: World) -> list[Row]:
    return [
        {
            "tag_list_id": str(tag.list_id),
            "tag_list_name": world.tag_lists[tag.list_id].name,
            "tag_list_archived": "1" if world.tag_lists[tag.list_id].archived else "0",
            "tag_id": str(tag.id),
            "name": tag.name,
            "archived": "1" if tag.archived else "0",
        }
        for tag in world.tags.values()
    ]


def _activities(world: World, first: date | None, last: date | None) -> list[Row]:
    made: list[Row] = [
        {
            "user_id": str(activity.user_id),
            "application_id": str(activity.application_id),
            "end_time": f"{activity.day} {activity.end:%H:%M:%S}",
            "time_span": activity.seconds,
            "window_title_id": str(activity.window_title_id),
            "end_date": str(activity.day),
            "task_id": str(activity.task_id),
            "entry_id": str(activity.entry_id),
            "application": world.applications[activity.application_id],
            "window_title": world.window_titles[activity.window_title_id],
        }
        for activity in world.activities
        if (first is None or activity.day >= first) and (last is None or activity.day <= last)
    ]
    return sorted(made, key=lambda row: (row["end_date"], row["user_id"], row["end_time"]))


def _rates(world: World) -> list[Row]:
    return [
        {
            "rateId": rate.id,
            "rateTypeId": rate.type_id,
            "value": str(rate.value),
            "refType": rate.kind,
            "addDate": str(rate.since),
            "refId": str(rate.ref_id),
        }
        for rate in world.rates.values()
    ]


def _custom_fields(world: World) -> list[Row]:
    return [
        {
            "id": field.id,
            "name": field.name,
            "resourceType": field.resource_type,
            "required": field.required,
            "status": 1,
            "fieldType": field.field_type,
            "defaultValue": field.default,
            "fieldOptions": [],
        }
        for field in world.custom_fields.values()
        if field.is_active
    ]


def _custom_values(world: World, options: Options) -> list[Row]:
    made: list[Row] = []
    for field in world.custom_fields.values():
        for resource_id in sorted(world.resources(field.resource_type)):
            value = world.custom_values.get((field.id, resource_id))
            if value is None and field.required:
                value = field.default
            missing = value is None and options.unset_custom_values == "absent"
            if field.is_active and not missing:
                made.append(
                    {
                        "resourceId": resource_id,
                        "templateId": field.id,
                        "name": field.name,
                        "resourceType": field.resource_type,
                        "required": field.required,
                        "fieldType": field.field_type,
                        "defaultValue": field.default,
                        "value": value,
                    }
                )
    return made


def _stamp(instant: datetime) -> str:
    return instant.astimezone(SERVER_ZONE).strftime("%Y-%m-%d %H:%M:%S")
