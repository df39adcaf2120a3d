"""How many requests the streams take, and that nothing is requested for what is not selected."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import pytest
from clockify_sandbox.world import edits
from support import KEYS, UpsertStore, agency, catalog_with, only_workspace, run_tap
from truth_of import wrong

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clockify_sandbox.server import Server
    from clockify_sandbox.world import World
    from conftest import Serve

ID = re.compile(r"[0-9a-f]{24}")
PER_OBJECT = {
    "member_profiles": "member-profile/ID",
    "user_managers": "users/ID/managers",
    "time_off_balances": "time-off/balance/policy/ID",
    "invoices": "invoices/ID",
    "invoice_items": "invoices/ID",
    "invoice_payments": "invoices/ID/payments",
}
"""The streams for which the API has no list of all objects."""


def large() -> World:
    world = agency(plan="ENTERPRISE_2021", people=12, days=60)
    w = only_workspace(world)
    while len(world[w].projects) < 40:
        edits.add_project(world, w, f"Project {len(world[w].projects)}")
    return world


def endpoints(server: Server) -> Counter[str]:
    """Count the requests to each path of the workspace, apart from ids."""
    paths = (request.path.split("/v1", 1)[1] for request in server.requests)
    short = (ID.sub("ID", path).removeprefix("/workspaces/ID").strip("/") for path in paths)
    return Counter(short)


def is_per_object(path: str) -> bool:
    return "ID" in path


def test_full_sync_takes_a_request_per_page_and_endpoint(serve: Serve) -> None:
    world = large()
    w = only_workspace(world)
    assert len(world[w].members) == 12
    server = serve(world)
    run_tap(server, select=KEYS, start_date="2026-01-20")
    asked = Counter(
        (request.path, request.query, request.body)
        for request in server.requests
        if "/entities/" not in request.path
    )
    assert [request for request, count in asked.items() if count > 1] == []
    # The attendance of 60 days has several pages, and the log of the audit has 50 events a page.
    paged = {"reports/attendance", "audit-log", "reports/detailed", "entities/created"}
    paged |= {"entities/updated", "entities/deleted", "reports/summary"}
    counts = endpoints(server)
    assert {path for path in counts if is_per_object(path)} == set(PER_OBJECT.values())
    for path, count in counts.items():
        assert count == 1 or path in paged or is_per_object(path), path


def test_default_selection_takes_no_request_per_object(serve: Serve) -> None:
    server = serve(large())
    run_tap(server, catalog=catalog_with(set(KEYS) - set(PER_OBJECT)), start_date="2026-01-20")
    assert [path for path in endpoints(server) if is_per_object(path)] == []


@pytest.mark.parametrize(
    ("streams", "paths"),
    [
        (["workspaces", "currencies"], []),
        (["tags"], ["tags"]),
        (["users", "memberships", "user_custom_field_values"], ["users"]),
        (["memberships"], ["users"]),
        (["projects", "project_memberships", "tasks", "task_assignees"], ["projects"]),
        (["task_assignees"], ["projects"]),
        (["custom_fields", "project_custom_fields"], ["custom-fields"]),
        (["user_groups", "user_group_members"], ["user-groups"]),
        (["time_off_policies", "holidays"], ["holidays", "time-off/policies"]),
        (["time_off_balances"], ["time-off/balance/policy/ID", "time-off/policies"]),
        (["invoices", "invoice_items"], ["invoices/ID", "invoices/info"]),
    ],
    ids=str,
)
def test_only_what_is_selected_is_requested_and_only_once(
    serve: Serve, streams: list[str], paths: Iterable[str]
) -> None:
    server = serve(agency(plan="ENTERPRISE_2021", people=4))
    store = UpsertStore().apply(run_tap(server, select=streams))
    assert set(store.tables) == set(streams)
    counts = endpoints(server)
    assert sorted(counts - Counter(["workspaces", "user"])) == sorted(
        {*paths, "workspaces"} - {"workspaces"}
    )
    assert all(count == 1 for path, count in counts.items() if not is_per_object(path))


def test_first_pages_of_all_lists_and_workspaces_are_requested_side_by_side(serve: Serve) -> None:
    server = serve(agency(plan="ENTERPRISE_2021", people=3, workspaces=3))
    lists = ["clients", "tags", "users", "projects", "holidays"]
    server.faults.add("slow", match=f"/({'|'.join(lists)})", seconds=2, times=15)
    run_tap(server, select=lists)
    asked = [r for r in server.requests if r.path.rsplit("/", 1)[1] in lists]
    assert len(asked) == 15
    assert max(r.at for r in asked) < min(r.at + r.seconds for r in asked)


def test_pages_are_as_large_as_clockify_allows(serve: Serve) -> None:
    world = agency(plan="ENTERPRISE_2021", people=4)
    server = serve(world, max_page_size=100)
    streams = ["expenses", "approval_requests", "tags", "invoices"]
    store = UpsertStore().apply(run_tap(server, select=streams))
    assert wrong(store, world, streams) == []
    sizes = {size for r in server.requests for size in parse_qs(r.query).get("page-size", ())}
    assert sizes >= {"5000", "200", "50"}
