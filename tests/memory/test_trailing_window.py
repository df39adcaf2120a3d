"""The days a later run reads: the lookback window, or everything if the calendar changed."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from clockify_sandbox.world import edits
from invariants import wrong_with
from support import NOW, empty, only_workspace, run_tap

from tap_clockify.memory.trailing_window import TrailingWindow

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


# A run whose requests are used up leaves the rest of its window to the next one


TODAY = NOW.date()
EXACT_FROM = TODAY - LOOKBACK * DAY


def window_of(**partition: Any) -> TrailingWindow:
    return TrailingWindow(
        "summary",
        partition,
        today=TODAY,
        exact_from=EXACT_FROM,
        start=HISTORY,
        zone="UTC",
        reached=TODAY.isoformat(),
    )


def days_ago(number: int) -> str:
    return (TODAY - number * DAY).isoformat()


def test_first_window_reads_from_the_start() -> None:
    window = window_of()
    assert window.first == window.history_start == HISTORY
    assert (window.is_first, window.reaches_back, window.resume) == (True, True, None)


def test_run_resumes_where_the_last_one_stopped() -> None:
    window = window_of(
        replication_key_value=days_ago(3),
        history_start=HISTORY.isoformat(),
        timezone="UTC",
        resume=days_ago(8),
        reached=days_ago(1),
    )
    assert window.first == TODAY - (LOOKBACK + 3) * DAY
    assert window.resume == TODAY - 8 * DAY
    assert window.resumed_reached == days_ago(1)
    assert (window.is_first, window.reaches_back) == (False, True)


def test_history_that_is_not_read_to_its_end_is_still_the_first() -> None:
    """Its bookmark is the day before the one to resume from."""
    window = window_of(
        replication_key_value=days_ago(61),
        history_start=HISTORY.isoformat(),
        timezone="UTC",
        resume=days_ago(60),
        reached=days_ago(1),
        is_first=True,
    )
    assert window.is_first
    assert window.resume == TODAY - 60 * DAY
    assert window.first == max(HISTORY, TODAY - (61 + LOOKBACK) * DAY)


@pytest.mark.parametrize(
    "changes",
    [
        {"timezone": EAST},
        {"resume": days_ago(LOOKBACK + 3)},
        {"resume": days_ago(LOOKBACK + 9)},
    ],
    ids=["another calendar", "nothing read yet", "before the window"],
)
def test_everything_is_read_from_the_first_day_if_nothing_is_left_to_resume(
    changes: dict[str, Any],
) -> None:
    window = window_of(
        **{
            "replication_key_value": days_ago(3),
            "history_start": HISTORY.isoformat(),
            "timezone": "UTC",
            "resume": days_ago(8),
            "reached": days_ago(1),
            **changes,
        }
    )
    assert (window.resume, window.resumed_reached) == (None, None)
    assert window.reaches_back == window.moved_zone


def test_clock_that_was_set_back_resumes_no_later_than_today() -> None:
    window = window_of(
        replication_key_value=days_ago(3),
        history_start=HISTORY.isoformat(),
        timezone="UTC",
        resume=days_ago(-5),
        reached=days_ago(-5),
    )
    assert window.resume == TODAY


def test_last_future_day_with_rows_is_known() -> None:
    assert window_of(last_day=days_ago(-90)).last_known == TODAY + 90 * DAY
    assert window_of().last_known is None


def test_planned_time_that_is_cancelled_is_found_beyond_the_days_that_a_window_reaches(
    serve: Serve, store: UpsertStore
) -> None:
    """On Free, 4 windows from the start end 23 days ahead; one from 29 days ago ends tomorrow."""
    world = empty(plan="FREE")
    home = only_workspace(world)
    later = NOW + 20 * DAY
    entry = edits.add_entry(world, home, world.owner_id, later, later + HOUR)
    server = serve(world)
    extract(server, store, timezone="UTC")
    assert [row["id"] for row in store.rows("time_entries", live=True)] == [entry.id]
    assert last_days(store) == {later.date().isoformat()}
    edits.delete_entry(world, home, entry.id)
    extract(server, store, timezone="UTC", lookback_days=29, change_feed="off")
    for stream in BOTH:
        assert store.rows(stream, live=True) == []
    extract(server, store, timezone="UTC", lookback_days=29, change_feed="off")
    assert last_days(store) == {None}


def last_days(store: UpsertStore) -> set[str | None]:
    partitions = [store.state["bookmarks"][stream]["partitions"][0] for stream in BOTH]
    return {partition.get("last_day") for partition in partitions}
