"""Worlds to begin with: a company with some history, and an empty one."""

# ruff: noqa: PLR2004 -- odds

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from clockify_sandbox.timecamp import names
from clockify_sandbox.timecamp.additions import add_activities, add_custom_fields, add_rates
from clockify_sandbox.timecamp.directory_edits import (
    add_group,
    add_tag,
    add_tag_list,
    add_task,
    add_user,
    archive_tag,
    archive_task,
    disable_user,
)
from clockify_sandbox.timecamp.entry_edits import EntryFields, add_entry_at, start_timer_at
from clockify_sandbox.timecamp.model import Approval
from clockify_sandbox.timecamp.world import World

if TYPE_CHECKING:
    from clockify_sandbox.timecamp.model import User

OLD_ENTRIES = 30
"""How many entries of each person are years old."""
PLANNED = 3
"""How many entries of each person are planned."""
DELETED = 8
APPROVED_WEEKS = 4
TIMER_MINUTES = 95


def build_company(
    seed: int = 7, people: int = 6, days: int = 120, now: datetime | None = None
) -> World:
    """Make a company whose people wrote down their time for `days` days, and some for years.

    Equal arguments make equal worlds. Without `now` the clock runs with real time.
    """
    rng = random.Random(seed)  # noqa: S311 -- made-up data, not a secret
    world = World(now)
    now = world.now()
    founded = now - timedelta(days=1200)
    root = add_group(world, "Example company")
    groups = [add_group(world, name, root) for name in names.GROUPS]
    for number in range(people):
        name, zone = names.PEOPLE[number % len(names.PEOPLE)]
        turn = number // len(names.PEOPLE)
        name = f"{name} {turn + 1}" if turn else name
        group_id = groups[number % (len(groups) - 1)]
        add_user(world, name, zone=zone, admin=number == 0, group_id=group_id, at=founded)
    _add_tags(world)
    tasks = _add_tasks(world, rng, founded)
    for user in list(world.users.values()):
        _work(world, rng, user, tasks, days)
    for entry_id in rng.sample(list(world.entries), k=min(DELETED, len(world.entries))):
        _delete_in_the_past(world, rng, entry_id)
    _hand_in(world)
    if people > 3:
        leaver = list(world.users)[-1]
        disable_user(world, leaver)
        world.put(replace(world.users[leaver], group_id=groups[-1]))
    archive_task(world, tasks[-1])
    _start_a_timer(world, tasks[0])
    add_rates(world)
    add_custom_fields(world)
    add_activities(world, random.Random(f"activities {seed}"))  # noqa: S311 -- made-up data
    return world


def build_empty(now: datetime | None = None, people: int = 2) -> World:
    """Make a company without tasks, tags and entries; only the first person is an administrator."""
    world = World(now)
    add_group(world, "Example company")
    for name, zone in names.PEOPLE[:people]:
        add_user(world, name, zone=zone, admin=not world.users)
    return world


def _add_tags(world: World) -> None:
    for name, tags in names.TAG_LISTS.items():
        list_id = add_tag_list(world, name)
        for tag in tags:
            add_tag(world, tag, list_id)
    archive_tag(world, max(world.tags))
    name, tags = names.ARCHIVED_TAG_LIST
    list_id = add_tag_list(world, name, archived=True)
    for tag in tags:
        add_tag(world, tag, list_id)


def _add_tasks(world: World, rng: random.Random, at: datetime) -> list[int]:
    """Make a tree of three levels; return the ids in the order of their making."""
    made: list[int] = []
    for number, project in enumerate(names.PROJECTS):
        color = names.COLORS[number % len(names.COLORS)]
        external_id = f"asana_{number}" if number % 2 else None
        billable = project != "Internal"
        root = add_task(
            world, project, billable=billable, color=color, external_id=external_id, at=at
        )
        made.append(root)
        for phase in rng.sample(names.PHASES, k=rng.randrange(1, len(names.PHASES))):
            below = add_task(
                world,
                phase,
                parent_id=root,
                billable=billable,
                color=color,
                note="See the offer, p. 3" if phase == "Concept" else None,
                at=at,
            )
            made.append(below)
            if rng.random() < 0.4:
                detail = rng.choice(names.DETAILS)
                made.append(add_task(world, detail, parent_id=below, color=color, at=at))
    return made


