"""A timer that runs is a row at once, and the row follows it until it stops or is discarded."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from clockify_sandbox.world import edits
from invariants import wrong_with
from support import NOW, UpsertStore, empty, only_workspace, records, run_tap
from time_rows import BOTH, DETAILED, HOUR, IN_PROGRESS, SINCE, entry

if TYPE_CHECKING:
    from clockify_sandbox.world import World
    from conftest import Serve


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
