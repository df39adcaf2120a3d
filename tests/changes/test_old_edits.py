"""Edits of entries from before the window are found through Clockify's change feed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from clockify_sandbox.world import edits
from pipeline import (
    BOTH,
    DAY,
    HOUR,
    OLD,
    OLDER,
    RECENT,
    Pipeline,
    bill,
    delete,
    hand_over,
    move,
    redate,
    reprice,
    resize,
    retag,
)
from support import NOW

from tap_clockify.changes import days as changed_days

if TYPE_CHECKING:
    from collections.abc import Callable

    from clockify_sandbox.world.model import Entry
    from conftest import Serve

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
