"""Edits of entries and timers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, TypedDict, Unpack

from clockify_sandbox.timecamp.model import Entry

if TYPE_CHECKING:
    from clockify_sandbox.timecamp.world import World

DEFAULT_START = time(9)
DEFAULT_SECONDS = 3600
SECONDS_OF_A_DAY = 86_400
NO_DAY = date(2000, 1, 1)


class EntryFields(TypedDict, total=False):
    """What can be set on an entry. Days and times may be texts in the ISO format."""

    user_id: int
    task_id: int
    day: date | str
    start: time | str | None
    """None: the person gave no times, and `end` is None as well."""
    end: time | str | None
    seconds: int
    """The duration. If it is left out, it follows from `start` and `end`."""
    description: str
    billable: bool
    locked: bool
    invoice_id: int
    tag_ids: tuple[int, ...] | list[int]
    external_id: str
    location_history: bool


def add_entry(world: World, **fields: Unpack[EntryFields]) -> int:
    """Add an entry now, by default an hour of the first administrator today; return its id."""
    return add_entry_at(world, world.now(), fields)


def add_entry_at(world: World, at: datetime, fields: EntryFields) -> int:
    """Add an entry as if that had been done at an instant; return its id."""
    with world.lock:
        user = world.users[fields.get("user_id") or world.tokens[world.api_key]]
        task = world.tasks.get(fields.get("task_id", 0))
        blank = Entry(
            id=world.new_id("entry"),
            user_id=user.id,
            task_id=0,
            day=at.astimezone(user.tzinfo).date(),
            start=DEFAULT_START,
            end=None,
            seconds=0,
            description="",
            billable=task.billable if task else False,
            locked=False,
            invoice_id=0,
            tag_ids=(),
            external_id="",
            location_history=False,
            added_at=at,
            modified_at=at,
        )
        if "seconds" not in fields and not fields.get("end"):
            fields = {**fields, "seconds": DEFAULT_SECONDS}
        world.put_entry(_changed(world, blank, fields), kind="add", at=at)
        return blank.id


def edit_entry(world: World, entry_id: int, **fields: Unpack[EntryFields]) -> None:
    """Change some fields of an entry now."""
    with world.lock:
        world.put_entry(_changed(world, world.entries[entry_id], fields), kind="edit")


def move_entry(world: World, entry_id: int, day: date | str) -> None:
    """Move an entry to another day, at the same time of the day."""
    edit_entry(world, entry_id, day=day)


def lock_entry(world: World, entry_id: int, *, locked: bool = True) -> None:
    """Lock an entry, or unlock it."""
    edit_entry(world, entry_id, locked=locked)


def delete_entry(world: World, entry_id: int) -> None:
    """Delete an entry."""
    world.remove_entry(entry_id)


def start_timer(world: World, user_id: int, *, task_id: int = 0, description: str = "") -> int:
    """Start a timer and stop the one that the person has running; return the id of its entry."""
    with world.lock:
        stop_timer(world, user_id)
        fields: EntryFields = {
            "user_id": user_id,
            "task_id": task_id,
            "description": description,
        }
        return start_timer_at(world, world.now(), fields)


def start_timer_at(world: World, at: datetime, fields: EntryFields) -> int:
    """Start a timer as if that had been done at an instant; return the id of its entry."""
    with world.lock:
        wall = at.astimezone(world.users[fields["user_id"]].tzinfo)
        start = wall.time().replace(microsecond=0)
        times: EntryFields = {"day": wall.date(), "start": start, "end": start, "seconds": 0}
        entry_id = add_entry_at(world, at, {**fields, **times})
        world.entries[entry_id] = replace(world.entries[entry_id], started_at=at)
        return entry_id


def stop_timer(world: World, user_id: int) -> int | None:
    """Stop a person's timer; return the id of its entry, or None if no timer was running."""
    with world.lock:
        for entry in world.entries.values():
            if entry.user_id == user_id and entry.started_at is not None:
                stopped = replace(world.grown(entry), started_at=None)
                world.put_entry(stopped, kind="edit")
                return entry.id
        return None


def _changed(world: World, entry: Entry, fields: EntryFields) -> Entry:
    """Return an entry with other values, whose times and duration fit one another.

    Raises:
        KeyError: There is no such person, task or tag.
    """
    values: dict[str, object] = {**fields}
    if "day" in fields:
        values["day"] = _day(fields["day"])
    if "tag_ids" in fields:
        values["tag_ids"] = tuple(world.tags[tag_id].id for tag_id in fields["tag_ids"])
    if fields.get("task_id"):
        values["task_id"] = world.tasks[fields["task_id"]].id
    if "user_id" in fields:
        values["user_id"] = world.users[fields["user_id"]].id
    start = _time(fields["start"]) if "start" in fields else entry.start
    end = _time(fields["end"]) if "end" in fields else entry.end
    seconds = fields.get("seconds", entry.seconds)
    if start is None:
        end = None
    elif end is None or ("seconds" in fields and "end" not in fields):
        end = _later(start, seconds)
    elif ("start" in fields or "end" in fields) and "seconds" not in fields:
        seconds = _between(start, end)
    values.update(start=start, end=end, seconds=seconds)
    return replace(entry, **values)  # type: ignore[arg-type]


def _day(given: date | str) -> date:
    return date.fromisoformat(given) if isinstance(given, str) else given


def _time(given: time | str | None) -> time | None:
    return time.fromisoformat(given) if isinstance(given, str) else given


def _later(start: time, seconds: int) -> time:
    return (datetime.combine(NO_DAY, start) + timedelta(seconds=seconds)).time()


def _between(start: time, end: time) -> int:
    """Count the seconds from a time to the next one on the clock, which may be after midnight."""
    span = datetime.combine(NO_DAY, end) - datetime.combine(NO_DAY, start)
    return int(span.total_seconds()) % SECONDS_OF_A_DAY
