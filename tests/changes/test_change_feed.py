"""Edits of entries from before the window are found through Clockify's change feed.

The tests extract a hundred days, read the last thirty again, and edit the days in between.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest
from clockify_sandbox.world import edits
from invariants import wrong_with
from support import NOW, UpsertStore, empty, only_workspace, records, run_tap

from tap_clockify.changes import days as changed_days
from tap_clockify.errors import ClockifyError

if TYPE_CHECKING:
    from collections.abc import Callable

    from clockify_sandbox.world import World
    from clockify_sandbox.world.model import Entry
    from conftest import Serve
    from support import Message

BOTH = ("summary", "time_entries")
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
FIRST = (NOW - 100 * DAY).date()
FEED = r"/entities/"


class Pipeline:
    """A world with some history, the tap and its warehouse."""

    def __init__(self, serve: Serve, world: World | None = None, **options: Any) -> None:
        """Track an hour every other day, on two projects in turn, and extract everything."""
        self.world = world or empty()
        self.home = only_workspace(self.world)
        self.projects = [edits.add_project(self.world, self.home, name).id for name in "AB"]
        self.person = edits.add_user(self.world, self.home, "Anna", hourly_rate=5000).id
        self.entries = [
            self.add(days, self.projects[days // 2 % 2], at_once=True) for days in range(98, 0, -2)
        ]
        self.server = serve(self.world, **options)
        self.store = UpsertStore()
        self.select: tuple[str, ...] = BOTH
        self.config: dict[str, Any] = {
            "timezone": "UTC",
            "change_feed": "auto",
            "lookback_days": 30,
            "start_date": FIRST.isoformat(),
        }

    def add(
        self, days_ago: float, project_id: str | None = None, *, at_once: bool = False
    ) -> Entry:
        """Track an hour, either at the time or now, in retrospect."""
        start = NOW - days_ago * DAY
        now = self.world.now()
        if at_once:
            self.world.clock.set(start + HOUR)
        try:
            return edits.add_entry(
                self.world,
                self.home,
                self.world.owner_id,
                start,
                start + HOUR,
                project_id=project_id,
            )
        finally:
            self.world.clock.set(now)

    def run(self, *, after: dt.timedelta = HOUR, **config: Any) -> list[Message]:
        self.world.clock.advance(after)
        self.server.requests.clear()
        messages: list[Message] = []
        try:
            run_tap(
                self.server,
                self.store.state,
                self.select,
                into=messages,
                **{**self.config, **config},
            )
        finally:
            self.store.apply(messages)
        return messages

    def wrong(self, first: dt.date = FIRST, timezone: str = "UTC") -> list[str]:
        return wrong_with(
            self.store, self.world, first=first, timezone=timezone, streams=self.select
        )

    def windows(self, kind: str) -> list[tuple[dt.datetime, dt.datetime]]:
        """List the windows that the last run asked the feed for."""
        asked = [parse_qs(seen.query) for seen in self.server.requests.matching(f"{FEED}{kind}")]
        ends = [
            [dt.datetime.fromisoformat(query[name][0]) for name in ("start", "end")]
            for query in asked
        ]
        return sorted({(start, end) for start, end in ends})

    def days_read(self) -> list[tuple[str, str]]:
        bodies = [
            json.loads(seen.body) for seen in self.server.requests.matching("/reports/detailed$")
        ]
        return sorted((body["dateRangeStart"][:10], body["dateRangeEnd"][:10]) for body in bodies)


@pytest.fixture
def pipeline(serve: Serve) -> Pipeline:
    return Pipeline(serve)


OLD, OLDER, RECENT = 10, 3, -3
"""Positions of entries from 78, 92 and 6 days ago; the last is inside the window."""


def delete(pipe: Pipeline, entry: Entry) -> None:
    edits.delete_entry(pipe.world, pipe.home, entry.id)


def move(pipe: Pipeline, entry: Entry) -> None:
    edits.move_entry(pipe.world, pipe.home, entry.id, None)


def retag(pipe: Pipeline, entry: Entry) -> None:
    tags = [edits.add_tag(pipe.world, pipe.home, name).id for name in ("x", "y")]
    edits.retag_entry(pipe.world, pipe.home, entry.id, reversed(tags))


def hand_over(pipe: Pipeline, entry: Entry) -> None:
    edits.hand_over_entry(pipe.world, pipe.home, entry.id, pipe.person)


def resize(pipe: Pipeline, entry: Entry) -> None:
    edits.resize_entry(pipe.world, pipe.home, entry.id, 90_061)


def bill(pipe: Pipeline, entry: Entry) -> None:
    edits.set_billable(pipe.world, pipe.home, entry.id, billable=False)


def reprice(pipe: Pipeline, entry: Entry) -> None:
    edits.change_rate(
        pipe.world,
        pipe.home,
        "member",
        7777,
        user_id=pipe.world.owner_id,
        since=entry.start,
    )


def redate(days: float) -> Callable[[Pipeline, Entry], None]:
    def act(pipe: Pipeline, entry: Entry) -> None:
        edits.redate_entry(pipe.world, pipe.home, entry.id, NOW - days * DAY)

    return act


EDITS: dict[str, tuple[int, Callable[[Pipeline, Entry], None]]] = {
    "deleted": (OLD, delete),
    "moved to no project": (OLD, move),
    "retagged": (OLD, retag),
    "handed over": (OLD, hand_over),
    "resized": (OLD, resize),
    "not billed any more": (OLD, bill),
    "at another rate": (OLD, reprice),
    "re-dated to a day before": (OLDER, redate(97)),
    "re-dated to a day after": (OLDER, redate(50)),
    "re-dated to the same day": (OLD, redate(78.1)),
    "re-dated into the window": (OLD, redate(3)),
    "re-dated out of the window": (RECENT, redate(60)),
    "re-dated within the window": (RECENT, redate(7)),
    "deleted in the window": (RECENT, delete),
}


@pytest.mark.parametrize("select", [BOTH, ("summary",), ("time_entries",)], ids="+".join)
@pytest.mark.parametrize("edit", EDITS)
def test_edit_of_an_old_entry_comes_in(
    pipeline: Pipeline, edit: str, select: tuple[str, ...]
) -> None:
    pipeline.select = select
    pipeline.run()
    assert pipeline.wrong() == []
    number, act = EDITS[edit]
    act(pipeline, pipeline.entries[number])
    assert pipeline.wrong() != [] or select == ("summary",)
    pipeline.run()
    assert pipeline.wrong() == []
    pipeline.run()
    assert pipeline.wrong() == []


def test_entry_added_for_an_old_day_comes_in(pipeline: Pipeline) -> None:
    pipeline.run()
    pipeline.add(71)
    pipeline.run()
    assert pipeline.wrong() == []


def test_old_entry_deleted_and_restored(pipeline: Pipeline) -> None:
    pipeline.run()
    for act in (edits.delete_entry, edits.restore_entry, edits.delete_entry):
        act(pipeline.world, pipeline.home, pipeline.entries[OLD].id)
        pipeline.run()
        assert pipeline.wrong() == []


@pytest.mark.parametrize("pause", [HOUR, 10 * HOUR, 20 * HOUR, 40 * DAY], ids=str)
@pytest.mark.parametrize("between", [HOUR, 13 * HOUR, 15 * HOUR], ids=str)
def test_entry_added_for_an_old_day_and_deleted_after_the_run(
    pipeline: Pipeline, pause: dt.timedelta, between: dt.timedelta
) -> None:
    """An entry created and deleted inside one window of the feed appears in no list of it."""
    pipeline.run()
    made = pipeline.add(71)
    pipeline.run(after=dt.timedelta(minutes=5))
    assert pipeline.wrong() == []
    pipeline.run(after=between)
    delete(pipeline, made)
    pipeline.run(after=pause)
    assert pipeline.wrong() == []


def test_entry_added_for_an_old_day_before_the_first_run_and_deleted_after_it(
    pipeline: Pipeline,
) -> None:
    """As when old time is imported and found to be wrong."""
    made = pipeline.add(71)
    pipeline.run()
    delete(pipeline, made)
    pipeline.run()
    assert pipeline.wrong() == []


def test_entry_added_for_an_old_day_before_all_is_read_again_and_deleted_after_it(
    pipeline: Pipeline,
) -> None:
    pipeline.run()
    earlier = (NOW - 101 * DAY).date().isoformat()
    pipeline.run(after=DAY)
    made = pipeline.add(71)
    pipeline.run(start_date=earlier)
    delete(pipeline, made)
    pipeline.run()
    assert pipeline.wrong() == []


def test_entry_added_for_an_old_day_while_the_run_begins_and_deleted_after_it(
    pipeline: Pipeline,
) -> None:
    pipeline.run()
    made: list[Entry] = []

    def add() -> None:
        pipeline.world.clock.advance(dt.timedelta(seconds=5))
        made.append(pipeline.add(71))

    pipeline.server.faults.call(add, match=r"GET .*/workspaces$")
    pipeline.run(after=DAY)
    assert pipeline.wrong() == []
    pipeline.world.clock.advance(dt.timedelta(minutes=1))
    delete(pipeline, made[0])
    pipeline.run()
    assert pipeline.wrong() == []


def test_entry_added_for_an_old_day_and_deleted_before_any_run(pipeline: Pipeline) -> None:
    pipeline.run()
    made = pipeline.add(71)
    delete(pipeline, made)
    pipeline.run()
    assert pipeline.wrong() == []
    assert (made.id,) not in pipeline.store.tables["time_entries"]


def test_entry_that_moved_is_looked_up_before_rates_that_name_no_entry(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rate changed for all of the past makes many changes, and the lookups are limited."""
    monkeypatch.setattr(changed_days, "LOOKUPS", 1)
    pipeline = Pipeline(serve, feed_has_fields=False)
    pipeline.run()
    reprice(pipeline, pipeline.entries[0])
    moved = pipeline.entries[OLD]
    redate(45.5)(pipeline, moved)
    pipeline.run()
    assert pipeline.server.requests.count("/time-entries/[0-9a-f]+$") == 1
    row = pipeline.store.tables["time_entries"][moved.id,]
    assert row["date"] == (NOW - 45.5 * DAY).date().isoformat()


