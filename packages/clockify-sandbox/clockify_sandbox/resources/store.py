"""Reading and changing the objects that are kept as JSON, whatever their kind."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from clockify_sandbox.resources.base import get, put, sent
from clockify_sandbox.resources.registry import resources

if TYPE_CHECKING:
    from collections.abc import Container

    from clockify_sandbox.resources.base import Resource, Verb
    from clockify_sandbox.world.model import Json
    from clockify_sandbox.world.world import Contents, World


def rows(world: World, contents: Contents, kind: str) -> list[Json]:
    """List the living objects of a kind, with present names and without dead references."""
    resource = resources()[kind]
    if resource.derive is not None:
        return resource.derive(world, contents)
    kept = contents.objects[kind].values()
    found = (current(world, contents, resource, row) for row in kept)
    return [row for row in found if row is not None]


def find(world: World, contents: Contents, kind: str, object_id: str) -> Json | None:
    """Find a living object."""
    row = contents.objects[kind].get(object_id)
    return None if row is None else current(world, contents, resources()[kind], row)


def current(world: World, contents: Contents, resource: Resource, row: Json) -> Json | None:
    """Bring the references of an object up to date; None if its owner is gone."""
    for link in resource.links:
        value = get(row, link.key)
        targets = _targets(contents, link.to)
        if isinstance(value, list):
            row = put(row, link.key, [each for each in value if each in targets])
        elif value is not None and value not in targets:
            if link.owned:
                return None
            row = put(row, link.key, None)
            row = put(row, link.name, None) if link.name else row
        elif value is not None and link.name:
            row = put(row, link.name, _name(world, contents, link.to, value))
    return row


def shown(world: World, contents: Contents, resource: Resource, row: Json) -> Json:
    """Write an object as its kind is sent."""
    return sent(resource.show(world, contents, row) if resource.show else row)


def add(world: World, workspace_id: str, kind: str, **data: Any) -> Json:
    """Create an object now; what `data` leaves out is as in the newest object of its kind.

    A key with two underscores inside is one of a nested object. If it is the first object of its
    kind, it refers to nothing but what `data` says.
    """
    with world.lock:
        held = world[workspace_id].objects[kind]
        resource = resources()[kind]
        model = next(reversed(held.values())) if held else _blank(resource)
        row = {**model, "id": world.new_object_id(), "workspaceId": workspace_id}
        row = _changed(row, data)
        if "approvalRequest" in row:
            own = {"id": row["id"], "workspaceId": workspace_id}
            row["approvalRequest"] = {**row["approvalRequest"], **own}
        missing = [link.key for link in resource.links if link.owned and not get(row, link.key)]
        if missing:
            message = f"the first of {kind} needs {', '.join(missing)}"
            raise ValueError(message)
        world.put_object(workspace_id, kind, row["id"], row)
        return _done(world, workspace_id, kind, "created", row)


def _changed(row: Json, changes: Json) -> Json:
    for key, value in changes.items():
        row = put(row, key if key.startswith("_") else key.replace("__", "."), value)
    return row


@cache
def _example(kind: str) -> Json:
    """Find an object of a kind in a small agency, as a model of the first one of a workspace."""
    from clockify_sandbox.world.agency import build_agency  # noqa: PLC0415 -- it needs this module

    world = build_agency(people=2, days=20, now=datetime(2026, 1, 30, tzinfo=UTC))
    return next(iter(next(iter(world.workspaces.values())).objects[kind].values()))


def _blank(resource: Resource) -> Json:
    row = {**_example(resource.kind), **resource.blank}
    for link in resource.links:
        row = put(row, link.key, [] if isinstance(get(row, link.key), list) else None)
        row = put(row, link.name, None) if link.name else row
    return row


def edit(world: World, workspace_id: str, kind: str, object_id: str, **changes: Any) -> Json:
    """Change some keys of an object; a key with two underscores is one of a nested object."""
    with world.lock:
        row = _changed(world[workspace_id].objects[kind][object_id], changes)
        world.put_object(workspace_id, kind, object_id, row)
        return _done(world, workspace_id, kind, "edited", row)


def delete(world: World, workspace_id: str, kind: str, object_id: str) -> None:
    """Delete an object and those that it owns; entries lose their reference to it."""
    with world.lock:
        contents = world[workspace_id]
        row = world.erase_object(workspace_id, kind, object_id)
        _done(world, workspace_id, kind, "deleted", row)
        for resource in resources().values():
            for link in resource.links:
                if link.owned and link.to == kind:
                    owned = contents.objects[resource.kind].items()
                    for each in [one for one, held in owned if get(held, link.key) == object_id]:
                        delete(world, workspace_id, resource.kind, each)


def truth(world: World, workspace_id: str, kind: str) -> list[Json]:
    """List what a perfect extraction of a kind contains, by id, as JSON of the API.

    Keys that only a path tells, such as the invoice of a payment, are included.
    """
    with world.lock:
        contents = world[workspace_id]
        resource = resources()[kind]
        found = []
        for row in sorted(rows(world, contents, kind), key=lambda row: str(row[resource.key])):
            path_keys = {
                link.key.removeprefix("_"): row.get(link.key)
                for link in resource.links
                if link.owned and link.key.startswith("_")
            }
            found.append({**path_keys, **shown(world, contents, resource, row)})
        return found


def dangling(world: World, workspace_id: str, kind: str) -> list[str]:
    """List the references of living objects of a kind that lead nowhere; a test expects none."""
    contents = world[workspace_id]
    found = []
    for row in contents.objects[kind].values():
        for link in resources()[kind].links:
            value = get(row, link.key)
            ids = value if isinstance(value, list) else [value]
            targets = _targets(contents, link.to)
            found += [
                f"{kind} {row.get('id')}: {link.key} {each}"
                for each in ids
                if each is not None and each not in targets
            ]
    return found


def _targets(contents: Contents, kind: str) -> Container[object]:
    match kind:
        case "users":
            return contents.members
        case "projects":
            return contents.projects
        case "clients":
            return contents.clients
        case "tasks":
            return contents.tasks
        case "time_entries":
            return contents.entries
        case _:
            return contents.objects[kind]


def _name(world: World, contents: Contents, kind: str, object_id: str) -> str:
    match kind:
        case "users":
            return world.users[object_id].name
        case "projects":
            return contents.projects[object_id].name
        case "clients":
            return contents.clients[object_id].name
        case "tasks":
            return contents.tasks[object_id].name
        case _:
            return str(contents.objects[kind][object_id]["name"])


def _done(world: World, workspace_id: str, kind: str, verb: Verb, row: Json) -> Json:
    """Let the kind do what else follows from a change."""
    after = resources()[kind].after
    if after is not None:
        after(world, world[workspace_id], verb, row)
    return row
