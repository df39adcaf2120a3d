"""What a run asks for, and what becomes of edits and deletions."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from clockify_sandbox import timecamp
from clockify_sandbox.timecamp import edits
from ledger_runs import records
from singer_ledger.errors import ExtractError
from timecamp_histories import NOW, START, difference, runs_of

if TYPE_CHECKING:
    import time_machine
    from clockify_sandbox.timecamp import Server, World
    from ledger_runs import Runs

DAY = dt.timedelta(days=1)
TODAY = NOW.date()


def later(world: World, clock: time_machine.Traveller, days: float = 1) -> None:
    """Let time pass."""
    now = world.now() + days * DAY
    clock.move_to(now)
    world.set_now(now)


def paths(server: Server) -> list[str]:
    """Return the paths that were asked for, and forget them."""
    asked = [seen.path.rpartition("/")[2] for seen in server.requests]
    server.requests.clear()
    return asked


def test_a_quiet_run_takes_seven_requests(
    runs: Runs, server: Server, world: World, clock: time_machine.Traveller
) -> None:
    runs.run()
    paths(server)
    for days in (1, 7, 90):
        later(world, clock, days)
        runs.run()
        assert sorted(paths(server)) == [
            *("entries", "entries", "entries_deletions", "me", "tag_list", "tasks", "users")
        ]
    assert difference(runs, world) == []


def test_the_history_is_read_once_and_cut_into_half_years(runs: Runs, server: Server) -> None:
    runs.run()
    asked = [seen.query for seen in server.requests if seen.path.endswith("/entries")]
    days_before = (TODAY - dt.timedelta(days=180) - START).days
    assert len(asked) == -(-days_before // 181) + 2  # and the window, and what was modified


def test_an_earlier_start_date_reads_what_lies_between(
    runs: Runs, server: Server, world: World
) -> None:
    runs.run(start_date="2026-01-01")
    first = min(row["date"] for row in runs.live("timecamp_entries"))
    assert first >= "2026-01-01"
    runs.run()
    assert difference(runs, world) == []
    paths(server)
    runs.run()
    assert len(paths(server)) == 7


@pytest.mark.parametrize("age", [1, 179, 400])
def test_deletions_of_any_age_arrive(
    age: int, runs: Runs, world: World, clock: time_machine.Traveller
) -> None:
    entry = edits.add_entry(world, user_id=next(iter(world.users)), day=TODAY - age * DAY)
    runs.run()
    later(world, clock)
    edits.delete_entry(world, entry)
    runs.run()
    (row,) = [row for row in runs.gone("timecamp_entries") if row["id"] == entry]
    assert row["date"] == str(TODAY - age * DAY)
    assert row["duration"] is None
    assert difference(runs, world) == []


def test_a_deletion_is_repeated_until_its_day_leaves_the_window(
    runs: Runs, world: World, clock: time_machine.Traveller
) -> None:
    entry = edits.add_entry(world, user_id=next(iter(world.users)), day=TODAY - 10 * DAY)
    runs.run()
    edits.delete_entry(world, entry)
    later(world, clock)
    first = [row for row in records(runs.run(), "timecamp_entries") if row["id"] == entry]
    later(world, clock, 60)
    again = [row for row in records(runs.run(), "timecamp_entries") if row["id"] == entry]
    assert first == again != []
    later(world, clock, 120)
    left = [row for row in records(runs.run(), "timecamp_entries") if row["id"] == entry]
    assert left == []


def test_a_restored_entry_is_live_again(
    runs: Runs, world: World, clock: time_machine.Traveller
) -> None:
    entry = edits.add_entry(world, user_id=next(iter(world.users)), day=TODAY)
    runs.run()
    kept = world.entries[entry]
    edits.delete_entry(world, entry)
    later(world, clock)
    runs.run()
    assert entry in {row["id"] for row in runs.gone("timecamp_entries")}
    with world.lock:
        world.entries[entry] = kept
    runs.run()
    assert difference(runs, world) == []


def test_an_entry_that_moves_before_the_start_date_is_gone_from_the_table(
    runs: Runs, world: World, clock: time_machine.Traveller
) -> None:
    entry = edits.add_entry(world, user_id=next(iter(world.users)), day=TODAY)
    runs.run()
    later(world, clock)
    edits.move_entry(world, entry, START - DAY)
    runs.run()
    assert entry in {row["id"] for row in runs.gone("timecamp_entries")}
    assert difference(runs, world) == []


def test_an_empty_window_is_no_end(world: World, clock: time_machine.Traveller) -> None:
    """With the SDK's own paging, entries after an empty window would look deleted."""
    empty = timecamp.build_empty(now=NOW)
    user = next(iter(empty.users))
    for age in (700, 3):
        edits.add_entry(empty, user_id=user, day=TODAY - age * DAY)
    with timecamp.running(empty) as server:
        runs = runs_of(server)
        for _ in range(2):
            runs.run()
            later(empty, clock)
        assert len(runs.live("timecamp_entries")) == 2
        assert runs.gone("timecamp_entries") == []
    assert world


def test_deletions_without_the_feed_are_noticed_in_the_window(
    runs: Runs, server: Server, world: World, clock: time_machine.Traveller
) -> None:
    entry = edits.add_entry(world, user_id=next(iter(world.users)), day=TODAY - 100 * DAY)
    runs.run()
    later(world, clock)
    edits.delete_entry(world, entry)
    lost = {"status": 403, "body": '{"message": "no"}', "times": None}
    server.faults.add("status", match="entries_deletions", **lost)
    runs.run()
    assert difference(runs, world) == []


def test_a_renamed_task_changes_entries_of_any_age(
    runs: Runs, server: Server, world: World, clock: time_machine.Traveller
) -> None:
    runs.run()
    old = min(
        (entry for entry in world.entries.values() if entry.task_id), key=lambda each: each.day
    )
    assert old.day < TODAY - 200 * DAY
    later(world, clock)
    edits.rename_task(world, old.task_id, "A new name")
    runs.run()
    assert difference(runs, world) == []
    paths(server)
    later(world, clock)
    runs.run()
    assert len(paths(server)) == 7


def test_a_range_that_is_too_long_is_cut(
    runs: Runs, server: Server, world: World, clock: time_machine.Traveller
) -> None:
    runs.run()
    later(world, clock)
    server.faults.add("status", match="entries.from", status=400, body="{}")
    runs.run()
    assert difference(runs, world) == []


def test_only_some_people_are_read(server: Server, world: World) -> None:
    first, second, *_ = world.users
    runs = runs_of(server, user_ids=f"{second}, {first}")
    runs.run()
    people = {row["user_id"] for row in runs.live("timecamp_entries")}
    assert people == {str(first), str(second)}
    with pytest.raises(ExtractError, match="user_ids has changed"):
        runs.run(user_ids=str(first))
    before = {row["id"] for row in runs.live("timecamp_entries")}
    runs.run(user_ids=str(first), accept_changed_view=True)
    assert before.isdisjoint(row["id"] for row in runs.gone("timecamp_entries"))


def test_the_settings_of_people(server: Server, world: World) -> None:
    runs = runs_of(server, user_settings=True)
    disabled = list(world.users)[-1]
    edits.disable_user(world, disabled)
    runs.run()
    states = {row["user_id"]: row["is_enabled"] for row in runs.live("users")}
    assert states.pop(str(disabled)) is False
    assert set(states.values()) == {True}
    assert all(row["time_zone"] for row in runs.live("users"))