def test_entries_before_the_start_are_not_looked_up_for_a_new_rate(pipeline: Pipeline) -> None:
    start = (NOW - 60 * DAY).date()
    pipeline.config["start_date"] = start.isoformat()
    pipeline.run()
    reprice(pipeline, pipeline.entries[0])
    pipeline.run()
    assert pipeline.server.requests.count("/time-entries/[0-9a-f]+$") == 0
    assert pipeline.wrong(first=start) == []


# Modes


def test_off_reads_no_feed_and_finds_no_old_edits(pipeline: Pipeline) -> None:
    """As documented: exact only within the window."""
    pipeline.config["change_feed"] = "off"
    pipeline.run()
    delete(pipeline, pipeline.entries[OLD])
    delete(pipeline, pipeline.entries[RECENT])
    pipeline.run()
    assert pipeline.server.requests.count(FEED) == 0
    live = {row["id"] for row in pipeline.store.rows("time_entries", live=True)}
    assert pipeline.entries[OLD].id in live
    assert pipeline.entries[RECENT].id not in live


@pytest.mark.parametrize("mode", ["auto", "on"])
def test_feed_that_was_off_is_caught_up_with(pipeline: Pipeline, mode: str) -> None:
    pipeline.run()
    delete(pipeline, pipeline.entries[OLD])
    pipeline.run(change_feed="off")
    pipeline.run(after=40 * DAY, change_feed="off")
    assert pipeline.wrong() != []
    pipeline.run(change_feed=mode)
    assert pipeline.wrong() == []


