"""The history begins at `start_date`, and another start or time zone reads it again."""

from __future__ import annotations

import datetime as dt

import pytest
from clockify_client.errors import ClockifyError
from pipeline import BOTH, DAY, FIRST, OLD, RECENT, Pipeline, delete, redate, resize
from support import NOW, records


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
