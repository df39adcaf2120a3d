"""The days a later run reads: the lookback window, or everything if the calendar changed."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from clockify_sandbox.world import edits
from invariants import wrong_with
from support import NOW, empty, only_workspace, run_tap

if TYPE_CHECKING:
    from clockify_sandbox.server import Server
    from clockify_sandbox.world import World
    from conftest import Serve
    from support import UpsertStore

BOTH = ("summary", "time_entries")
DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)
HISTORY = (NOW - 100 * DAY).date()
LOOKBACK = 30
EAST, WEST = "Pacific/Kiritimati", "Pacific/Pago_Pago"


@pytest.fixture
def world() -> World:
    """Track half an hour every other day, in turn after and before midnight UTC."""
    world = empty()
    home = only_workspace(world)
    for days in range(97, 0, -2):
        hour = 0 if days % 4 == 1 else 23
        start = NOW.replace(hour=hour) - days * DAY
        world.clock.set(start + HOUR / 2)
        edits.add_entry(world, home, world.owner_id, start, start + HOUR / 2)
    world.clock.set(NOW)
    return world


def extract(server: Server, store: UpsertStore, **config: Any) -> None:
    settings = {"lookback_days": LOOKBACK, "start_date": HISTORY.isoformat(), **config}
    server.requests.clear()
    store.apply(run_tap(server, store.state, BOTH, **settings))
    server.world.clock.advance(HOUR)


def first_day_read(server: Server) -> str:
    bodies = [json.loads(seen.body) for seen in server.requests.matching("/reports/detailed$")]
    return min(body["dateRangeStart"] for body in bodies)[:10]


@pytest.mark.parametrize("feed", ["auto", "off"])
@pytest.mark.parametrize(
    ("before", "after"), [("UTC", EAST), ("UTC", WEST), (EAST, WEST), (WEST, EAST)]
)
def test_changed_timezone_reads_the_whole_history_again(
    serve: Serve, store: UpsertStore, world: World, before: str, after: str, feed: str
) -> None:
    server = serve(world)
    extract(server, store, timezone=before, change_feed=feed)
    assert wrong_with(store, world, timezone=before, first=HISTORY, streams=BOTH) == []
    for _ in range(2):
        extract(server, store, timezone=after, change_feed=feed)
        assert wrong_with(store, world, timezone=after, first=HISTORY, streams=BOTH) == []
    # Rows of the old calendar count 0 and remain as tombstones.
    removed = [row for row in store.rows("summary") if row["_sdc_deleted_at"] is not None]
    assert min(row["date"] for row in removed) < (NOW - 90 * DAY).date().isoformat()


def test_whole_history_is_read_once_for_a_changed_timezone(
    serve: Serve, store: UpsertStore, world: World
) -> None:
    server = serve(world)
    window = (NOW - LOOKBACK * DAY).date().isoformat()
    for timezone, first in (
        ("UTC", HISTORY.isoformat()),
        ("UTC", window),
        ("Europe/Berlin", HISTORY.isoformat()),
        ("Europe/Berlin", window),
    ):
        extract(server, store, timezone=timezone)
        assert first_day_read(server) == first


def test_changed_timezone_of_the_account_reads_the_whole_history_again(
    serve: Serve, store: UpsertStore, world: World
) -> None:
    server = serve(world)
    for zone in (WEST, EAST):
        edits.set_timezone(world, world.owner_id, zone)
        extract(server, store)
        assert first_day_read(server) == HISTORY.isoformat()
        assert wrong_with(store, world, timezone=zone, first=HISTORY, streams=BOTH) == []


def test_history_reaches_back_to_the_earliest_start_although_it_was_moved_forward_since(
    serve: Serve, store: UpsertStore, world: World
) -> None:
    """The warehouse still has the earlier days, so they need the new calendar too."""
    server = serve(world)
    extract(server, store, timezone="UTC")
    later = (NOW - 50 * DAY).date().isoformat()
    extract(server, store, timezone="UTC", start_date=later)
    extract(server, store, timezone=EAST, start_date=later)
    assert first_day_read(server) == HISTORY.isoformat()
    assert wrong_with(store, world, timezone=EAST, first=HISTORY, streams=BOTH) == []


def test_window_begins_the_lookback_before_the_bookmark(
    serve: Serve, store: UpsertStore, world: World
) -> None:
    """A pause between two runs makes the window longer and never moves it past the bookmark."""
    server = serve(world)
    extract(server, store, timezone="UTC")
    world.clock.advance(12 * DAY)
    extract(server, store, timezone="UTC")
    assert first_day_read(server) == (NOW - LOOKBACK * DAY).date().isoformat()
    extract(server, store, timezone="UTC")
    assert first_day_read(server) == (NOW - (LOOKBACK - 12) * DAY).date().isoformat()


def test_window_does_not_begin_before_the_history(
    serve: Serve, store: UpsertStore, world: World
) -> None:
    server = serve(world)
    start = (NOW - 10 * DAY).date().isoformat()
    for _ in range(2):
        extract(server, store, timezone="UTC", start_date=start)
        assert first_day_read(server) == start


def test_start_moved_back_reads_from_there_once(
    serve: Serve, store: UpsertStore, world: World
) -> None:
    server = serve(world)
    window = (NOW - LOOKBACK * DAY).date().isoformat()
    later = (NOW - 50 * DAY).date().isoformat()
    for start, first in ((later, later), (HISTORY.isoformat(),) * 2, (HISTORY.isoformat(), window)):
        extract(server, store, timezone="UTC", start_date=start)
        assert first_day_read(server) == first
    assert wrong_with(store, world, first=HISTORY, streams=BOTH) == []
