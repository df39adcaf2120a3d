"""Edits that demonstrate a mirror: at the agency, and in its client's workspace."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from clockify_sandbox.world import directory, entry_edits
from clockify_sandbox.world.client_workspace import pair

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from clockify_sandbox.world.client_workspace import Pair
    from clockify_sandbox.world.model import Entry, Project
    from clockify_sandbox.world.world import Contents, World

BY_HAND = "(edited by hand)"


def mirror_edits(world: World) -> list[str]:
    """Edit both workspaces, and say in one line each what was done.

    Raises:
        ValueError: The client's workspace is not open, or the client has no project left.
    """
    with world.lock:
        both = pair(world)
        if not both.projects:
            raise ValueError(f"The agency has no project of {both.client.name} any more.")
        return [*_at_the_agency(world, both), *_at_the_client(world, both)]


def _at_the_agency(world: World, both: Pair) -> Iterator[str]:
    w = both.agency.workspace.id
    name = world.users[both.freelancer_id].name
    recent = [entry for entry in _entries(both) if not entry.locked and entry.end is not None]
    # Each edit gets an entry of its own; a world with few entries makes fewer edits.
    free = iter(recent)
    projects = both.projects
    tags = sorted(both.agency.tags)
    made = _new(world, both, projects[0])
    yield f"+ {name} tracked {_what(made)} on {projects[0].name}."
    if edited := next(free, None):
        entry_edits.replace_entry(
            world, w, edited.id, description="Longer than planned", end=_later(edited)
        )
        yield f"~ {name} made {_what(edited)} half an hour longer and described it anew."
    if moved := next(free, None):
        other = next((p for p in reversed(projects) if p.id != moved.project_id), None)
        entry_edits.move_entry(world, w, moved.id, other.id if other else None)
        yield f"~ {name} moved {_what(moved)} to {other.name if other else 'no project'}."
    if retagged := next(free, None):
        tag_ids = [each for each in tags if each not in retagged.tag_ids][:2]
        entry_edits.retag_entry(world, w, retagged.id, tag_ids)
        new = ", ".join(both.agency.tags[each].name for each in tag_ids)
        yield f"~ {name} gave {_what(retagged)} other tags: {new}."
    if left := next(free, None):
        away = next((p for p in both.agency.projects.values() if p not in projects), None)
        entry_edits.move_entry(world, w, left.id, away.id if away else None)
        yield f"- {name} moved {_what(left)} to {away.name if away else 'no project'}, not theirs."
    if deleted := next(free, None):
        entry_edits.delete_entry(world, w, deleted.id)
        yield f"- {name} deleted {_what(deleted)}."


def _at_the_client(world: World, both: Pair) -> Iterator[str]:
    contents = both.workspace
    w = contents.workspace.id
    project = directory.add_project(world, w, _unused_name(contents))
    yield f"+ The client made a project: {project.name}."
    copies = contents.entries.of_user(both.freelancer_id)
    if not copies:
        yield "  The client has no copy yet to edit by hand."
        return
    # Not one of the newest, whose originals were edited above.
    copy = copies[max(0, len(copies) - 8)]
    text = f"{copy.description} {BY_HAND}".strip()
    entry_edits.describe_entry(world, w, copy.id, text)
    yield f"~ The client edited the copy {_what(copy)}: {text!r}."


def _new(world: World, both: Pair, project: Project) -> Entry:
    end = world.now() - timedelta(minutes=30)
    return entry_edits.add_entry(
        world,
        both.agency.workspace.id,
        both.freelancer_id,
        end - timedelta(hours=1),
        end,
        project_id=project.id,
        tag_ids=sorted(both.agency.tags)[:1],
        description="Something new",
    )


def _entries(both: Pair) -> list[Entry]:
    """List the person's entries in projects of the client, newest first."""
    ids = {project.id for project in both.projects}
    found = both.agency.entries.of_user(both.freelancer_id)
    return [entry for entry in reversed(found) if entry.project_id in ids]


def _later(entry: Entry) -> datetime:
    return entry.start + timedelta(seconds=entry.seconds, minutes=30)


def _unused_name(contents: Contents) -> str:
    taken = {project.name for project in contents.projects.values()}
    number = 1
    while (name := f"Project {number}") in taken:
        number += 1
    return name


def _what(entry: Entry) -> str:
    return f"{entry.seconds / 3600:.2f} h of {entry.start:%Y-%m-%d %H:%M} UTC"
