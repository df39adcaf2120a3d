"""Edits of who belongs to what: assignees of tasks, members of projects, currencies, field values.

None of them changes what an entry earns or costs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from clockify_sandbox.world.entry_edits import RefusedError
from clockify_sandbox.world.model import Currency, Membership

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterable

    from clockify_sandbox.world.model import Project, Task, User, UserFieldValue
    from clockify_sandbox.world.world import Contents, World


def assign_task(
    world: World,
    workspace_id: str,
    task_id: str,
    user_ids: Iterable[str],
    group_ids: Iterable[str] = (),
) -> Task:
    """Assign a task to these people and groups and to nobody else."""
    with world.lock:
        task = world[workspace_id].tasks[task_id]
        return world.change(
            replace(task, assignee_ids=tuple(user_ids), user_group_ids=tuple(group_ids))
        )


def set_project_members(
    world: World, workspace_id: str, project_id: str, user_ids: Iterable[str]
) -> Project:
    """Let these people and nobody else belong to a project; who stays keeps their rates."""
    with world.lock:
        project = world[workspace_id].projects[project_id]
        kept = {member.user_id: member for member in project.memberships}
        members = tuple(
            kept.get(each) or Membership(each, project_id, type="PROJECT") for each in user_ids
        )
        return world.change(replace(project, memberships=members))


def set_user_field(world: World, user_id: str, field_id: str, value: UserFieldValue | None) -> User:
    """Set the value of a custom field of a person, or take it away with None."""
    with world.lock:
        user = world.users[user_id]
        others = tuple(each for each in user.fields if each.field_id != field_id)
        return world.put_user(replace(user, fields=others if value is None else (*others, value)))


def add_currency(world: World, workspace_id: str, code: str) -> Currency:
    """Let a workspace bill in a further currency."""
    with world.lock:
        workspace = world[workspace_id].workspace
        if any(each.code == code for each in workspace.currencies):
            message = f"{code} already exists"
            raise RefusedError(message)
        currency = Currency(world.new_object_id(), code)
        world.change_workspace(replace(workspace, currencies=(*workspace.currencies, currency)))
        return currency


def remove_currency(world: World, workspace_id: str, code: str) -> None:
    """Take a currency from a workspace; neither its default nor that of a client."""
    with world.lock:
        contents = world[workspace_id]
        used = {each.currency for each in contents.clients.values()}
        if code in {*used, contents.workspace.default_currency}:
            message = f"{code} is in use"
            raise RefusedError(message)
        kept = tuple(each for each in contents.workspace.currencies if each.code != code)
        world.change_workspace(replace(contents.workspace, currencies=kept))


def random_link_edit(world: World, contents: Contents, rng: random.Random) -> str | None:
    """Make one of these edits somewhere; None if it is not possible here."""
    return rng.choice(LINK_EDITS)(world, contents, rng)


def _assign(world: World, contents: Contents, rng: random.Random) -> str | None:
    if not contents.tasks:
        return None
    task = contents.tasks[rng.choice(sorted(contents.tasks))]
    groups = sorted(contents.objects["user_groups"])[: rng.randrange(2)]
    people = rng.sample(sorted(contents.members), k=rng.randrange(min(3, len(contents.members))))
    assign_task(world, task.workspace_id, task.id, people, groups)
    return f"Assigned task {task.name} to {len(people)} people."


def _invite(world: World, contents: Contents, rng: random.Random) -> str | None:
    """Add someone to a project, or remove someone who has no rate there."""
    if not contents.projects:
        return None
    project = contents.projects[rng.choice(sorted(contents.projects))]
    chosen = rng.choice(sorted(contents.members))
    present = {member.user_id: member for member in project.memberships}
    mine = present.get(chosen)
    if mine is not None and (mine.hourly_rate, mine.cost_rate) != (None, None):
        return None
    others = [each for each in present if each != chosen]
    wanted = others if mine is not None else [*others, chosen]
    set_project_members(world, project.workspace_id, project.id, wanted)
    return f"Changed the members of {project.name}."


def _fill_in(world: World, contents: Contents, rng: random.Random) -> str | None:
    """Change or remove the value of a person's custom field."""
    people = [each for each in sorted(contents.members) if world.users[each].fields]
    if not people:
        return None
    user = world.users[rng.choice(people)]
    field = rng.choice(user.fields)
    texts = field.type == "TXT" and rng.random() < 0.7  # noqa: PLR2004 -- odds
    value = replace(field, value=rng.choice(("A", "Über", 'C "plus"'))) if texts else None
    set_user_field(world, user.id, field.field_id, value)
    return f"Changed {field.name} of {user.name}."


LINK_EDITS: tuple[Callable[[World, Contents, random.Random], str | None], ...] = (
    _assign,
    _invite,
    _fill_in,
)
