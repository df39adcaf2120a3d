"""Names for a running timer: from the report, else requested, else missing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from clockify_client.errors import ClockifyError
from clockify_sandbox.world import edits
from support import NOW, UpsertStore, empty, only_workspace, run_tap

if TYPE_CHECKING:
    from clockify_sandbox.server import Server
    from clockify_sandbox.world import World
    from conftest import Serve

REFUSALS = {
    "forbidden": {"status": 403, "body": '{"message": "Access Denied", "code": 501}'},
    "forbidden without a message": {"status": 403, "body": ""},
    "gone": {"status": 400, "body": '{"message": "PROJECT doesn\'t belong", "code": 501}'},
    "not found": {"status": 404, "body": '{"message": "Not found", "code": 404}'},
    "not an object": {"status": 200, "body": "null"},
}


class Story:
    """The owner's timer runs on a task that nobody has tracked time on."""

    def __init__(self, serve: Serve) -> None:
        """Start the timer."""
        self.world: World = empty()
        self.home = only_workspace(self.world)
        client = edits.add_client(self.world, self.home, "Acme")
        project = edits.add_project(self.world, self.home, "Website", client_id=client.id)
        task = edits.add_task(self.world, self.home, project.id, "Design")
        self.client, self.project, self.task = client.id, project.id, task.id
        self.start_timer(self.world.owner_id)
        self.server: Server = serve(self.world)

    def start_timer(self, person: str) -> None:
        edits.start_timer(self.world, self.home, person, project_id=self.project, task_id=self.task)

    def rows(self, **config: Any) -> list[dict[str, Any]]:
        settings = {"timezone": "UTC", **config}
        messages = run_tap(self.server, select=["time_entries"], **settings)
        return UpsertStore().apply(messages).rows("time_entries")

    def refuse(self, path: str, refusal: dict[str, Any]) -> None:
        self.server.faults.add("status", match=f"GET .*{path}$", times=None, **refusal)


@pytest.fixture
def story(serve: Serve) -> Story:
    return Story(serve)


def test_names_are_requested_if_the_report_has_none(story: Story) -> None:
    (row,) = story.rows()
    assert (row["user"], row["project"], row["task"]) == ("Olga Owner", "Website", "Design")
    assert (row["client"], row["client_id"]) == ("Acme", story.client)


@pytest.mark.parametrize("refusal", REFUSALS)
def test_timer_has_no_project_name_if_the_key_may_not_read_it(story: Story, refusal: str) -> None:
    story.refuse(f"/projects/{story.project}", REFUSALS[refusal])
    (row,) = story.rows()
    assert row["is_running"] is True
    assert (row["project_id"], row["project"]) == (story.project, None)
    assert row["client_id"] is row["client"] is None
    assert (row["task_id"], row["task"]) == (story.task, "Design")


@pytest.mark.parametrize("refusal", REFUSALS)
def test_timer_has_no_task_name_if_the_key_may_not_read_it(story: Story, refusal: str) -> None:
    story.refuse(f"/tasks/{story.task}", REFUSALS[refusal])
    (row,) = story.rows()
    assert row["is_running"] is True
    assert (row["project_id"], row["project"]) == (story.project, "Website")
    assert (row["task_id"], row["task"]) == (story.task, None)


@pytest.mark.parametrize("path", ["projects", "tasks"])
@pytest.mark.parametrize("status", [401, 402, 405])
def test_other_refusals_of_a_name_fail_the_run(story: Story, path: str, status: int) -> None:
    thing = {"projects": story.project, "tasks": story.task}[path]
    story.refuse(f"/{path}/{thing}", {"status": status, "body": ""})
    with pytest.raises(ClockifyError, match=rf"/{path}/{thing} failed with status {status}"):
        story.rows()


def test_name_is_requested_once(story: Story) -> None:
    for number in range(3):
        person = edits.add_user(story.world, story.home, f"Person {number}")
        story.start_timer(person.id)
    assert {row["project"] for row in story.rows()} == {"Website"}
    for path in (f"/projects/{story.project}$", f"/tasks/{story.task}$", r"/users\?.*page=1&"):
        assert story.server.requests.count(path) == 1


def test_refused_name_is_requested_once(story: Story) -> None:
    story.refuse(f"/projects/{story.project}", REFUSALS["forbidden"])
    story.start_timer(edits.add_user(story.world, story.home, "Person").id)
    assert [row["project"] for row in story.rows()] == [None, None]
    assert story.server.requests.count(f"/projects/{story.project}$") == 1


def test_names_in_the_report_are_not_requested(story: Story) -> None:
    edits.add_entry(
        story.world,
        story.home,
        story.world.owner_id,
        NOW.replace(hour=9),
        NOW.replace(hour=10),
        project_id=story.project,
        task_id=story.task,
    )
    assert {(row["user"], row["project"], row["client"], row["task"]) for row in story.rows()} == {
        ("Olga Owner", "Website", "Acme", "Design")
    }
    asked = re.compile(r"/users|/projects/|/tasks/")
    assert story.server.requests.count(asked.pattern) == 0


def test_person_who_is_not_in_the_list(story: Story) -> None:
    story.server.faults.add("status", match=r"GET .*/users\?", status=200, body="[]", times=None)
    (row,) = story.rows()
    assert (row["user_id"], row["user"]) == (story.world.owner_id, None)


def test_timer_without_project_or_task(serve: Serve) -> None:
    world = empty()
    edits.start_timer(world, only_workspace(world), world.owner_id)
    server = serve(world)
    messages = run_tap(server, select=["time_entries"], timezone="UTC")
    (row,) = UpsertStore().apply(messages).rows("time_entries")
    assert row["project_id"] is row["project"] is row["task_id"] is row["task"] is None
    assert server.requests.count("/projects/") == 0
