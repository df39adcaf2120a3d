"""Changes before the lookback window that the history check must find, whatever is special."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from clockify_client.errors import ClockifyError
from clockify_sandbox.world import edits
from clockify_sandbox.world.model import FREE
from invariants import wrong_with
from pipeline import BOTH, DAY, FEED, HOUR, Pipeline
from support import NOW, UpsertStore, agency, run_tap, serving

if TYPE_CHECKING:
    from conftest import Serve


@pytest.fixture
def pipe(serve: Serve) -> Pipeline:
    pipe = Pipeline(serve, feed="forbidden")
    pipe.config.update(history_check="auto", lookback_days=10)
    return pipe


def days_ago(days: int) -> str:
    return (NOW - days * DAY).date().isoformat()


def test_paid_workspace_beside_a_free_one_is_checked_in_every_run() -> None:
    world = agency(people=2, days=100, entries_per_day=0.3, workspaces=2)
    paid, free = world.workspaces
    world.change_workspace(replace(world.workspaces[free].workspace, plan=FREE))
    entry = next(item for item in world[paid].entries if item.end and item.start > NOW - 60 * DAY)
    store = UpsertStore()
    config: dict[str, Any] = {"start_date": days_ago(90), "lookback_days": 10}
    with serving(world, feed="forbidden") as server:
        for number in range(3):
            if number == 2:
                edits.resize_entry(world, paid, entry.id, 7200)
            store.apply(run_tap(server, store.state, BOTH, timezone="UTC", **config))
            world.clock.advance(2 * HOUR)
    (row,) = [row for row in store.rows("time_entries") if row["id"] == entry.id]
    assert row["duration_seconds"] == 7200


def test_two_streams_with_two_starts_of_history_share_the_earlier(pipe: Pipeline) -> None:
    pipe.select = ("summary",)
    pipe.run(start_date=days_ago(60))
    for select in (BOTH, ("time_entries",), BOTH):
        pipe.select = select
        pipe.run(start_date=days_ago(20))
    first = (NOW - 60 * DAY).date()
    assert wrong_with(pipe.store, pipe.world, first=first, streams=BOTH) == []


def test_rows_of_a_failed_run_are_followed_although_start_date_is_put_back(serve: Serve) -> None:
    pipe = Pipeline(serve, feed="forbidden")
    pipe.config.update(history_check="auto", lookback_days=10, start_date=days_ago(20))
    old = pipe.add(450, at_once=True)
    pipe.run()
    pipe.server.faults.add("status", match="/detailed", status=405, body="", times=None, after=2)
    with pytest.raises(ClockifyError):
        pipe.run(start_date=days_ago(500), concurrency=1)
    pipe.server.faults.clear()
    rows = [row for row in pipe.store.rows("time_entries") if row["id"] == old.id]
    assert rows, "the failed run has sent the old entry"
    edits.delete_entry(pipe.world, pipe.home, old.id)
    pipe.run()
    (row,) = [row for row in pipe.store.rows("time_entries") if row["id"] == old.id]
    assert row["is_deleted"]


def test_edit_during_a_run_is_seen_although_the_lookback_becomes_shorter(pipe: Pipeline) -> None:
    pipe.config.update(lookback_days=30, verify_totals="off", concurrency=1)
    entry = pipe.add(27, at_once=True)
    pipe.run()
    pipe.run()

    def edit() -> None:
        edits.resize_entry(pipe.world, pipe.home, entry.id, 7200)

    pipe.server.faults.call(edit, match="/reports/detailed")
    pipe.run()
    pipe.server.faults.clear()
    pipe.run(lookback_days=10)
    assert pipe.wrong() == []


@pytest.mark.parametrize("feed", ["forbidden", "silent"])
def test_feed_that_says_nothing_for_months_takes_no_more_requests(
    pipe: Pipeline, feed: str
) -> None:
    if feed == "silent":
        pipe.server.faults.add("status", match=FEED, status=200, body="[]", times=None)
    for _ in range(3):
        pipe.run(after=dt.timedelta(days=90))
        assert pipe.server.requests.count(FEED) <= 7
    assert pipe.wrong() == []
