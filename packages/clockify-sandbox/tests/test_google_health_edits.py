"""Edits of the stand-in for Google Health, its truth, and what the API shows of both."""

from __future__ import annotations

import pickle
import random
from collections import Counter
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from clockify_sandbox.google_health import build_empty, build_person, edits, truth
from clockify_sandbox.google_health.model import days_from
from clockify_sandbox.google_health.random_edits import EDITS
from google_health_support import NOW, TODAY, Caller, calling, civil_of, day_of, seconds

if TYPE_CHECKING:
    from clockify_sandbox.google_health import World

DAILY = {
    edits.set_steps: ("steps", "count", 1234, "steps"),
    edits.set_floors: ("floors", "count", 12, "floors"),
    edits.set_altitude: ("altitude", "gainMillimeters", 45_000, "gainMillimeters"),
    edits.set_distance: ("distance", "millimeters", 5_000_001, "millimeters"),
    edits.set_active_energy: ("active-energy-burned", "kcal", 612.5, "activeKcal"),
    edits.set_basal_energy: ("basal-energy-burned", "kcal", 1601.25, "basalKcal"),
    edits.set_resting_heart_rate: (
        "daily-resting-heart-rate",
        "beatsPerMinute",
        57,
        "restingHeartRate",
    ),
}


def _everything(world: World) -> dict[str, Any]:
    days = [truth.daily(world, day) for day in days_from(TODAY - timedelta(days=90), TODAY)]
    return {
        "days": days,
        "exercises": truth.exercises(world),
        "sleeps": truth.sleeps(world),
        "weights": truth.weights(world),
        "vo2max": truth.vo2max(world),
    }


