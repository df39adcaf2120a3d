"""What people do to clients, projects, tasks and tags, within what Clockify permits."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from clockify_sandbox.world.entry_edits import RefusedError, move_entry, retag_entry
from clockify_sandbox.world.model import Client, Membership, Project, Tag, Task

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from clockify_sandbox.world.world import Contents, World

N = TypeVar("N", Client, Project, Task, Tag)


def add_client(
    world: World, workspace_id: str, name: str, *, currency: str | None = None, **details: Any
) -> Client:
    """Create a client; no other client may have its name, not even an archived one."""
    with world.lock:
        _refuse_taken(name, world[workspace_id].clients.values())
        return world.add(Client(world.new_id(), workspace_id, name, currency=currency, **details))


def add_project(
    world: World,
    workspace_id: str,
    name: str,
    *,
    client_id: str | None = None,
    billable: bool = True,
    hourly_rate: int | None = None,
    cost_rate: int | None = None,
    members: Mapping[str, int | None] = MappingProxyType({}),
    **details: Any,
) -> Project:
    """Create a project; no other project of its client may have its name.

    `members` are people's ids, each with their hourly rate on the project.
    """
    with world.lock:
        siblings = (p for p in world[workspace_id].projects.values() if p.client_id == client_id)
        _refuse_taken(name, siblings)
        project_id = world.new_id()
        return world.add(
            Project(
                project_id,
                workspace_id,
                name,
                client_id=client_id,
                billable=billable,
                hourly_rate=hourly_rate,
                cost_rate=cost_rate,
                memberships=tuple(
                    Membership(user_id, project_id, type="PROJECT", hourly_rate=rate)
                    for user_id, rate in members.items()
                ),
                **details,
            )
        )


def add_task(
    world: World,
    workspace_id: str,
    project_id: str,
    name: str,
    *,
    hourly_rate: int | None = None,
    cost_rate: int | None = None,
    **details: Any,
) -> Task:
    """Create a task of a project; no other task of it may have its name."""
    with world.lock:
        _refuse_taken(name, world[workspace_id].tasks_of(project_id))
        return world.add(
            Task(
                world.new_id(),
                workspace_id,
                project_id,
                name,
                hourly_rate=hourly_rate,
                cost_rate=cost_rate,
                **details,
            )
        )


def add_tag(world: World, workspace_id: str, name: str) -> Tag:
    """Create a tag; no other tag may have its name, not even an archived one."""
    with world.lock:
        _refuse_taken(name, world[workspace_id].tags.values())
        return world.add(Tag(world.new_id(), workspace_id, name))


def rename_client(world: World, workspace_id: str, client_id: str, name: str) -> Client:
    """Rename a client."""
    with world.lock:
        return world.change(replace(world[workspace_id].clients[client_id], name=name))


def rename_project(world: World, workspace_id: str, project_id: str, name: str) -> Project:
    """Rename a project."""
    with world.lock:
        return world.change(replace(world[workspace_id].projects[project_id], name=name))


def rename_tag(world: World, workspace_id: str, tag_id: str, name: str) -> Tag:
    """Rename a tag."""
    with world.lock:
        return world.change(replace(world[workspace_id].tags[tag_id], name=name))


def archive_client(
    world: World, workspace_id: str, client_id: str, *, archived: bool = True
) -> Client:
    """Archive or unarchive a client."""
    with world.lock:
        return world.change(replace(world[workspace_id].clients[client_id], archived=archived))


def archive_project(
    world: World, workspace_id: str, project_id: str, *, archived: bool = True
) -> Project:
    """Archive or unarchive a project."""
    with world.lock:
        return world.change(replace(world[workspace_id].projects[project_id], archived=archived))


def archive_tag(world: World, workspace_id: str, tag_id: str, *, archived: bool = True) -> Tag:
    """Archive or unarchive a tag."""
    with world.lock:
        return world.change(replace(world[workspace_id].tags[tag_id], archived=archived))


def finish_task(world: World, workspace_id: str, task_id: str, *, done: bool = True) -> Task:
    """Mark a task done or active again."""
    with world.lock:
        return world.change(replace(world[workspace_id].tasks[task_id], done=done))


def assign_client(world: World, workspace_id: str, project_id: str, client_id: str | None) -> None:
    """Give a project to another client, or to none; its entries' currency follows."""
    with world.lock:
        contents = world[workspace_id]
        world.change(replace(contents.projects[project_id], client_id=client_id))
        _follow_currency(world, contents, project_id)


