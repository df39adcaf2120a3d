"""Every row of an entry equals what happened, and one reading fills both tables."""

from __future__ import annotations

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
    only_workspace,
    records,
    run_tap,
    serving,
)
from time_rows import BOTH, DAY, DETAILED, HOUR, IN_PROGRESS, LOOKBACK, SINCE, SUMMARY, entry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clockify_sandbox.server import Server
    from clockify_sandbox.world import World
    from conftest import Serve


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
        "is_deleted": False,
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