UNAVAILABLE: dict[str, dict[str, Any]] = {
    "forbidden": {"status": 403, "body": '{"message": "Access Denied", "code": 501}'},
    "forbidden without a message": {"status": 403, "body": ""},
    "missing": {"status": 404, "body": '{"message": "No static resource", "code": 404}'},
    "not in the plan": {"status": 402, "body": '{"message": "Upgrade", "code": 402}'},
    "not a list": {"status": 200, "body": '{"content": []}'},
}


@pytest.mark.parametrize("kind", UNAVAILABLE)
def test_auto_continues_without_a_feed_and_says_so_once(
    pipeline: Pipeline, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    pipeline.run()
    pipeline.server.faults.add("status", match=FEED, times=None, **UNAVAILABLE[kind])
    for number in (OLD, RECENT):
        delete(pipeline, pipeline.entries[number])
    with caplog.at_level(logging.WARNING):
        pipeline.run()
    said = [record.getMessage() for record in caplog.records]
    assert len([text for text in said if "change feed" in text]) == 1
    assert pipeline.wrong() != []
    live = {row["id"] for row in pipeline.store.rows("time_entries", live=True)}
    assert pipeline.entries[RECENT].id not in live
    assert pipeline.entries[OLD].id in live


def test_auto_says_so_once_for_several_workspaces(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    pipeline = Pipeline(serve, _two_workspaces(), feed="forbidden")
    pipeline.run()
    with caplog.at_level(logging.WARNING):
        pipeline.run()
    said = [record.getMessage() for record in caplog.records]
    assert len([text for text in said if "change feed" in text]) == 1


def _two_workspaces() -> World:
    from support import agency  # noqa: PLC0415

    return agency(people=2, days=20, workspaces=2)


@pytest.mark.parametrize("kind", UNAVAILABLE)
def test_on_fails_without_a_feed(pipeline: Pipeline, kind: str) -> None:
    pipeline.run()
    before = pipeline.store.state["bookmarks"]["summary"]["partitions"][0]
    fault = pipeline.server.faults.add("status", match=FEED, times=None, **UNAVAILABLE[kind])
    delete(pipeline, pipeline.entries[OLD])
    with pytest.raises(ClockifyError, match=r"/entities/created failed|change feed") as raised:
        pipeline.run(after=DAY, change_feed="on")
    assert str(raised.value).endswith(".")
    assert "\n" not in str(raised.value)
    after = pipeline.store.state["bookmarks"]["summary"]["partitions"][0]
    assert after["replication_key_value"] == before["replication_key_value"]
    fault.times = 0
    pipeline.run(change_feed="on")
    assert pipeline.wrong() == []


@pytest.mark.parametrize("mode", ["auto", "on"])
def test_feed_in_trouble_fails_the_run_and_is_caught_up_with(pipeline: Pipeline, mode: str) -> None:
    """A server error does not mean that there is no feed: continuing would lose edits."""
    pipeline.config["change_feed"] = mode
    pipeline.run()
    delete(pipeline, pipeline.entries[OLD])
    pipeline.server.faults.add("5xx", match=FEED, times=None)
    with pytest.raises(ClockifyError, match="503"):
        pipeline.run()
    pipeline.server.faults.clear()
    pipeline.run()
    assert pipeline.wrong() == []


def test_feed_that_was_unavailable_for_a_run_is_caught_up_with(pipeline: Pipeline) -> None:
    pipeline.run()
    delete(pipeline, pipeline.entries[OLD])
    pipeline.server.faults.add("status", match=FEED, status=403, body="", times=None)
    pipeline.run(after=20 * DAY)
    assert pipeline.wrong() != []
    pipeline.server.faults.clear()
    pipeline.run()
    assert pipeline.wrong() == []


def test_empty_feed_means_that_nothing_happened(pipeline: Pipeline) -> None:
    pipeline.run()
    pipeline.server.faults.add("status", match=FEED, status=200, body="[]", times=None)
    pipeline.run()
    assert pipeline.wrong() == []
    assert pipeline.days_read() == [("2026-03-01", "2027-02-28")]


# Late


@pytest.mark.parametrize("delay", [60.0, 300.0, 540.0])
def test_late_deletion_is_seen_by_the_next_run(serve: Serve, delay: float) -> None:
    pipeline = Pipeline(serve, feed_deletion_delay=delay)
    pipeline.run()
    delete(pipeline, pipeline.entries[OLD])
    pipeline.run(after=dt.timedelta(seconds=20))
    assert pipeline.wrong() != []
    pipeline.run(after=dt.timedelta(minutes=15))
    assert pipeline.wrong() == []


def test_late_update_is_seen_by_the_next_run(serve: Serve) -> None:
    pipeline = Pipeline(serve, feed_delay=120.0)
    pipeline.run()
    move(pipeline, pipeline.entries[OLD])
    pipeline.run(after=dt.timedelta(seconds=20))
    assert pipeline.wrong() != []
    pipeline.run(after=dt.timedelta(minutes=15))
    assert pipeline.wrong() == []


def test_late_deletion_of_an_entry_added_for_an_old_day(pipeline: Pipeline) -> None:
    pipeline.run()
    made = pipeline.add(71)
    pipeline.run(after=dt.timedelta(minutes=5))
    delete(pipeline, made)
    pipeline.run(after=dt.timedelta(seconds=20))
    for _ in range(3):
        pipeline.run(after=HOUR)
    assert pipeline.wrong() == []


# Pages and shapes


@pytest.mark.parametrize("first_page", [0, 1])
@pytest.mark.parametrize("limit", [None, 50])
def test_many_changes_come_in_pages(serve: Serve, first_page: int, limit: int | None) -> None:
    pipeline = Pipeline(serve, feed_first_page=first_page, feed_max_limit=limit)
    more = [pipeline.add(60 + number / 10, at_once=True) for number in range(170)]
    pipeline.run()
    for number, entry in enumerate(more):
        if number % 2:
            delete(pipeline, entry)
        else:
            resize(pipeline, entry)
    for number in range(60):
        pipeline.add(80 + number / 10)
    for _ in range(2):
        pipeline.run()
        assert pipeline.wrong() == []
    delete(pipeline, more[0])
    pipeline.run()
    assert pipeline.wrong() == []


@pytest.mark.parametrize(
    "page_0",
    [
        {"status": 400, "body": '{"message": "bad page"}'},
        pytest.param(
            {"status": 200, "body": "[]"},
            marks=pytest.mark.xfail(
                strict=True,
                reason="where nothing was created, nothing tells that the feed begins with page 1,"
                " and what was updated or deleted is not found on page 0",
            ),
        ),
    ],
)
def test_feed_that_has_no_page_0(serve: Serve, page_0: dict[str, Any]) -> None:
    pipeline = Pipeline(serve, feed_first_page=1)
    pipeline.run()
    pipeline.server.faults.add("status", match=f"{FEED}.*[?&]page=0(&|$)", times=None, **page_0)
    delete(pipeline, pipeline.entries[OLD])
    move(pipeline, pipeline.entries[OLDER])
    for _ in range(2):
        pipeline.run(change_feed="on")
        assert pipeline.wrong() == []


def test_feed_that_refuses_long_pages(pipeline: Pipeline) -> None:
    pipeline.run()
    pipeline.server.faults.add(
        "status", match=f"{FEED}.*limit=1000", status=400, body='{"message": "x"}', times=None
    )
    delete(pipeline, pipeline.entries[OLD])
    pipeline.run(change_feed="on")
    assert pipeline.wrong() == []


@pytest.mark.parametrize("select", [BOTH, ("summary",)], ids="+".join)
@pytest.mark.parametrize("fields", [True, False])
@pytest.mark.parametrize("shape", ["guide", "entity_id", "underscore", "flat"])
@pytest.mark.parametrize("key", ["documentCode", "documentType"])
def test_shapes_of_the_records(
    serve: Serve,
    shape: str,
    key: str,
    fields: bool,  # noqa: FBT001
    select: tuple[str, ...],
) -> None:
    pipeline = Pipeline(serve, feed_deleted_shape=shape, feed_type_key=key, feed_has_fields=fields)
    pipeline.select = select
    pipeline.run()
    delete(pipeline, pipeline.entries[OLD])
    move(pipeline, pipeline.entries[OLDER])
    redate(45)(pipeline, pipeline.entries[OLD + 1])
    pipeline.add(71)
    pipeline.run()
    assert pipeline.wrong() == []


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles"])
@pytest.mark.parametrize("feed_zone", ["utc", "account"])
def test_bounds_of_the_feed_in_any_zone(serve: Serve, zone: str, feed_zone: str) -> None:
    pipeline = Pipeline(serve, feed_zone=feed_zone)
    edits.set_timezone(pipeline.world, pipeline.world.owner_id, zone)
    pipeline.run()
    for number in (OLD, OLDER):
        delete(pipeline, pipeline.entries[number])
        pipeline.run(after=dt.timedelta(minutes=3))
        assert pipeline.wrong() == []
        pipeline.run(after=30 * HOUR)


# Requests


def test_first_run_needs_no_feed(pipeline: Pipeline) -> None:
    pipeline.run()
    assert pipeline.server.requests.count(FEED) == 0


def test_quiet_run_asks_the_feed_a_few_times_and_reads_no_old_day(pipeline: Pipeline) -> None:
    """Once an answer has shown which page is the feed's first."""
    pipeline.run()
    resize(pipeline, pipeline.entries[RECENT])
    pipeline.run()
    pipeline.run(after=DAY)
    assert [len(pipeline.windows(kind)) for kind in ("created", "updated")] == [1, 1]
    # Deletions may be requested twice: those since about the run before.
    assert 1 <= len(pipeline.windows("deleted")) <= 2
    assert pipeline.server.requests.count(FEED) <= 4
    assert len(pipeline.days_read()) == 1


def test_changed_days_are_read_in_few_windows(pipeline: Pipeline) -> None:
    pipeline.run()
    for number in (3, 4, 5, 20):
        resize(pipeline, pipeline.entries[number])
    pipeline.run()
    assert pipeline.days_read() == [
        ("2025-12-29", "2026-01-02"),
        ("2026-02-01", "2026-02-01"),
        ("2026-03-01", "2027-02-28"),
    ]


def test_edits_inside_the_window_cost_no_further_report(pipeline: Pipeline) -> None:
    pipeline.run()
    resize(pipeline, pipeline.entries[RECENT])
    pipeline.run()
    assert len(pipeline.days_read()) == 1


@pytest.mark.parametrize("pause", [HOUR, 29 * DAY, 100 * DAY], ids=str)
def test_windows_leave_no_gap_and_last_at_most_30_days(serve: Serve, pause: dt.timedelta) -> None:
    pipeline = Pipeline(serve, feed_max_days=30)
    pipeline.run()
    before = pipeline.world.now()
    delete(pipeline, pipeline.entries[OLD])
    pipeline.world.clock.advance(pause / 2)
    delete(pipeline, pipeline.entries[OLDER])
    pipeline.run(after=pause / 2, change_feed="on")
    for kind in ("created", "updated", "deleted"):
        windows = pipeline.windows(kind)
        assert all(end - start <= 30 * DAY for start, end in windows)
        reached = windows[0][0]
        assert reached < before - 5 * dt.timedelta(minutes=1)
        while following := [end for start, end in windows if start == reached]:
            reached = max(following)
        assert reached >= pipeline.world.now()
    assert pipeline.wrong() == []


def test_windows_of_two_runs_overlap_by_the_time_that_deletions_take(pipeline: Pipeline) -> None:
    pipeline.run()
    ends = []
    for _ in range(3):
        began = pipeline.world.now() + HOUR
        pipeline.run()
        ends.append((began, pipeline.windows("deleted")))
    for (earlier, _), (_, later) in pairwise(ends):
        assert later[0][0] <= earlier - dt.timedelta(minutes=2)


# Without a feed


def test_entry_that_left_the_window_is_looked_up(pipeline: Pipeline) -> None:
    pipeline.config["change_feed"] = "off"
    pipeline.run()
    gone, moved = pipeline.entries[RECENT], pipeline.entries[RECENT + 1]
    delete(pipeline, gone)
    redate(60)(pipeline, moved)
    pipeline.run()
    lookups = [seen.path for seen in pipeline.server.requests.matching(r"/time-entries/[0-9a-f]+$")]
    assert {path.rsplit("/")[-1] for path in lookups} == {gone.id, moved.id}
    assert len(lookups) == 2
    assert pipeline.wrong() == []
    pipeline.run()
    assert pipeline.wrong() == []


def test_only_so_many_entries_are_looked_up(
    pipeline: Pipeline, caplog: pytest.LogCaptureFixture
) -> None:
    pipeline.config["change_feed"] = "off"
    more = [pipeline.add(1 + number / 50, at_once=True) for number in range(120)]
    pipeline.run()
    for entry in more:
        delete(pipeline, entry)
    with caplog.at_level(logging.WARNING):
        pipeline.run()
    assert pipeline.server.requests.count(r"/time-entries/[0-9a-f]+$") == 100
    assert "120 entries are not in the days read" in caplog.text
    assert pipeline.wrong() == []


# Where history begins


@pytest.mark.parametrize("feed", ["auto", "off"])
def test_window_entry_moved_before_the_start_is_deleted(pipeline: Pipeline, feed: str) -> None:
    pipeline.config["change_feed"] = feed
    pipeline.run()
    redate(130)(pipeline, pipeline.entries[RECENT])
    pipeline.run()
    assert pipeline.wrong() == []


@pytest.mark.parametrize("select", [BOTH, ("summary",), ("time_entries",)], ids="+".join)
def test_old_entry_moved_before_the_start_is_deleted(
    pipeline: Pipeline, select: tuple[str, ...]
) -> None:
    pipeline.select = select
    pipeline.run()
    redate(130)(pipeline, pipeline.entries[OLD])
    pipeline.run()
    assert pipeline.wrong() == []


def test_edits_from_before_the_start_are_not_read(pipeline: Pipeline) -> None:
    ancient = pipeline.add(200, at_once=True)
    pipeline.run()
    resize(pipeline, ancient)
    pipeline.add(201)
    deleted = pipeline.add(202)
    pipeline.run()
    delete(pipeline, deleted)
    pipeline.run()
    assert pipeline.wrong() == []
    assert len(pipeline.days_read()) == 1
    assert (deleted.id,) not in pipeline.store.tables["time_entries"]


def test_start_date_moved_backwards_reads_everything_from_there(pipeline: Pipeline) -> None:
    pipeline.add(200, at_once=True)
    pipeline.run()
    delete(pipeline, pipeline.entries[OLD])
    earlier = (NOW - 250 * DAY).date()
    pipeline.run(start_date=earlier.isoformat())
    assert pipeline.days_read()[0][0] == earlier.isoformat()
    assert pipeline.wrong(first=earlier) == []
    pipeline.run(start_date=earlier.isoformat(), after=DAY)
    pipeline.run(start_date=earlier.isoformat(), after=DAY)
    assert len(pipeline.days_read()) == 1
    assert pipeline.wrong(first=earlier) == []


@pytest.mark.parametrize("start", ["2026-03-20", None])
def test_start_date_moved_forwards_or_away_loses_nothing(
    pipeline: Pipeline, start: str | None
) -> None:
    pipeline.run()
    delete(pipeline, pipeline.entries[OLD])
    pipeline.run(start_date=start)
    assert pipeline.wrong() == []


def test_full_refresh_reads_everything_from_the_start(pipeline: Pipeline) -> None:
    """As Meltano's --full-refresh, which starts without a state."""
    pipeline.config["change_feed"] = "off"
    pipeline.run()
    resize(pipeline, pipeline.entries[OLD])
    pipeline.run()
    assert pipeline.wrong() != []
    pipeline.store.state = {}
    messages = pipeline.run()
    assert pipeline.days_read()[0][0] == FIRST.isoformat()
    assert len(records(messages, "time_entries")) == len(pipeline.entries)
    assert pipeline.wrong() == []


@pytest.mark.parametrize("feed", ["auto", "off"])
@pytest.mark.parametrize("select", [BOTH, ("summary",), ("time_entries",)], ids="+".join)
def test_another_time_zone_reads_everything_again(
    pipeline: Pipeline, feed: str, select: tuple[str, ...]
) -> None:
    """Every day changes, so every row of `summary` may have another key."""
    pipeline.select = select
    pipeline.config["change_feed"] = feed
    pipeline.run()
    for zone in ("Pacific/Auckland", "America/Los_Angeles"):
        pipeline.run(timezone=zone)
        assert pipeline.days_read()[0][0] == FIRST.isoformat()
        assert pipeline.wrong(timezone=zone, first=dt.date(2025, 1, 1)) == []
    pipeline.run(timezone=zone)
    assert len(pipeline.days_read()) == 1


def test_run_after_a_pause_reads_from_the_bookmark_less_the_lookback(pipeline: Pipeline) -> None:
    pipeline.config["change_feed"] = "off"
    pipeline.run()
    pipeline.add(-10)
    delete(pipeline, pipeline.entries[RECENT])
    pipeline.run(after=60 * DAY)
    assert pipeline.days_read()[0][0] == "2026-03-01"
    assert pipeline.wrong() == []


def test_run_that_failed_after_the_feed_reads_it_again(pipeline: Pipeline) -> None:
    pipeline.run()
    delete(pipeline, pipeline.entries[OLD])
    pipeline.server.faults.add("status", match="/reports/", status=403, body="", times=None)
    with pytest.raises(ClockifyError, match="403"):
        pipeline.run(after=DAY)
    pipeline.server.faults.clear()
    pipeline.run(after=DAY)
    assert pipeline.wrong() == []
