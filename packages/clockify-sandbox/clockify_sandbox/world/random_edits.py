"""Random edits, in proportions that are plausible for an agency at work."""

# ruff: noqa: PLR2004 -- odds

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING

from clockify_sandbox.resources.object_edits import random_object_edit
from clockify_sandbox.world import directory, entry_edits, people
from clockify_sandbox.world.links import random_link_edit
from clockify_sandbox.world.model import Entry

if TYPE_CHECKING:
    from collections.abc import Callable

    from clockify_sandbox.world.world import Contents, World

TRIES = 50
OLD_DAYS = 100
"""How many days back a random edit reaches."""


def random_edit(world: World, rng: random.Random, workspace_id: str | None = None) -> str:
    """Make one edit in some workspace of the key's owner, and describe it in a sentence.

    Often an edit of an object of another kind, such as an expense, comes with it. Those draw from a
    generator of their own, so that the other edits are the same with and without them.
    """
    with world.lock:
        contents = world[workspace_id or rng.choice(sorted(world.own_workspaces))]
        sentence = _one_edit(world, contents, rng)
        own = random.Random(repr(rng.getstate()[1][-3:]))  # noqa: S311 -- made-up data
        other = _other_edit(world, contents, own)
        return f"{sentence} {other}" if other else sentence


def _other_edit(world: World, contents: Contents, rng: random.Random) -> str | None:
    """Make an edit that concerns no entry, unless the workspace was built empty."""
    chance = rng.random()
    if chance < 0.5:
        return random_object_edit(world, contents, rng)
    if chance < 0.65 and any(contents.objects.values()):
        return random_link_edit(world, contents, rng)
    return None


def _one_edit(world: World, contents: Contents, rng: random.Random) -> str:
    """Make one edit of people, projects or entries."""
    with world.lock:
        kinds, weights = list(EDITS), list(EDITS.values())
        for _ in range(TRIES):
            # Not every kind is possible in every world; then it returns None.
            sentence = rng.choices(kinds, weights)[0](world, contents, rng)
            if sentence is not None:
                return sentence
        return add(world, contents, rng)


def add(world: World, contents: Contents, rng: random.Random) -> str:
    """Add an entry in the last weeks."""
    user_id = _member(contents, rng)
    start = world.now() - timedelta(minutes=rng.randrange(60, 60 * 24 * 60))
    entry = entry_edits.add_entry(
        world,
        contents.workspace.id,
        user_id,
        start,
        start + timedelta(minutes=rng.randrange(1, 240)),
        project_id=_maybe(rng, sorted(contents.projects)),
        tag_ids=_some(rng, sorted(contents.tags)),
        description=rng.choice(("", "Forgotten meeting", "Nachtrag, spät")),
        billable=rng.random() < 0.8,
    )
    return f"{world.users[user_id].name} added {_what(entry)}."


def delete(world: World, contents: Contents, rng: random.Random) -> str | None:
    """Delete an entry."""
    entry = _entry(world, contents, rng)
    if entry is None:
        return None
    entry_edits.delete_entry(world, entry.workspace_id, entry.id)
    return f"Deleted {_what(entry)}."


def restore(world: World, contents: Contents, rng: random.Random) -> str | None:
    """Restore a deleted entry."""
    deleted = [item.document for item in contents.bin.values() if isinstance(item.document, Entry)]
    if not deleted:
        return None
    entry = rng.choice(deleted)
    entry_edits.restore_entry(world, contents.workspace.id, entry.id)
    return f"Restored {_what(entry)}."


def move(world: World, contents: Contents, rng: random.Random) -> str | None:
    """Move an entry to another project, or to none."""
    entry = _entry(world, contents, rng)
    if entry is None:
        return None
    project_id = _maybe(rng, sorted(contents.projects))
    entry_edits.move_entry(world, entry.workspace_id, entry.id, project_id)
    target = contents.projects[project_id].name if project_id else "no project"
    return f"Moved {_what(entry)} to {target}."


def retag(world: World, contents: Contents, rng: random.Random) -> str | None:
    """Give an entry other tags."""
    entry = _entry(world, contents, rng)
    if entry is None:
        return None
    tag_ids = _some(rng, sorted(contents.tags))
    entry_edits.retag_entry(world, entry.workspace_id, entry.id, tag_ids)
    names = ", ".join(contents.tags[tag_id].name for tag_id in tag_ids) or "no tags"
    return f"Retagged {_what(entry)}: {names}."


