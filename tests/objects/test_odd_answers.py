"""Answers that Clockify documents otherwise, or only for one of many objects."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from clockify_client.errors import ClockifyError
from clockify_sandbox.world import edits
from support import UpsertStore, agency, empty, only_workspace, records, run_tap
from truth_of import wrong

from tap_clockify.records.flatten import Flattener

if TYPE_CHECKING:
    from clockify_sandbox.server import Server
    from conftest import Serve
    from support import Row

HOUR = dt.timedelta(hours=1)
FEATURES = ("EXPENSES", "SOMETHING_NEW")


def answering(server: Server, path: str, body: Any) -> None:
    server.faults.add("status", match=path, status=200, body=json.dumps(body), times=None)


def rows_of(server: Server, stream: str, **config: Any) -> list[Row]:
    return records(run_tap(server, select=[stream], unknown_fields="ignore", **config), stream)


@pytest.fixture
def server(serve: Serve) -> Server:
    return serve(agency(plan="ENTERPRISE_2021", people=4))


# One object of many


@pytest.mark.parametrize("status", [400, 403, 404])
@pytest.mark.parametrize("stream", ["member_profiles", "user_managers"])
def test_person_who_cannot_be_read_keeps_their_rows(serve: Serve, stream: str, status: int) -> None:
    world = agency(plan="ENTERPRISE_2021", people=6)
    w = only_workspace(world)
    server = serve(world)
    streams = [stream, "sync_runs"]
    store = UpsertStore().apply(run_tap(server, select=streams))
    before = store.rows(stream, live=True)
    unread = before[0]["userId"]
    path = "/member-profile/" if stream == "member_profiles" else "/users/"
    server.faults.add("status", match=f"{path}{unread}", status=status, body="", times=None)
    gone = next(iter(edits_of_groups(world, w))) if stream == "user_managers" else None
    world.clock.advance(HOUR)
    store.apply(run_tap(server, store.state, streams))
    live = store.rows(stream, live=True)
    assert [row for row in live if row["userId"] == unread] == [
        row for row in before if row["userId"] == unread
    ]
    if gone is not None:
        assert len(live) < len(before)
    (line,) = [r for r in store.rows("sync_runs") if r["stream"] == stream and r["reason"]]
    assert line["status"] == "succeeded"
    assert line["reason"] == f"1 could not be read: status {status}."


def edits_of_groups(world: Any, w: str) -> list[str]:
    """Delete the groups, and so the managers of people."""
    groups = list(world[w].objects["user_groups"])
    for group in groups:
        edits.delete_object(world, w, "user_groups", group)
    return groups


def test_deleted_invoice_is_gone_although_another_one_cannot_be_read(serve: Serve) -> None:
    world = agency(plan="ENTERPRISE_2021", people=4, days=200)
    w = only_workspace(world)
    server = serve(world)
    streams = ["invoices", "invoice_items", "invoice_payments"]
    store = UpsertStore().apply(run_tap(server, select=streams))
    unread, deleted, *_ = world[w].objects["invoices"]
    server.faults.add("status", match=f"/invoices/{unread}", status=400, body="", times=None)
    edits.delete_object(world, w, "invoices", deleted)
    world.clock.advance(HOUR)
    store.apply(run_tap(server, store.state, streams))
    assert wrong(store, world, streams) == []


def test_refusal_of_everyone_is_noticed_after_a_few(server: Server) -> None:
    server.faults.add("status", match="/member-profile/", status=403, body="", times=None)
    store = UpsertStore().apply(run_tap(server, select=["member_profiles", "sync_runs"]))
    assert [row["status"] for row in store.rows("sync_runs")] == ["skipped"]


# What the plan says, and what Clockify does


def test_list_that_the_features_do_not_name_is_read_as_any_other(serve: Serve) -> None:
    world = agency(plan="ENTERPRISE_2021", people=3)
    w = only_workspace(world)
    server = serve(world)
    workspace = {"id": w, "featureSubscriptionType": "PRO", "features": FEATURES}
    server.faults.add(
        "status", match="/workspaces$", status=200, body=json.dumps([workspace]), times=None
    )
    store = UpsertStore().apply(run_tap(server, select=["holidays"]))
    edits.delete_object(world, w, "holidays", next(iter(world[w].objects["holidays"])))
    world.clock.advance(HOUR)
    store.apply(run_tap(server, store.state, ["holidays"]))
    assert wrong(store, world, ["holidays"]) == []


def test_objects_that_are_hidden_from_a_demoted_owner_stay(serve: Serve) -> None:
    world = agency(people=4)
    w = only_workspace(world)
    server = serve(world)
    streams = ["projects", "tasks", "users"]
    store = UpsertStore().apply(run_tap(server, select=streams))
    before = [store.rows(stream) for stream in streams]
    edits.set_member_role(world, w, world.owner_id, "MEMBER")
    for _ in range(3):
        messages: list[Any] = []
        with pytest.raises(ClockifyError, match="owner or admin"):
            run_tap(server, store.state, streams, into=messages)
        store.apply(messages)
        live = [store.rows(stream, live=True) for stream in streams]
        assert list(map(len, live)) == list(map(len, before))
    run_tap(server, store.state, streams, allow_removals=True)


# Shapes


@pytest.mark.parametrize("status", [404, 405])
def test_invoices_of_a_host_without_their_newer_list(serve: Serve, status: int) -> None:
    world = agency(plan="ENTERPRISE_2021", people=4, days=200)
    server = serve(world)
    server.faults.add("status", match="/invoices/info", status=status, body="", times=None)
    streams = ["invoice_items", "invoice_payments"]
    store = UpsertStore().apply(run_tap(server, select=[*streams, "invoices"]))
    assert wrong(store, world, streams) == []
    assert len(store.rows("invoices")) == len(world[only_workspace(world)].objects["invoices"])


def test_what_only_the_answer_of_an_invoice_says_is_not_lost(server: Server) -> None:
    answering(server, "/invoices/info", {"invoices": [{"id": "i", "clientName": None, "paid": 5}]})
    answering(server, "/invoices/i", {"id": "i", "clientName": "Client", "amount": 100})
    (row,) = rows_of(server, "invoices")
    assert (row["clientName"], row["amount"], row["paid"]) == ("Client", 1.0, 0.05)


@pytest.mark.parametrize(
    "orders", [[1, 1], [None, 1], [2, None], ["first", "second"], [True, 1], [1.0, 2]], ids=str
)
def test_items_that_their_numbers_do_not_tell_apart_are_all_there(
    server: Server, orders: list[Any]
) -> None:
    items = [{"order": order, "amount": 100} for order in orders]
    answering(server, "/invoices/info", {"invoices": [{"id": "i"}]})
    answering(server, "/invoices/i", {"id": "i", "items": items})
    rows = rows_of(server, "invoice_items")
    assert [row["order"] for row in rows] == [1, 2]
    assert sum(row["amount"] for row in rows) == 2.0


@pytest.mark.parametrize(
    ("stream", "path", "body"),
    [
        ("clients", "/clients", [None, {"id": "a"}]),
        ("users", "/users", [{"id": "a", "memberships": [None]}]),
        ("memberships", "/users", [{"id": "a", "memberships": [None, {"targetId": "w"}]}]),
        ("user_group_members", "/user-groups", [{"id": "a", "userIds": [None, "", "b"]}]),
        ("projects", "/projects", [{"id": "a", "client": "x", "memberships": [None]}]),
        ("expenses", "/expenses", {"expenses": {"expenses": [{"id": "a", "category": "x"}]}}),
        ("time_off_requests", "/requests", {"requests": [{"id": "a", "status": "APPROVED"}]}),
        ("holidays", "/holidays", [{"id": "a", "automaticTimeEntryCreation": {"enabled": True}}]),
    ],
)
def test_odd_shapes_lose_no_row(server: Server, stream: str, path: str, body: Any) -> None:
    answering(server, path, body)
    assert len(rows_of(server, stream)) == 1


def test_list_in_which_the_page_has_no_effect_ends(server: Server) -> None:
    answering(server, "/tags", [{"id": f"{number}"} for number in range(200)])
    assert len(rows_of(server, "tags")) == 200


@pytest.mark.parametrize(
    ("kind", "sent", "written"),
    [
        ("date", "2026-03-02", "2026-03-02"),
        ("date", "2026-03-02T00:00:00Z", "2026-03-02"),
        ("date", "2026-13-45", None),
        ("date", "02.03.2026", None),
        ("date-time", "2026-02-20T10:00:00Z", "2026-02-20T10:00:00Z"),
        ("date-time", "2026-02-20T10:00:00.123+02:00", "2026-02-20T10:00:00.123+02:00"),
        ("date-time", "2026-02-20 10:00", "2026-02-20T10:00:00Z"),
        ("date-time", "2026-02-20T10:00:00+0530", "2026-02-20T10:00:00+05:30"),
        ("date-time", "2026-02-30T25:61:00Z", None),
        ("date-time", 1711929600000, None),
        ("integer", 10**25, None),
        ("integer", "first", None),
        ("number", "NaN", None),
        ("number", "1e999", None),
        ("number", "2.5", 2.5),
        ("boolean", "True", True),
        ("string", {"a": [1]}, '{"a":[1]}'),
    ],
)
def test_values_that_no_warehouse_takes_are_null(kind: str, sent: Any, written: Any) -> None:
    assert Flattener({"column": kind}, {})({"column": sent})["column"] == written


# Attendance


def attendance(server: Server, *entities: dict[str, Any]) -> list[Row]:
    answering(server, "/reports/attendance", {"entities": entities})
    return rows_of(server, "attendance")


def test_odd_attendance(serve: Serve) -> None:
    day = {"userId": "u", "date": "2026-03-02T00:00:00Z", "totalDuration": "3600", "startTime": 9}
    (row,) = attendance(serve(empty()), day, {**day, "totalDuration": 1})
    assert (row["date"], row["total_duration_hours"], row["start_time"]) == ("2026-03-02", 1.0, "9")


def test_attendance_without_a_day_fails_with_a_sentence(serve: Serve) -> None:
    with pytest.raises(ClockifyError, match="without a person or a day"):
        attendance(serve(empty()), {"userId": "u", "date": None})
