"""The feed is requested rarely but without gaps, and few days are read again."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from pipeline import DAY, FEED, HOUR, OLD, OLDER, RECENT, Pipeline, delete, resize

if TYPE_CHECKING:
    from conftest import Serve


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