def redate(world: World, contents: Contents, rng: random.Random) -> str | None:
    """Move an entry by hours or days, never into the future."""
    entry = _entry(world, contents, rng)
    if entry is None or entry.end is None:
        return None
    shift = timedelta(hours=rng.choice((-240, -49, -24, -7, -1, 1, 5, 24, 72)))
    if entry.end + shift > world.now():
        return None
    entry_edits.redate_entry(world, entry.workspace_id, entry.id, entry.start + shift)
    return f"Moved {_what(entry)} by {shift / timedelta(hours=1):+.0f} hours."


def redate_over_midnight(world: World, contents: Contents, rng: random.Random) -> str | None:
    """Let an entry run over midnight."""
    entry = _entry(world, contents, rng)
    if entry is None or entry.end is None:
        return None
    zone = contents.workspace.time_zone
    day = entry.start - timedelta(days=1)
    entry_edits.redate_over_midnight(world, entry.workspace_id, entry.id, day, zone)
    return f"Moved {_what(entry)} to just before midnight."


def resize(world: World, contents: Contents, rng: random.Random) -> str | None:
    """Give an entry another duration."""
    entry = _entry(world, contents, rng)
    if entry is None or entry.end is None:
        return None
    seconds = rng.choice((0, 1, 59, 900, 3600, 5400, 90061))
    entry_edits.resize_entry(world, entry.workspace_id, entry.id, seconds)
    return f"Resized {_what(entry)} to {seconds} s."


def hand_over(world: World, contents: Contents, rng: random.Random) -> str | None:
    """Give an entry to another person."""
    entry = _entry(world, contents, rng)
    if entry is None or entry.end is None:
        return None
    user_id = _member(contents, rng)
    entry_edits.hand_over_entry(world, entry.workspace_id, entry.id, user_id)
    return f"Gave {_what(entry)} to {world.users[user_id].name}."


def set_billable(world: World, contents: Contents, rng: random.Random) -> str | None:
    """Make an entry billable or not billable."""
    entry = _entry(world, contents, rng)
    if entry is None:
        return None
    entry_edits.set_billable(world, entry.workspace_id, entry.id, billable=not entry.billable)
    return f"Made {_what(entry)} {'not ' if entry.billable else ''}billable."


def timer(world: World, contents: Contents, rng: random.Random) -> str:
    """Stop a person's timer, or start one if none is running."""
    user_id = _member(contents, rng)
    name = world.users[user_id].name
    stopped = entry_edits.stop_timer(world, contents.workspace.id, user_id)
    if stopped is not None:
        return f"{name} stopped a timer."
    project_id = _maybe(rng, sorted(contents.projects))
    entry_edits.start_timer(world, contents.workspace.id, user_id, project_id=project_id)
    return f"{name} started a timer."


def rename(world: World, contents: Contents, rng: random.Random) -> str | None:
    """Rename a tag, client, project or person."""
    workspace_id = contents.workspace.id
    mark = f" {rng.randrange(1000)}"
    kind = rng.choice(("tag", "client", "project", "user"))
    ids = {
        "tag": sorted(contents.tags),
        "client": sorted(contents.clients),
        "project": sorted(contents.projects),
        "user": sorted(contents.members),
    }[kind]
    if not ids:
        return None
    chosen = rng.choice(ids)
    match kind:
        case "tag":
            name = contents.tags[chosen].name + mark
            directory.rename_tag(world, workspace_id, chosen, name)
        case "client":
            name = contents.clients[chosen].name + mark
            directory.rename_client(world, workspace_id, chosen, name)
        case "project":
            name = contents.projects[chosen].name + mark
            directory.rename_project(world, workspace_id, chosen, name)
        case _:
            name = world.users[chosen].name + mark
            people.rename_user(world, chosen, name)
    return f"Renamed a {kind} to {name}."


