"""A random edit of an object that is kept as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clockify_sandbox.resources import store
from clockify_sandbox.resources.registry import resources

if TYPE_CHECKING:
    import random

    from clockify_sandbox.resources.base import Resource
    from clockify_sandbox.world.world import Contents, World

WEIGHTS = {"edit": 6, "copy": 2, "delete": 2}


def random_object_edit(
    world: World, contents: Contents, rng: random.Random, kind: str | None = None
) -> str | None:
    """Change, add or delete an object of some kind (or of `kind`), and describe that.

    None if the workspace has no such object, as one that was built empty.
    """
    with world.lock:
        kinds = [
            each
            for each in resources().values()
            if kind in {None, each.kind} and each.edits and contents.objects[each.kind]
        ]
        if not kinds:
            return None
        resource = rng.choice(kinds)
        held = contents.objects[resource.kind]
        object_id = rng.choice(sorted(held))
        possible = [
            name
            for name in WEIGHTS
            if name == "edit"
            or (name == "copy" and resource.copy is not None)
            or (name == "delete" and resource.deletes and len(held) > 1)
        ]
        action = rng.choices(possible, [WEIGHTS[name] for name in possible])[0]
        _act(world, contents, rng, resource, object_id, action)
        verb = {"edit": "Changed", "copy": "Added", "delete": "Deleted"}[action]
        return f"{verb} one of {resource.kind.replace('_', ' ')}."


def _act(
    world: World,
    contents: Contents,
    rng: random.Random,
    resource: Resource,
    object_id: str,
    action: str,
) -> None:
    workspace_id, row = contents.workspace.id, contents.objects[resource.kind][object_id]
    if action == "delete":
        store.delete(world, workspace_id, resource.kind, object_id)
    elif action == "copy" and resource.copy is not None:
        fresh = resource.copy(world, contents, row, rng)
        kept = {key: value for key, value in row.items() if key not in {"id", "workspaceId"}}
        store.add(world, workspace_id, resource.kind, **{**kept, **fresh})
    else:
        changes = rng.choice(list(resource.edits))(world, contents, row, rng)
        store.edit(world, workspace_id, resource.kind, object_id, **changes)
