"""Streams with a cursor read what has changed since the last run, and some time before."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest
from clockify_client.errors import ClockifyError
from clockify_sandbox.world import edits, truth
from support import UpsertStore, agency, only_workspace, records, run_tap
from truth_of import wrong

from tap_clockify.lists import table_reader

if TYPE_CHECKING:
    from clockify_sandbox.server import Server
    from clockify_sandbox.world import World
    from conftest import Serve

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


def enterprise(**story: Any) -> World:
    return agency(plan="ENTERPRISE_2021", **story)


# Requests for approval, newest changes first


def pages_of_approvals(server: Server) -> list[str]:
    found = server.requests.matching("/approval-requests")
    return [page for request in found for page in parse_qs(request.query)["page"]]


@pytest.fixture
def _long_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a list of some hundred rows count as one that is too long to be read whole."""
    monkeypatch.setattr(table_reader, "WHOLE_UP_TO", 0)


def many_approvals(people: int = 9) -> World:
    """Build a workspace with more requests for approval than a page has."""
    world = enterprise(people=people, days=300)
    assert len(truth.object_rows(world, only_workspace(world), "approval_requests")) > 250
    return world


@pytest.mark.usefixtures("_long_list")
def test_later_runs_stop_at_what_earlier_runs_have_seen(serve: Serve) -> None:
    world = many_approvals()
    w = only_workspace(world)
    server = serve(world)
    settings = {"lookback_days": 7}
    store = UpsertStore().apply(run_tap(server, select=["approval_requests"], **settings))
    assert wrong(store, world, ["approval_requests"]) == []
    assert set(pages_of_approvals(server)) == {"1", "2"}
    server.requests.clear()
    rows = truth.object_rows(world, w, "approval_requests")
    old: Any = min(rows, key=lambda row: row["approvalRequest"]["status"]["updatedAt"])
    world.clock.advance(DAY)
    edits.edit_object(
        world,
        w,
        "approval_requests",
        old["approvalRequest"]["id"],
        approvalRequest__status__state="REJECTED",
        approvalRequest__status__updatedAt=f"{world.now():%Y-%m-%dT%H:%M:%SZ}",
    )
    messages = run_tap(server, store.state, ["approval_requests"], **settings)
    store.apply(messages)
    assert wrong(store, world, ["approval_requests"]) == []
    assert pages_of_approvals(server) == ["1"]
    assert not any(row["is_deleted"] for row in store.rows("approval_requests"))


@pytest.mark.usefixtures("_long_list")
def test_first_run_that_fails_in_mid_list_leaves_the_rest_to_the_next(serve: Serve) -> None:
    world = many_approvals()
    server = serve(world)
    server.faults.add("status", match="/approval-requests.*page=2&", status=405, body="")
    messages: list[Any] = []
    with pytest.raises(ClockifyError, match="405"):
        run_tap(server, select=["approval_requests"], lookback_days=7, into=messages)
    store = UpsertStore().apply(messages)
    assert 0 < len(store.rows("approval_requests")) <= 200
    store.apply(run_tap(server, store.state, ["approval_requests"], lookback_days=7))
    assert wrong(store, world, ["approval_requests"]) == []


@pytest.mark.usefixtures("_long_list")
def test_request_without_a_time_of_change_stays(serve: Serve) -> None:
    server = serve(enterprise(people=2))
    rows = [
        {"approvalRequest": {"id": "a", "status": {"updatedAt": "2026-03-01T00:00:00Z"}}},
        {"approvalRequest": {"id": "b", "status": {"updatedAt": None}}},
        {"approvalRequest": {"id": "c"}},
    ]
    body = json.dumps(rows)
    server.faults.add("status", match="/approval-requests", status=200, body=body, times=None)
    store = UpsertStore()
    for _ in range(3):
        store.apply(run_tap(server, store.state, ["approval_requests"], unknown_fields="ignore"))
        assert [row["id"] for row in store.rows("approval_requests", live=True)] == ["a", "b", "c"]


def test_short_list_is_read_whole(serve: Serve) -> None:
    world = many_approvals()
    w = only_workspace(world)
    server = serve(world)
    store = UpsertStore().apply(run_tap(server, select=["approval_requests"], lookback_days=7))
    rows: Any = truth.object_rows(world, w, "approval_requests")
    oldest = min(rows, key=lambda row: row["approvalRequest"]["status"]["updatedAt"])
    edits.delete_object(world, w, "approval_requests", oldest["approvalRequest"]["id"])
    store.apply(run_tap(server, store.state, ["approval_requests"], lookback_days=7))
    assert wrong(store, world, ["approval_requests"]) == []