def _rng(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 -- made-up data, not a secret


def test_equal_seeds_make_equal_worlds() -> None:
    one, same = (_everything(build_person(seed=3, now=NOW)) for _ in range(2))
    assert one == same
    assert one != _everything(build_person(seed=4, now=NOW))


def test_the_person_has_what_is_hard_to_read() -> None:
    world = build_person(now=NOW)
    days = days_from(TODAY - timedelta(days=59), TODAY)
    assert [day for day in days if day not in world.days] == [TODAY - timedelta(days=30)]
    zero = [day for day in days if day in world.days and world.days[day].steps == 0]
    assert zero == [TODAY - timedelta(days=20)]
    abroad = {each.start_offset for each in world.exercises.values()}
    assert {timedelta(hours=8), timedelta(hours=11)} <= abroad
    weights = [each["civilTime"] for each in truth.weights(world)]
    assert {at.time().second for at in weights} == {31, 59}
    assert len({at.date() for at in weights}) < len(weights)
    sleeps = truth.sleeps(world)
    assert {each["type"] for each in sleeps} == {"CLASSIC", "STAGES"}
    assert any(each["shortAwakenings"] for each in sleeps)
    assert world.unsynced_days
    assert world.unsynced_exercises
    assert len(build_person(now=NOW, days=3).days) >= 2
    assert _everything(build_empty(now=NOW))["exercises"] == []


def test_a_world_can_be_pickled() -> None:
    world = build_person(now=NOW, days=10)
    edits.set_steps(world, TODAY, 5)
    again = pickle.loads(pickle.dumps(world))  # noqa: S301 -- made here
    assert _everything(again) == _everything(world)
    assert (again.version, again.now()) == (world.version, NOW)
    edits.set_steps(again, TODAY, 6)
    assert truth.daily(world, TODAY)["steps"] == 5
    with calling(again) as caller:
        assert caller.rolled("steps", TODAY, 1)[0]["steps"] == {"countSum": "6"}


@pytest.mark.parametrize("change", sorted(DAILY, key=lambda each: each.__name__))
def test_daily_values(change: Any) -> None:
    kind, field, value, name = DAILY[change]
    world = build_empty(now=NOW)
    change(world, TODAY, value)
    with calling(world) as caller:
        points = caller.points(kind)
        assert sum(float(each[field]) for each in points) == pytest.approx(value)
        assert truth.daily(world, TODAY)[name] == value
        change(world, TODAY, None)
        assert caller.points(kind) == []
        assert truth.daily(world, TODAY)[name] is None


def test_parts_of_a_day() -> None:
    world = build_empty(now=NOW)
    edits.set_total_calories(world, TODAY, 2300.75)
    edits.set_activity_level(world, TODAY, "VERY_ACTIVE", 35)
    edits.set_activity_level(world, TODAY, "SEDENTARY", 600)
    edits.set_zone_minutes(world, TODAY, "PEAK", 4)
    edits.set_zone_calories(world, TODAY, "PEAK", 40.5)
    with calling(world) as caller:
        (total,) = caller.rolled("total-calories", TODAY, 1)
        assert total["totalCalories"] == {"kcalSum": 2300.75}
        (levels,) = caller.rolled("activity-level", TODAY, 1)
        found = levels["activityLevel"]["activityLevelRollupsByActivityLevelType"]
        assert {each["activityLevelType"]: each["totalDuration"] for each in found} == {
            "SEDENTARY": "36000s",
            "VERY_ACTIVE": "2100s",
        }
        (minutes,) = caller.rolled("time-in-heart-rate-zone", TODAY, 1)
        assert minutes["timeInHeartRateZone"]["timeInHeartRateZones"] == [
            {"heartRateZone": "PEAK", "duration": "240s"}
        ]
        (kcal,) = caller.rolled("calories-in-heart-rate-zone", TODAY, 1)
        assert kcal["caloriesInHeartRateZone"]["caloriesInHeartRateZones"] == [
            {"heartRateZone": "PEAK", "kcal": 40.5}
        ]
        edits.clear_day(world, TODAY)
        assert caller.rolled("total-calories", TODAY, 1) == []
        assert truth.daily(world, TODAY) == {"day": TODAY}


def test_vo2max() -> None:
    world = build_empty(now=NOW)
    edits.set_vo2max(world, TODAY, 44.2, estimated=True)
    with calling(world) as caller:
        (value,) = caller.points("daily-vo2-max")
        assert (day_of(value), value["vo2Max"], value["estimated"]) == (TODAY, 44.2, True)
        assert truth.vo2max(world) == {TODAY: 44.2}
        edits.set_vo2max(world, TODAY, None)
        assert caller.points("daily-vo2-max") == []
        assert truth.vo2max(world) == {}


def test_exercises_are_added_edited_and_deleted() -> None:
    world = build_empty(now=NOW)
    exercise = edits.add_exercise(world, type="RUNNING", calories=300.5, steps=4000)
    with calling(world) as caller:
        (value,) = caller.points("exercise")
        assert caller.ids("exercise") == [str(exercise)]
        assert (value["exerciseType"], value["displayName"]) == ("RUNNING", "Running")
        assert value["metricsSummary"]["steps"] == "4000"
        assert value["updateTime"] == "2026-11-20T06:30:00Z"
        world.set_now(NOW + timedelta(minutes=5))
        edits.edit_exercise(world, exercise, calories=310.0, notes="Corrected")
        (edited,) = caller.points("exercise")
        assert edited["metricsSummary"]["caloriesKcal"] == 310.0
        assert (edited["notes"], edited["updateTime"]) == ("Corrected", "2026-11-20T06:35:00Z")
        assert edited["createTime"] == value["createTime"]
        with pytest.raises(ValueError, match="no such attributes: colour"):
            edits.edit_exercise(world, exercise, colour="red")
        edits.delete_exercise(world, exercise)
        assert caller.points("exercise") == truth.exercises(world) == []


def test_sleeps_are_added_edited_and_deleted() -> None:
    world = build_empty(now=NOW)
    sleep = edits.add_sleep(world, processed=False)
    with calling(world) as caller:
        (value,) = caller.points("sleep")
        assert "stages" not in value
        assert value["summary"] == {"minutesInSleepPeriod": "480"}
        world.set_now(NOW + timedelta(minutes=5))
        edits.edit_sleep(world, sleep, processed=True, manually_edited=True)
        (edited,) = caller.points("sleep")
        assert [stage["type"] for stage in edited["stages"]] == ["ASLEEP"]
        assert edited["summary"]["minutesAsleep"] == "480"
        assert edited["metadata"]["manuallyEdited"]
        assert edited["updateTime"] == "2026-11-20T06:35:00Z"
        edits.delete_sleep(world, sleep)
        assert caller.points("sleep") == truth.sleeps(world) == []


def test_weights_are_added_and_deleted() -> None:
    world = build_empty(now=NOW)
    weight = edits.add_weight(world, 71_234.5, notes="after a run")
    with calling(world) as caller:
        (value,) = caller.points("weight")
        assert (value["weightGrams"], value["notes"]) == (71_234.5, "after a run")
        assert value["sampleTime"]["utcOffset"] == "39600s"
        edits.delete_weight(world, weight)
        assert caller.points("weight") == truth.weights(world) == []


def test_a_sync_brings_late_data() -> None:
    world = build_person(now=NOW, days=20)
    days = [TODAY - timedelta(days=2), TODAY - timedelta(days=1)]
    with calling(world) as caller:
        before = {each["day"]: each for each in _everything(world)["days"]}
        ids = set(caller.ids("exercise"))
        world.set_now(NOW + timedelta(minutes=30))
        assert edits.sync_device(world) == days
        after = {each["day"]: each for each in _everything(world)["days"]}
        assert [day for day in after if after[day] != before[day]] == days
        for day in days:
            assert after[day]["steps"] > before[day]["steps"]
            (rolled,) = caller.rolled("steps", day, 1)
            assert rolled["steps"] == {"countSum": str(after[day]["steps"])}
        (late,) = set(caller.ids("exercise")) - ids
        assert world.exercises[int(late)].updated == NOW + timedelta(minutes=30)
        assert world.exercises[int(late)].end < NOW - timedelta(days=1)
        sleeps = caller.points("sleep")
        assert all(value["metadata"]["processed"] for value in sleeps)
        devices = caller.get("users/me/pairedDevices")["pairedDevices"]
        assert devices[0]["lastSyncTime"] == "2026-11-20T07:00:00Z"
        assert edits.sync_device(world), "a later sync brings some steps"


def test_every_edit_counts_as_a_change() -> None:
    world = build_person(now=NOW, days=20)
    rng = _rng(2)
    for _ in range(60):
        before, version = pickle.dumps(_everything(world)), world.version
        sentence = edits.random_edit(world, rng)
        assert sentence.endswith(".")
        assert world.version > version
        assert pickle.dumps(_everything(world)) != before, sentence


def test_random_edits_with_a_seed_are_the_same() -> None:
    made = []
    for _ in range(2):
        world = build_person(now=NOW, days=20)
        rng = _rng(5)
        sentences = [edits.random_edit(world, rng) for _ in range(40)]
        made.append((sentences, _everything(world)))
    assert made[0] == made[1]


def test_random_edits_of_an_empty_world() -> None:
    for edit in EDITS:
        assert edit(build_empty(now=NOW), _rng(1)) is None or edit.__name__ in {
            "_add_exercise",
            "_add_weight",
            "_sync",
        }


@pytest.mark.parametrize("seed", [1, 2])
def test_the_api_shows_the_truth(seed: int) -> None:
    world = build_person(now=NOW, days=40, seed=seed)
    rng = _rng(seed)
    for _ in range(25):
        edits.random_edit(world, rng)
    with calling(world) as caller:
        _same(_exercises(caller), truth.exercises(world))
        _same(_sleeps(caller), truth.sleeps(world))
        assert _weights(caller) == truth.weights(world)
        vo2max = {day_of(each): each["vo2Max"] for each in caller.points("daily-vo2-max")}
        assert vo2max == truth.vo2max(world)
        resting = {
            date(**each["date"]): int(each["beatsPerMinute"])
            for each in caller.points("daily-resting-heart-rate")
        }
        days = days_from(TODAY - timedelta(days=45), TODAY)
        true = {day: truth.daily(world, day).get("restingHeartRate") for day in days}
        assert resting == {day: rate for day, rate in true.items() if rate is not None}


def _same(shown: list[dict[str, Any]], true: list[dict[str, Any]]) -> None:
    """Compare what can be read from the API; the truth knows some more."""
    assert shown
    assert shown == [{name: each[name] for name in shown[0]} for each in true]


def _exercises(caller: Caller) -> list[dict[str, Any]]:
    rows = [
        {
            "id": int(name),
            "day": day_of(value["interval"]["civilStartTime"]),
            "civilStartTime": civil_of(value["interval"]["civilStartTime"]),
            "startTime": datetime.fromisoformat(value["interval"]["startTime"]),
            "endTime": datetime.fromisoformat(value["interval"]["endTime"]),
            "exerciseType": value["exerciseType"],
            "displayName": value["displayName"],
            "notes": value.get("notes"),
            "caloriesKcal": value["metricsSummary"].get("caloriesKcal", 0.0),
            "activeSeconds": seconds(value["activeDuration"]),
            "steps": _int(value["metricsSummary"].get("steps")),
            "hasActiveZoneMinutes": "activeZoneMinutes" in value["metricsSummary"],
            "updateTime": datetime.fromisoformat(value["updateTime"]),
        }
        for name, value in zip(caller.ids("exercise"), caller.points("exercise"), strict=True)
    ]
    return sorted(rows, key=lambda row: (row["startTime"], row["id"]))


def _sleeps(caller: Caller) -> list[dict[str, Any]]:
    rows = [
        {
            "id": int(name),
            "day": day_of(value["interval"]["civilEndTime"]),
            "civilStartTime": civil_of(value["interval"]["civilStartTime"]),
            "civilEndTime": civil_of(value["interval"]["civilEndTime"]),
            "startTime": datetime.fromisoformat(value["interval"]["startTime"]),
            "endTime": datetime.fromisoformat(value["interval"]["endTime"]),
            "type": value["type"],
            "mainSleep": value["metadata"].get("mainSleep", False),
            "manuallyEdited": value["metadata"].get("manuallyEdited", False),
            "minutesInSleepPeriod": int(value["summary"]["minutesInSleepPeriod"]),
            "stages": _stages(value.get("stages", [])),
            "shortAwakenings": _stages(value.get("shortAwakenings", [])),
        }
        for name, value in zip(caller.ids("sleep"), caller.points("sleep"), strict=True)
    ]
    return sorted(rows, key=lambda row: (row["startTime"], row["id"]))


def _stages(stages: list[Any]) -> list[dict[str, Any]]:
    rows = []
    for stage in stages:
        start, end = (datetime.fromisoformat(stage[f"{each}Time"]) for each in ("start", "end"))
        offset = timedelta(seconds=seconds(stage["startUtcOffset"]))
        rows.append(
            {
                "type": stage["type"],
                "startTime": start,
                "civilStartTime": start.replace(tzinfo=None) + offset,
                "seconds": (end - start).total_seconds(),
            }
        )
    return rows


def _weights(caller: Caller) -> list[dict[str, Any]]:
    rows = [
        {
            "civilTime": civil_of(value["sampleTime"]["civilTime"]),
            "physicalTime": datetime.fromisoformat(value["sampleTime"]["physicalTime"]),
            "weightGrams": value["weightGrams"],
        }
        for value in caller.points("weight")
    ]
    return rows[::-1]


def _int(text: str | None) -> int | None:
    return None if text is None else int(text)


def test_the_main_sleep_is_the_longest_with_stages() -> None:
    world = build_empty(now=NOW)
    middle = NOW - timedelta(hours=12)

    def add(kind: str, start: datetime, hours: int) -> str:
        return str(
            edits.add_sleep(world, type=kind, start=start, end=start + timedelta(hours=hours))
        )

    staged = [add("STAGES", middle + timedelta(hours=2), hours) for hours in (2, 3)]
    classic = [add("CLASSIC", middle, 6)]
    alone = [add("CLASSIC", middle - timedelta(days=2), hours) for hours in (5, 4)]
    with calling(world) as caller:
        values = dict(zip(caller.ids("sleep"), caller.points("sleep"), strict=True))
    assert set(values) == {*staged, *classic, *alone}
    main = {name for name, value in values.items() if value["metadata"].get("mainSleep")}
    assert main == {staged[1], alone[0]}


def test_the_summary_of_a_sleep_adds_up() -> None:
    with calling(build_person(now=NOW, days=20)) as caller:
        for value in caller.points("sleep"):
            if not value["metadata"].get("processed"):
                continue
            summary = value["summary"]
            counts: Counter[str] = Counter()
            sums: Counter[str] = Counter()
            for stage in value["stages"]:
                length = datetime.fromisoformat(stage["endTime"]) - datetime.fromisoformat(
                    stage["startTime"]
                )
                counts[stage["type"]] += 1
                sums[stage["type"]] += int(length.total_seconds())
            assert {kind: (counts[kind], sums[kind] // 60) for kind in counts} == {
                each["type"]: (int(each["count"]), int(each.get("minutes", 0)))
                for each in summary["stagesSummary"]
            }
            asleep = {"ASLEEP"} if value["type"] == "CLASSIC" else {"LIGHT", "REM", "DEEP"}
            assert int(summary["minutesAsleep"]) == sum(sums[kind] for kind in asleep) // 60
            assert int(summary.get("minutesAwake", 0)) == sums["AWAKE"] // 60
            assert int(summary["minutesInSleepPeriod"]) == sums.total() // 60
