"""The state for the next run: small, exact, and refused with a clear message if damaged."""

from __future__ import annotations

import datetime as dt
import json
import random
import secrets
import string
from array import array
from typing import TYPE_CHECKING, Any

import pytest
from clockify_sandbox.world import edits
from clockify_sandbox.world.model import Entry
from hypothesis import given
from hypothesis import strategies as st
from invariants import wrong_with
from support import NOW, UpsertStore, agency, empty, only_workspace, run_tap, serving

from tap_clockify.errors import ClockifyError
from tap_clockify.memory import packing, snapshots
from tap_clockify.memory.snapshots import (
    EntrySnapshot,
    ListSnapshot,
    RowSnapshot,
    TraceSnapshot,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from clockify_sandbox.world import World
    from conftest import Serve

DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)
ONE_MB = 1_000_000
BOTH = ("summary", "time_entries")

DAYS = st.integers(1, 3_000_000)
HEX_IDS = st.binary(min_size=12, max_size=12).map(bytes.hex)
ANY_IDS = st.one_of(
    HEX_IDS,
    st.text(max_size=30),
    st.sampled_from(("", "0", "ff" * 12, "FF" * 12, "ff" * 12 + "\n", "ff" * 13, "é" * 24)),
)
ROWS = st.tuples(ANY_IDS, ANY_IDS, st.one_of(ANY_IDS, st.lists(HEX_IDS).map(",".join)))


# Packing


@given(st.dictionaries(DAYS, st.sets(ROWS, min_size=1, max_size=8), max_size=8))
def test_rows_come_back(rows: dict[int, set[tuple[str, ...]]]) -> None:
    assert packing.unpack_rows(packing.pack_rows(rows, width=3)) == rows


@given(st.dictionaries(DAYS, st.sets(ANY_IDS, min_size=1, max_size=20), max_size=8))
def test_ids_come_back(ids: dict[int, set[str]]) -> None:
    assert packing.unpack_ids(packing.pack_ids(ids)) == ids


@given(st.dictionaries(DAYS, st.lists(st.integers(0, 2**32 - 1), min_size=1), max_size=8))
def test_traces_come_back(traces: dict[int, list[int]]) -> None:
    packed = packing.pack_traces({day: array("I", found) for day, found in traces.items()})
    assert {day: list(found) for day, found in packing.unpack_traces(packed).items()} == traces


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(JSON)
def test_values_come_back(value: object) -> None:
    assert packing.unpack(packing.pack(value)) == value


@given(st.dictionaries(DAYS, st.sets(ANY_IDS, min_size=1), max_size=8))
def test_packed_text_needs_no_escapes(ids: dict[int, set[str]]) -> None:
    packed = packing.pack_ids(ids)
    assert json.dumps(packed) == f'"{packed}"'


def test_packing_depends_on_nothing_but_the_content() -> None:
    """So that a run that finds nothing new leaves the same state."""
    rows = [(f"{n:024x}", "", f"{n % 3:024x}") for n in range(100)]
    packed = packing.pack_rows({7: rows}, width=3)
    assert packing.pack_rows({7: set(rows)}, width=3) == packed


def test_more_ids_than_two_bytes_can_count() -> None:
    rows = {day: {(f"{day:012x}{n:012x}", "", "") for n in range(700)} for day in range(1, 101)}
    assert packing.unpack_rows(packing.pack_rows(rows, width=3)) == rows


@given(ANY_IDS)
def test_trace_fits_into_four_bytes(item: str) -> None:
    assert 0 <= packing.trace(item) < 2**32
    assert packing.trace(item) == packing.trace(item)


@given(st.text(alphabet=string.printable, max_size=200))
def test_what_is_not_packed_is_refused(text: str) -> None:
    for unpack in (packing.unpack_rows, packing.unpack_ids, packing.unpack_traces):
        with pytest.raises((ValueError, TypeError)):
            unpack(text)


# Memory


def keys(*names: str) -> set[tuple[str, ...]]:
    return {(name, "", "") for name in names}


def test_rows_of_a_day_are_replaced_and_the_former_ones_returned() -> None:
    rows = RowSnapshot(None)
    assert rows.replace(5, keys("a", "b")) == set()
    rows = RowSnapshot(rows.packed())
    assert rows.replace(5, keys("b", "c")) == keys("a", "b")
    assert rows.replace(5, set()) == keys("b", "c")
    assert rows.replace(5, keys("d")) == set()


