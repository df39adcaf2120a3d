"""People, groups, tasks, tags, attendance and approvals."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

from clockify_sandbox.timecamp.call import RefusedError, read_ids
from clockify_sandbox.timecamp.world import server_day, server_time

if TYPE_CHECKING:
    from datetime import date

    from clockify_sandbox.timecamp.call import Call
    from clockify_sandbox.timecamp.model import Approval, Entry, TagList, Task, User

Json = dict[str, object]

APPROVED_AFTER_DAYS = 30
WORKING_MINUTES = 480
WEEKDAYS = 5
OWN_ROLE, OTHER_ROLE = 1, 3
PERMISSIONS = ("1", "2", "3", "5", "6", "7")
FULL_ACCESS = 4


def me(call: Call) -> Json:
    """Answer `GET /me`."""
    user = call.user
    return {
        "user_id": call.number(user.id),
        "email": user.email,
        "register_time": server_time(user.registered_at),
        "display_name": user.name,
        "synch_time": _synch_time(user),
        "root_group_id": call.number(call.world.root_group_id),
        "permissions": {
            "time_tracking_admin": user.is_admin,
            "create_projects": user.is_admin,
            "can_view_rates": user.is_admin,
        },
    }


def users(call: Call) -> list[Json]:
    """Answer `GET /users`."""
    active_only = call.flag("active_only")
    return [
        {
            "group_id": call.number(user.group_id),
            "user_id": call.number(user.id),
            "email": user.email,
            "login_count": call.number(user.logins),
            "login_time": _login_time(user),
            "display_name": user.name,
            "synch_time": _synch_time(user),
        }
        for user in call.world.users.values()
        if not (active_only and user.is_disabled)
    ]


def user(call: Call) -> object:
    """Answer `GET /user` and `GET /user/{ids}`, by default about the asker."""
    asked = call.path.get("user_id") or call.query.get("user_id") or "me"
    found = _people(call, asked)
    rows = [_user(call, each) for each in found]
    single = len(read_ids(asked)) == 1 and not call.options.one_user_as_list
    return rows[0] if single else rows


def settings(call: Call) -> object:
    """Answer `GET /user/{ids}/setting`.

    The contract describes one person's setting, which is an object. TimeCamp's own programs ask
    for `name[]` of several people.
    """
    asked = call.query.getlist("name[]") or call.query.getlist("name")
    rows = [
        {"userId": call.number(each.id), "name": name, "value": call.number(int(value))}
        for each in _people(call, call.path["user_id"])
        for name, value in _settings(each).items()
        if name in asked and (value or call.options.settings_of_all)
    ]
    if "name[]" not in call.query and len(read_ids(call.path["user_id"])) == 1:
        if not rows:
            raise RefusedError(404, [])
        return rows[0]
    if call.options.settings_format == "list":
        return rows
    keyed: dict[str, list[Json]] = defaultdict(list)
    for row in rows:
        keyed[str(row["userId"])].append({"name": row["name"], "value": row["value"]})
    return dict(keyed)


def groups(call: Call) -> list[Json]:
    """Answer `GET /group`."""
    return [
        {
            "group_id": call.number(group.id),
            "name": group.name,
            "parent_id": call.number(group.parent_id),
        }
        for group in call.world.groups.values()
    ]


def tasks(call: Call) -> dict[str, Json]:
    """Answer `GET /tasks`."""
    status = call.query.get("status", "active")
    wanted = call.ids("task_id")
    external_id = call.query.get("external_task_id")
    found = [
        task
        for task in call.world.tasks.values()
        if call.sees_task(task)
        and (status == "all" or task.archived == (status == "archived"))
        and (wanted is None or task.id in wanted)
        and (external_id is None or task.external_id == external_id)
    ]
    specific = wanted is not None or external_id is not None
    if specific and not found:
        raise RefusedError(404, "Task not found")
    minimal = call.flag("minimal") and not specific
    shown = ("task_id", "parent_id", "name")
    rows = {str(task.id): _task(call, task) for task in found}
    return {
        task_id: {name: row[name] for name in shown} if minimal else row
        for task_id, row in rows.items()
    }


def tag_lists(call: Call) -> dict[str, Json]:
    """Answer `GET /tag_list`."""
    archived, with_tags = call.flag("archived"), call.flag("tags")
    filled = {tag.list_id for tag in call.world.tags.values()}
    return {
        str(each.id): _tag_list(call, each, with_tags=with_tags, archived=archived)
        for each in call.world.tag_lists.values()
        if (archived or not each.archived)
        and not (call.flag("exclude_empty_tag_lists") and each.id not in filled)
    }


def attendance(call: Call) -> list[Json]:
    """Answer `GET /attendance`: from the first to the last time of each day of a person."""
    first, last = call.needed_days()
    asked = call.ids("users")
    found: dict[tuple[date, int], list[Entry]] = defaultdict(list)
    for each in call.world.entries.values():
        entry = call.world.grown(each)
        wanted = entry.user_id in call.visible_users and (asked is None or entry.user_id in asked)
        if wanted and first <= entry.day <= last and entry.start is not None:
            found[entry.day, entry.user_id].append(entry)
    rows = [_attendance(call, *key, group) for key, group in sorted(found.items())]
    if not call.options.attendance_approved:
        for row in rows:
            del row["approved"]
    return rows


def approvals(call: Call) -> list[Json]:
    """Answer `GET /approval`: those that overlap the days asked for, or all without days."""
    days = call.days()
    with_attendance = call.flag("with_attendance")
    return [
        _approval(call, each, with_attendance=with_attendance)
        for each in call.world.approvals
        if each.user_id in call.visible_users
        and (days is None or (each.first <= days[1] and each.last >= days[0]))
    ]


def _people(call: Call, asked: str) -> list[User]:
    """Find people by their ids, if the asker may see them."""
    found = [
        call.visible_users[user_id]
        for user_id in read_ids(asked, call.user.id)
        if user_id in call.visible_users
    ]
    if not found:
        raise RefusedError(403, "You can not see this user")
    return found


def _user(call: Call, user: User) -> Json:
    return {
        "user_id": call.number(user.id),
        "language": call.number(0),
        "email": user.email,
        "login_count": call.number(user.logins),
        "login_time": _login_time(user),
        "display_name": user.name,
        "time_zone": call.number(call.world.seconds_ahead(user)),
        "root_group_id": call.number(call.world.root_group_id),
        "summary": call.number(1),
        "agent": "1.7.1.2|",
        "primary_group_id": user.group_id,
    }


def _settings(user: User) -> dict[str, bool]:
    return {"disabled_user": user.is_disabled, "tt_global_admin": user.is_admin}


def _task(call: Call, task: Task) -> Json:
    parent = call.world.tasks.get(task.parent_id)
    row: Json = {
        "task_id": call.number(task.id),
        "parent_id": call.number(task.parent_id),
        "assigned_by": call.number(task.added_by),
        "name": task.name,
        "external_task_id": task.external_id,
        "external_parent_id": parent.external_id if parent else None,
        "level": call.number(len(call.world.lineage(task.id))),
        "archived": call.number(int(task.archived)),
        "tags": "",
        "keywords": "",
        "budgeted": call.number(0),
        "budget_unit": "fee",
        "root_group_id": call.number(call.world.root_group_id),
        "billable": call.number(int(task.billable)),
        "note": task.note,
        "public_hash": None,
        "add_date": server_time(task.added_at),
        "modify_time": server_time(task.modified_at),
        "color": task.color,
        "users": {
            str(user_id): {
                "user_id": call.number(user_id),
                "role_id": call.number(OWN_ROLE if user_id == task.added_by else OTHER_ROLE),
            }
            for user_id in task.user_ids
        },
        "user_access_type": FULL_ACCESS,
    }
    if call.options.task_permissions:
        row["perms"] = dict.fromkeys(PERMISSIONS, 1)
    return row


def _tag_list(call: Call, tag_list: TagList, *, with_tags: bool, archived: bool) -> Json:
    row: Json = {
        "id": call.number(tag_list.id),
        "name": tag_list.name,
        "archived": call.number(int(tag_list.archived)),
    }
    if with_tags:
        row["tags"] = {
            str(tag.id): {
                "id": call.number(tag.id),
                "name": tag.name,
                "archived": call.number(int(tag.archived)),
                "hasGroupRestrictions": call.number(0),
            }
            for tag in call.world.tags.values()
            if tag.list_id == tag_list.id and (archived or not tag.archived)
        }
    return row


def _attendance(call: Call, day: date, user_id: int, entries: list[Entry]) -> Json:
    approved = day < server_day(call.world.now()) - timedelta(days=APPROVED_AFTER_DAYS)
    return {
        "user_id": call.number(user_id),
        "user_name": call.world.users[user_id].name,
        "start_time": min(f"{entry.start}" for entry in entries),
        "end_time": max(f"{entry.end}" for entry in entries),
        "total_time": call.number(sum(entry.seconds for entry in entries)),
        "date": day.isoformat(),
        "approved": approved,
    }


def _approval(call: Call, approval: Approval, *, with_attendance: bool) -> Json:
    row: Json = {
        "id": call.number(approval.id),
        "status": call.number(approval.status),
        "for": call.number(approval.user_id),
        "by": call.number(approval.by),
        "from": approval.first.isoformat(),
        "to": approval.last.isoformat(),
        "projects": None,
        "auto": call.number(0),
        "comments": None,
    }
    if with_attendance:
        count = (approval.last - approval.first).days + 1
        days = [approval.first + timedelta(days=each) for each in range(count)]
        row["attendance"] = {
            day.isoformat(): {
                "should_be": call.number(WORKING_MINUTES if _works(day) else 0),
                "day_type": "normal" if _works(day) else "day_off",
            }
            for day in days
        }
    return row


def _works(day: date) -> bool:
    return day.isoweekday() <= WEEKDAYS


def _login_time(user: User) -> str:
    return server_time(user.registered_at + timedelta(hours=user.logins))


def _synch_time(user: User) -> str:
    return server_time(user.registered_at + timedelta(hours=user.logins, minutes=-5))
