"""Gives an agency the objects of all declared kinds, and links what it already has to them.

It draws from a random generator and a counter of ids of its own: people, projects and entries are
the same as without it.
"""

# ruff: noqa: PLR2004 -- odds and rhythms of made-up data

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

from clockify_sandbox.resources.base import Making
from clockify_sandbox.resources.kept import field_id
from clockify_sandbox.resources.registry import resources
from clockify_sandbox.world.model import FieldValue, UserFieldValue

if TYPE_CHECKING:
    from collections.abc import Callable

    from clockify_sandbox.world.world import Contents, World

    Arrange = Callable[[Making], None]
    """Changes projects and entries once it is known who is away when."""

VALUES: tuple[tuple[str, str, object], ...] = (
    ("Distance, km", "NUMBER", 12.5),
    ('Phase "A"', "DROPDOWN_SINGLE", "Über-Arbeit"),
    ("Media", "DROPDOWN_MULTIPLE", ["Print", "Film, TV"]),
    ("On site", "CHECKBOX", True),
    ("Brief", "LINK", "https://example.org/brief?a=1&b=2"),
)
EVERY = 17
"""One in this many of the owner's entries gets the value of a further custom field."""
FIRST_OF_ENTRIES = "approval_requests"
"""The first kind of object that is made from entries."""


def furnish(
    world: World, contents: Contents, seed: int, days: int, arrange: Arrange | None = None
) -> None:
    """Give a workspace of an agency everything but people, projects and entries.

    `arrange` is called before the first objects that are made from entries.
    """
    rng = random.Random(f"{seed}/objects/{contents.workspace.name}")  # noqa: S311 -- no secret
    making = Making(world, contents, rng, days)
    _fill_fields(world, contents)
    for resource in resources().values():
        if arrange and resource.kind == FIRST_OF_ENTRIES:
            arrange(making)
        for made in resource.make(making) if resource.make else ():
            row = made.data
            world.put_object(contents.workspace.id, resource.kind, row["id"], row, at=made.at)
    _assign_tasks(contents)


def _fill_fields(world: World, contents: Contents) -> None:
    """Give people and some entries values of the custom fields of the workspace."""
    level, skills = field_id(contents, "Level"), field_id(contents, "Skills")
    for number, user_id in enumerate(contents.members):
        user = world.users[user_id]
        if not user.fields:
            continue
        fields = [replace(each, field_id=level) for each in user.fields]
        if number % 2:
            known = UserFieldValue(skills, "Skills", "DROPDOWN_MULTIPLE", ["Ink", "日本語"])
            fields.append(known)
        world.users[user_id] = replace(user, fields=tuple(fields))
    own = contents.entries.of_user(world.owner_id)
    for number, entry in enumerate(own[::EVERY]):
        name, kind, value = VALUES[number % len(VALUES)]
        added = FieldValue(field_id(contents, name), name, kind, value)
        contents.entries.remove(entry.id)
        contents.entries.add(replace(entry, fields=(*entry.fields, added)))


def _assign_tasks(contents: Contents) -> None:
    """Let people and groups of a project's crew be assigned to its tasks, with budgets."""
    groups = list(contents.objects["user_groups"])
    for number, task in enumerate(list(contents.tasks.values())):
        crew = [member.user_id for member in contents.projects[task.project_id].memberships]
        contents.tasks[task.id] = replace(
            task,
            assignee_ids=tuple(crew[: number % 3]),
            user_group_ids=tuple(groups[:1]) if number % 4 == 1 else (),
            budget_estimate=250000 if number % 5 == 2 else 0,
        )