def test_rows_beyond_the_window_are_trimmed_the_oldest_first() -> None:
    rows = RowSnapshot(None)
    for day in range(10):
        rows.replace(day, keys(*(f"{day}-{n}" for n in range(10))))
    rows.trim(exact_from=8, most=45)
    assert [len(rows.replace(day, set())) for day in range(10)] == [0] * 6 + [10] * 4


def test_rows_of_the_window_are_never_trimmed() -> None:
    rows = RowSnapshot(None)
    for day in range(10):
        rows.replace(day, keys(*(f"{day}-{n}" for n in range(10))))
    rows.trim(exact_from=3, most=5)
    assert [len(rows.replace(day, set())) for day in range(10)] == [0] * 3 + [10] * 7


def test_traces_tell_the_day() -> None:
    traces = TraceSnapshot(None)
    traces.replace(3, ["a", "b"])
    traces.add(3, ["c"])
    traces.add(4, ["c"])
    traces = TraceSnapshot(traces.packed())
    assert [traces.days_of(item) for item in ("a", "c", "d")] == [{3}, {3, 4}, set()]
    traces.replace(3, ["a"])
    assert [traces.days_of(item) for item in ("a", "b", "c")] == [{3}, set(), {4}]


def test_traces_are_trimmed_the_oldest_first() -> None:
    traces = TraceSnapshot(None)
    for day in range(10):
        traces.replace(day, [f"{day}-{n}" for n in range(10)])
    traces.trim(25)
    assert [bool(traces.days_of(f"{day}-0")) for day in range(10)] == [False] * 8 + [True] * 2


def test_entries_leave_the_exact_memory_with_the_window() -> None:
    entries = EntrySnapshot(None)
    entries.day_of = {"a": 1, "b": 2, "c": 3}
    entries = EntrySnapshot(entries.packed())
    assert entries.leaving(3) == {1: ["a"], 2: ["b"]}
    assert entries.day_of == {"c": 3}


def test_objects_that_are_gone() -> None:
    known = ListSnapshot(ListSnapshot.packed({"b": ["B", None], "a": ["A", "x"]}))
    assert list(known.gone({"b": None})) == [("a", ["A", "x"])]


# Size


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


# States from elsewhere


