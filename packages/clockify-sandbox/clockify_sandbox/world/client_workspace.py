"""A client's own workspace, in which one of the agency's people is a plain member.

It is what a mirror of time entries needs: the agency tracks time for the client, and the client
wants it in a workspace of its own. The agency's key does not see that workspace.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from clockify_sandbox.world import directory, entry_edits, links, names, people
from clockify_sandbox.world.model import Currency, Membership, Workspace

if TYPE_CHECKING:
    from clockify_sandbox.world.model import Client, Project
    from clockify_sandbox.world.world import Contents, World

CLIENT_WORKSPACE_ID = "5c11e4700000000000000001"
"""The same in every world, so that a configuration can name it."""

CLIENT_KEY = "sandbox-client-key"
FREELANCER_KEY = "sandbox-freelancer-key"
TIME_ZONE = "Europe/Berlin"
ONLY_HERE = "Intranet"
ARCHIVED = "Old campaign"
OWN_TAG = "cost centre 7"
TASKS = ("Design", "Text, long")
NATIVE_DAYS = 3


@dataclass(frozen=True)
class Pair:
    """The agency, its client's workspace, and the person who works in both."""

    agency: Contents
    workspace: Contents
    client: Client
    freelancer_id: str

    @property
    def projects(self) -> list[Project]:
        """The agency's projects of the client, oldest first."""
        found = self.agency.projects.values()
        return [each for each in found if each.client_id == self.client.id]


def open_client_workspace(world: World) -> Contents:
    """Open the workspace of the agency's largest client, unless that has happened."""
    with world.lock:
        if CLIENT_KEY in world.api_keys:
            return pair(world).workspace
        agency = _agency(world)
        client = _largest_client(agency)
        contents = world.add_workspace(_workspace(world, client.name))
        w = contents.workspace.id
        owner = people.add_user(
            world, w, "Clara Kunde", email="clara@client.example", timezone=TIME_ZONE, role="OWNER"
        )
        colleague = people.add_user(
            world, w, "Kofi Kollege", email="kofi@client.example", timezone=TIME_ZONE
        )
        freelancer_id = _freelancer(agency)
        world.put_member(Membership(freelancer_id, w))
        world.api_keys[CLIENT_KEY] = owner.id
        world.api_keys[FREELANCER_KEY] = freelancer_id
        world.mirrored_client_id = client.id
        _furnish(world, contents, pair(world))
        _work(world, contents, (owner.id, colleague.id))
        return contents


def pair(world: World) -> Pair:
    """Find the agency and its client's workspace.

    Raises:
        ValueError: The client's workspace is not open, or the agency has deleted the client.
    """
    if CLIENT_KEY not in world.api_keys:
        raise ValueError("No client has a workspace. Open one: clockify-sandbox client-workspace")
    owner_id = world.api_keys[CLIENT_KEY]
    workspace = next(each for each in world.workspaces.values() if owner_id in each.members)
    agency = _agency(world)
    client = agency.clients.get(world.mirrored_client_id)
    if client is None:
        raise ValueError(f"The agency has deleted the client {workspace.workspace.name}.")
    return Pair(agency, workspace, client, world.api_keys[FREELANCER_KEY])


def _agency(world: World) -> Contents:
    return next(iter(world.workspaces.values()))


def _largest_client(agency: Contents) -> Client:
    """Find the client with most projects; of equal ones, the oldest."""
    projects = Counter(project.client_id for project in agency.projects.values())
    return max(agency.clients.values(), key=lambda client: projects[client.id])


def _freelancer(agency: Contents) -> str:
    """Find the first person who was hired; the owner came before."""
    return next(each.user_id for each in agency.members.values() if each.role != "OWNER")


def _workspace(world: World, name: str) -> Workspace:
    return Workspace(
        CLIENT_WORKSPACE_ID,
        name,
        currencies=tuple(Currency(world.new_id(), code) for code in names.CURRENCIES),
        default_currency=names.CURRENCIES[0],
        time_zone=TIME_ZONE,
    )


def _furnish(world: World, contents: Contents, both: Pair) -> None:
    """Make its projects, tasks and tags: some with the same names as in the agency."""
    w = contents.workspace.id
    shared = [project.name for project in both.projects[:2]]
    for name in (*shared, ONLY_HERE, ARCHIVED):
        project = directory.add_project(world, w, name)
        for task in TASKS if name == ONLY_HERE else ():
            directory.add_task(world, w, project.id, task)
        if name == ARCHIVED:
            directory.archive_project(world, w, project.id)
    # One with the agency's name is private, so that only its members can track time on it.
    private = next(reversed([p for p in contents.projects.values() if p.name in shared]))
    directory.change_project(world, w, private.id, public=False)
    links.set_project_members(world, w, private.id, [both.freelancer_id])
    tags = [tag.name for tag in both.agency.tags.values() if not tag.archived]
    for name in (*tags[:3], OWN_TAG):
        directory.add_tag(world, w, name)


def _work(world: World, contents: Contents, user_ids: tuple[str, ...]) -> None:
    """Let its own people track some time."""
    w = contents.workspace.id
    project = next(p for p in contents.projects.values() if p.name == ONLY_HERE)
    tag = next(t for t in contents.tags.values() if t.name == OWN_TAG)
    zone = ZoneInfo(TIME_ZONE)
    today = world.now().astimezone(zone).date()
    for ago in range(NATIVE_DAYS, 0, -1):
        start = datetime.combine(today - timedelta(days=ago), time(9), zone)
        for number, user_id in enumerate(user_ids):
            entry_edits.add_entry(
                world,
                w,
                user_id,
                start,
                start + timedelta(hours=1 + number),
                project_id=project.id,
                tag_ids=[tag.id] if number else [],
                description="Weekly meeting" if number else "Steering committee",
                billable=False,
            )