def archive(world: World, contents: Contents, rng: random.Random) -> str | None:
    """Archive or unarchive a client or project."""
    workspace_id = contents.workspace.id
    if rng.random() < 0.5:
        if not contents.clients:
            return None
        client = contents.clients[rng.choice(sorted(contents.clients))]
        directory.archive_client(world, workspace_id, client.id, archived=not client.archived)
        return f"{'Took back' if client.archived else 'Archived'} client {client.name}."
    if not contents.projects:
        return None
    project = contents.projects[rng.choice(sorted(contents.projects))]
    directory.archive_project(world, workspace_id, project.id, archived=not project.archived)
    return f"{'Took back' if project.archived else 'Archived'} project {project.name}."


def discard(world: World, contents: Contents, rng: random.Random) -> str | None:
    """Delete a tag, or an archived client or project."""
    workspace_id = contents.workspace.id
    clients = sorted(item.id for item in contents.clients.values() if item.archived)
    projects = sorted(item.id for item in contents.projects.values() if item.archived)
    found = [
        *(
            (directory.delete_client, "client", each, contents.clients[each].name)
            for each in clients
        ),
        *(
            (directory.delete_project, "project", each, contents.projects[each].name)
            for each in projects
        ),
        *(
            (directory.delete_tag, "tag", each, contents.tags[each].name)
            for each in sorted(contents.tags)
        ),
    ]
    if not found:
        return None
    act, kind, chosen, name = rng.choice(found)
    act(world, workspace_id, chosen)
    return f"Deleted {kind} {name}."


def reprice(world: World, contents: Contents, rng: random.Random) -> str | None:
    """Change a person's or project's rate, at times for past entries too."""
    workspace_id = contents.workspace.id
    amount = rng.choice((7000, 9999, 11111, 14250))
    days = rng.choice((None, None, 20, 200))
    since = None if days is None else world.now() - timedelta(days=days)
    past = "from now on" if days is None else f"for the last {days} days too"
    if rng.random() < 0.5:
        user_id = _member(contents, rng)
        people.change_rate(world, workspace_id, "member", amount, user_id=user_id, since=since)
        return f"Set the rate of {world.users[user_id].name} to {amount / 100:.2f}, {past}."
    if not contents.projects:
        return None
    project_id = rng.choice(sorted(contents.projects))
    people.change_rate(world, workspace_id, "project", amount, project_id=project_id, since=since)
    return f"Set the rate of {contents.projects[project_id].name} to {amount / 100:.2f}, {past}."


def leave(world: World, contents: Contents, rng: random.Random) -> str | None:
    """Let someone leave, but never the owner of the key."""
    others = [each for each in _active(contents) if each != world.owner_id]
    if not others:
        return None
    user_id = rng.choice(others)
    people.deactivate_user(world, contents.workspace.id, user_id)
    return f"{world.users[user_id].name} left."


EDITS: dict[Callable[[World, Contents, random.Random], str | None], int] = {
    add: 20,
    delete: 12,
    restore: 5,
    move: 12,
    retag: 12,
    redate: 10,
    redate_over_midnight: 3,
    resize: 10,
    hand_over: 6,
    set_billable: 5,
    timer: 8,
    rename: 5,
    archive: 3,
    discard: 1,
    reprice: 4,
    leave: 1,
}
"""Each kind of edit with its weight."""


def _entry(world: World, contents: Contents, rng: random.Random) -> Entry | None:
    now = world.now()
    recent = contents.entries.window(now - timedelta(days=OLD_DAYS), now)
    return rng.choice(recent) if recent else None


def _active(contents: Contents) -> list[str]:
    return sorted(each.user_id for each in contents.members.values() if each.status == "ACTIVE")


def _member(contents: Contents, rng: random.Random) -> str:
    return rng.choice(_active(contents) or sorted(contents.members))


def _maybe(rng: random.Random, ids: list[str]) -> str | None:
    return rng.choice(ids) if ids and rng.random() < 0.85 else None


def _some(rng: random.Random, ids: list[str]) -> list[str]:
    return rng.sample(ids, k=min(len(ids), rng.choice((0, 0, 1, 1, 2, 3))))


def _what(entry: Entry) -> str:
    length = "a running timer" if entry.end is None else f"{entry.seconds / 3600:.2f} h"
    return f"{length} of {entry.start:%Y-%m-%d %H:%M} UTC"
