"""The other direction: projects of one workspace are made in the other, under one client."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from clockify_sandbox.world import edits
from clockify_sandbox.world.model import Membership
from mirror_support import DESTINATION, hire

if TYPE_CHECKING:
    from mirror_support import Result, Sync

STREAMS = ("clients", "projects", "tasks", "tags")


@pytest.fixture
def acme(sync: Sync) -> str:
    """Let all projects be under one client of the destination, and return its id."""
    client = edits.add_client(sync.world, DESTINATION, "Acme")
    sync.settings |= {"client": "Acme", "create_missing": ["projects"]}
    return client.id


def run(sync: Sync, *, first: bool = False) -> Result:
    """Run with the streams of objects alone."""
    lines = [line for line in sync.lines(streams=STREAMS) if "time_entries" not in line]
    return sync.run(lines, first=first)


def names(sync: Sync, client: str) -> list[str]:
    """List the projects of a client of the destination."""
    return sorted(p.name for p in sync.there.projects.values() if p.client_id == client)


def test_missing_projects_are_made_under_the_client(sync: Sync, acme: str) -> None:
    other = edits.add_project(sync.world, DESTINATION, "App")
    edits.add_project(sync.world, DESTINATION, "Website", client_id=acme)
    for name in ("Website", "App", "Film"):
        edits.add_project(sync.world, sync.source, name)
    archived = edits.add_project(sync.world, sync.source, "Old")
    edits.archive_project(sync.world, sync.source, archived.id)
    sync.settings["project_defaults"] = {"color": "#00FFFF", "note": "Made by the sync"}

    result = run(sync, first=True)

    assert names(sync, acme) == ["App", "Film", "Website"]
    assert sync.there.projects[other.id] == other
    made = [p for p in sync.there.projects.values() if p.note]
    assert {p.color for p in made} == {"#00FFFF"}
    assert (result.code, result.summary["made"], result.summary["equal"]) == (0, 2, True)
    quiet = run(sync)
    assert quiet.writes == 0
    assert sum(quiet.requests.values()) <= 5


def test_new_names_reach_what_the_target_made_and_nothing_else(sync: Sync, acme: str) -> None:
    native = edits.add_project(sync.world, DESTINATION, "App", client_id=acme)
    app = edits.add_project(sync.world, sync.source, "App")
    film = edits.add_project(sync.world, sync.source, "Film")
    run(sync, first=True)
    made = next(p for p in sync.there.projects.values() if p.name == "Film")
    edits.rename_project(sync.world, sync.source, film.id, "Movie")
    edits.rename_project(sync.world, sync.source, app.id, "Apps")

    result = run(sync)

    assert sync.there.projects[made.id].name == "Movie"
    assert sync.there.projects[made.id].client_id == acme
    assert sync.there.projects[made.id].color == made.color
    assert sync.there.projects[native.id] == native
    assert result.summary["renamed"] == 1
    assert run(sync).writes == 0


@pytest.mark.parametrize(("policy", "name"), [("mirror", "Film"), ("keep", "By hand")])
def test_name_given_at_the_destination(sync: Sync, acme: str, policy: str, name: str) -> None:
    edits.add_project(sync.world, sync.source, "Film")
    run(sync, first=True)
    (made,) = sync.there.projects
    edits.rename_project(sync.world, DESTINATION, made, "By hand")
    sync.settings["on_conflict"] = policy

    run(sync)

    assert names(sync, acme) == [name]


def test_all_kinds_are_made_and_renamed(sync: Sync) -> None:
    client = edits.add_client(sync.world, sync.source, "Acme")
    project = edits.add_project(sync.world, sync.source, "Website", client_id=client.id)
    task = edits.add_task(sync.world, sync.source, project.id, "Design")
    tag = edits.add_tag(sync.world, sync.source, "remote")
    sync.settings["create_missing"] = list(STREAMS)
    assert run(sync, first=True).summary["made"] == 4

    edits.rename_project(sync.world, sync.source, project.id, "Site")
    edits.rename_tag(sync.world, sync.source, tag.id, "away")
    sync.world.change(type(task)(**{**_fields(sync, task.id), "name": "Concept"}))
    result = run(sync)

    there = sync.there
    assert [each.name for each in there.projects.values()] == ["Site"]
    assert [each.name for each in there.tasks.values()] == ["Concept"]
    assert [each.name for each in there.tags.values()] == ["away"]
    assert result.summary["renamed"] == 3
    assert run(sync).writes == 0


def _fields(sync: Sync, task_id: str) -> dict[str, object]:
    task = sync.here.tasks[task_id]
    return {name: getattr(task, name) for name in task.__slots__}


@pytest.mark.parametrize("fault", ["reset", "reset_before", "5xx_after", "5xx"])
def test_lost_answer_makes_nothing_twice(sync: Sync, acme: str, fault: str) -> None:
    for name in ("App", "Film"):
        edits.add_project(sync.world, sync.source, name)
    sync.server.faults.add(fault, match=lambda seen: seen.method == "POST", times=2)

    result = run(sync, first=True)

    assert names(sync, acme) == ["App", "Film"]
    assert result.code == 0


def test_member_who_may_not_create_is_told(sync: Sync, acme: str) -> None:
    hire(sync.world, "Boss", DESTINATION, role="OWNER")
    sync.world.put_member(Membership(sync.world.owner_id, DESTINATION))
    edits.add_project(sync.world, sync.source, "Film")

    result = run(sync, first=True)

    assert names(sync, acme) == []
    assert result.code == 1
    assert 'project "Film" cannot be made' in result.error


def test_client_that_is_missing_is_named(sync: Sync) -> None:
    edits.add_project(sync.world, sync.source, "Film")
    sync.settings |= {"client": "Acme", "create_missing": ["projects"]}

    assert run(sync, first=True).summary["reasons"] == {'no client "Acme"': 1}


def test_projects_of_the_selection_only(sync: Sync, acme: str) -> None:
    mine = edits.add_client(sync.world, sync.source, "Mine")
    edits.add_project(sync.world, sync.source, "Film", client_id=mine.id)
    edits.add_project(sync.world, sync.source, "Other")
    sync.settings["select"] = {"clients": ["Mine"]}

    run(sync, first=True)

    assert names(sync, acme) == ["Film"]


def test_private_project_is_reported(
    sync: Sync, acme: str, caplog: pytest.LogCaptureFixture
) -> None:
    edits.add_project(sync.world, sync.source, "Film")
    sync.settings["project_defaults"] = {"isPublic": True}
    sync.server.faults.add(
        "status",
        match=lambda seen: seen.method == "POST",
        status=201,
        body='{"id": "0123456789abcdef01234567", "name": "Film", "public": false}',
    )

    run(sync, first=True)

    assert "private, though isPublic is set" in caplog.text
    assert acme
