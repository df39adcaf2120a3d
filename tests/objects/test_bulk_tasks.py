"""Tasks come with the projects; whether Clockify leaves some out of that form is unconfirmed."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING

from clockify_sandbox.api import render
from clockify_sandbox.world import edits
from support import UpsertStore, agency, empty, only_workspace, run_tap
from truth_of import wrong

if TYPE_CHECKING:
    from clockify_sandbox.server import Server
    from clockify_sandbox.world import World
    from conftest import Serve

HOUR = dt.timedelta(hours=1)
STREAMS = ["projects", "tasks", "task_assignees"]


def task_requests(server: Server) -> int:
    return sum(request.path.endswith("/tasks") for request in server.requests)


def with_tasks(*statuses: str) -> World:
    """Build a workspace with a project for each task."""
    world = empty()
    w = only_workspace(world)
    for number, status in enumerate(statuses):
        project = edits.add_project(world, w, f"Project {number}")
        task = edits.add_task(world, w, project.id, f"Task {number}")
        if status == "DONE":
            edits.finish_task(world, w, task.id)
    return world


def test_bulk_form_with_finished_tasks_takes_no_other_request(serve: Serve) -> None:
    server = serve(with_tasks("ACTIVE", "DONE", "ACTIVE"))
    store = UpsertStore().apply(run_tap(server, select=STREAMS))
    assert task_requests(server) == 0
    assert wrong(store, server.world, STREAMS) == []


def test_bulk_form_without_finished_tasks_is_proved_by_one_request(serve: Serve) -> None:
    server = serve(with_tasks("ACTIVE", "ACTIVE", "ACTIVE"))
    store = UpsertStore().apply(run_tap(server, select=STREAMS))
    assert task_requests(server) == 1
    assert wrong(store, server.world, STREAMS) == []


def test_finished_tasks_that_the_bulk_form_leaves_out_are_read_by_project(serve: Serve) -> None:
    world = with_tasks("ACTIVE", "ACTIVE", "ACTIVE")
    w = only_workspace(world)
    for project in world[w].projects:
        task = edits.add_task(world, w, project, "Finished")
        edits.finish_task(world, w, task.id)
    server = serve(world, hydrated_done_tasks=False)
    store = UpsertStore().apply(run_tap(server, select=STREAMS))
    assert wrong(store, world, STREAMS) == []


def test_task_that_is_finished_later_is_no_deleted_task(serve: Serve) -> None:
    world = with_tasks("ACTIVE", "ACTIVE", "ACTIVE")
    w = only_workspace(world)
    server = serve(world, hydrated_done_tasks=False)
    store = UpsertStore().apply(run_tap(server, select=STREAMS))
    finished, deleted, _ = world[w].tasks.values()
    edits.finish_task(world, w, finished.id)
    edits.finish_task(world, w, deleted.id)
    edits.delete_task(world, w, deleted.id)
    for _ in range(3):
        world.clock.advance(24 * HOUR)
        store.apply(run_tap(server, store.state, STREAMS))
        assert wrong(store, world, STREAMS) == []
    assert [row["id"] for row in store.rows("tasks") if row["is_deleted"]] == [deleted.id]


def test_projects_without_tasks_in_their_answer_are_asked_for_them(serve: Serve) -> None:
    """If Clockify ignores ``hydrated``, projects have no tasks."""
    world = with_tasks("ACTIVE", "DONE")
    w = only_workspace(world)
    server = serve(world)
    plain = json.dumps([render.project(world[w], item) for item in world[w].projects.values()])
    server.faults.add("status", match="/projects?", status=200, body=plain, times=None)
    store = UpsertStore().apply(run_tap(server, select=STREAMS))
    assert task_requests(server) == 2
    assert len(store.rows("tasks", live=True)) == 2


def test_project_that_is_deleted_meanwhile_removes_no_task(serve: Serve) -> None:
    world = agency(plan="ENTERPRISE_2021", people=3)
    server = serve(world)
    streams = ["time_off_policies", "time_off_balances"]
    store = UpsertStore().apply(run_tap(server, select=streams))
    before = store.rows("time_off_balances", live=True)
    server.faults.add("status", match="/time-off/balance", status=400, body="", times=1)
    store.apply(run_tap(server, store.state, streams))
    assert store.rows("time_off_balances", live=True) != []
    assert [row["id"] for row in store.rows("time_off_balances", live=True)] == [
        row["id"] for row in before
    ]
