"""How many rows the memory keeps, and that all of a large removal are named again."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from clockify_sandbox.world import edits
from support import UpsertStore, empty, only_workspace, records, run_tap

from tap_clockify.memory.snapshots import IdSnapshot, RowSnapshot

if TYPE_CHECKING:
    from conftest import Serve

HOUR = dt.timedelta(hours=1)


@pytest.mark.parametrize(
    ("most", "kept"), [(30, [0, 1, 2]), (29, [1, 2]), (20, [1, 2]), (19, [2]), (10, [2]), (9, [])]
)
def test_whole_days_are_kept_up_to_the_very_number(most: int, kept: list[int]) -> None:
    rows, entries = RowSnapshot(None), IdSnapshot(None)
    for day in range(3):
        rows.add(day, {(f"{day}-{number}", "", "") for number in range(10)})
        entries.add(day, {f"{day}-{number}" for number in range(10)})
    rows.trim(exact_from=3, most=most)
    entries.trim(exact_from=3, most=most)
    assert [day for day in range(3) if rows.has(day, (f"{day}-0", "", ""))] == kept
    assert [day for day in range(3) if entries.days_of(f"{day}-0")] == kept


def test_first_day_of_the_window_is_kept_however_many_rows_it_has() -> None:
    rows, entries = RowSnapshot(None), IdSnapshot(None)
    for day in (3, 4):
        rows.add(day, {("a", "", ""), ("b", "", "")})
        entries.add(day, {f"{day}-a", f"{day}-b"})
    rows.trim(exact_from=4, most=1)
    entries.trim(exact_from=4, most=1)
    assert not rows.has(3, ("a", "", ""))
    assert rows.has(4, ("a", "", ""))
    assert rows.has(4, ("b", "", ""))
    assert entries.all == {"4-a", "4-b"}


def test_day_without_rows_takes_no_place() -> None:
    rows, entries = RowSnapshot(None), IdSnapshot(None)
    empty_memory = rows.packed(), entries.packed()
    rows.add(3, set())
    rows.replace(4, set())
    entries.add(3, set())
    entries.replace(4, set())
    assert (rows.packed(), entries.packed()) == empty_memory


def test_all_rows_of_a_large_removal_are_named_again(serve: Serve, store: UpsertStore) -> None:
    world = empty()
    home = only_workspace(world)
    clients = [edits.add_client(world, home, f"client {number}").id for number in range(200)]
    server = serve(world)
    store.apply(run_tap(server, select=["clients"]))
    for client in clients:
        edits.archive_client(world, home, client)
        edits.delete_client(world, home, client)
    for allowed in (True, False, False):
        world.clock.advance(HOUR)
        messages = run_tap(server, store.state, ["clients"], allow_removals=allowed)
        store.apply(messages)
        named = {row["id"] for row in records(messages, "clients") if row["_sdc_deleted_at"]}
        assert named == set(clients)
