"""Edits of what a workspace demands of time entries and permits its people."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from clockify_sandbox.world.entry_edits import is_before_lock, with_lock

if TYPE_CHECKING:
    from clockify_sandbox.world.model import Workspace
    from clockify_sandbox.world.world import World


def set_rules(world: World, workspace_id: str, **changes: Any) -> Workspace:
    """Change some fields of a workspace's `Rules`.

    Another lock date locks or unlocks the entries that exist. That is no change of the entries, so
    they keep the instant of their last update.
    """
    with world.lock:
        contents = world[workspace_id]
        old = {entry.id for entry in contents.entries if is_before_lock(world, entry)}
        rules = replace(contents.workspace.rules, **changes)
        world.change_workspace(replace(contents.workspace, rules=rules))
        if "lock_before" in changes:
            for entry in list(contents.entries):
                locked = with_lock(world, entry, was_before_lock=entry.id in old)
                if locked != entry:
                    world.change(locked, touch=False)
        return contents.workspace
