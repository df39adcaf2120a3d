"""The table with a row for every entry, compared with what happened."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from clockify_sandbox.world import edits
from clockify_sandbox.world.model import FieldValue
from invariants import local_today, wanted, wrong_with
from support import (
    KEYS,
    NOW,
    UpsertStore,
    agency,
    differences,
    empty,
    only_workspace,
    records,
    run_tap,
    serving,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clockify_sandbox.server import Server
    from clockify_sandbox.world import World
    from conftest import Serve

BOTH = ("summary", "time_entries")
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
LOOKBACK = dt.timedelta(days=84)
SINCE = (NOW - LOOKBACK).date()
DETAILED = r"/reports/detailed$"
SUMMARY = r"/reports/summary$"
IN_PROGRESS = r"/time-entries/status/in-progress"


@pytest.fixture(scope="module", params=["STANDARD_2021", "FREE"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    world = agency(plan=request.param, people=8)
    home = only_workspace(world)
    for number, item in enumerate(list(world[home].entries)):
        if number % 10 == 0:
            edits.set_field(world, home, item.id, FieldValue("f1", "Ticket", "TXT", f"T-{number}"))
        if number % 10 == 1:
            edits.invoice_entry(world, home, item.id, f"invoice-{number}")
    with serving(world) as server:
        yield server


@pytest.fixture
def world() -> World:
    return empty()


@pytest.fixture
def home(world: World) -> str:
    return only_workspace(world)


def entry(store: UpsertStore, entry_id: str) -> dict[str, Any]:
    return store.tables["time_entries"][entry_id,]


# Truth


@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles", "Pacific/Kiritimati"])
def test_every_row_equals_the_truth(server: Server, zone: str) -> None:
    store = UpsertStore().apply(run_tap(server, select=["time_entries"], timezone=zone))
    first = local_today(server.world, zone) - LOOKBACK
    rows = [
        row
        for row in wanted(server.world, "time_entries", timezone=zone, first=first)
        if not row["is_running"]
    ]
    assert len(rows) > 300
    assert differences(_comparable(store), rows, KEYS["time_entries"]) == []


def _comparable(store: UpsertStore) -> list[dict[str, Any]]:
    return [
        {
            **row,
            "field_values": sorted(
                str(field["value"]) for field in json.loads(row["custom_fields"] or "[]")
            ),
        }
        for row in store.rows("time_entries")
        if not row["is_running"]
    ]


def test_agency_has_every_kind_of_entry(server: Server) -> None:
    """Otherwise the comparison with the truth would prove little."""
    rows = wanted(server.world, "time_entries", first=SINCE)
    kinds = {column: {bool(row[column]) for row in rows} for column in rows[0]}
    assert {column for column, found in kinds.items() if found == {True, False}} >= {
        *("project_id", "task_id", "client_id", "tag_ids", "billable", "field_values", "amount"),
        *("approval_request_id", "is_locked", "is_running", "invoice_id", "cost_rate", "rate"),
    }


def test_row_in_full(serve: Serve, store: UpsertStore, world: World, home: str) -> None:
    """What the truth does not specify: formats and units."""
    tag = edits.add_tag(world, home, "night")
    client = edits.add_client(world, home, "Acme")
    project = edits.add_project(world, home, "Website", client_id=client.id)
    made = edits.add_entry(
        world,
        home,
        world.owner_id,
        NOW - 3 * HOUR,
        NOW - 1.5 * HOUR,
        project_id=project.id,
        tag_ids=[tag.id],
        description='Line\nwith "quotes"',
    )
    edits.invoice_entry(world, home, made.id, "invoice-1")
    store.apply(run_tap(serve(world), select=["time_entries"], timezone="Asia/Tokyo"))
    row = entry(store, made.id)
    assert row == {
        "id": made.id,
        "workspace_id": home,
        "user_id": world.owner_id,
        "user": "Olga Owner",
        "project_id": project.id,
        "project": "Website",
        "task_id": None,
        "task": None,
        "client_id": client.id,
        "client": "Acme",
        "tag_ids": tag.id,
        "tags": "night",
        "description": 'Line\nwith "quotes"',
        "billable": True,
        "start": "2026-03-31T12:00:00Z",
        "end": "2026-03-31T13:30:00Z",
        "date": "2026-03-31",
        "duration_seconds": 5400,
        "duration_decimal": 1.5,
        "rate": 120.0,
        "amount": 180.0,
        "cost_rate": None,
        "cost_amount": 0.0,
        "currency": "EUR",
        "type": "REGULAR",
        "is_locked": False,
        "is_running": False,
        "approval_request_id": None,
        "is_invoiced": True,
        "invoice_id": "invoice-1",
        "custom_fields": None,
        "import_timestamp": row["import_timestamp"],
        "_sdc_deleted_at": None,
    }


# One pass


@pytest.mark.parametrize("select", [BOTH, ("summary",), ("time_entries",)], ids="+".join)
def test_report_is_fetched_once_for_any_selection(serve: Serve, select: tuple[str]) -> None:
    server = serve()
    messages = run_tap(server, select=select, timezone="UTC")
    assert server.requests.count(DETAILED) == 1
    assert server.requests.count(SUMMARY) == 1
    assert server.requests.count(IN_PROGRESS) == ("time_entries" in select)
    assert {m["stream"] for m in messages if m["type"] == "RECORD"} == set(select)


def test_report_is_fetched_once_for_each_workspace() -> None:
    world = agency(workspaces=2)
    with serving(world) as server:
        run_tap(server, select=BOTH, timezone="UTC")
        for workspace in world.workspaces:
            assert server.requests.count(f"{workspace}{DETAILED}") == 1


def test_later_run_fetches_the_report_once_too(serve: Serve, store: UpsertStore) -> None:
    server = serve()
    store.apply(run_tap(server, select=BOTH, timezone="UTC"))
    server.requests.clear()
    server.world.clock.advance(HOUR)
    run_tap(server, store.state, select=BOTH, timezone="UTC")
    assert server.requests.count(DETAILED) == 1
    assert server.requests.count(SUMMARY) == 1


def test_both_tables_are_the_same_together_and_alone(serve: Serve) -> None:
    server = serve()
    together = UpsertStore().apply(run_tap(server, select=BOTH, timezone="UTC"))
    for stream in BOTH:
        alone = UpsertStore().apply(run_tap(server, select=[stream], timezone="UTC"))
        without = {"import_timestamp"}
        assert [_cut(row, without) for row in alone.rows(stream)] == [
            _cut(row, without) for row in together.rows(stream)
        ]


def _cut(row: dict[str, Any], without: set[str]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in without}


def test_both_tables_sum_up_to_the_same(server: Server) -> None:
    store = UpsertStore().apply(run_tap(server, select=BOTH, timezone="UTC"))
    for ours, theirs in (("duration_decimal", "duration_decimal"), ("amount_decimal", "amount")):
        assert store.total("summary", ours) == pytest.approx(
            store.total("time_entries", theirs), abs=1e-6
        )


# Timers that run


def test_running_timer_is_a_row_without_an_end(
    serve: Serve, store: UpsertStore, world: World, home: str
) -> None:
    timer = edits.start_timer(world, home, world.owner_id, description="On it")
    world.clock.advance(HOUR)
    store.apply(run_tap(serve(world), select=BOTH, timezone="UTC"))
    row = entry(store, timer.id)
    assert (row["end"], row["is_running"], row["description"]) == (None, True, "On it")
    assert (row["start"], row["date"]) == ("2026-03-31T15:00:00Z", "2026-03-31")
    measures = ("duration_seconds", "duration_decimal", "amount", "cost_amount")
    assert [row[name] for name in measures] == [0, 0, 0, 0]
    assert store.rows("summary") == []


@pytest.mark.parametrize("options", [{}, {"running_in_detailed": True, "running_in_summary": True}])
def test_timer_that_stopped_completes_its_row(
    serve: Serve, store: UpsertStore, world: World, home: str, options: dict[str, Any]
) -> None:
    server = serve(world, **options)
    timer = edits.start_timer(world, home, world.owner_id)
    store.apply(run_tap(server, select=BOTH, timezone="UTC"))
    world.clock.advance(2 * HOUR)
    store.apply(run_tap(server, store.state, select=BOTH, timezone="UTC"))
    assert entry(store, timer.id)["is_running"]
    assert store.rows("summary") == []
    edits.stop_timer(world, home, world.owner_id)
    store.apply(run_tap(server, store.state, select=BOTH, timezone="UTC"))
    row = entry(store, timer.id)
    assert (row["end"], row["is_running"]) == ("2026-03-31T17:00:00Z", False)
    assert row["duration_decimal"] == 2.0
    assert [item["duration_decimal"] for item in store.rows("summary")] == [2.0]
    assert wrong_with(store, world, first=SINCE, streams=BOTH) == []


@pytest.mark.parametrize("feed", ["auto", "off"])
@pytest.mark.parametrize("days", [0, 40])
def test_timer_that_was_discarded_is_deleted(
    serve: Serve, store: UpsertStore, world: World, home: str, feed: str, days: int
) -> None:
    """Even a forgotten timer that began before the window."""
    config: dict[str, Any] = {"timezone": "UTC", "change_feed": feed, "lookback_days": 30}
    server = serve(world)
    timer = edits.start_timer(world, home, world.owner_id)
    store.apply(run_tap(server, select=BOTH, **config))
    world.clock.advance(dt.timedelta(days=days))
    store.apply(run_tap(server, store.state, select=BOTH, **config))
    assert entry(store, timer.id)["_sdc_deleted_at"] is None
    edits.delete_entry(world, home, timer.id)
    world.clock.advance(HOUR)
    store.apply(run_tap(server, store.state, select=BOTH, **config))
    row = entry(store, timer.id)
    assert row["_sdc_deleted_at"] == row["import_timestamp"]
    assert not row["is_running"]
    assert store.rows("summary") == []


@pytest.mark.parametrize("feed", ["auto", "off"])
def test_timer_from_before_the_window_is_completed_when_it_stops(
    serve: Serve, store: UpsertStore, world: World, home: str, feed: str
) -> None:
    config: dict[str, Any] = {"timezone": "UTC", "change_feed": feed, "lookback_days": 30}
    server = serve(world)
    timer = edits.start_timer(world, home, world.owner_id)
    store.apply(run_tap(server, select=BOTH, **config))
    for days in (40, 10):
        world.clock.advance(dt.timedelta(days=days))
        store.apply(run_tap(server, store.state, select=BOTH, **config))
        assert entry(store, timer.id)["is_running"]
        assert entry(store, timer.id)["_sdc_deleted_at"] is None
    edits.stop_timer(world, home, world.owner_id)
    store.apply(run_tap(server, store.state, select=BOTH, **config))
    assert entry(store, timer.id)["duration_decimal"] == 50 * 24
    assert wrong_with(store, world, first=SINCE, streams=BOTH) == []


@pytest.mark.parametrize("days", [0, 40])
def test_timer_started_before_the_first_run_window(
    serve: Serve, store: UpsertStore, world: World, home: str, days: int
) -> None:
    """A running timer is a row now, whenever it began."""
    timer = edits.add_entry(
        world, home, world.owner_id, NOW - dt.timedelta(days=days), None, description="Forgotten"
    )
    store.apply(run_tap(serve(world), select=BOTH, timezone="UTC", lookback_days=30))
    assert entry(store, timer.id)["is_running"]


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("feed", ["auto", "off"])
@pytest.mark.parametrize("verify", ["warn", "off"])
@pytest.mark.parametrize(
    ("first", "last"), [(IN_PROGRESS, DETAILED), (DETAILED, IN_PROGRESS)], ids=["before", "after"]
)
def test_timer_that_stops_while_the_run_reads_is_never_missed(
    serve: Serve,
    store: UpsertStore,
    world: World,
    home: str,
    first: str,
    last: str,
    verify: str,
    feed: str,
    known: bool,  # noqa: FBT001
) -> None:
    """It stops between the list of running timers and the report, whichever is answered first."""
    config: dict[str, Any] = {"timezone": "UTC", "change_feed": feed, "select": BOTH}
    config["verify_totals"] = verify
    server = serve(world)
    timer = edits.start_timer(world, home, world.owner_id)
    if known:
        store.apply(run_tap(server, **config))
    world.clock.advance(HOUR)
    server.faults.add("slow", match=last, seconds=0.4)
    server.faults.call(lambda: edits.stop_timer(world, home, world.owner_id), match=first)
    messages = run_tap(server, store.state, **config)
    assert [row["id"] for row in records(messages, "time_entries")] == [timer.id]
    store.apply(messages)
    row = entry(store, timer.id)
    assert row["_sdc_deleted_at"] is None
    assert store.total("summary", "duration_decimal") == row["duration_decimal"]
    store.apply(run_tap(server, store.state, **config))
    assert wrong_with(store, world, first=SINCE, streams=BOTH) == []


def test_timer_that_starts_while_the_run_reads_is_there_after_the_next_run(
    serve: Serve, store: UpsertStore, world: World, home: str
) -> None:
    server = serve(world)
    server.faults.call(lambda: edits.start_timer(world, home, world.owner_id), match=IN_PROGRESS)
    store.apply(run_tap(server, select=BOTH, timezone="UTC"))
    assert store.rows("time_entries") == []
    world.clock.advance(HOUR)
    store.apply(run_tap(server, store.state, select=BOTH, timezone="UTC"))
    assert [row["is_running"] for row in store.rows("time_entries")] == [True]


def test_more_timers_than_a_page_holds(serve: Serve, store: UpsertStore, home: str) -> None:
    world = empty()
    home = only_workspace(world)
    for number in range(1200):
        person = edits.add_user(world, home, f"Person {number}")
        edits.start_timer(world, home, person.id)
    server = serve(world)
    store.apply(run_tap(server, select=["time_entries"], timezone="UTC"))
    assert len(store.rows("time_entries")) == 1200
    assert server.requests.count(IN_PROGRESS) == 2


def test_running_timer_has_its_person_and_project(
    serve: Serve, store: UpsertStore, world: World, home: str
) -> None:
    """Even if nobody has tracked time on the project within the window."""
    client = edits.add_client(world, home, "Acme")
    project = edits.add_project(world, home, "Website", client_id=client.id)
    edits.start_timer(world, home, world.owner_id, project_id=project.id)
    store.apply(run_tap(serve(world), select=["time_entries"], timezone="UTC"))
    (row,) = store.rows("time_entries")
    names = (row["user"], row["project"], row["client"], row["client_id"])
    assert names == ("Olga Owner", "Website", "Acme", client.id)


def test_running_timer_has_its_task(
    serve: Serve, store: UpsertStore, world: World, home: str
) -> None:
    project = edits.add_project(world, home, "Website")
    task = edits.add_task(world, home, project.id, "Design")
    edits.add_entry(
        world,
        home,
        world.owner_id,
        NOW - 2 * HOUR,
        NOW - HOUR,
        project_id=project.id,
        task_id=task.id,
    )
    edits.start_timer(world, home, world.owner_id, project_id=project.id, task_id=task.id)
    store.apply(run_tap(serve(world), select=["time_entries"], timezone="UTC"))
    assert [row["task"] for row in store.rows("time_entries")] == ["Design", "Design"]
    assert wrong_with(store, world, first=SINCE, streams=["time_entries"]) == []


# Rows that vanish


@pytest.mark.parametrize("feed", ["auto", "off"])
def test_deleted_entry_is_marked_and_counts_nothing(
    serve: Serve, store: UpsertStore, world: World, home: str, feed: str
) -> None:
    server = serve(world)
    made = edits.add_entry(world, home, world.owner_id, NOW - 2 * HOUR, NOW - HOUR)
    store.apply(run_tap(server, select=BOTH, timezone="UTC", change_feed=feed))
    edits.delete_entry(world, home, made.id)
    world.clock.advance(HOUR)
    store.apply(run_tap(server, store.state, select=BOTH, timezone="UTC", change_feed=feed))
    row = entry(store, made.id)
    assert row["_sdc_deleted_at"] == row["import_timestamp"]
    assert (row["workspace_id"], row["date"]) == (home, "2026-03-31")
    measures = ("duration_seconds", "duration_decimal", "amount", "cost_amount", "is_running")
    assert [row[name] for name in measures] == [0, 0, 0, 0, False]
    # It may be sent again, in case a loader lost this run, but with the same date of deletion.
    world.clock.advance(DAY)
    store.apply(run_tap(server, store.state, select=BOTH, timezone="UTC", change_feed=feed))
    assert entry(store, made.id)["_sdc_deleted_at"] == row["_sdc_deleted_at"]


@pytest.mark.parametrize("feed", ["auto", "off"])
def test_deleted_entry_is_sent_again_by_a_few_runs_only(
    serve: Serve, store: UpsertStore, world: World, home: str, feed: str
) -> None:
    server = serve(world)
    made = edits.add_entry(world, home, world.owner_id, NOW - 2 * HOUR, NOW - HOUR)
    store.apply(run_tap(server, select=BOTH, timezone="UTC", change_feed=feed))
    edits.delete_entry(world, home, made.id)
    for _ in range(5):
        world.clock.advance(DAY)
        again = run_tap(server, store.state, select=BOTH, timezone="UTC", change_feed=feed)
        store.apply(again)
    assert records(again, "time_entries") == records(again, "summary") == []


@pytest.mark.parametrize("feed", ["auto", "off"])
def test_restored_entry_is_live_again(
    serve: Serve, store: UpsertStore, world: World, home: str, feed: str
) -> None:
    server = serve(world)
    made = edits.add_entry(world, home, world.owner_id, NOW - 2 * HOUR, NOW - HOUR)
    for edit in (None, edits.delete_entry, edits.restore_entry):
        if edit is not None:
            edit(world, home, made.id)
        world.clock.advance(HOUR)
        store.apply(run_tap(server, store.state, select=BOTH, timezone="UTC", change_feed=feed))
        assert wrong_with(store, world, first=SINCE, streams=BOTH) == []
    assert entry(store, made.id)["_sdc_deleted_at"] is None
    assert entry(store, made.id)["duration_decimal"] == 1.0
