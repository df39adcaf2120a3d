"""What a run asks for, and what becomes of edits, deletions and late data."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from clockify_sandbox import google_health
from clockify_sandbox.google_health import Options, edits
from fitbit_histories import DAYS, NOW, difference, runs_of
from ledger_runs import records
from singer_ledger.errors import ExtractError

if TYPE_CHECKING:
    from pathlib import Path

    import time_machine
    from clockify_sandbox.google_health import Server, World
    from ledger_runs import Runs

DAY = dt.timedelta(days=1)
TCX = "exportExerciseTcx"


def asked(server: Server, match: str = "") -> list[str]:
    """Return the paths that were asked for, and forget them."""
    paths = [seen.path for seen in server.requests if match in seen.path]
    server.requests.clear()
    return paths


def later(world: World, clock: time_machine.Traveller, days: float = 1) -> None:
    """Let time pass."""
    now = world.now() + days * DAY
    clock.move_to(now)
    world.set_now(now)


def test_a_quiet_run_takes_about_25_requests(server: Server) -> None:
    runs = runs_of(server, lookback_days=30)
    runs.run()
    asked(server)
    runs.run()
    # Of a person with an exercise and a sleep each day, 31 days take two more.
    assert len(asked(server)) == 26


def test_a_file_is_asked_for_only_if_the_exercise_is_new_or_changed(
    runs: Runs, server: Server, world: World
) -> None:
    runs.run()
    assert len(asked(server, TCX)) == len(world.exercises)
    runs.run()
    assert asked(server, TCX) == []
    new = edits.add_exercise(world, start=NOW - DAY, heart_rate=120, created=NOW)
    changed = min(world.exercises)
    edits.edit_exercise(world, changed, notes="Corrected", updated=NOW + dt.timedelta(seconds=5))
    edits.edit_exercise(world, max(world.exercises), updated=NOW + dt.timedelta(seconds=5))
    runs.run()
    found = {int(path.split("/")[-1].partition(":")[0]) for path in asked(server, TCX)}
    assert found == {new, changed, max(world.exercises)}


def test_an_exercise_that_is_deleted_takes_its_points_with_it(runs: Runs, world: World) -> None:
    runs.run()
    chosen = max(world.exercises)
    before = [row for row in runs.live("activity_detail") if row["data_point_id"] == str(chosen)]
    edits.delete_exercise(world, chosen)
    runs.run()
    assert difference(runs, world) == []
    (gone,) = runs.gone("activity")
    assert (gone["data_point_id"], gone["calories"]) == (str(chosen), None)
    assert len(runs.gone("activity_detail")) == len(before) > 100
    assert all(row["latitude"] is None for row in runs.gone("activity_detail"))


def test_an_exercise_that_becomes_shorter_loses_the_points_beyond_it(
    runs: Runs, world: World
) -> None:
    runs.run()
    chosen = next(each for each in world.exercises.values() if each.heart_rate and each.laps == 1)
    edits.edit_exercise(world, chosen.id, active=chosen.active / 2)
    runs.run()
    assert difference(runs, world) == []
    assert runs.gone("activity_detail")


def test_late_data_of_past_days_arrive(
    runs: Runs, world: World, clock: time_machine.Traveller
) -> None:
    runs.run()
    later(world, clock)
    held = len(world.unsynced_exercises)
    assert held
    assert edits.sync_device(world)
    runs.run()
    assert difference(runs, world) == []


def test_every_day_of_the_window_has_a_row(runs: Runs, world: World) -> None:
    runs.run()
    days = [row["date"] for row in runs.live("summary")]
    assert len(days) == 61
    unworn = next(
        row for row in runs.live("summary") if row["date"] == str(world.today() - 12 * DAY)
    )
    assert unworn["steps"] is None


def test_a_day_whose_data_are_deleted_becomes_null(runs: Runs, world: World) -> None:
    runs.run()
    day = world.today() - 3 * DAY
    edits.clear_day(world, day)
    runs.run()
    assert difference(runs, world) == []


def test_the_history_is_read_once_from_the_start_date_on(server: Server, world: World) -> None:
    start = str(world.today() - DAYS * DAY)
    runs = runs_of(server, lookback_days=5, start_date=start)
    runs.run()
    assert difference(runs, world, days=DAYS) == []
    edits.set_steps(world, world.today() - 20 * DAY, 1)
    runs.run()
    (row,) = (r for r in runs.live("summary") if r["date"] == str(world.today() - 20 * DAY))
    assert row["steps"] != 1


def test_an_earlier_start_date_reads_what_lies_between(server: Server, world: World) -> None:
    runs = runs_of(server, lookback_days=5)
    runs.run()
    assert len(runs.live("summary")) == 6
    runs.run(start_date=str(world.today() - DAYS * DAY))
    assert difference(runs, world, days=DAYS) == []


def test_an_empty_account_is_no_error(clock: time_machine.Traveller) -> None:  # noqa: ARG001
    world = google_health.build_empty(now=NOW)
    with google_health.running(world) as server:
        runs = runs_of(server)
        runs.run()
        runs.run()
        assert difference(runs, world) == []
        assert runs.live("activity") == []


@pytest.mark.parametrize("name", ["activity", "sleep", "weight"])
def test_a_run_that_fails_halfway_marks_nothing_as_gone(
    runs: Runs, server: Server, world: World, name: str
) -> None:
    runs.run()
    kind = {"activity": "exercise"}.get(name, name)
    server.faults.add("status", match=f"/{kind}/dataPoints", status=403, after=1, times=None)
    with contextlib.suppress(ExtractError):  # a type of one page succeeds
        runs.run()
    assert runs.gone(name) == []
    server.faults.clear()
    runs.run()
    assert difference(runs, world) == []


def test_two_weights_at_the_same_clock_second_are_two_rows(runs: Runs, world: World) -> None:
    at = NOW - 2 * DAY
    edits.add_weight(world, 70_000, at)
    edits.add_weight(world, 71_000, at)
    runs.run()
    assert difference(runs, world) == []
    edits.delete_weight(world, max(world.weights))
    runs.run()
    assert difference(runs, world) == []


def test_the_clock_is_the_persons_where_they_were(runs: Runs, world: World) -> None:
    runs.run()
    (_, _, zone), *_ = world.trips
    assert zone == "Asia/Singapore"
    weighed = {row["log_id"] for row in runs.live("weight")}
    clocks = {dt.datetime.fromtimestamp(each / 1_000, dt.UTC).strftime("%H:%M") for each in weighed}
    assert clocks == {"07:04", "23:59"}


def test_a_switch_of_sources_reaches_every_request(server: Server) -> None:
    runs_of(server, data_source_family="google-wearables").run()
    for seen in server.requests:
        if "reconcile" in seen.path:
            assert "google-wearables" in seen.query
        elif "dailyRollUp" in seen.path:
            assert b"google-wearables" in seen.body


def test_raw_answers_are_kept_as_they_came(server: Server, tmp_path: Path) -> None:
    runs = runs_of(server, raw_dir=str(tmp_path / "raw"))
    runs.run()
    kept = [path for path in (tmp_path / "raw").rglob("*") if path.is_file()]
    posts = [seen for seen in server.requests if "dataTypes" in seen.path]
    assert len(kept) == len(posts)
    files = {row["api_endpoint"]: row["file_processed"] for row in runs.live("files_processed")}
    assert files.keys() >= {"exercise_tcx", "steps_dailyRollUp"}
    assert files["steps_dailyRollUp"].endswith("_steps_dailyRollUp_*.json")
    assert all("sandbox-" not in path.read_text() for path in kept)


def test_a_folder_that_cannot_be_written_is_a_sentence(server: Server, tmp_path: Path) -> None:
    (tmp_path / "raw").write_text("a file")
    with pytest.raises(ExtractError, match=r"An answer cannot be kept in .*Check raw_dir"):
        runs_of(server, raw_dir=str(tmp_path / "raw")).run()


def test_keys_are_unique_in_a_run(runs: Runs) -> None:
    messages = runs.messages()
    keys = {m["stream"]: m["key_properties"] for m in messages if m["type"] == "SCHEMA"}
    for stream, columns in keys.items():
        sent = Counter(tuple(row[name] for name in columns) for row in records(messages, stream))
        assert [key for key, count in sent.items() if count > 1] == []
        assert all(None not in key for key in sent)


def test_a_zero_that_is_left_out_of_a_rollup_is_the_same_as_none(
    clock: time_machine.Traveller,  # noqa: ARG001 -- the world's time as well
) -> None:
    world = google_health.build_person(seed=3, days=DAYS, now=NOW)
    with google_health.running(world, Options(zero_sums="left_out")) as server:
        runs = runs_of(server)
        runs.run()
        still = str(world.today() - DAYS // 3 * DAY)
        (row,) = (row for row in runs.live("summary") if row["date"] == still)
        assert row["steps"] is None