DAMAGES: dict[str, Callable[[Any], Any]] = {
    "cut off": lambda value: value[: len(value) // 2],
    "not base 85": lambda _: '"' * 20,
    "empty list": lambda _: packing.pack([]),
    "of another kind": lambda _: packing.pack([[1], [2], [3], [4], [5]]),
    "a number": lambda _: 7,
    "a list": lambda value: [value],
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize(
    ("stream", "part"),
    [
        ("summary", "rows"),
        ("summary", "traces"),
        ("time_entries", "entries"),
        ("time_entries", "traces"),
        ("clients", "known"),
        ("users", "known"),
    ],
)
def test_damaged_memory_is_refused_with_a_message(
    serve: Serve, stream: str, part: str, damage: str
) -> None:
    server = serve(agency(people=3))
    select = [stream]
    state = UpsertStore().apply(run_tap(server, select=select, timezone="UTC")).state
    (partition,) = state["bookmarks"][stream]["partitions"]
    partition[part] = DAMAGES[damage](partition[part])
    messages: list[dict[str, Any]] = []
    with pytest.raises(ClockifyError) as raised:
        run_tap(server, state, select=select, into=messages, timezone="UTC")
    assert stream in str(raised.value)
    assert repr(part) in str(raised.value)
    assert "--full-refresh" in str(raised.value)
    assert [message for message in messages if message["type"] == "RECORD"] == []


@pytest.mark.parametrize("value", ["yesterday", "2026-13-01", 7, "", []])
@pytest.mark.parametrize("name", ["replication_key_value", "history_start"])
@pytest.mark.parametrize("stream", BOTH)
def test_damaged_bookmark_is_refused_with_a_message(
    serve: Serve, stream: str, name: str, value: Any
) -> None:
    server = serve(agency(people=3))
    state = UpsertStore().apply(run_tap(server, select=[stream], timezone="UTC")).state
    state["bookmarks"][stream]["partitions"][0][name] = value
    with pytest.raises(ClockifyError, match=rf"state of {stream} has an unreadable '{name}'"):
        run_tap(server, state, select=[stream], timezone="UTC")


BOOKMARK = {"replication_key": "date", "replication_key_value": "2026-03-25"}

FOREIGN: dict[str, Any] = {
    "nothing": {},
    "no bookmarks": {"bookmarks": {}},
    "an empty bookmark": {"bookmarks": {"summary": {}, "time_entries": {}}},
    "no partitions": {"bookmarks": {"summary": BOOKMARK}},
    "empty partitions": {"bookmarks": {"summary": {**BOOKMARK, "partitions": []}}},
    "another workspace": {
        "bookmarks": {
            "summary": {"partitions": [{**BOOKMARK, "context": {"workspace_id": "elsewhere"}}]}
        }
    },
    "another stream": {"bookmarks": {"tags": {"replication_key_value": "2020-01-01"}}},
    "unfinished": {"bookmarks": {"summary": {"progress_markers": {"Note": "x"}, "partitions": []}}},
    "of the same run twice": {"bookmarks": {"summary": BOOKMARK, "time_entries": BOOKMARK}},
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_state_from_elsewhere_is_used_as_far_as_it_goes(
    serve: Serve, store: UpsertStore, kind: str
) -> None:
    server = serve(agency(people=3))
    since = (NOW - 30 * DAY).date()
    config: dict[str, Any] = {"timezone": "UTC", "lookback_days": 60, "select": BOTH}
    for state in (FOREIGN[kind], None):
        given_state = store.state if state is None else state
        store.apply(run_tap(server, given_state, **config))
        assert wrong_with(_since(store, since), server.world, first=since, streams=BOTH) == []
        server.world.clock.advance(HOUR)
    assert "partitions" in store.state["bookmarks"]["summary"]


def _since(store: UpsertStore, first: dt.date) -> UpsertStore:
    other = UpsertStore()
    other.tables = {
        stream: {key: row for key, row in table.items() if row["date"] >= first.isoformat()}
        for stream, table in store.tables.items()
    }
    return other


def test_bookmark_without_partitions_applies_to_all_workspaces(serve: Serve) -> None:
    server = serve(agency(people=3))
    state = {"bookmarks": {"summary": BOOKMARK}}
    run_tap(server, state, select=["summary"], timezone="UTC", lookback_days=10)
    (body, *_) = [json.loads(seen.body) for seen in server.requests.matching("/reports/detailed$")]
    assert body["dateRangeStart"] == "2026-03-15T00:00:00.000"


def test_state_of_streams_that_are_not_selected_is_kept(serve: Serve) -> None:
    server = serve(agency(people=3))
    store = UpsertStore().apply(run_tap(server, timezone="UTC"))
    before = json.loads(json.dumps(store.state))
    server.world.clock.advance(DAY)
    store.apply(run_tap(server, store.state, select=["clients"], timezone="UTC"))
    for stream in BOTH:
        assert store.state["bookmarks"][stream] == before["bookmarks"][stream]
    assert set(store.state["bookmarks"]) == set(before["bookmarks"])


def test_workspace_that_was_left_out_continues_from_its_bookmark() -> None:
    world = agency(people=3, workspaces=2)
    first, second = sorted(world.workspaces)
    since = (NOW - 84 * DAY).date()
    with serving(world) as server:
        store = UpsertStore().apply(run_tap(server, select=BOTH, timezone="UTC"))
        doomed = [
            next(item for item in world[home].entries if NOW - 9 * DAY < item.start < NOW)
            for home in (first, second)
        ]
        for home, entry in zip((first, second), doomed, strict=True):
            edits.delete_entry(world, home, entry.id)
        for workspaces in ([second], [first, second]):
            world.clock.advance(HOUR)
            store.apply(
                run_tap(server, store.state, BOTH, timezone="UTC", workspace_ids=workspaces)
            )
        assert wrong_with(store, world, first=since, streams=BOTH) == []


def test_state_is_json_that_survives_a_round_trip(serve: Serve) -> None:
    server = serve(agency(people=3))
    store = UpsertStore().apply(run_tap(server, timezone="UTC"))
    assert json.loads(json.dumps(store.state)) == store.state
