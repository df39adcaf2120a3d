"""Random edits, in proportions that are plausible for a company at work."""

# ruff: noqa: PLR2004 -- odds

from __future__ import annotations

from datetime import date, time, timedelta
from typing import TYPE_CHECKING

from clockify_sandbox.timecamp import names
from clockify_sandbox.timecamp.directory_edits import rename_task, rename_user
from clockify_sandbox.timecamp.entry_edits import (
    EntryFields,
    add_entry,
    delete_entry,
    edit_entry,
    lock_entry,
    move_entry,
    start_timer,
    stop_timer,
)
from clockify_sandbox.timecamp.world import server_day

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from clockify_sandbox.timecamp.model import Entry
    from clockify_sandbox.timecamp.world import World

RECENT_DAYS = 180
"""How many days back an entry is recent."""
FAR_DAYS = 900
"""How far beyond that an entry may be moved."""


def random_edit(world: World, rng: random.Random) -> str:
    """Make one edit, and describe it in a sentence."""
    with world.lock:
        kinds, weights = list(EDITS), list(EDITS.values())
        # Not every kind is possible in every world; then it returns None.
        while (sentence := rng.choices(kinds, weights)[0](world, rng)) is None:
            pass
        return sentence


def add(world: World, rng: random.Random) -> str:
    """Add an entry in the last weeks, or one that is planned."""
    day = server_day(world.now()) - timedelta(days=rng.randrange(-7, 45))
    user_id = _person(world, rng)
    fields: EntryFields = {
        "user_id": user_id,
        "task_id": _maybe(rng, list(world.tasks)),
        "day": day,
        "start": rng.choice((None, time(8, 30), time(13), time(23, 30))),
        "seconds": rng.choice((0, 900, 2700, 7201)),
        "description": rng.choice(names.DESCRIPTIONS),
        "tag_ids": rng.sample(list(world.tags), k=min(len(world.tags), rng.randrange(3))),
    }
    entry_id = add_entry(world, **fields)
    return f"{world.users[user_id].name} added {_what(world.entries[entry_id])}."


def edit_recent(world: World, rng: random.Random) -> str | None:
    """Edit an entry of the last months."""
    return _edit(world, rng, _recent(world))


def edit_old(world: World, rng: random.Random) -> str | None:
    """Edit an entry that is older than that."""
    return _edit(world, rng, _old(world))


def delete_recent(world: World, rng: random.Random) -> str | None:
    """Delete an entry of the last months."""
    return _delete(world, rng, _recent(world))


def delete_old(world: World, rng: random.Random) -> str | None:
    """Delete an entry that is older than that."""
    return _delete(world, rng, _old(world))


def move_out(world: World, rng: random.Random) -> str | None:
    """Move an entry of the last months to a day before them."""
    return _move(world, rng, _recent(world), RECENT_DAYS + rng.randrange(1, FAR_DAYS))


def move_in(world: World, rng: random.Random) -> str | None:
    """Move an older entry into the last months."""
    return _move(world, rng, _old(world), rng.randrange(RECENT_DAYS))


def rename_a_task(world: World, rng: random.Random) -> str | None:
    """Rename a task."""
    if not world.tasks:
        return None
    task = world.tasks[rng.choice(list(world.tasks))]
    name = f"{task.name.partition(' #')[0]} #{rng.randrange(1000)}"
    rename_task(world, task.id, name)
    return f"Renamed the task {task.name} to {name}."


def rename_a_person(world: World, rng: random.Random) -> str:
    """Rename a person."""
    user = world.users[_person(world, rng)]
    name = f"{user.name.partition(' #')[0]} #{rng.randrange(1000)}"
    rename_user(world, user.id, name)
    return f"Renamed {user.name} to {name}."


def lock(world: World, rng: random.Random) -> str | None:
    """Lock an entry of the last months, or unlock it."""
    found = _recent(world)
    if not found:
        return None
    entry = rng.choice(found)
    lock_entry(world, entry.id, locked=not entry.locked)
    return f"{'Unlocked' if entry.locked else 'Locked'} {_what(entry)}."


def timer(world: World, rng: random.Random) -> str:
    """Stop a person's timer, or start one if none is running."""
    user_id = _person(world, rng)
    name = world.users[user_id].name
    if stop_timer(world, user_id) is not None:
        return f"{name} stopped a timer."
    start_timer(world, user_id, task_id=_maybe(rng, list(world.tasks)))
    return f"{name} started a timer."


EDITS: dict[Callable[[World, random.Random], str | None], int] = {
    add: 20,
    edit_recent: 20,
    edit_old: 8,
    delete_recent: 12,
    delete_old: 6,
    move_out: 5,
    move_in: 5,
    rename_a_task: 4,
    rename_a_person: 2,
    lock: 4,
    timer: 6,
}
"""Each kind of edit with its weight."""


def _edit(world: World, rng: random.Random, found: list[Entry]) -> str | None:
    if not found:
        return None
    entry = rng.choice(found)
    choices: list[tuple[str, EntryFields]] = [
        ("duration", {"seconds": rng.choice((0, 1, 900, 5400, 30_061))}),
        ("times", {"start": "10:00", "end": "11:30"}),
        ("times", {"start": None}),
        ("note", {"description": f"{rng.choice(names.DESCRIPTIONS)} {rng.randrange(1000)}"}),
        ("task", {"task_id": _maybe(rng, list(world.tasks))}),
        ("person", {"user_id": _person(world, rng)}),
        ("billing", {"billable": not entry.billable}),
        ("day", {"day": entry.day - timedelta(days=rng.choice((-2, -1, 1, 7)))}),
        ("tags", {"tag_ids": rng.sample(list(world.tags), k=min(len(world.tags), 1))}),
    ]
    what, fields = rng.choice(choices)
    edit_entry(world, entry.id, **fields)
    return f"Changed the {what} of {_what(entry)}."


def _delete(world: World, rng: random.Random, found: list[Entry]) -> str | None:
    if not found:
        return None
    entry = rng.choice(found)
    delete_entry(world, entry.id)
    return f"Deleted {_what(entry)}."


def _move(world: World, rng: random.Random, found: list[Entry], days_back: int) -> str | None:
    if not found:
        return None
    entry = rng.choice(found)
    day = server_day(world.now()) - timedelta(days=days_back)
    move_entry(world, entry.id, day)
    return f"Moved {_what(entry)} to {day}."


def _threshold(world: World) -> date:
    return server_day(world.now()) - timedelta(days=RECENT_DAYS)


def _recent(world: World) -> list[Entry]:
    first = _threshold(world)
    # The entry of a running timer is left alone: only stopping it is a plausible edit.
    return [e for e in world.entries.values() if e.day >= first and e.started_at is None]


def _old(world: World) -> list[Entry]:
    first = _threshold(world)
    return [e for e in world.entries.values() if e.day < first and e.started_at is None]


def _person(world: World, rng: random.Random) -> int:
    return rng.choice([user.id for user in world.users.values() if not user.is_disabled])


def _maybe(rng: random.Random, ids: list[int]) -> int:
    return rng.choice(ids) if ids and rng.random() < 0.85 else 0


def _what(entry: Entry) -> str:
    return f"entry {entry.id} of {entry.day} ({entry.seconds / 3600:.2f} h)"
