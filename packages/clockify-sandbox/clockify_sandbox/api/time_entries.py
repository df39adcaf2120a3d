"""The core host's time entries: a person's list, the running ones, one, and many by id."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from clockify_sandbox.api import errors, parameters, render
from clockify_sandbox.api.call import Call, Reply

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from clockify_sandbox.world.model import Entry, User

IN_PROGRESS_PAGE_SIZE = 10
IN_PROGRESS_MAX_PAGE_SIZE = 1000
MOMENT = timedelta(microseconds=1)


def of_user(call: Call) -> Reply:
    """`GET /user/{u}/time-entries`: newest start first; the window is on the start.

    `start` and `end` are read as instants and then re-read as a wall clock in an account's zone,
    which shifts the window by that zone's offset. A client cannot avoid this.
    """
    query = call.query
    user = _member(call)
    start, end = (query.get(name) for name in ("start", "end"))
    first = _shifted(call, user, start) if start else None
    # The end is exclusive.
    last = _shifted(call, user, end) - MOMENT if end else None
    entries = call.api.late.shown(
        call.contents,
        call.contents.entries.of_user(user.id, first, last),
        lambda entry: entry.user_id == user.id and _within(entry.start, first, last),
    )
    for keep in _filters(call):
        entries = [entry for entry in entries if keep(entry)]
    entries.reverse()
    return parameters.paged(call, entries, _writer(call))


def in_progress(call: Call) -> Reply:
    """`GET /time-entries/status/in-progress`: the running entries of the whole workspace."""
    found = call.api.late.shown(
        call.contents, call.contents.entries.running(), lambda entry: entry.end is None
    )
    running = [entry for entry in found if _may_see(call, entry)]
    return parameters.paged(
        call,
        running,
        _writer(call),
        default_size=IN_PROGRESS_PAGE_SIZE,
        max_size=IN_PROGRESS_MAX_PAGE_SIZE,
    )


def one(call: Call) -> Reply:
    """`GET /time-entries/{id}`; hydrated, its `user` is null."""
    entry = _found(call, call.path["entry_id"])
    if entry is None:
        raise errors.not_in_workspace("Time entry")
    if not _may_see(call, entry):
        raise errors.forbidden()
    if parameters.boolean(call.query, "hydrated"):
        return Reply(render.hydrated_entry(call.world, call.contents, entry, with_user=False))
    return Reply(render.entry(entry))


def batch(call: Call) -> Reply:
    """`POST /time-entries/batch`: entries by their ids; those that do not exist are left out."""
    body = call.body
    if not isinstance(body, dict) or not isinstance(body.get("timeEntryIds"), list):
        message = "timeEntryIds must be an array"
        raise errors.unreadable_body(message)
    found = (_found(call, str(entry_id)) for entry_id in body["timeEntryIds"])
    entries = [entry for entry in found if entry is not None and _may_see(call, entry)]
    if body.get("hydrated"):
        return Reply(
            [
                render.hydrated_entry(call.world, call.contents, entry, with_user=True)
                for entry in entries
            ]
        )
    return Reply([render.entry(entry) for entry in entries])


def _found(call: Call, entry_id: str) -> Entry | None:
    if call.options.write_delay_of_one:
        return call.api.late.one(call.contents, entry_id)
    return call.contents.entries.get(entry_id)


def _within(start: datetime, first: datetime | None, last: datetime | None) -> bool:
    return (first is None or first <= start) and (last is None or start <= last)


def _member(call: Call) -> User:
    user_id = call.path["user_id"]
    if user_id not in call.contents.members:
        raise errors.not_in_workspace("User")
    if user_id != call.caller.id and not call.oversees:
        raise errors.forbidden()
    return call.world.users[user_id]


def _may_see(call: Call, entry: Entry) -> bool:
    return call.oversees or entry.user_id == call.caller.id


def _shifted(call: Call, user: User, value: str) -> datetime:
    instant = parameters.instant(value)
    match call.options.entry_list_zone:
        case "caller":
            settings = call.caller.settings
        case "target":
            settings = user.settings
        case "workspace":
            return parameters.as_wall_clock(instant, ZoneInfo(call.contents.workspace.time_zone))
        case "none":
            return instant
    zone = ZoneInfo(settings.time_zone if settings else "UTC")
    return parameters.as_wall_clock(instant, zone)


def _filters(call: Call) -> list[Callable[[Entry], bool]]:
    query = call.query
    found: list[Callable[[Entry], bool]] = []
    if text := query.get("description", "").lower():
        found.append(lambda entry: text in entry.description.lower())
    if project_id := query.get("project"):
        found.append(lambda entry: entry.project_id == project_id)
    if task_id := query.get("task"):
        found.append(lambda entry: entry.task_id == task_id)
    if tag_ids := set(parameters.listed(query, "tags")):
        found.append(lambda entry: bool(tag_ids & set(entry.tag_ids)))
    if parameters.boolean(query, "project-required"):
        found.append(lambda entry: entry.project_id is not None)
    if parameters.boolean(query, "task-required"):
        found.append(lambda entry: entry.task_id is not None)
    if parameters.boolean(query, "in-progress"):
        found.append(lambda entry: entry.end is None)
    return found


def _writer(call: Call) -> Callable[[Entry], render.Json]:
    if parameters.boolean(call.query, "hydrated"):
        return lambda entry: render.hydrated_entry(call.world, call.contents, entry, with_user=True)
    return render.entry