def _work(world: World, rng: random.Random, user: User, tasks: list[int], days: int) -> None:
    """Let a person write down the time of `days` days, of some days years ago, and some plans."""
    today = world.now().astimezone(user.tzinfo).date()
    for back in range(days, 0, -1):
        day = today - timedelta(days=back)
        if day.isoweekday() > 5:
            continue
        hour = 8
        for _ in range(rng.randrange(1, 4)):
            length = rng.randrange(900, 9000, 300)
            _write_down(world, rng, user, tasks, day, time(hour, rng.choice((0, 15, 30))), length)
            hour += 3
    for _ in range(OLD_ENTRIES):
        day = today - timedelta(days=rng.randrange(days + 70, days + 900))
        _write_down(world, rng, user, tasks, day, time(10), rng.randrange(900, 9000, 300))
    for ahead in range(1, PLANNED + 1):
        day = today + timedelta(days=ahead * 4)
        _write_down(world, rng, user, tasks, day, time(14), 7200)


def _write_down(
    world: World,
    rng: random.Random,
    user: User,
    tasks: list[int],
    day: date,
    start: time,
    seconds: int,
) -> None:
    """Add an entry in the evening of its day, some hours or days later, or before if planned."""
    evening = datetime.combine(day, time(18), user.tzinfo) + timedelta(hours=rng.choice((0, 1, 60)))
    at = min(evening.astimezone(UTC), world.now() - timedelta(minutes=rng.randrange(1, 600)))
    age = (world.now().date() - day).days
    fields: EntryFields = {
        "user_id": user.id,
        "task_id": rng.choice(tasks) if rng.random() < 0.95 else 0,
        "day": day,
        "start": None if rng.random() < 0.1 else start,
        "seconds": seconds,
        "description": rng.choice(names.DESCRIPTIONS),
        "tag_ids": rng.sample(list(world.tags), k=rng.choice((0, 0, 0, 1, 2))),
        "locked": age > 60 and rng.random() < 0.8,
        "invoice_id": rng.randrange(700, 740) if age > 30 and rng.random() < 0.3 else 0,
        "external_id": f"asana_{rng.randrange(10**6)}" if rng.random() < 0.05 else "",
        "location_history": rng.random() < 0.05,
    }
    add_entry_at(world, at, fields)


def _delete_in_the_past(world: World, rng: random.Random, entry_id: int) -> None:
    """Delete an entry as if that had been done after it was added."""
    added_at = world.entries[entry_id].added_at
    at = added_at + (world.now() - added_at) * rng.random()
    world.remove_entry(entry_id, at.replace(microsecond=0))


def _hand_in(world: World) -> None:
    """Let everybody hand in some weeks; the latest ones wait for an answer."""
    today = world.now().date()
    monday = today - timedelta(days=today.weekday())
    for user in world.users.values():
        for weeks in range(APPROVED_WEEKS, 0, -1):
            first = monday - timedelta(weeks=weeks)
            done = weeks > 1
            approval = Approval(
                id=world.new_id("approval"),
                user_id=user.id,
                first=first,
                last=first + timedelta(days=6),
                status=1 if done else 0,
                by=world.tokens[world.api_key] if done else 0,
            )
            world.approvals.append(approval)


def _start_a_timer(world: World, task_id: int) -> None:
    """Let the last enabled person have a timer that is running for a while."""
    user = [each for each in world.users.values() if not each.is_disabled][-1]
    at = world.now() - timedelta(minutes=TIMER_MINUTES)
    fields: EntryFields = {"user_id": user.id, "task_id": task_id, "description": "Timer ⏱"}
    start_timer_at(world, at, fields)
