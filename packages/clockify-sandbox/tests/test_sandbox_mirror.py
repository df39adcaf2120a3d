"""The agency, the workspace of its client, and how their entries are compared."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import requests
from clockify_sandbox.world import build_agency, build_empty, edits, open_client_workspace, truth
from clockify_sandbox.world.client_workspace import CLIENT_KEY, FREELANCER_KEY, pair
from clockify_sandbox.world.mirror_edits import BY_HAND, mirror_edits
from clockify_sandbox.world.model import Workspace
from clockify_sandbox.world.random_edits import random_edit
from sandbox_support import NOW, Caller

if TYPE_CHECKING:
    from collections.abc import Callable

    from clockify_sandbox.world import World

START = datetime(2026, 8, 10, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def world() -> World:
    return build_agency(seed=3, people=4, days=45, entries_per_day=8, now=NOW)


class Sides:
    """Two workspaces, with a person in both and a project of one client and of none."""

    def __init__(self) -> None:
        """Make two equal entries in the first one."""
        self.world = build_empty(now=NOW)
        self.here = next(iter(self.world.workspaces))
        self.there = self.world.add_workspace(Workspace("f" * 24, "There")).workspace.id
        self.owner = self.world.owner_id
        client = edits.add_client(self.world, self.here, "Acme")
        self.film = edits.add_project(self.world, self.here, "Film", client_id=client.id).id
        self.other = edits.add_project(self.world, self.here, "Other").id
        self.copied = edits.add_project(self.world, self.there, "Film").id
        for _ in range(2):
            self.track(self.here, self.film)

    def track(self, workspace_id: str, project_id: str, **fields: Any) -> str:
        given: dict[str, Any] = {"description": "x", "user_id": self.owner, **fields}
        user_id = given.pop("user_id")
        end = given.pop("end", START + HOUR)
        return edits.add_entry(
            self.world, workspace_id, user_id, START, end, project_id=project_id, **given
        ).id

    def compare(self, **options: Any) -> truth.MirrorDifference:
        people = {self.owner: self.owner}
        given = {"user_ids": people, "client": "Acme", **options}
        return truth.mirror_difference(self.world, self.here, self.there, **given)


def test_equal_entries_need_a_copy_each() -> None:
    sides = Sides()
    assert len(sides.compare().missing) == 2
    sides.track(sides.there, sides.copied)
    assert [len(sides.compare().missing), sides.compare().equal] == [1, False]
    sides.track(sides.there, sides.copied)
    assert sides.compare().equal
    sides.track(sides.there, sides.copied)
    assert [len(sides.compare().surplus), sides.compare().equal] == [1, False]


@pytest.mark.parametrize(
    "change",
    [
        {"description": "y"},
        {"billable": False},
        {"end": START + 2 * HOUR},
        {"tag_ids": ["tag"]},
    ],
)
def test_copies_differ_in_any_field(change: dict[str, Any]) -> None:
    sides = Sides()
    sides.track(sides.there, sides.copied)
    if "tag_ids" in change:
        change = {"tag_ids": [edits.add_tag(sides.world, sides.there, "a").id]}
    entry_id = sides.track(sides.there, sides.copied, **change)
    found = sides.compare()
    assert [row["id"] for row in found.surplus] == [entry_id]
    assert len(found.missing) == 1
    assert sides.compare(fields=("start", "project")).equal


def test_what_is_no_part_of_the_comparison() -> None:
    sides = Sides()
    for _ in range(2):
        sides.track(sides.there, sides.copied)
    sides.track(sides.here, sides.other)
    sides.track(sides.here, sides.film, end=None)
    sides.track(sides.here, sides.film, type="TIME_OFF")
    mia = edits.add_user(sides.world, sides.there, "Mia").id
    sides.track(sides.there, sides.copied, user_id=mia)
    found = sides.compare()
    assert found.equal
    assert [row["user_id"] for row in found.natives] == [mia]
    assert [row["project"] for row in sides.compare(client=None).missing] == ["Other"]


def test_people_may_have_another_id_there() -> None:
    sides = Sides()
    mia = edits.add_user(sides.world, sides.there, "Mia").id
    for _ in range(2):
        sides.track(sides.there, sides.copied, user_id=mia)
    assert not sides.compare().equal
    assert sides.compare(user_ids={sides.owner: mia}).equal
    # Two people who have each other's copies are not equal, although their sums are.
    leo = edits.add_user(sides.world, sides.here, "Leo").id
    sides.track(sides.here, sides.film, user_id=leo)
    sides.track(sides.there, sides.copied, user_id=mia)
    assert not sides.compare(user_ids={sides.owner: mia, leo: leo}).equal


def test_the_client_has_a_workspace_of_its_own(world: World) -> None:
    contents = open_client_workspace(world)
    both = pair(world)
    assert contents.workspace.name == both.client.name
    assert open_client_workspace(world) is contents
    assert len(world.workspaces) == 2
    names = {project.name for project in contents.projects.values()}
    assert len(names & {project.name for project in both.projects}) == 2
    assert [project.archived for project in contents.projects.values()].count(True) == 1
    roles = {user_id: member.role for user_id, member in contents.members.items()}
    assert roles[both.freelancer_id] == "MEMBER"
    assert both.agency.members[both.freelancer_id].role == "WORKSPACE_ADMIN"
    assert world.owner_id not in roles
    assert len(contents.entries) == 6
    assert not contents.entries.of_user(both.freelancer_id)
    assert contents.tasks


def test_who_sees_which_workspace(serve: Callable[..., Caller], world: World) -> None:
    caller = serve(world)
    w = open_client_workspace(world).workspace.id
    seen = {}
    for key in (world.api_key, CLIENT_KEY, FREELANCER_KEY):
        caller.session.headers["X-Api-Key"] = key
        seen[key] = [row["id"] for row in caller.get("/workspaces").json()]
    assert seen == {
        world.api_key: [caller.workspace_id],
        CLIENT_KEY: [w],
        FREELANCER_KEY: [caller.workspace_id, w],
    }
    health = requests.get(f"{caller.server.url}/_sandbox/health", timeout=60).json()
    assert health["workspaces"] == [caller.workspace_id]


def test_random_edits_stay_at_the_agency(world: World) -> None:
    w = open_client_workspace(world).workspace.id
    past = len(world.changes)
    rng = random.Random(3)  # noqa: S311 -- made-up data
    for _ in range(20):
        random_edit(world, rng)
    edited = {change.workspace_id for change in world.changes[past:] if change.kind != "updated"}
    assert edited
    assert w not in edited


def copy_all(world: World) -> None:
    """Be the perfect mirror."""
    both = pair(world)
    w = both.workspace.workspace.id
    me = both.freelancer_id
    for entry in both.workspace.entries.of_user(me):
        edits.delete_entry(world, w, entry.id)
    projects = {project.name: project.id for project in both.workspace.projects.values()}
    tags = {tag.name: tag.id for tag in both.workspace.tags.values()}
    ids = {project.id: project.name for project in both.projects}
    for entry in both.agency.entries.of_user(me):
        if entry.project_id not in ids or entry.end is None:
            continue
        names = [both.agency.tags[each].name for each in entry.tag_ids]
        for name in names:
            tags[name] = tags.get(name) or edits.add_tag(world, w, name).id
        edits.add_entry(
            world,
            w,
            me,
            entry.start,
            entry.end,
            project_id=projects[ids[entry.project_id]],
            description=entry.description,
            tag_ids=[tags[name] for name in names],
            billable=entry.billable,
        )


def test_edits_on_both_sides_make_them_differ(serve: Callable[..., Caller], world: World) -> None:
    control = f"{serve(world).server.url}/_sandbox"
    early = requests.get(f"{control}/mirror-report", timeout=60)
    assert early.status_code == 400
    assert early.json()["error"].endswith("clockify-sandbox client-workspace")
    opened = [requests.post(f"{control}/client-workspace", timeout=60).json() for _ in range(2)]
    assert opened[0] == opened[1]
    assert opened[0]["agency"]["id"] != opened[0]["client"]["id"]
    report = requests.get(f"{control}/mirror-report", timeout=60).json()
    assert (report["equal"], report["copies"]["count"], report["natives"]["hours"]) == (False, 0, 9)
    assert report["missing"]["count"] == report["entries"]["count"] > 5
    copy_all(world)
    assert requests.get(f"{control}/mirror-report", timeout=60).json()["equal"] is True
    projects = len(pair(world).workspace.projects)
    lines = requests.post(f"{control}/mirror-edit", timeout=60).json()["edits"]
    assert [line[0] for line in lines] == list("+~~~--+~")
    assert BY_HAND in lines[-1]
    assert len(pair(world).workspace.projects) == projects + 1
    report = requests.get(f"{control}/mirror-report", timeout=60).json()
    # New, edited, moved, retagged; the copy that was edited by hand; two that left.
    assert (report["missing"]["count"], report["surplus"]["count"]) == (5, 6)
    copy_all(world)
    assert requests.get(f"{control}/mirror-report", timeout=60).json()["equal"] is True


def test_edits_before_anything_was_copied(world: World) -> None:
    open_client_workspace(world)
    lines = mirror_edits(world)
    assert lines[-1].strip() == "The client has no copy yet to edit by hand."
