"""What a plan or a role forbids is skipped, and everything else is read."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from clockify_client.errors import ClockifyError
from clockify_sandbox.world import edits
from clockify_sandbox.world.model import FREE
from support import KEYS, SELECTED, UpsertStore, agency, only_workspace, run_tap
from truth_of import OBJECTS, wrong

if TYPE_CHECKING:
    from conftest import Serve

HOUR = dt.timedelta(hours=1)
MANY = 10_000
"""Requests per hour: the limit of Free is not the point here."""
PAID = {
    "approval_requests",
    "attendance",
    "audit_log",
    "custom_fields",
    "expense_categories",
    "expenses",
    "holidays",
    "invoice_items",
    "invoice_payments",
    "invoices",
    "project_custom_fields",
    "scheduling_assignments",
    "time_off_balances",
    "time_off_policies",
    "time_off_requests",
}
OF_FIELDS = {"user_custom_field_values", "time_entry_custom_field_values"}


def skipped(store: UpsertStore) -> dict[str, str]:
    rows = store.rows("sync_runs")
    return {row["stream"]: row["reason"] for row in rows if row["status"] == "skipped"}


@pytest.mark.parametrize("status", [402, 403])
def test_free_workspace_syncs_the_rest(
    serve: Serve, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    world = agency(plan="FREE", people=4)
    server = serve(world, plan_refusal=status)
    store = UpsertStore().apply(run_tap(server, select=KEYS, requests_per_hour=MANY))
    assert skipped(store).keys() == PAID
    assert "The plan FREE does not include the feature EXPENSES" in skipped(store)["expenses"]
    warnings = [record.message for record in caplog.records if record.levelname == "WARNING"]
    for stream in PAID:
        (said,) = (line for line in warnings if f"{stream} " in line or f"{stream}," in line)
        assert "The plan FREE does not include the feature" in said
    assert wrong(store, world, OBJECTS.keys() - PAID - OF_FIELDS) == []
    assert not any(store.rows(stream) for stream in PAID)


def test_rows_of_a_plan_that_ends_are_kept_until_it_is_back(serve: Serve) -> None:
    world = agency(plan="ENTERPRISE_2021", people=4, days=80)
    w = only_workspace(world)
    server = serve(world)
    store = UpsertStore().apply(run_tap(server, select=KEYS, requests_per_hour=MANY))
    before = {stream: store.rows(stream) for stream in PAID}
    assert all(before.values())
    paid = world[w].workspace
    world.change_workspace(replace(paid, plan=FREE))
    for _ in range(2):
        world.clock.advance(HOUR)
        store.apply(run_tap(server, store.state, KEYS, requests_per_hour=MANY))
    assert {stream: store.rows(stream) for stream in PAID} == before
    gone = next(iter(world[w].objects["expenses"]))
    edits.delete_object(world, w, "expenses", gone)
    world.change_workspace(paid)
    world.clock.advance(HOUR)
    store.apply(run_tap(server, store.state, KEYS, requests_per_hour=MANY))
    assert wrong(store, world, OBJECTS) == []
    assert [row["id"] for row in store.rows("expenses") if row["is_deleted"]] == [gone]


def test_plan_that_hides_objects_without_an_error_removes_none(serve: Serve) -> None:
    world = agency(plan="ENTERPRISE_2021", people=3)
    w = only_workspace(world)
    server = serve(world)
    store = UpsertStore().apply(run_tap(server, select=["holidays"]))
    world.change_workspace(replace(world[w].workspace, plan=FREE))
    server.faults.add("status", match="/holidays", status=200, body="[]", times=None)
    store.apply(run_tap(server, store.state, ["holidays"]))
    assert store.rows("holidays", live=True)
    assert wrong(store, world, ["holidays"]) == []


def test_strict_run_fails_after_it_has_read_the_rest(serve: Serve) -> None:
    world = agency(plan="FREE", people=3)
    messages: list[Any] = []
    with pytest.raises(ClockifyError, match=r"failed with status 403"):
        run_tap(serve(world), select=KEYS, into=messages, strict=True, requests_per_hour=MANY)
    store = UpsertStore().apply(messages)
    assert skipped(store) == {}
    assert wrong(store, world, ["clients", "users", "tags"]) == []


def test_member_reads_what_members_may(serve: Serve) -> None:
    world = agency(plan="ENTERPRISE_2021", people=4)
    w = only_workspace(world)
    member = next(each.user_id for each in world[w].members.values() if each.role == "MEMBER")
    world.api_keys["members-key"] = member
    server = serve(world)
    store = UpsertStore().apply(
        run_tap(server, select=KEYS, api_key="members-key", requests_per_hour=MANY)
    )
    reasons = skipped(store)
    assert {"audit_log", "invoices", "invoice_items", "webhooks"} <= reasons.keys()
    assert "owner or admin" in reasons["webhooks"]
    assert wrong(store, world, ["tags"]) == []


def test_one_of_two_workspaces_lacks_the_feature(serve: Serve) -> None:
    world = agency(plan="ENTERPRISE_2021", people=3, workspaces=2)
    first, second = world.workspaces
    world.change_workspace(replace(world[second].workspace, plan=FREE))
    store = UpsertStore().apply(run_tap(serve(world), select=KEYS, requests_per_hour=MANY))
    rows = store.rows("sync_runs")
    assert {row["workspace_id"] for row in rows if row["status"] == "skipped"} == {second}
    assert {row["workspaceId"] for row in store.rows("expenses")} == {first}


@pytest.mark.parametrize("status", [403, 404])
def test_run_goes_without_what_no_number_depends_on(serve: Serve, status: int) -> None:
    server = serve(agency(people=2))
    for path in ("/tags", "/user-groups", "/shared-reports", "/webhooks"):
        server.faults.add("status", match=path, status=status, body="", times=None)
    store = UpsertStore().apply(run_tap(server, select=SELECTED))
    assert set(skipped(store)) == {
        "tags",
        "user_groups",
        "user_group_members",
        "shared_reports",
        "webhooks",
    }


@pytest.mark.parametrize("stream", ["clients", "projects", "users"])
@pytest.mark.parametrize("status", [403, 404])
def test_run_without_clients_projects_or_people_fails(
    serve: Serve, stream: str, status: int
) -> None:
    server = serve(agency(people=2))
    server.faults.add("status", match=f"/{stream}", status=status, body="", times=None)
    with pytest.raises(ClockifyError, match=f"status {status}"):
        run_tap(server, select=SELECTED)


@pytest.mark.parametrize("stream", ["expenses", "invoice_items", "audit_log", "attendance"])
def test_server_error_is_no_refusal(serve: Serve, stream: str) -> None:
    server = serve(agency(plan="ENTERPRISE_2021", people=3))
    path = {"invoice_items": "/invoices", "audit_log": "/audit-log"}.get(stream, f"/{stream}")
    server.faults.add("status", match=path, status=401, body="", times=None)
    with pytest.raises(ClockifyError, match="status 401"):
        run_tap(server, select=[stream])
