"""Lists are read as Clockify really sends them, and while objects are added or deleted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from clockify_sandbox.world import edits
from support import empty, only_workspace, records, run_tap

if TYPE_CHECKING:
    from clockify_sandbox.server import Server
    from conftest import Serve


def answer_once(server: Server, path: str, body: object) -> None:
    server.faults.add("status", match=f"GET .*{path}", status=200, body=json.dumps(body))


def test_real_answer_of_a_project(server: Server) -> None:
    """Sent in 2023; keys that were added later are missing, and one is null."""
    answer_once(
        server,
        "/projects",
        [
            {
                "id": "97210bf336f73c996f45f6e1",
                "name": "Project",
                "hourlyRate": {"amount": 4500, "currency": "AUD"},
                "clientId": "",
                "clientName": "",
                "workspaceId": "79d95471c93cff26089752cc",
                "billable": True,
                "memberships": [],
                "color": "#9C27B0",
                "estimate": {"estimate": "PT0S", "type": "AUTO"},
                "archived": False,
                "note": "",
                "duration": "PT88H36M",
                "costRate": None,
                "timeEstimate": None,
                "budgetEstimate": None,
                "estimateReset": None,
                "public": True,
                "keyOfTheFuture": {"a": 1},
            }
        ],
    )
    (row,) = records(run_tap(server, select=["projects"]), "projects")
    assert row["hourlyRate_amount"] == 45.0
    assert (row["duration"], row["duration_hours"]) == ("PT88H36M", 88.6)
    assert (row["estimate_estimate"], row["estimate_estimate_hours"]) == ("PT0S", 0.0)
    assert row["timeEstimate_estimate"] is row["timeEstimate_estimate_hours"] is None
    assert row["template"] is None
    assert row["clientId"] is row["timeEstimate_type"] is row["membership_userId"] is None
    # The workspace is that of the request.
    assert row["workspaceId"] == only_workspace(server.world)


@pytest.mark.parametrize("memberships", [None, [], "absent"])
def test_answer_of_a_person_without_memberships(server: Server, memberships: Any) -> None:
    person = {"id": "u", "email": "u@example.org", "memberships": memberships, "settings": None}
    if memberships == "absent":
        del person["memberships"]
    answer_once(server, "/users", [person])
    (row,) = records(run_tap(server, select=["users"]), "users")
    assert (row["name"], row["memberships_membershipStatus"]) == (None, None)
    assert row["customFields"] is None


def test_value_of_another_type_than_documented_does_not_fail_the_load(server: Server) -> None:
    project = {"id": "p", "note": ["a", 1], "billable": "true", "hourlyRate": {"amount": "##"}}
    answer_once(server, "/projects", [project])
    (row,) = records(run_tap(server, select=["projects"]), "projects")
    assert row["note"] == '["a",1]'
    assert row["billable"] is True
    assert row["hourlyRate_amount"] is None


def sixty_clients(serve: Serve) -> tuple[Server, list[str]]:
    """Serve sixty clients on pages of fifty."""
    world = empty()
    workspace = only_workspace(world)
    clients = [edits.add_client(world, workspace, f"client {number:02}") for number in range(60)]
    for client in clients:
        edits.archive_client(world, workspace, client.id)
    return serve(world, max_page_size=50), [client.id for client in clients]


def test_object_added_while_pages_are_read(serve: Serve) -> None:
    """It shifts the others towards the next page, where one of them is seen again."""
    server, clients = sixty_clients(serve)
    world, workspace = server.world, only_workspace(server.world)
    server.faults.call(lambda: edits.add_client(world, workspace, "a"), match="page-size=50$")
    sent = [row["id"] for row in records(run_tap(server, select=["clients"]), "clients")]
    assert len(sent) == len(set(sent))
    assert set(clients) <= set(sent)


def test_object_deleted_while_pages_are_read(serve: Serve) -> None:
    """It shifts the others towards the page before, where they are not seen."""
    server, clients = sixty_clients(serve)
    world, workspace = server.world, only_workspace(server.world)
    server.faults.call(
        lambda: edits.delete_client(world, workspace, clients[0]), match="page-size=50$"
    )
    sent = [row["id"] for row in records(run_tap(server, select=["clients"]), "clients")]
    assert set(clients[1:]) <= set(sent)
