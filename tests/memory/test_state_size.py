"""The state stays small, however long the history and however many the runs."""

from __future__ import annotations

import datetime as dt
import json
import random
import secrets
from typing import TYPE_CHECKING, Any

import pytest
from clockify_sandbox.world import edits
from clockify_sandbox.world.model import Entry
from support import NOW, UpsertStore, agency, empty, only_workspace, run_tap, serving

from tap_clockify.memory import packing, snapshots
from tap_clockify.memory.snapshots import RowSnapshot, TraceSnapshot

if TYPE_CHECKING:
    from clockify_sandbox.world import World
    from conftest import Serve

DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)
ONE_MB = 1_000_000


def test_84_days_of_100_people_and_40000_entries_fit_into_a_megabyte() -> None:
    """Of the whole state, with all streams; printed once a run."""
    world = large_world()
    with serving(world) as server:
        messages = run_tap(server, timezone="UTC", verify_totals="off")
    states = [message for message in messages if message["type"] == "STATE"]
    assert len(states) == 1
    assert len(json.dumps(states[0])) < ONE_MB
    store = UpsertStore().apply(messages)
    assert len(store.rows("time_entries")) == 40_000


def large_world() -> World:
    """Fill 84 days as an agency of 100 might: 60 projects, 12 tags, no pattern in the ids."""
    world = empty()
    home = only_workspace(world)
    chance = random.Random(3)  # noqa: S311
    people = [
        edits.add_user(world, home, f"Person {n}", email=f"p{n}@example.org") for n in range(100)
    ]
    projects = [edits.add_project(world, home, f"Project {n}").id for n in range(60)]
    tags = [edits.add_tag(world, home, f"tag {n}").id for n in range(12)]
    entries = []
    for number in range(40_000):
        start = NOW - chance.randrange(1, 84 * 24 * 60 - 900) * dt.timedelta(minutes=1)
        entries.append(
            Entry(
                id=f"{chance.getrandbits(96):024x}",
                workspace_id=home,
                user_id=people[number % 100].id,
                start=start,
                end=start + HOUR,
                project_id=chance.choice(projects),
                tag_ids=tuple(chance.sample(tags, chance.choice((0, 1, 1, 2)))),
            )
        )
    world.load(home, entries)
    return world


def test_history_beyond_the_window_keeps_the_state_below_a_megabyte() -> None:
    """With years more of the same, the oldest days are forgotten, but never the window."""
    exact_from = 1000
    rows = RowSnapshot(None)
    people = [secrets.token_hex(12) for _ in range(100)]
    projects = [secrets.token_hex(12) for _ in range(60)]
    chance = random.Random(5)  # noqa: S311
    for day in range(exact_from + 84):
        keys_of_day = {(person, chance.choice(projects), "") for person in people for _ in range(4)}
        rows.replace(day, keys_of_day)
        rows.trim(exact_from, snapshots.ROWS_KEPT)
    assert len(rows.packed()) < 0.4 * ONE_MB
    assert rows.replace(exact_from, set()) != set()
    assert rows.replace(0, set()) == set()
    traces = TraceSnapshot(None)
    for day in range(1000):
        traces.add(day, [secrets.token_hex(12) for _ in range(480)])
        traces.trim(snapshots.TRACES_KEPT)
    assert len(traces.packed()) < 0.2 * ONE_MB


@pytest.mark.parametrize("feed", ["auto", "off"])
def test_state_does_not_grow_with_the_number_of_runs(serve: Serve, feed: str) -> None:
    server = serve(agency(people=3))
    store = UpsertStore()
    sizes = []
    for _ in range(6):
        store.apply(run_tap(server, store.state, timezone="UTC", change_feed=feed))
        sizes.append(len(json.dumps(store.state)))
        server.world.clock.advance(HOUR)
    assert sizes[-1] < sizes[0] + 500  # bookmarks of the feed and the removals of two runs
    assert max(sizes[2:]) - min(sizes[2:]) < 20
    assert set(store.state) == {"version", "bookmarks"}


def test_quiet_run_leaves_the_same_memory(serve: Serve) -> None:
    server = serve(agency(people=3))
    store = UpsertStore().apply(run_tap(server, timezone="UTC"))
    packed = [memory_of(store.state)]
    for _ in range(2):
        server.world.clock.advance(HOUR)
        store.apply(run_tap(server, store.state, timezone="UTC"))
        packed.append(memory_of(store.state))
    assert packed[0] == packed[1] == packed[2]


def memory_of(state: dict[str, Any]) -> dict[str, Any]:
    kept = {"rows", "entries", "running", "known"}
    return {
        stream: [
            {name: value for name, value in partition.items() if name in kept}
            for partition in bookmark["partitions"]
        ]
        for stream, bookmark in state["bookmarks"].items()
    }


def test_memory_moves_with_the_window(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows from before the window are dropped if there are too many, those of the window never."""
    monkeypatch.setattr("tap_clockify.reports.tables.ROWS_KEPT", 20)
    monkeypatch.setattr("tap_clockify.reports.tables.TRACES_KEPT", 20)
    server = serve(agency(people=3))
    store = UpsertStore()
    config: dict[str, Any] = {"timezone": "UTC", "lookback_days": 20}
    for _ in range(5):
        store.apply(run_tap(server, store.state, **config))
        today = server.world.now().date()
        (partition,) = store.state["bookmarks"]["summary"]["partitions"]
        days = packing.unpack_rows(partition["rows"])
        old = [day for day in days if day < (today - 20 * DAY).toordinal()]
        assert sum(len(days[day]) for day in old) <= 20
        live = {
            row["date"]
            for row in store.rows("summary", live=True)
            if row["date"] >= (today - 20 * DAY).isoformat()
        }
        assert {dt.date.fromordinal(day).isoformat() for day in days} >= live
        (partition,) = store.state["bookmarks"]["time_entries"]["partitions"]
        assert all(
            day >= (today - 20 * DAY).toordinal()
            for day in packing.unpack_ids(partition["entries"])
        )
        traces = packing.unpack_traces(partition["traces"])
        assert sum(map(len, traces.values())) <= 20
        server.world.clock.advance(7 * DAY)
