"""The daily roll-ups of the stand-in for Google Health."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from clockify_sandbox.google_health import Options, build_empty, build_person, edits, truth
from clockify_sandbox.google_health.model import days_from
from google_health_support import NOW, TODAY, Caller, calling, civil_of, day_of, seconds, span

if TYPE_CHECKING:
    from collections.abc import Iterator

DAYS = 14
FIRST = TODAY - timedelta(days=DAYS - 1)
WEARABLES = "users/me/dataSourceFamilies/google-wearables"
TOTALS = {
    "steps": ("countSum", "steps"),
    "floors": ("countSum", "floors"),
    "altitude": ("gainMillimetersSum", "gainMillimeters"),
    "distance": ("millimetersSum", "millimeters"),
    "total-calories": ("kcalSum", "totalKcal"),
    "active-energy-burned": ("kcalSum", "activeKcal"),
}
LISTS = {
    "activity-level": (
        "activityLevelRollupsByActivityLevelType",
        "activityLevelType",
        "totalDuration",
        "levelMinutes",
    ),
    "time-in-heart-rate-zone": (
        "timeInHeartRateZones",
        "heartRateZone",
        "duration",
        "zoneMinutes",
    ),
    "calories-in-heart-rate-zone": (
        "caloriesInHeartRateZones",
        "heartRateZone",
        "kcal",
        "zoneKcal",
    ),
}


@pytest.fixture(scope="module")
def person() -> Iterator[Caller]:
    """A person that is shared, so no test may change them; one day they wore nothing."""
    with calling(build_person(now=NOW, days=24)) as caller:
        yield caller


def _value(point: dict[str, Any]) -> dict[str, Any]:
    (field,) = set(point) - {"civilStartTime", "civilEndTime"}
    value: dict[str, Any] = point[field]
    return value


def _by_day(points: list[Any]) -> dict[date, dict[str, Any]]:
    for point in points:
        start, end = (civil_of(point[f"civil{each}Time"]) for each in ("Start", "End"))
        assert end - start == timedelta(days=1)
    return {day_of(point["civilStartTime"]): _value(point) for point in points}


@pytest.mark.parametrize("kind", sorted(TOTALS))
def test_totals_of_days(person: Caller, kind: str) -> None:
    field, name = TOTALS[kind]
    found = _by_day(person.rolled(kind, FIRST, DAYS))
    expected = {day: truth.daily(person.world, day).get(name) for day in days_from(FIRST, TODAY)}
    assert {day: float(value.get(field, 0)) for day, value in found.items()} == pytest.approx(
        {day: total for day, total in expected.items() if total is not None}
    )
    assert len(found) == DAYS - 1, "one day was not worn"


@pytest.mark.parametrize("kind", sorted(LISTS))
def test_parts_of_days(person: Caller, kind: str) -> None:
    field, member, unit, name = LISTS[kind]
    found = _by_day(person.rolled(kind, FIRST, DAYS))
    assert found
    for day in days_from(FIRST, TODAY):
        true: dict[str, float] = truth.daily(person.world, day).get(name) or {}
        parts = {
            each[member]: each.get(unit, 0.0)
            if unit == "kcal"
            else seconds(each.get(unit, "0s")) / 60
            for each in found.get(day, {}).get(field, [])
        }
        assert parts == pytest.approx(true)


@pytest.mark.parametrize("kind", ["steps", "floors", "altitude", "distance"])
def test_points_add_up_to_the_roll_up(person: Caller, kind: str) -> None:
    field = TOTALS[kind][0]
    member = f"{kind}.interval.civil_start_time"
    sums: dict[date, int] = {}
    for value in person.points(kind, filter=f'{member} >= "{FIRST}"', pageSize=10_000):
        day = day_of(value["interval"]["civilStartTime"])
        number = next(
            value[name] for name in ("count", "millimeters", "gainMillimeters") if name in value
        )
        sums[day] = sums.get(day, 0) + int(number)
    rolled = _by_day(person.rolled(kind, FIRST, DAYS))
    assert sums == {day: int(value[field]) for day, value in rolled.items() if value}


def test_segments_add_up_to_the_levels(person: Caller) -> None:
    minutes: dict[str, float] = {}
    day = TODAY - timedelta(days=5)
    for value in person.points("activity-level", pageSize=10_000):
        if day_of(value["interval"]["civilStartTime"]) == day:
            length = civil_of(value["interval"]["civilEndTime"]) - civil_of(
                value["interval"]["civilStartTime"]
            )
            level = value["activityLevelType"]
            minutes[level] = minutes.get(level, 0) + length.total_seconds() / 60
    assert minutes == truth.daily(person.world, day)["levelMinutes"]


@pytest.mark.parametrize(
    ("kind", "most"),
    [
        ("steps", 90),
        ("activity-level", 90),
        ("weight", 90),
        ("total-calories", 14),
        ("heart-rate", 14),
        ("active-minutes", 14),
        ("calories-in-heart-rate-zone", 14),
    ],
)
def test_longest_range(person: Caller, kind: str, most: int) -> None:
    path = f"users/me/dataTypes/{kind}/dataPoints:dailyRollUp"
    assert person.ask(path, body={"range": span(FIRST, most)}).status_code == 200
    error = person.refused(path, body={"range": span(FIRST, most + 1)})
    assert (error["code"], error["status"]) == (400, "INVALID_ARGUMENT")


DAY = {"year": 2026, "month": 11, "day": 10}
NEXT = {"year": 2026, "month": 11, "day": 11}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"range": {"start": {"date": DAY}}},
        {"range": {"start": {"date": DAY}, "end": {"date": DAY}}},
        {"range": {"start": {"date": NEXT}, "end": {"date": DAY}}},
        {"range": {"start": {"date": {**DAY, "month": 13}}, "end": {"date": NEXT}}},
        {"range": {"start": {"date": {"year": 2026, "month": 11}}, "end": {"date": NEXT}}},
        {"range": {"start": {"date": "2026-11-10"}, "end": {"date": NEXT}}},
        {"range": {"start": {"date": DAY, "time": {"hours": 1}}, "end": {"date": NEXT}}},
        {"range": {"start": {"date": DAY, "utcOffset": "0s"}, "end": {"date": NEXT}}},
        {"range": span(FIRST, 3), "windowSizeDays": -1},
        {"range": span(FIRST, 3), "windowSizeDays": "two"},
        {"range": span(FIRST, 3), "dataSourceFamily": "google-wearables"},
        {"range": span(FIRST, 3), "filter": ""},
        [],
    ],
)
def test_refused(person: Caller, body: Any) -> None:
    path = "users/me/dataTypes/steps/dataPoints:dailyRollUp"
    error = person.refused(path, body=body)
    assert (error["code"], error["status"]) == (400, "INVALID_ARGUMENT")


def test_types_without_a_roll_up(person: Caller) -> None:
    for kind in ("basal-energy-burned", "exercise", "sleep", "height", "daily-vo2-max"):
        path = f"users/me/dataTypes/{kind}/dataPoints:dailyRollUp"
        error = person.refused(path, body={"range": span(FIRST, 3)})
        assert error["status"] == "INVALID_ARGUMENT"


def test_the_last_window_is_cut_at_the_end_of_the_range() -> None:
    world = build_empty(now=NOW)
    for number in range(5):
        edits.set_steps(world, FIRST + timedelta(days=number), 10**number)
    with calling(world) as caller:
        rolled = caller.rolled("steps", FIRST, 5, windowSizeDays=2)
        shown = [
            (
                (day_of(each["civilStartTime"]) - FIRST).days,
                (day_of(each["civilEndTime"]) - FIRST).days,
                each["steps"]["countSum"],
            )
            for each in rolled
        ]
        assert shown == [(0, 2, "11"), (2, 4, "1100"), (4, 5, "10000")]
        assert len(caller.rolled("steps", FIRST - timedelta(days=4), 5, windowSizeDays=2)) == 1


def test_the_end_is_excluded() -> None:
    world = build_empty(now=NOW)
    for number in (-1, 0, 1):
        edits.set_steps(world, FIRST + timedelta(days=number), 7)
    with calling(world) as caller:
        assert list(_by_day(caller.rolled("steps", FIRST, 1))) == [FIRST]


@pytest.mark.parametrize(
    ("zero_sums", "expected"),
    [("empty", [{}]), ("zero", [{"countSum": "0"}]), ("left_out", [])],
)
def test_a_day_without_steps(zero_sums: Any, expected: list[Any]) -> None:
    world = build_empty(now=NOW)
    edits.set_steps(world, FIRST, 0)
    with calling(world, Options(zero_sums=zero_sums)) as caller:
        assert [_value(each) for each in caller.rolled("steps", FIRST, 1)] == expected
        assert caller.rolled("floors", FIRST, 1) == []


@pytest.mark.parametrize("order", ["ascending", "descending"])
def test_order(order: Any) -> None:
    with calling(build_person(now=NOW, days=5), Options(rollup_order=order)) as caller:
        path = "users/me/dataTypes/steps/dataPoints:dailyRollUp"
        answer = caller.ask(path, body={"range": span(TODAY - timedelta(days=3), 4)})
        days = [day_of(each["civilStartTime"]) for each in answer.json()["rollupDataPoints"]]
    assert len(days) > 1
    assert days == sorted(days, reverse=order == "descending")


def test_activity_level_may_have_no_roll_up() -> None:
    with calling(build_person(now=NOW, days=3), Options(activity_level_rollup=False)) as caller:
        path = "users/me/dataTypes/activity-level/dataPoints:dailyRollUp"
        error = caller.refused(path, body={"range": span(FIRST, 3)})
        assert (error["code"], error["status"]) == (400, "INVALID_ARGUMENT")


def test_wearables_only() -> None:
    world = build_empty(now=NOW)
    edits.set_distance(world, TODAY, 5_000_000, logged=1_200_000)
    with calling(world) as caller:
        for family, expected in ((None, 5_000_000), (WEARABLES, 3_800_000)):
            more = {"dataSourceFamily": family} if family else {}
            (rolled,) = caller.rolled("distance", TODAY, 1, **more)
            assert rolled["distance"] == {"millimetersSum": str(expected)}
            points = caller.points("distance", **more)
            assert sum(int(each["millimeters"]) for each in points) == expected
    assert truth.daily(world, TODAY)["trackerMillimeters"] == 3_800_000


def test_weight_and_resting_heart_rate() -> None:
    world = build_empty(now=NOW)
    edits.add_weight(world, 70_000, NOW - timedelta(hours=1))
    edits.add_weight(world, 72_000, NOW - timedelta(hours=2))
    edits.add_weight(world, 99_000, NOW - timedelta(days=1))
    edits.set_resting_heart_rate(world, TODAY, 58)
    with calling(world) as caller:
        (rolled,) = caller.rolled("weight", TODAY, 1)
        assert rolled["weight"] == {"weightGramsAvg": 71_000}
        (rolled,) = caller.rolled("daily-resting-heart-rate", TODAY, 1)
        found = rolled["restingHeartRatePersonalRange"]
        assert found["beatsPerMinuteMin"] <= 58 <= found["beatsPerMinuteMax"]
        (value,) = caller.points("daily-resting-heart-rate")
        assert value["beatsPerMinute"] == "58"
