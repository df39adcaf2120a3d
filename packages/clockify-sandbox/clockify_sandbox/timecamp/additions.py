"""Rates, custom fields and computer activities of the company."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from clockify_sandbox.timecamp import names
from clockify_sandbox.timecamp.activity_edits import add_activity
from clockify_sandbox.timecamp.custom_field_edits import (
    add_custom_field,
    remove_custom_field,
    set_custom_value,
)
from clockify_sandbox.timecamp.rate_edits import set_rate

if TYPE_CHECKING:
    import random

    from clockify_sandbox.timecamp.model import User
    from clockify_sandbox.timecamp.world import World

FIRST_TYPE, SECOND_TYPE = 12, 13
"""The types of rates in the contract's examples."""
RAISE = 5
WATCHED_PEOPLE = 3
"""How many people let a program watch what they do."""
WATCHED_DAYS = 30
LAST_WORKDAY = 5
MORNING, EVENING = time(8, 30), time(17)
LONGEST_SECONDS = 2400


def add_rates(world: World) -> None:
    """Give all people but the last one rates, the first one a raise, and some tasks and a group."""
    users = list(world.users.values())
    for user in users[:-1]:
        set_rate(world, "user", user.id, user.rate, type_id=FIRST_TYPE)
        set_rate(world, "user", user.id, user.cost, type_id=SECOND_TYPE)
    if users:
        last_year = world.now().date() - timedelta(days=365)
        set_rate(world, "user", users[0].id, users[0].rate + RAISE, since=last_year)
    projects = [task for task in world.tasks.values() if not task.parent_id]
    for number, task in enumerate(projects[::2]):
        set_rate(world, "task", task.id, f"{100 + number}.50")
    set_rate(world, "group", max(world.groups), "21.00", type_id=SECOND_TYPE)


def add_custom_fields(world: World) -> None:
    """Add fields of each kind, with some values, and one field that is no longer used."""
    centre = add_custom_field(world, "Cost centre")
    add_custom_field(world, "Seniority", required=True, default="Medium")
    order = add_custom_field(world, "Bestellnummer №", "task")
    hours = add_custom_field(
        world, "Hours sold", "task", field_type="number", required=True, default="0"
    )
    ticket = add_custom_field(world, "Ticket", "entry")
    unused = add_custom_field(world, "Desk", default="none")
    for user_id in list(world.users)[::2]:
        set_custom_value(world, centre, user_id, "4711, Köln")
        set_custom_value(world, unused, user_id, "12")
    for number, task_id in enumerate(list(world.tasks)[::3]):
        set_custom_value(world, order, task_id, f"PO-{number:03} 🚀")
        set_custom_value(world, hours, task_id, str(number * 7.5))
    for number, entry_id in enumerate(list(world.entries)[::40]):
        set_custom_value(world, ticket, entry_id, f"WEB-{number}")
    remove_custom_field(world, unused)


def add_activities(world: World, rng: random.Random) -> None:
    """Watch some people at their computers in the last weeks."""
    for user in list(world.users.values())[:WATCHED_PEOPLE]:
        now = world.now().astimezone(user.tzinfo)
        for back in range(WATCHED_DAYS, -1, -1):
            day = now - timedelta(days=back)
            if day.isoweekday() <= LAST_WORKDAY:
                _watch(world, rng, user, day, now)


def _watch(world: World, rng: random.Random, user: User, day: datetime, now: datetime) -> None:
    """Note what a person does on a day, one window after another, until the evening or now."""
    entries = [
        (entry.id, entry.task_id)
        for entry in world.entries.values()
        if entry.user_id == user.id and entry.day == day.date()
    ]
    at = datetime.combine(day, MORNING, user.tzinfo)
    end = min(datetime.combine(day, EVENING, user.tzinfo), now)
    while (seconds := rng.randrange(LONGEST_SECONDS)) < (end - at).total_seconds():
        at += timedelta(seconds=seconds)
        application = rng.choice(list(names.WINDOWS))
        entry_id, task_id = rng.choice([(0, 0), *entries])
        add_activity(
            world,
            user_id=user.id,
            day=at.date(),
            end=at.time(),
            seconds=seconds,
            application=application,
            window_title=rng.choice(names.WINDOWS[application]),
            task_id=task_id,
            entry_id=entry_id,
        )