@pytest.mark.usefixtures("_long_list")
def test_recent_request_that_is_deleted_is_gone(serve: Serve) -> None:
    world = many_approvals()
    w = only_workspace(world)
    server = serve(world)
    store = UpsertStore().apply(run_tap(server, select=["approval_requests"]))
    rows: Any = truth.object_rows(world, w, "approval_requests")
    newest = max(rows, key=lambda row: row["approvalRequest"]["status"]["updatedAt"])
    gone = newest["approvalRequest"]["id"]
    edits.delete_object(world, w, "approval_requests", gone)
    world.clock.advance(HOUR)
    for _ in range(2):
        store.apply(run_tap(server, store.state, ["approval_requests"]))
        assert wrong(store, world, ["approval_requests"]) == []
    assert [row["id"] for row in store.rows("approval_requests") if row["is_deleted"]] == [gone]


@pytest.mark.usefixtures("_long_list")
def test_list_in_another_order_is_read_whole(serve: Serve) -> None:
    world = many_approvals()
    w = only_workspace(world)
    server = serve(world)
    store = UpsertStore().apply(run_tap(server, select=["approval_requests"], lookback_days=1))
    before = store.rows("approval_requests")
    shuffled = truth.object_rows(world, w, "approval_requests")
    shuffled.sort(key=lambda row: json.dumps(row)[::-1])
    pages = [shuffled[:200], shuffled[200:]]
    for number, page in enumerate(pages, start=1):
        body = json.dumps(page)
        match = f"/approval-requests.*page={number}&"
        server.faults.add("status", match=match, status=200, body=body, times=None)
    store.apply(run_tap(server, store.state, ["approval_requests"], lookback_days=1))
    assert len(store.rows("approval_requests", live=True)) == len(before)


@pytest.mark.parametrize("listed", ["ALL", "PENDING"])
def test_requests_of_every_state_are_read_whichever_clockify_lists(
    serve: Serve, listed: str
) -> None:
    world = enterprise(people=6)
    server = serve(world, approvals_default_status=listed)
    rows: Any = truth.object_rows(world, only_workspace(world), "approval_requests")
    states = {
        row["approvalRequest"]["id"]: row["approvalRequest"]["status"]["state"] for row in rows
    }
    # Clockify has no filter for the other states, such as REJECTED.
    named_states = {"PENDING", "APPROVED", "WITHDRAWN_APPROVAL"}
    wanted = {key for key, state in states.items() if listed == "ALL" or state in named_states}
    assert "APPROVED" in {states[key] for key in wanted}
    store = UpsertStore()
    for _ in range(2):
        store.apply(run_tap(server, store.state, ["approval_requests"]))
        assert {row["id"] for row in store.rows("approval_requests", live=True)} == wanted
        world.clock.advance(HOUR)
    named = [parse_qs(r.query).get("status") for r in server.requests.matching("/approval-req")]
    assert any(named) == (listed == "PENDING")


# Logs


@pytest.mark.parametrize("first_page", [0, 1])
def test_audit_log_is_whole_from_whichever_page_it_counts(serve: Serve, first_page: int) -> None:
    world = enterprise(people=6)
    server = serve(world, audit_first_page=first_page)
    store = UpsertStore().apply(run_tap(server, select=["audit_log"], start_date="2025-01-01"))
    wanted = truth.object_rows(world, only_workspace(world), "audit_log")
    assert len(store.rows("audit_log")) == len(wanted) > 50


def test_audit_log_goes_on_where_the_last_run_stopped(serve: Serve) -> None:
    world = enterprise(people=4)
    w = only_workspace(world)
    server = serve(world)
    settings = {"start_date": "2025-01-01"}
    store = UpsertStore().apply(run_tap(server, select=["audit_log"], **settings))
    wanted = {(row["timestamp"], row["action"]) for row in truth.object_rows(world, w, "audit_log")}
    assert {(row["timestamp"], row["action"]) for row in store.rows("audit_log")} == wanted
    world.clock.advance(3 * DAY)
    edits.add_project(world, w, "New project")
    world.clock.advance(HOUR)
    later = run_tap(server, store.state, ["audit_log"], **settings)
    assert len(records(later, "audit_log")) < len(wanted)
    store.apply(later)
    assert len(store.rows("audit_log")) == len(truth.object_rows(world, w, "audit_log"))


