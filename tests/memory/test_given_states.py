"""A damaged state is refused with a message, and any other is used as far as it goes."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from clockify_client.errors import ClockifyError
from clockify_sandbox.world import edits
from invariants import wrong_with
from support import NOW, UpsertStore, agency, run_tap, serving

from tap_clockify.memory import packing

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Serve

DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)
BOTH = ("summary", "time_entries")


DAMAGES: dict[str, Callable[[Any], Any]] = {
    "cut off": lambda value: value[: len(value) // 2],
    "not base 85": lambda _: '"' * 20,
    "empty list": lambda _: packing.pack([]),
    "of another kind": lambda _: packing.pack([[1], [2], [3], [4], [5]]),
    "a number": lambda _: 7,
    "a list": lambda value: [value],
    "nothing": lambda _: "",
}

TURNS = {
    "a number": 7,
    "nothing": [],
    "no number": ["2026-03-31"],
    "no day": ["yesterday", 0],
    "no windows": ["2026-03-31", "few"],
    "half a window": ["2026-03-31", 0.5],
    "less than no windows": ["2026-03-31", -1],
    "too much": ["2026-03-31", 0, 0],
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize(
    ("stream", "part"),
    [
        ("summary", "rows"),
        ("summary", "entries"),
        ("summary", "answers"),
        ("time_entries", "entries"),
        ("time_entries", "answers"),
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


@pytest.mark.parametrize("damage", TURNS)
@pytest.mark.parametrize("stream", BOTH)
def test_damaged_turn_is_refused_with_a_message(serve: Serve, stream: str, damage: str) -> None:
    server = serve(agency(people=3))
    state = UpsertStore().apply(run_tap(server, select=[stream], timezone="UTC")).state
    (partition,) = state["bookmarks"][stream]["partitions"]
    assert "turn" in partition
    partition["turn"] = TURNS[damage]
    with pytest.raises(ClockifyError, match=f"state of {stream} has an unreadable 'turn'"):
        run_tap(server, state, select=[stream], timezone="UTC")


@pytest.mark.parametrize("value", [7, "", "abc", ["a"], [["a", "b", "c"]]], ids=repr)
def test_damaged_timers_are_refused_with_a_message(serve: Serve, value: Any) -> None:
    server = serve(agency(people=3))
    select = ["time_entries"]
    state = UpsertStore().apply(run_tap(server, select=select, timezone="UTC")).state
    state["bookmarks"]["time_entries"]["partitions"][0]["running"] = value
    with pytest.raises(ClockifyError, match="state of time_entries has an unreadable 'running'"):
        run_tap(server, state, select=select, timezone="UTC")


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: 7,
        lambda _: "x",
        lambda _: [],
        lambda found: dict.fromkeys(found, 7),
        lambda found: {item: {**found[item], "visible": "many"} for item in found},
        lambda found: {item: {**found[item], "roles": 7} for item in found},
        lambda found: {item: {**found[item], "tracked": 7} for item in found},
    ],
    ids=["a number", "a text", "a list", "numbers", "visible", "roles", "tracked"],
)
def test_damaged_sights_are_refused_with_a_message(
    serve: Serve, damage: Callable[[Any], Any]
) -> None:
    server = serve(agency(people=3))
    state = UpsertStore().apply(run_tap(server, timezone="UTC")).state
    state["sights"] = damage(state["sights"])
    with pytest.raises(ClockifyError, match="state of the tap has an unreadable 'sights'"):
        run_tap(server, state, timezone="UTC")


def test_state_without_sights_is_read(serve: Serve) -> None:
    server = serve(agency(people=3))
    state = UpsertStore().apply(run_tap(server, timezone="UTC")).state
    sights = state.pop("sights")
    assert run_tap(server, state, timezone="UTC")[-1]["value"]["sights"] == sights


@pytest.mark.parametrize("value", ["yesterday", "2026-13-01", 7, "", []])
@pytest.mark.parametrize(
    "name", ["replication_key_value", "history_start", "resume", "reached", "last_day"]
)
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
