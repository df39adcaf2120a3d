"""Edges of what the feed and stopped timers make a run read again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clockify_sandbox.world import edits
from pipeline import DAY, OLD, Pipeline, delete
from support import NOW

if TYPE_CHECKING:
    from conftest import Serve

LOOKUP = r"GET .*/time-entries/[0-9a-f]{24}$"


def test_entry_of_the_first_day_of_the_history_can_be_deleted(pipeline: Pipeline) -> None:
    first = pipeline.add(100, at_once=True)
    pipeline.run()
    delete(pipeline, first)
    pipeline.run()
    assert pipeline.wrong() == []


def test_day_of_an_old_timer_is_read_again_once_it_has_stopped(serve: Serve) -> None:
    """It is known on which day the timer started, so no look-up is needed, and no day before."""
    pipeline = Pipeline(serve)
    pipeline.world.clock.set(NOW - 40 * DAY)
    edits.start_timer(pipeline.world, pipeline.home, pipeline.world.owner_id)
    pipeline.world.clock.set(NOW)
    pipeline.config["change_feed"] = "off"
    for _ in range(2):
        pipeline.run()
    assert len(pipeline.days_read()) == 1, "the timer runs, so its day has no news"
    edits.stop_timer(pipeline.world, pipeline.home, pipeline.world.owner_id)
    pipeline.run()
    started = (NOW - 40 * DAY).date().isoformat()
    assert (started, started) in pipeline.days_read()
    assert not pipeline.server.requests.count(LOOKUP)
    assert pipeline.wrong() == []


def test_every_kind_of_change_is_read_from_a_feed_whose_page_0_is_empty(serve: Serve) -> None:
    pipeline = Pipeline(serve, feed_first_page=1)
    pipeline.server.faults.add(
        "status", match=r"/entities/\w+\?.*page=0", status=200, body="[]", times=None
    )
    pipeline.run()
    pipeline.add(45)
    edits.resize_entry(pipeline.world, pipeline.home, pipeline.entries[OLD].id, 77)
    delete(pipeline, pipeline.entries[OLD + 5])
    pipeline.run()
    assert pipeline.wrong() == []
