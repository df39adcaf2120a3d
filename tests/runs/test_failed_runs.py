"""A run that fails anywhere, followed by a normal one, ends in the same tables."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from clockify_client.errors import ClockifyError
from clockify_sandbox.world import edits
from crashing import (
    CONFIG,
    DAY,
    HOUR,
    bookmarks,
    copy_of,
    died_as_well,
    outlived,
    small_agency,
    work,
    wrong,
)
from invariants import wrong_with
from support import NOW, UpsertStore, empty, only_workspace, run_tap

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from clockify_sandbox.server import Server
    from clockify_sandbox.world import World
    from clockify_sandbox.world.model import Entry
    from conftest import Serve
    from support import Message


def entry_of_today(world: World) -> Entry:
    return edits.add_entry(world, only_workspace(world), world.owner_id, NOW - 2 * HOUR, NOW - HOUR)


def run_failing(server: Server, store: UpsertStore, **config: Any) -> list[Message]:
    messages: list[Message] = []
    with pytest.raises(ClockifyError):
        run_tap(server, store.state, into=messages, **{**CONFIG, **config})
    return messages


FAILING = {
    "before anything was sent": r"GET .*/workspaces$",
    "in the first stream": r"GET .*/clients",
    "in the second": r"GET .*/projects",
    "before the report": r"/in-progress",
    "in the report": r"/reports/detailed",
    "in the totals": r"/reports/summary",
    "after the report": r"GET .*/users",
}


@pytest.mark.parametrize("target", [outlived, died_as_well])
@pytest.mark.parametrize("where", FAILING)
def test_failed_run_writes_one_state_and_the_next_makes_up_for_it(
    serve: Serve, where: str, target: Callable[..., UpsertStore]
) -> None:
    """The next run deletes rows first sent by the failed run and deleted in between."""
    world = small_agency()
    home = only_workspace(world)
    server = serve(world)
    store = UpsertStore().apply(run_tap(server, **CONFIG))
    work(world)
    world.clock.advance(DAY)
    made = [
        edits.add_entry(world, home, world.owner_id, NOW - days * DAY, NOW - days * DAY + HOUR)
        for days in (0, 5)
    ]
    client = edits.add_client(world, home, "Short-lived")
    server.faults.add("status", match=FAILING[where], status=405, body="", times=None)
    messages = run_failing(server, store)
    assert [message["type"] for message in messages].count("STATE") == 1
    assert messages[-1]["type"] == "STATE"
    assert bookmarks(messages[-1]["value"]) == bookmarks(store.state)
    store = target(store, messages)
    server.faults.clear()
    for entry in made:
        edits.delete_entry(world, home, entry.id)
    edits.archive_client(world, home, client.id)
    edits.delete_client(world, home, client.id)
    world.clock.advance(HOUR)
    store.apply(run_tap(server, store.state, **CONFIG))
    assert wrong(store, world) == []


def test_failed_run_remembers_what_it_sent_from_before_the_window(serve: Serve) -> None:
    world = empty()
    home = only_workspace(world)
    server = serve(world)
    store = UpsertStore().apply(run_tap(server, **CONFIG))
    world.clock.advance(DAY)
    made = edits.add_entry(world, home, world.owner_id, NOW - 45 * DAY, NOW - 45 * DAY + HOUR)
    world.clock.advance(HOUR)
    server.faults.add("status", match=r"GET .*/users", status=405, body="", times=None)
    store.apply(run_failing(server, store))
    assert store.total("summary", "duration_decimal") == 1.0
    server.faults.clear()
    edits.delete_entry(world, home, made.id)
    world.clock.advance(HOUR)
    store.apply(run_tap(server, store.state, **CONFIG))
    assert wrong(store, world) == []


@pytest.mark.parametrize("after", range(8))
def test_failed_in_any_window_of_a_long_first_run(serve: Serve, after: int) -> None:
    """The windows that were read before the failure are remembered."""
    world, store = failed_in_a_window(serve, after)
    assert wrong(store, world, "summary", "clients", "projects", "users") == []
    since = world.now().date() - 30 * DAY
    assert wrong_with(store_since(store, since), world, first=since) == []


def test_failed_first_run_remembers_the_entries_from_before_the_window(serve: Serve) -> None:
    world, store = failed_in_a_window(serve, 2)
    assert wrong(store, world, "time_entries") == []


def failed_in_a_window(serve: Serve, after: int) -> tuple[World, UpsertStore]:
    """Let a first run fail, delete entries that it has sent or not, and run again."""
    world = small_agency(plan="FREE")
    home = only_workspace(world)
    server = serve(world)
    server.faults.add("status", match="/reports/", status=405, body="", times=None, after=after)
    store = UpsertStore()
    run_failing_or_not(server, store)
    server.faults.clear()
    world.clock.advance(HOUR)
    stopped = [entry for entry in world[home].entries if entry.end is not None]
    recent = [entry for entry in stopped if NOW - 20 * DAY < entry.start < NOW]
    for entry in (*stopped[:6], *recent[:6]):
        edits.delete_entry(world, home, entry.id)
    world.clock.advance(HOUR)
    store.apply(run_tap(server, store.state, **CONFIG))
    return world, store


def store_since(store: UpsertStore, since: dt.date) -> UpsertStore:
    """Copy a store without the rows of time from before a day."""
    other = copy_of(store)
    for stream in ("summary", "time_entries"):
        other.tables[stream] = {
            key: row
            for key, row in other.tables[stream].items()
            if row["date"] is None or row["date"] >= since.isoformat()
        }
    return other


def run_failing_or_not(server: Server, store: UpsertStore) -> None:
    messages: list[Message] = []
    with suppress(ClockifyError):
        run_tap(server, into=messages, **CONFIG)
    store.apply(messages)


@pytest.mark.parametrize("failing", [0, 1])
def test_one_of_two_workspaces_fails(serve: Serve, failing: int) -> None:
    """Neither moves its bookmark, and neither marks as deleted what was not read."""
    world = small_agency(workspaces=2)
    server = serve(world)
    store = UpsertStore().apply(run_tap(server, **CONFIG))
    work(world)
    world.clock.advance(DAY)
    workspace = sorted(world.workspaces)[failing]
    server.faults.add("status", match=f"{workspace}/reports", status=405, body="", times=None)
    messages = run_failing(server, store)
    assert bookmarks(messages[-1]["value"]) == bookmarks(store.state)
    deleted = [
        message["record"]
        for message in messages
        if message["type"] == "RECORD" and message["record"].get("_sdc_deleted_at")
    ]
    assert {row.get("workspace_id") for row in deleted} <= {None}
    server.faults.clear()
    store.apply(messages).apply(run_tap(server, store.state, **CONFIG))
    assert wrong(store, world) == []


@pytest.mark.parametrize("kind", ["truncated", "malformed", "reset", "5xx", "429"])
def test_fault_that_passes_leaves_no_trace(serve: Serve, kind: Any) -> None:
    server = serve(small_agency())
    store = UpsertStore().apply(run_tap(server, **CONFIG))
    work(server.world)
    server.world.clock.advance(HOUR)
    for match in ("/reports/detailed", "/reports/summary", "/entities/updated", "/users"):
        server.faults.add(kind, match=match, times=2)
    store.apply(run_tap(server, store.state, **CONFIG))
    assert wrong(store, server.world) == []
