"""A run that dies or fails, and what a target makes of its messages.

Targets merge only at the end of their input, as target-bigquery does, and remember the last STATE
that they read. One of two targets gets the messages:

- one that outlives the tap: it merges all that it received;
- one that dies with it: it merges nothing.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from clockify_sandbox.world import edits
from invariants import wrong_with
from support import NOW, UpsertStore, agency

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from clockify_sandbox.world import World
    from support import Message

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
FIRST = (NOW - 60 * DAY).date()
CONFIG: dict[str, Any] = {
    "timezone": "UTC",
    "change_feed": "auto",
    "lookback_days": 30,
    "start_date": FIRST.isoformat(),
    "requests_per_hour": 100_000,  # also on Free, whose limit the stand-in does not enforce here
}


def copy_of(store: UpsertStore) -> UpsertStore:
    """Copy a warehouse; rows are replaced as a whole, never changed."""
    other = UpsertStore()
    other.tables = {stream: dict(table) for stream, table in store.tables.items()}
    other.schemas = dict(store.schemas)
    other.state = json.loads(json.dumps(store.state))
    return other


def last_state(messages: Iterable[Message], before: dict[str, Any]) -> dict[str, Any]:
    states = [message["value"] for message in messages if message["type"] == "STATE"]
    return states[-1] if states else before


def outlived(store: UpsertStore, messages: list[Message]) -> UpsertStore:
    """Merge all that a tap wrote before it was killed."""
    return copy_of(store).apply(messages)


def died_as_well(store: UpsertStore, messages: list[Message]) -> UpsertStore:
    """Merge nothing, but keep the last STATE."""
    other = copy_of(store)
    other.state = last_state(messages, store.state)
    return other


def wrong(store: UpsertStore, world: World, *streams: str) -> list[str]:
    return wrong_with(
        store,
        world,
        first=FIRST,
        streams=streams or ("summary", "time_entries", "clients", "projects", "users"),
        names_from=world.now().date() - 30 * DAY,
    )


def small_agency(**story: Any) -> World:
    return agency(people=3, days=55, entries_per_day=0.3, **story)


def work(world: World) -> None:
    """Make edits of all kinds: the tables get new, changed and deleted rows."""
    for number, workspace in enumerate(world.workspaces):
        entries = [entry for entry in world[workspace].entries if entry.end is not None]
        old, recent = entries[: len(entries) // 2], entries[len(entries) // 2 :]
        for some in (old, recent):
            edits.delete_entry(world, workspace, some[0].id)
            edits.move_entry(world, workspace, some[1].id, None)
            edits.redate_entry(world, workspace, some[2].id, some[2].start + 2 * DAY)
            edits.resize_entry(world, workspace, some[3].id, 77)
        edits.redate_entry(world, workspace, old[4].id, recent[4].start)
        edits.redate_entry(world, workspace, recent[5].id, old[5].start)
        edits.add_entry(world, workspace, world.owner_id, NOW - 2 * HOUR, NOW - HOUR)
        edits.add_entry(world, workspace, world.owner_id, NOW - 50 * DAY, NOW - 50 * DAY + HOUR)
        edits.stop_timer(world, workspace, world.owner_id)
        edits.start_timer(world, workspace, world.owner_id)
        edits.add_client(world, workspace, f"New client {number}")
        gone = next(iter(world[workspace].clients))
        edits.archive_client(world, workspace, gone)
        edits.delete_client(world, workspace, gone)


def bookmarks(state: Mapping[str, Any]) -> dict[str, list[Any]]:
    return {
        stream: [item.get("replication_key_value") for item in bookmark["partitions"]]
        for stream, bookmark in state["bookmarks"].items()
    }
