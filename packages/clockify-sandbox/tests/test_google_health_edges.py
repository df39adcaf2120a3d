"""Summer time, the present day, odd requests and saved worlds of the stand-in for Google Health."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
import requests
from clockify_sandbox.google_health import Options, build_empty, build_person, edits, truth
from clockify_sandbox.google_health.kinds import KINDS, READ_SCOPES
from clockify_sandbox.google_health.model import Stage, days_from
from clockify_sandbox.saving import SavedWorld
from google_health_support import NOW, TODAY, Caller, calling, civil_of, day_of, seconds, span

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clockify_sandbox.google_health import World

STEPS = "users/me/dataTypes/steps/dataPoints"
ROLLED = [
    ("steps", "steps", "countSum", "steps"),
    ("floors", "floors", "countSum", "floors"),
    ("altitude", "altitude", "gainMillimetersSum", "gainMillimeters"),
    ("distance", "distance", "millimetersSum", "millimeters"),
    ("total-calories", "totalCalories", "kcalSum", "totalKcal"),
    ("active-energy-burned", "activeEnergyBurned", "kcalSum", "activeKcal"),
]
SUMMED = [
    ("steps", "count", "steps"),
    ("floors", "count", "floors"),
    ("altitude", "gainMillimeters", "gainMillimeters"),
    ("distance", "millimeters", "millimeters"),
    ("active-energy-burned", "kcal", "activeKcal"),
    ("basal-energy-burned", "kcal", "basalKcal"),
]
SUMMER_BEGINS, SUMMER_ENDS = date(2026, 10, 4), date(2026, 4, 5)
"""The days in Sydney that have 23 and 25 hours."""


@pytest.fixture(scope="module")
def person() -> Iterator[Caller]:
    """A person that is shared, so no test may change them."""
    with calling(build_person(now=NOW, days=14)) as caller:
        yield caller


def _start(value: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(value["interval"]["startTime"])


def _end(value: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(value["interval"]["endTime"])


@pytest.mark.parametrize(("kind", "field", "total", "name"), ROLLED)
def test_roll_ups_are_the_truth(
    person: Caller, kind: str, field: str, total: str, name: str
) -> None:
    first = TODAY - timedelta(days=13)
    shown = {
        day_of(each["civilStartTime"]): float(each[field].get(total, 0))
        for each in person.rolled(kind, first, 14)
    }
    rows = [truth.daily(person.world, day) for day in days_from(first, TODAY)]
    assert shown == {row["day"]: row[name] for row in rows if row.get(name) is not None}
    (whole,) = person.rolled(kind, first, 14, windowSizeDays=14)
    assert float(whole[field][total]) == pytest.approx(sum(shown.values()))


@pytest.mark.parametrize(("kind", "field", "name"), SUMMED)
def test_points_add_up_to_the_truth(person: Caller, kind: str, field: str, name: str) -> None:
    sums: dict[date, float] = {}
    for value in person.points(kind):
        day = day_of(value["interval"]["civilStartTime"])
        sums[day] = sums.get(day, 0) + float(value[field])
    rows = [truth.daily(person.world, day) for day in days_from(min(sums), TODAY)]
    assert sums == pytest.approx({row["day"]: row[name] for row in rows if row.get(name)})


@pytest.mark.parametrize("kind", ["activity-level", "time-in-heart-rate-zone"])
def test_segments_add_up_to_the_roll_up(person: Caller, kind: str) -> None:
    fields = {
        "activity-level": ("activityLevelType", "levelMinutes"),
        "time-in-heart-rate-zone": ("heartRateZoneType", "zoneMinutes"),
    }
    field, name = fields[kind]
    sums: dict[tuple[date, str], float] = {}
    for value in person.points(kind):
        key = day_of(value["interval"]["civilStartTime"]), value[field]
        sums[key] = sums.get(key, 0) + (_end(value) - _start(value)).total_seconds() / 60
    for day in days_from(TODAY - timedelta(days=13), TODAY):
        true = truth.daily(person.world, day).get(name, {})
        assert {part: n for part, n in true.items() if n} == {
            part: n for (at, part), n in sums.items() if at == day
        }
    points = sorted(person.points(kind), key=_start)
    assert all(_end(one) <= _start(two) for one, two in pairwise(points))


@pytest.mark.parametrize("hour", [0, 1, 2, 7, 9, 12, 23])
def test_no_interval_is_in_the_future(hour: int) -> None:
    now = datetime(2026, 11, 19, 13, 30, tzinfo=UTC) + timedelta(hours=hour)
    world = build_empty(now=now)
    edits.set_steps(world, TODAY, 1009)
    edits.set_distance(world, TODAY, 700_001, logged=200_000)
    edits.set_basal_energy(world, TODAY, 12.5)
    with calling(world) as caller:
        steps, distance = caller.points("steps"), caller.points("distance")
        assert sum(int(value["count"]) for value in steps) == 1009
        assert sum(int(value["millimeters"]) for value in distance) == 700_001
        assert len({_start(value) for value in distance}) == len(distance)
        shown = [*steps, *distance, *caller.points("basal-energy-burned")]
    assert {day_of(value["interval"]["civilStartTime"]) for value in shown} == {world.today()}
    # In the first hours of a day there is not enough past to hold a tracked and a logged hour.
    if hour > 2:
        assert max(_end(value) for value in shown) <= now


@pytest.mark.parametrize(
    ("day", "hours", "offsets"),
    [
        (SUMMER_BEGINS, 23, ("36000s", "39600s")),
        (SUMMER_ENDS, 25, ("39600s", "36000s")),
        (TODAY, 24, ("39600s", "39600s")),
    ],
)
def test_days_of_other_lengths(day: date, hours: int, offsets: tuple[str, str]) -> None:
    world = build_empty(now=datetime(2026, 12, 1, tzinfo=UTC))
    edits.set_basal_energy(world, day, 1600.0)
    for level, minutes in (("SEDENTARY", 900), ("LIGHTLY_ACTIVE", 300), ("VERY_ACTIVE", 180)):
        edits.set_activity_level(world, day, level, minutes)
    with calling(world) as caller:
        (value,) = caller.points("basal-energy-burned")
        levels = sorted(caller.points("activity-level"), key=_start)
    assert _end(value) - _start(value) == timedelta(hours=hours)
    interval = value["interval"]
    assert (interval["startUtcOffset"], interval["endUtcOffset"]) == offsets
    assert civil_of(interval["civilStartTime"]) == datetime.combine(day, datetime.min.time())
    assert day_of(interval["civilEndTime"]) == day + timedelta(days=1)
    assert all(_end(one) == _start(two) for one, two in pairwise(levels))
    assert _end(levels[-1]) - _start(levels[0]) == timedelta(hours=23)
    for each in (each["interval"] for each in levels):
        for end in ("start", "end"):
            offset = timedelta(seconds=seconds(each[f"{end}UtcOffset"]))
            instant = datetime.fromisoformat(each[f"{end}Time"])
            assert world.offset_at(instant) == offset
            clock = civil_of(each[f"civil{end.capitalize()}Time"])
            assert clock == instant.replace(tzinfo=None) + offset


def test_a_sleep_over_the_end_of_summer_time_has_two_offsets() -> None:
    world = build_empty(now=datetime.fromisoformat("2026-04-06T00:00:00+00:00"))
    start = datetime.fromisoformat("2026-04-04T11:00:00+00:00")
    edits.add_sleep(world, start=start, end=start + timedelta(hours=8))
    with calling(world) as caller:
        interval = caller.points("sleep")[0]["interval"]
    assert (interval["startUtcOffset"], interval["endUtcOffset"]) == ("39600s", "36000s")
    assert civil_of(interval["civilEndTime"]) - civil_of(interval["civilStartTime"]) == timedelta(
        hours=7
    )


def test_a_day_has_no_more_minutes_than_it_lasts() -> None:
    world = build_person(now=datetime(2026, 10, 8, 6, 30, tzinfo=UTC), days=30)
    minutes = {day: sum(values.level_minutes.values()) for day, values in world.days.items()}
    assert minutes[SUMMER_BEGINS] == 23 * 60
    assert max(minutes.values()) == 24 * 60


def test_an_edited_session_has_the_offset_of_its_new_time() -> None:
    world = build_empty(now=datetime(2026, 10, 8, tzinfo=UTC))
    start = datetime(2026, 10, 2, 22, 0, tzinfo=UTC)
    exercise = edits.add_exercise(world, start=start, end=start + timedelta(hours=1))
    later = start + timedelta(days=2)
    edits.edit_exercise(world, exercise, start=later, end=later + timedelta(hours=1))
    with calling(world) as caller:
        (value,) = caller.points("exercise")
    interval = value["interval"]
    assert (interval["startUtcOffset"], interval["endUtcOffset"]) == ("39600s", "39600s")


def test_half_minutes_of_stages_are_not_lost() -> None:
    world = build_empty(now=NOW)
    start, half = NOW - timedelta(hours=8), timedelta(minutes=10, seconds=30)
    kinds = ("LIGHT", "DEEP", "LIGHT", "AWAKE", "REM", "AWAKE")
    stages = [Stage(kind, start + half * n, start + half * (n + 1)) for n, kind in enumerate(kinds)]
    edits.add_sleep(world, start=start, end=start + half * 6, type="STAGES", stages=stages)
    with calling(world) as caller:
        summary = caller.points("sleep")[0]["summary"]
    assert summary["minutesInSleepPeriod"] == "63"
    assert (summary["minutesAsleep"], summary["minutesAwake"]) == ("42", "21")
    assert [
        (each["type"], each["minutes"], each["count"]) for each in summary["stagesSummary"]
    ] == [
        ("LIGHT", "21", "2"),
        ("DEEP", "10", "1"),
        ("AWAKE", "21", "2"),
        ("REM", "10", "1"),
    ]


@pytest.mark.parametrize(
    ("path", "query", "body"),
    [
        (STEPS, {"filter": 'steps.interval.start_time >= "0001-01-01T00:00:00+11:00"'}, None),
        (STEPS, {"filter": 'steps.interval.start_time >= "2026-13-01T00:00:00Z"'}, None),
        (STEPS, {"pageToken": "no token"}, None),
        (STEPS, {"pageToken": "W10"}, None),
        (f"{STEPS}:dailyRollUp", None, {"range": span(TODAY, 2), "pageSize": -1}),
        (f"{STEPS}:dailyRollUp", None, {"range": span(TODAY, 2), "pageToken": "W10"}),
        (f"{STEPS}:dailyRollUp", None, {"range": span(TODAY, 2), "dataSourceFamily": 3}),
    ],
)
def test_odd_requests_are_refused(person: Caller, path: str, query: Any, body: Any) -> None:
    assert person.refused(path, query, body)["status"] == "INVALID_ARGUMENT"


@pytest.mark.parametrize("size", [90, 10**7, 10**15])
def test_a_window_may_be_longer_than_the_range(person: Caller, size: int) -> None:
    (value,) = person.rolled("steps", TODAY - timedelta(days=1), 2, windowSizeDays=size)
    assert day_of(value["civilEndTime"]) == TODAY + timedelta(days=1)


def test_partial_data_is_true_or_false(person: Caller) -> None:
    exercise = next(iter(person.world.exercises))
    path = f"users/me/dataTypes/exercise/dataPoints/{exercise}:exportExerciseTcx"
    assert person.get(path, partialData="false")["tcxData"]
    assert person.refused(path, {"partialData": "maybe"})["status"] == "INVALID_ARGUMENT"


def test_a_page_of_devices_belongs_to_its_size(person: Caller) -> None:
    token = person.get("users/me/pairedDevices", pageSize=1)["nextPageToken"]
    query = {"pageSize": 2, "pageToken": token}
    error = person.refused("users/me/pairedDevices", query)
    assert error["status"] == "INVALID_ARGUMENT"
    batteries = person.get("users/me/pairedDevices")["pairedDevices"]
    assert [each["batteryStatus"] for each in batteries] == ["High", "Medium"]


@pytest.mark.parametrize(
    ("path", "status"),
    [("v4/users/me/identity/", 404), ("token/", 404), ("auth/", 404), ("fitbit", 410)],
)
def test_no_address_is_redirected(person: Caller, path: str, status: int) -> None:
    answer = requests.get(
        f"{person.server.url}/google-health/{path}",
        headers={"Authorization": f"Bearer {person.token}"},
        allow_redirects=False,
        timeout=30,
    )
    assert answer.status_code == status


@pytest.mark.parametrize(
    "options",
    [
        Options(data_point_ids="uuid", tcx_times="utc"),
        Options(activity_level_filter="daily", basal_energy_listed=False),
        Options(midnight="omitted", zero_sums="zero"),
        Options(empty_pages=False, paging="offset", zero_sums="left_out"),
        Options(rollup_order="ascending", activity_level_rollup=False, unknown_type=404),
    ],
)
def test_answers_are_valid_with_every_switch(options: Options) -> None:
    world = build_person(now=NOW, days=6)
    edits.set_steps(world, TODAY, 0)
    with calling(world, options) as caller:
        for kind in (each for each in KINDS.values() if each.read_scope in READ_SCOPES):
            # The caller validates whatever comes back.
            path = f"users/me/dataTypes/{kind.id}/dataPoints"
            caller.ask(path, {"pageSize": 40})
            caller.ask(f"{path}:reconcile", {"pageSize": 40})
            caller.ask(f"{path}:dailyRollUp", body={"range": span(TODAY, 1)})


def test_a_world_in_a_file_lives_on(tmp_path: Path) -> None:
    def load() -> SavedWorld[World]:
        build = lambda: build_person(now=NOW, days=6)  # noqa: E731 -- short
        return SavedWorld(tmp_path / "world", lambda: build_empty(now=NOW), build)

    saved = load()
    with calling(saved.world) as caller:
        token = caller.token
    exercise = edits.add_exercise(saved.world, notes="kept")
    saved.save()
    again = load().world
    assert again is not saved.world
    assert again.version == saved.world.version
    assert again.exercises[exercise].notes == "kept"
    for part in (truth.exercises, truth.sleeps, truth.weights, truth.vo2max):
        assert part(again) == part(saved.world)
    with calling(again) as caller:
        caller.token = token
        assert caller.ids("exercise")[0] == str(exercise), "old access tokens are valid as well"
    edits.delete_exercise(again, exercise)
    assert exercise in load().world.exercises, "what was not saved is lost"
