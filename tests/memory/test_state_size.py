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
from support import (
    KEYS,
    NOW,
    REPLACED,
    UpsertStore,
    agency,
    empty,
    only_workspace,
    run_tap,
    serving,
)

from tap_clockify.memory import packing, snapshots
from tap_clockify.memory.history import HASH_BYTES
from tap_clockify.memory.snapshots import IdSnapshot, RowSnapshot

if TYPE_CHECKING:
    from clockify_sandbox.world import World
    from conftest import Serve

DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)
ONE_MB = 1_000_000


@pytest.mark.parametrize(("streams", "limit"), [(REPLACED, 1.0), (tuple(KEYS), 1.5)])
def test_84_days_of_100_people_and_40000_entries_take_little(
    streams: tuple[str, ...], limit: float
) -> None:
    """Of the whole state, with all streams; printed once a run."""
    world = large_world()
    with serving(world) as server:
        messages = run_tap(server, select=streams, timezone="UTC", verify_totals="off")
    states = [message for message in messages if message["type"] == "STATE"]
    assert len(states) == 1
    size = len(json.dumps(states[0]))
    assert size < limit * ONE_MB, size
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
    for project in projects:
        edits.set_project_members(world, home, project, [person.id for person in people])
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


def test_rows_of_a_long_history_take_little() -> None:
    """With years more of the same, the oldest days are forgotten, but never the window."""
    exact_from = 1000
    rows = RowSnapshot(None)
    people = [secrets.token_hex(12) for _ in range(100)]
    projects = [secrets.token_hex(12) for _ in range(60)]
    chance = random.Random(5)  # noqa: S311
    for day in range(1, exact_from + 84):
        keys_of_day = {(person, chance.choice(projects), "") for person in people for _ in range(4)}
        rows.replace(day, keys_of_day)
        rows.trim(exact_from, snapshots.ROWS_KEPT)
    assert len(rows.packed()) < 0.4 * ONE_MB
    assert rows.replace(exact_from, set()) != set()
    assert rows.replace(1, set()) == set()


@pytest.mark.parametrize(("begins_with", "most"), [("nothing", 0.9), ("its time", 0.6)])
def test_60000_ids_from_before_the_window_fit_into_a_megabyte(
    begins_with: str, most: float
) -> None:
    """12 bytes that nothing compresses take 15 characters; Clockify's ids begin with a time."""
    entries = IdSnapshot(None)
    for day in range(1, 1001):
        time = f"{1_600_000_000 + day * 86_400:08x}" if begins_with == "its time" else ""
        entries.add(day, {time + secrets.token_hex(12 - len(time) // 2) for _ in range(480)})
        entries.trim(exact_from=1001, most=snapshots.ENTRIES_KEPT)
    assert len(entries) == snapshots.ENTRIES_KEPT
    size = len(entries.packed())
    print(f"{len(entries)} ids that begin with {begins_with}: {size} characters")  # noqa: T201
    assert size < most * ONE_MB


def test_answers_of_10_years_take_little() -> None:
    answers = {day: secrets.token_bytes(HASH_BYTES) for day in range(735_000, 735_000 + 3_652)}
    assert len(packing.pack_hashes(answers, HASH_BYTES)) < 0.035 * ONE_MB


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
    assert set(store.state) == {"version", "bookmarks", "sights"}


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
    kept = {"rows", "entries", "running", "known", "answers", "turn"}
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
    monkeypatch.setattr("tap_clockify.reports.tables.ENTRIES_KEPT", 20)
    server = serve(agency(people=3))
    store = UpsertStore()
    config: dict[str, Any] = {"timezone": "UTC", "lookback_days": 20}
    for _ in range(5):
        store.apply(run_tap(server, store.state, **config))
        today = server.world.now().date()
        window = (today - 20 * DAY).toordinal()
        (partition,) = store.state["bookmarks"]["summary"]["partitions"]
        assert "entries" not in partition, "those of time_entries are enough"
        days = packing.unpack_rows(partition["rows"], width=3)
        assert sum(len(rows) for day, rows in days.items() if day < window) <= 20
        live = {
            row["date"]
            for row in store.rows("summary", live=True)
            if row["date"] >= (today - 20 * DAY).isoformat()
        }
        assert {dt.date.fromordinal(day).isoformat() for day in days} >= live
        (partition,) = store.state["bookmarks"]["time_entries"]["partitions"]
        ids = packing.unpack_ids(partition["entries"])
        assert sum(len(items) for day, items in ids.items() if day < window) <= 20
        assert {item for day, items in ids.items() if day >= window for item in items} >= ids_since(
            store, today - 20 * DAY
        )
        server.world.clock.advance(7 * DAY)


def ids_since(store: UpsertStore, first: dt.date) -> set[str]:
    return {
        row["id"]
        for row in store.rows("time_entries", live=True)
        if row["date"] >= first.isoformat() and not row["is_running"]
    }