def test_audit_log_has_a_host_of_its_own(serve: Serve) -> None:
    server = serve(enterprise(people=2))
    url = server.audit_log_url.replace("127.0.0.1", "localhost")
    assert records(run_tap(server, select=["audit_log"], audit_log_url=url), "audit_log")
    (asked,) = {request.headers["host"] for request in server.requests.matching("/audit-log")}
    assert asked.startswith("localhost")


def test_changes_are_read_as_far_back_as_the_feed_holds_them(serve: Serve) -> None:
    world = enterprise(people=3, days=100)
    server = serve(world)
    store = UpsertStore().apply(run_tap(server, select=["entity_changes"]))
    first = store.rows("entity_changes")
    oldest = min(row["changedAt"] for row in first)
    assert oldest < "2026-01-15"
    assert {row["change"] for row in first} >= {"created", "updated"}
    w = only_workspace(world)
    world.clock.advance(DAY)
    entry = edits.add_entry(world, w, world.owner_id, world.now() - HOUR, world.now())
    world.clock.advance(HOUR)
    later = run_tap(server, store.state, ["entity_changes"])
    store.apply(later)
    new = {row["documentId"] for row in store.rows("entity_changes")}
    assert entry.id in new
    assert len(records(later, "entity_changes")) < len(first) / 2
    for row in store.rows("entity_changes"):
        assert json.loads(row["document"])


def test_feed_that_accepts_only_documented_types(serve: Serve) -> None:
    world = enterprise(people=2, days=20)
    store = UpsertStore().apply(
        run_tap(serve(world, feed_other_types=False), select=["entity_changes"])
    )
    assert {row["documentType"] for row in store.rows("entity_changes")} >= {"TIME_ENTRY"}
    assert "HOLIDAYS" not in {row["documentType"] for row in store.rows("entity_changes")}


def test_feed_that_counts_from_1(serve: Serve) -> None:
    world = enterprise(people=2, days=20)
    found = [
        UpsertStore().apply(run_tap(serve(world, feed_first_page=page), select=["entity_changes"]))
        for page in (0, 1)
    ]
    keys = [{tuple(row.values())[:5] for row in store.rows("entity_changes")} for store in found]
    assert keys[0] == keys[1] != set()


def test_feed_that_is_forbidden_is_skipped(serve: Serve) -> None:
    store = UpsertStore().apply(
        run_tap(
            serve(enterprise(people=2), feed="forbidden"), select=["entity_changes", "sync_runs"]
        )
    )
    assert [row["status"] for row in store.rows("sync_runs")] == ["skipped"]


# Attendance


def test_attendance_before_the_lookback_window_stays(serve: Serve) -> None:
    world = enterprise(people=3, days=60)
    w = only_workspace(world)
    server = serve(world)
    settings = {"lookback_days": 20, "timezone": "UTC"}
    first = run_tap(server, select=["attendance"], start_date="2026-02-01", **settings)
    store = UpsertStore().apply(first)
    before = len(store.rows("attendance"))
    assert min(row["date"] for row in store.rows("attendance")) < "2026-02-10"
    recent = [e for e in world[w].entries if e.start > world.now() - 10 * DAY and e.end]
    user = recent[0].user_id
    day = recent[0].start.date()
    for entry in [e for e in world[w].entries if e.user_id == user and e.start.date() == day]:
        edits.delete_entry(world, w, entry.id)
    world.clock.advance(HOUR)
    for _ in range(3):
        store.apply(run_tap(server, store.state, ["attendance"], **settings))
        world.clock.advance(DAY)
    gone = [(r["user_id"], r["date"]) for r in store.rows("attendance") if r["is_deleted"]]
    assert gone == [(user, str(day))]
    assert len(store.rows("attendance")) >= before


def test_attendance_of_old_days_follows_the_entries(serve: Serve) -> None:
    world = enterprise(people=3, days=120)
    w = only_workspace(world)
    server = serve(world)
    settings = {"lookback_days": 20, "timezone": "UTC", "start_date": "2025-12-01"}
    streams = ["attendance", "summary"]
    store = UpsertStore().apply(run_tap(server, select=streams, **settings))
    entry = next(e for e in world[w].entries if e.end and e.start > world.now() - 60 * DAY)
    person, day = entry.user_id, entry.start.date()
    for each in list(world[w].entries):
        if (each.user_id, each.start.date()) == (person, day):
            edits.delete_entry(world, w, each.id)
    world.clock.advance(HOUR)
    store.apply(run_tap(server, store.state, streams, **settings))
    gone = [(r["user_id"], r["date"]) for r in store.rows("attendance") if r["is_deleted"]]
    assert gone == [(person, str(day))]