def change_client(world: World, workspace_id: str, client_id: str, **changes: Any) -> Client:
    """Change any fields of a client at once; it keeps a name of its own."""
    with world.lock:
        contents = world[workspace_id]
        changed = replace(contents.clients[client_id], **changes)
        _refuse_taken(changed.name, _others(client_id, contents.clients.values()))
        changed = world.change(changed)
        for project in [p for p in contents.projects.values() if p.client_id == client_id]:
            _follow_currency(world, contents, project.id)
        return changed


def change_project(world: World, workspace_id: str, project_id: str, **changes: Any) -> Project:
    """Change any fields of a project at once; its client has no other one with its name."""
    with world.lock:
        contents = world[workspace_id]
        changed = replace(contents.projects[project_id], **changes)
        siblings = (p for p in contents.projects.values() if p.client_id == changed.client_id)
        _refuse_taken(changed.name, _others(project_id, siblings))
        changed = world.change(changed)
        _follow_currency(world, contents, project_id)
        return changed


def change_task(world: World, workspace_id: str, task_id: str, **changes: Any) -> Task:
    """Change any fields of a task at once; its project has no other one with its name."""
    with world.lock:
        contents = world[workspace_id]
        changed = replace(contents.tasks[task_id], **changes)
        _refuse_taken(changed.name, _others(task_id, contents.tasks_of(changed.project_id)))
        return world.change(changed)


def change_tag(world: World, workspace_id: str, tag_id: str, **changes: Any) -> Tag:
    """Change any fields of a tag at once; it keeps a name of its own."""
    with world.lock:
        contents = world[workspace_id]
        changed = replace(contents.tags[tag_id], **changes)
        _refuse_taken(changed.name, _others(tag_id, contents.tags.values()))
        return world.change(changed)


def delete_client(world: World, workspace_id: str, client_id: str) -> None:
    """Delete an archived client; its projects are kept, without a client."""
    with world.lock:
        contents = world[workspace_id]
        client = contents.clients[client_id]
        if not client.archived:
            message = "Cannot delete an active client"
            raise RefusedError(message)
        for project in [p for p in contents.projects.values() if p.client_id == client_id]:
            assign_client(world, workspace_id, project.id, None)
        world.delete(client)


def delete_project(world: World, workspace_id: str, project_id: str) -> None:
    """Delete an archived project and its tasks; its entries are kept, without a project."""
    with world.lock:
        contents = world[workspace_id]
        project = contents.projects[project_id]
        if not project.archived:
            message = "Cannot delete an active project"
            raise RefusedError(message)
        for entry in [e for e in contents.entries if e.project_id == project_id]:
            move_entry(world, workspace_id, entry.id, None)
        for task in contents.tasks_of(project_id):
            world.delete(task)
        world.delete(project)


def delete_task(world: World, workspace_id: str, task_id: str) -> None:
    """Delete a task that is done; its entries stay in the project."""
    with world.lock:
        contents = world[workspace_id]
        task = contents.tasks[task_id]
        if not task.done:
            message = "Cannot delete an active task"
            raise RefusedError(message)
        for entry in [e for e in contents.entries if e.task_id == task_id]:
            world.change(replace(entry, task_id=None))
        world.delete(task)


def delete_tag(world: World, workspace_id: str, tag_id: str) -> None:
    """Delete a tag; entries lose it."""
    with world.lock:
        contents = world[workspace_id]
        for entry in [e for e in contents.entries if tag_id in e.tag_ids]:
            kept = [other for other in entry.tag_ids if other != tag_id]
            retag_entry(world, workspace_id, entry.id, kept)
        world.delete(contents.tags[tag_id])


def _follow_currency(world: World, contents: Contents, project_id: str) -> None:
    """Give the entries of a project its present currency, which is no edit of them."""
    currency = contents.currency_of(project_id)
    for entry in [e for e in contents.entries if e.project_id == project_id]:
        if entry.currency != currency:
            world.change(replace(entry, currency=currency), touch=False)


def _others(own_id: str, rows: Iterable[N]) -> Iterator[N]:
    return (row for row in rows if row.id != own_id)


def _refuse_taken(name: str, others: Iterable[Client | Project | Task | Tag]) -> None:
    if any(other.name == name for other in others):
        message = f"{name} already exists"
        raise RefusedError(message)
