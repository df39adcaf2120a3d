"""Ways in which real use led to a wrong number, each as the story that showed it."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from clockify_client.errors import ClockifyError
from clockify_sandbox.world import edits
from invariants import wrong_with
from pipeline import BOTH, DAY, FIRST, HOUR, OLD, Pipeline
from support import NOW, UpsertStore, agency, empty, only_workspace, run_tap

if TYPE_CHECKING:
    from conftest import Serve
    from support import Message

SPENT: dict[str, Any] = {"when_budget_spent": "stop", "requests_per_hour": 18}
LISTS = ("clients", "projects", "users")


def bookmark(pipe: Pipeline, stream: str = "summary") -> str:
    (partition,) = pipe.store.state["bookmarks"][stream]["partitions"]
    return str(partition["replication_key_value"])[:10]


@pytest.fixture
def free(serve: Serve) -> Pipeline:
    pipe = Pipeline(serve, empty(plan="FREE"))
    pipe.config.update(history_check="auto", requests_per_hour=None)
    return pipe


@pytest.fixture
def paid(pipeline: Pipeline) -> Pipeline:
    pipeline.config["history_check"] = "auto"
    return pipeline


# A reread that never ends


def test_whole_history_is_read_again_over_several_runs(serve: Serve) -> None:
    """It continues where it stopped, the newest days first, and new time comes in meanwhile."""
    pipe = Pipeline(serve, empty(plan="FREE"))
    pipe.config.update(SPENT, history_check="auto", lookback_days=30, requests_per_hour=1000)
    pipe.run()
    assert pipe.wrong() == []
    pipe.config.update(timezone="Pacific/Auckland", requests_per_hour=12)
    dates = []
    for _ in range(6):
        today = pipe.add(-(pipe.world.now() - NOW) / DAY + 0.1)
        pipe.run(after=25 * HOUR)
        assert today.id in {row["id"] for row in pipe.store.rows("time_entries")}
        dates.append(bookmark(pipe))
    assert dates == sorted(dates)
    assert dates[-1] >= f"{pipe.world.now():%Y-%m-%d}"
    assert pipe.wrong(timezone="Pacific/Auckland") == []


def test_start_date_moved_back_is_read_over_several_runs(free: Pipeline) -> None:
    free.config.update(SPENT, start_date=(NOW - 20 * DAY).date().isoformat(), lookback_days=10)
    free.run()
    free.config.update(start_date=FIRST.isoformat(), requests_per_hour=14)
    for _ in range(6):
        free.run(after=25 * HOUR)
    assert free.wrong() == []


# A zone tried and put back


@pytest.mark.parametrize("change_feed", ["auto", "off"])
def test_zone_that_a_failed_run_tried_leaves_nothing(paid: Pipeline, change_feed: str) -> None:
    paid.config["change_feed"] = change_feed
    paid.run()
    paid.server.faults.add("status", match="/users", status=405, body="", times=None)
    paid.select = (*BOTH, "users")
    with pytest.raises(ClockifyError):
        paid.run(timezone="Pacific/Kiritimati")
    paid.server.faults.clear()
    paid.select = BOTH
    assert paid.wrong() != [], "the failed run has sent rows of the other calendar"
    paid.run()
    assert paid.wrong() == []


# Moved, then a failed run


def test_entry_moved_before_a_failed_run_leaves_its_old_day(pipeline: Pipeline) -> None:
    """The feed alone shows it: the history is not checked."""
    pipeline.run()
    entry = pipeline.entries[OLD]
    edits.redate_entry(pipeline.world, pipeline.home, entry.id, NOW - 3 * DAY)
    pipeline.server.faults.add("status", match="/entities/", status=500, body="", times=None)
    with pytest.raises(ClockifyError):
        pipeline.run()
    pipeline.server.faults.clear()
    pipeline.run()
    assert pipeline.wrong() == []


# Mixed selections on one state


@pytest.mark.parametrize("change_feed", ["auto", "off"])
@pytest.mark.parametrize(
    "runs",
    [
        [("time_entries",), BOTH],
        [("summary",), BOTH],
        [("time_entries",), ("summary",), ("time_entries",)],
    ],
    ids=["entries between", "summary between", "in turns"],
)
def test_each_stream_follows_the_changes_since_it_last_ran(
    paid: Pipeline, runs: list[tuple[str, ...]], change_feed: str
) -> None:
    paid.config["change_feed"] = change_feed
    paid.run()
    edits.redate_entry(paid.world, paid.home, paid.entries[OLD].id, NOW - 3 * DAY)
    for select in runs:
        paid.select = select
        paid.run(after=25 * HOUR)
    paid.select = BOTH
    assert paid.wrong() == []


def test_summary_alone_with_a_shorter_lookback_leaves_no_row(paid: Pipeline) -> None:
    paid.config["lookback_days"] = 84
    paid.run()
    edits.redate_entry(paid.world, paid.home, paid.entries[OLD + 10].id, NOW - 2 * DAY)
    paid.select = ("summary",)
    paid.run(lookback_days=7)
    assert paid.wrong() == []


# Deletions that never come, and no bookmark at all


def test_deletions_come_although_every_run_ends_spent(serve: Serve) -> None:
    world = agency(people=3, days=300, entries_per_day=0.4, plan="FREE")
    home = only_workspace(world)
    server = serve(world)
    store = UpsertStore()
    first = (NOW - 300 * DAY).date()
    config = {**SPENT, "timezone": "UTC", "lookback_days": 365, "start_date": first.isoformat()}
    doomed = [item for item in world[home].entries if item.end][5:300:40]
    for number in range(9):
        if number == 3:
            for entry in doomed:
                edits.delete_entry(world, home, entry.id)
        store.apply(run_tap(server, store.state, BOTH, change_feed="off", **config))
        world.clock.advance(25 * HOUR)
    assert wrong_with(store, world, first=first, streams=BOTH) == []


def test_nine_requests_an_hour_load_a_history_in_the_end(serve: Serve) -> None:
    world = agency(people=2, days=190, entries_per_day=0.3, plan="FREE")
    server = serve(world)
    store = UpsertStore()
    first = (NOW - 190 * DAY).date()
    config: dict[str, Any] = {**SPENT, "requests_per_hour": 9, "start_date": first.isoformat()}
    marks: list[str] = []
    for _ in range(9):
        store.apply(run_tap(server, store.state, timezone="UTC", **config))
        partitions = store.state["bookmarks"].get("summary", {}).get("partitions", [{}])
        marks.append(partitions[0].get("replication_key_value") or "")
        world.clock.advance(61 * dt.timedelta(minutes=1))
    assert marks[0]
    assert marks == sorted(marks)
    assert marks[-1] >= "2026-03-31"
    assert wrong_with(store, world, first=first, streams=BOTH) == []


# Smaller


def test_entry_deleted_before_the_lookback_goes_if_everything_is_read_again(
    pipeline: Pipeline,
) -> None:
    pipeline.config["change_feed"] = "off"
    pipeline.run()
    edits.delete_entry(pipeline.world, pipeline.home, pipeline.entries[OLD].id)
    start = FIRST - 3 * DAY
    pipeline.run(start_date=start.isoformat())
    assert pipeline.wrong(first=start) == []


@pytest.mark.parametrize("lookback", [0, 1])
def test_summary_alone_counts_a_timer_of_three_days(paid: Pipeline, lookback: int) -> None:
    paid.select = ("summary",)
    paid.config.update(lookback_days=lookback, change_feed="off")
    edits.start_timer(paid.world, paid.home, paid.world.owner_id)
    for _ in range(3):
        paid.run(after=DAY)
    assert edits.stop_timer(paid.world, paid.home, paid.world.owner_id)
    paid.run()
    assert paid.wrong() == []


def test_planned_entry_far_ahead_is_gone_once_it_is_deleted(paid: Pipeline) -> None:
    """The first window reaches further ahead than the second, whose lookback is longer."""
    planned = paid.add(-200)
    paid.config.update(start_date=(NOW - 9 * DAY).date().isoformat(), lookback_days=9)
    paid.run()
    assert planned.id in {row["id"] for row in paid.store.rows("time_entries")}
    edits.delete_entry(paid.world, paid.home, planned.id)
    paid.run(lookback_days=330, change_feed="off")
    (row,) = [row for row in paid.store.rows("time_entries") if row["id"] == planned.id]
    assert row["is_deleted"]


def test_hour_that_is_repeated_before_midnight_is_in_a_window(paid: Pipeline) -> None:
    """In Chile, the clocks went from 24:00 back to 23:00 on Saturday, April 4, 2026."""
    zone = "America/Santiago"
    paid.config.update(timezone=zone, lookback_days=30, change_feed="off")
    paid.world.clock.set(dt.datetime(2026, 6, 20, 12, tzinfo=dt.UTC))
    start = dt.datetime(2026, 4, 5, 3, 30, tzinfo=dt.UTC)  # 23:30 for the second time
    entry = edits.add_entry(paid.world, paid.home, paid.world.owner_id, start, start + HOUR)
    paid.run()
    # This day is read alone.
    edits.resize_entry(paid.world, paid.home, entry.id, 1800)
    paid.run()
    assert ("2026-04-04", "2026-04-05") in paid.days_read()
    assert paid.wrong(timezone=zone) == []


def test_timer_from_before_the_history_goes_when_it_stops(paid: Pipeline) -> None:
    timer = edits.start_timer(paid.world, paid.home, paid.world.owner_id)
    paid.world.clock.advance(5 * DAY)
    first = (NOW + 2 * DAY).date()
    paid.config.update(start_date=first.isoformat(), lookback_days=1)
    paid.run()
    (row,) = [row for row in paid.store.rows("time_entries") if row["id"] == timer.id]
    assert row["is_running"]
    assert edits.stop_timer(paid.world, paid.home, paid.world.owner_id)
    paid.run()
    assert paid.wrong(first=first) == []


@pytest.mark.parametrize("zones", [("Asia/Tokyo", "America/Adak"), ("America/Adak", "Asia/Tokyo")])
def test_zone_moved_west_or_east(paid: Pipeline, zones: tuple[str, str]) -> None:
    paid.add(99.7, at_once=True)
    paid.add(100, at_once=True)
    for zone in zones:
        paid.run(timezone=zone)
        assert paid.wrong(timezone=zone) == []


# One stream's 403


@pytest.mark.parametrize("failing", ["clients", "users", "summary and time_entries"])
def test_other_streams_finish_if_one_is_forbidden(
    serve: Serve, caplog: pytest.LogCaptureFixture, failing: str
) -> None:
    world = agency(people=3, days=20)
    server = serve(world)
    match = {"clients": "/clients[?]", "users": "/users[?]"}.get(failing, "/reports/detailed")
    server.faults.add("status", match=match, status=403, body="", times=None)
    messages: list[Message] = []
    with pytest.raises(ClockifyError, match="failed with status 403"):
        run_tap(server, into=messages, timezone="UTC")
    store = UpsertStore().apply(messages)
    finished = set(LISTS) | set(BOTH)
    finished -= set(failing.split(" and "))
    first = (NOW - 84 * DAY).date()
    assert wrong_with(store, world, first=first, streams=sorted(finished)) == []
    assert f"{failing} of workspace {only_workspace(world)} failed" in caplog.text
    partitions = json.dumps(store.state["bookmarks"])
    assert all(f'"{name}"' in partitions for name in finished)
    server.faults.clear()
    store.apply(run_tap(server, store.state, timezone="UTC"))
    assert wrong_with(store, world, first=first, streams=(*LISTS, *BOTH)) == []
