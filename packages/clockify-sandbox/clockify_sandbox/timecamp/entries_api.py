"""The time entries, the feeds of what happened to them, and the running timers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clockify_sandbox.timecamp.call import NO_DATES, RefusedError
from clockify_sandbox.timecamp.world import server_day, server_time

if TYPE_CHECKING:
    from datetime import date, time

    from clockify_sandbox.timecamp.call import Call
    from clockify_sandbox.timecamp.model import Change, ChangeKind, Entry

Json = dict[str, object]

NO_COLOR = "#CFCFCF"
"""The color of an entry without a task."""
QUARTER_SECONDS = 900
SECONDS_PER_HOUR = 3600
TAG_FILTER = "tags_filter[items][][tag]"
NOT_PERMITTED = (
    "you do not have permissions to get task with id {} (you can set yourself as Time Tracking"
    " Administrator or Project Manager)"
)


def entries(call: Call) -> list[Json]:
    """Answer `GET /entries`."""
    wanted = _Wanted.read(call)
    rows = [call.world.grown(entry) for entry in call.world.entries.values()]
    found = [entry for entry in rows if wanted.has(call, entry)]
    return [_entry(call, entry) for entry in sorted(found, key=lambda e: (e.day, e.id))]


def deletions(call: Call) -> list[Json]:
    """Answer `GET /entries_deletions`."""
    return _feed(call, ("delete",), off=call.options.deletions_feature_off)


def changes(call: Call) -> list[Json]:
    """Answer `GET /entries_changes`."""
    return _feed(call, ("add", "edit"), off=call.options.changes_feature_off)


def timer_running(call: Call) -> list[Json]:
    """Answer `GET /timer_running`."""
    running = [e for e in call.world.entries.values() if e.started_at is not None]
    return [
        {
            "timer_id": call.number(entry.id),
            "user_id": call.number(entry.user_id),
            "task_id": call.number(entry.task_id) if entry.task_id else None,
            "started_at": f"{entry.day} {entry.start}",
            "name": call.world.tasks[entry.task_id].name if entry.task_id else None,
        }
        for entry in running
        if entry.user_id in call.visible_users
    ]


@dataclass(frozen=True)
class _Wanted:
    """Which entries a request is for. What is None does not filter."""

    days: tuple[date, date] | None
    modified: tuple[date, date] | None
    user_ids: set[int]
    task_ids: set[int] | None
    tag_ids: set[int]
    billable: bool | None
    ignore_invoiced: bool

    @classmethod
    def read(cls, call: Call) -> _Wanted:
        days, modified = call.days(), call.days("modify_from", "modify_to")
        if days is None and modified is None:
            raise RefusedError(400, NO_DATES)
        billable = call.flag("billable") if call.query.get("billable") else None
        return cls(
            days=days,
            modified=modified,
            user_ids=_user_ids(call),
            task_ids=_task_ids(call),
            tag_ids={int(each) for each in call.query.getlist(TAG_FILTER) if each.isdecimal()},
            billable=billable,
            ignore_invoiced=call.flag("ignoreInvoiced"),
        )

    def has(self, call: Call, entry: Entry) -> bool:
        modified = server_day(call.world.last_modified(entry, call.options))
        return (
            entry.user_id in self.user_ids
            and (self.days is None or self.days[0] <= entry.day <= self.days[1])
            and (self.modified is None or self.modified[0] <= modified <= self.modified[1])
            and (self.task_ids is None or entry.task_id in self.task_ids)
            and (not self.tag_ids or not self.tag_ids.isdisjoint(entry.tag_ids))
            and (self.billable is None or entry.billable == self.billable)
            and not (self.ignore_invoiced and entry.invoice_id)
        )


def _user_ids(call: Call) -> set[int]:
    """Find whose entries are asked for, as far as the asker may see them."""
    asked = call.ids("user_ids")
    if asked is None:
        own = call.options.entries_of == "me"
        return {call.user.id} if own else set(call.visible_users)
    found = {user_id for user_id in asked if user_id in call.visible_users}
    if not found or (call.options.one_unknown_user_refuses and found != set(asked)):
        raise RefusedError(403, [])
    return found


def _task_ids(call: Call) -> set[int] | None:
    asked = call.ids("task_ids")
    if asked is None or not call.flag("with_subtasks"):
        return None if asked is None else set(asked)
    active_only = call.flag("active_only")
    below = {
        task.id
        for task_id in asked
        for task in call.world.below(task_id)
        if not (active_only and task.archived)
    }
    return below | ({0} & set(asked))


def _entry(call: Call, entry: Entry) -> Json:
    world = call.world
    task = world.tasks.get(entry.task_id)
    no_task = (None, None) if call.options.no_task == "null" else (call.number(0), "")
    task_id, name = (call.number(task.id), task.name) if task else no_task
    row: Json = {
        "id": entry.id,
        "duration": call.number(_duration(call, entry)),
        "user_id": call.number(entry.user_id),
        "user_name": world.users[entry.user_id].name,
        "task_id": task_id,
        "last_modify": server_time(world.last_modified(entry, call.options)),
        "date": entry.day.isoformat(),
        "start_time": _clock_time(entry.start),
        "end_time": _clock_time(entry.end),
        "locked": call.number(int(entry.locked)),
        "name": name,
        "addons_external_id": entry.external_id,
        "billable": int(entry.billable),
        "invoiceId": call.number(entry.invoice_id),
        "color": task.color if task else NO_COLOR,
        "description": entry.description,
        "hasEntryLocationHistory": entry.location_history,
    }
    asked = call.query.get("opt_fields", "").split(",")
    if "tags" in asked:
        row["tags"] = _tags(call, entry)
    if "breadcrumps" in asked:
        row["breadcrumps"] = " / ".join(each.name for each in world.lineage(entry.task_id)[:-1])
    if call.flag("include_project"):
        row["task_note"] = task.note if task else None
    if call.flag("include_rates") and call.user.is_admin:
        row.update(_rates(call, entry))
    return row


def _duration(call: Call, entry: Entry) -> int:
    if not call.flag("round_duration"):
        return entry.seconds
    return round(entry.seconds / QUARTER_SECONDS) * QUARTER_SECONDS


def _tags(call: Call, entry: Entry) -> list[Json]:
    tags = [call.world.tags[tag_id] for tag_id in entry.tag_ids]
    return [
        {
            "tagListName": call.world.tag_lists[tag.list_id].name,
            "tagListId": call.number(tag.list_id),
            "tagId": call.number(tag.id),
            "name": tag.name,
            "mandatory": call.number(0),
        }
        for tag in tags
    ]


def _rates(call: Call, entry: Entry) -> Json:
    user = call.world.users[entry.user_id]
    hours = entry.seconds / SECONDS_PER_HOUR
    return {
        "rate_income": user.rate,
        "total_income": round(user.rate * hours, 2) if entry.billable else 0,
        "total_cost": round(user.cost * hours, 2),
    }


def _feed(call: Call, kinds: tuple[ChangeKind, ...], *, off: bool) -> list[Json]:
    first, last = call.needed_days()
    task_ids, user_ids = call.ids("task_ids"), call.ids("user_ids")
    if not call.user.is_admin:
        raise RefusedError(403, NOT_PERMITTED.format((task_ids or [0])[0]))
    found = [
        change
        for change in call.world.changes
        if change.kind in kinds
        and first <= server_day(change.at) <= last
        and (task_ids is None or change.entry.task_id in task_ids)
        and (user_ids is None or change.entry.user_id in user_ids)
    ]
    found.sort(key=lambda change: change.at, reverse=call.options.feed_newest_first)
    limit = call.query.get("limit", "")
    kept = found[: int(limit)] if limit.isdecimal() else found
    return [] if off else [_change(call, change) for change in kept]


def _change(call: Call, change: Change) -> Json:
    entry = change.entry
    return {
        "old_time_span": change.old_seconds,
        "new_time_span": call.number(change.new_seconds),
        "event_type": call.options.deletion_event if change.kind == "delete" else change.kind,
        "edited": server_time(change.at),
        "entry_id": call.number(entry.id),
        "duration": call.number(entry.seconds),
        "user_id": call.number(entry.user_id),
        "description": entry.description,
        "task_id": call.number(entry.task_id),
        "date": entry.day.isoformat(),
        "start_time": _clock_time(entry.start),
        "end_time": _clock_time(entry.end),
        "locked": call.number(int(entry.locked)),
        "billable": int(entry.billable),
        "invoiceId": call.number(entry.invoice_id),
    }


def _clock_time(value: time | None) -> str | None:
    return None if value is None else value.isoformat("seconds")
