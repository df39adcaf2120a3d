"""The filters of the stand-in for Google Health."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from clockify_sandbox.google_health import Options, build_empty, build_person, edits
from google_health_support import NOW, TODAY, Caller, calling, civil_of

if TYPE_CHECKING:
    from collections.abc import Iterator

MEMBERS = {
    "steps": ("steps.interval.start_time", "steps.interval.civil_start_time"),
    "active-energy-burned": (
        "active_energy_burned.interval.start_time",
        "active_energy_burned.interval.civil_start_time",
    ),
    "weight": ("weight.sample_time.physical_time", "weight.sample_time.civil_time"),
    "daily-resting-heart-rate": (None, "daily_resting_heart_rate.date"),
    "daily-vo2-max": (None, "daily_vo2_max.date"),
    "exercise": (None, "exercise.interval.civil_start_time"),
    "sleep": ("sleep.interval.end_time", "sleep.interval.civil_end_time"),
}
WRONG = {
    "steps": (
        "steps.interval.end_time",
        "steps.interval.civil_end_time",
        "steps.date",
        "steps.sample_time.civil_time",
        "floors.interval.civil_start_time",
        "interval.civil_start_time",
    ),
    "active-energy-burned": ("activeEnergyBurned.interval.civil_start_time",),
    "weight": ("weight.interval.civil_start_time", "weight.date"),
    "daily-resting-heart-rate": ("daily_resting_heart_rate.interval.civil_start_time",),
    "daily-vo2-max": ("daily_vo2_max.sample_time.civil_time",),
    "exercise": (
        "exercise.interval.start_time",
        "exercise.interval.civil_end_time",
        "exercise.date",
    ),
    "sleep": ("sleep.interval.civil_start_time", "sleep.interval.start_time"),
}


@pytest.fixture(scope="module")
def person() -> Iterator[Caller]:
    """A person that is shared, so no test may change them."""
    with calling(build_person(now=NOW, days=30)) as caller:
        yield caller


def _civil(kind: str, value: dict[str, Any]) -> datetime:
    if "date" in value:
        return datetime.combine(date(**value["date"]), datetime.min.time())
    if "sampleTime" in value:
        return civil_of(value["sampleTime"]["civilTime"])
    return civil_of(value["interval"][f"civil{'End' if kind == 'sleep' else 'Start'}Time"])


def _physical(kind: str, value: dict[str, Any]) -> datetime:
    if "sampleTime" in value:
        return datetime.fromisoformat(value["sampleTime"]["physicalTime"])
    return datetime.fromisoformat(value["interval"]["endTime" if kind == "sleep" else "startTime"])


@pytest.mark.parametrize("kind", sorted(MEMBERS))
def test_civil_range(person: Caller, kind: str) -> None:
    first, end = TODAY - timedelta(days=9), TODAY - timedelta(days=4)
    member = MEMBERS[kind][1]
    everything = person.points(kind)
    found = person.points(kind, filter=f'{member} >= "{first}" AND {member} < "{end}"')
    assert found
    assert found == [each for each in everything if first <= _civil(kind, each).date() < end]
    assert found != everything
    later = person.points(kind, filter=f'{member} >= "{end}"')
    assert later == [each for each in everything if _civil(kind, each).date() >= end]


@pytest.mark.parametrize("kind", sorted(kind for kind in MEMBERS if MEMBERS[kind][0]))
def test_physical_range(person: Caller, kind: str) -> None:
    first = datetime(2026, 11, 10, 20, tzinfo=UTC)
    member = MEMBERS[kind][0]
    everything = person.points(kind)
    found = person.points(kind, filter=f'{member} >= "2026-11-10T20:00:00Z"')
    assert found == [each for each in everything if _physical(kind, each) >= first]
    assert found not in ([], everything)
    offset = f'{member} >= "2026-11-11T07:00:00.000+11:00"'
    assert person.points(kind, filter=offset) == found


@pytest.mark.parametrize("kind", sorted(WRONG))
def test_wrong_member(person: Caller, kind: str) -> None:
    for member in WRONG[kind]:
        for method in ("", ":reconcile"):
            path = f"users/me/dataTypes/{kind}/dataPoints{method}"
            error = person.refused(path, {"filter": f'{member} >= "2026-11-10"'})
            assert error["code"] == 400
            assert error["status"] == "INVALID_ARGUMENT"
            reason = error["details"][0]["reason"]
            assert reason == "INVALID_DATA_POINT_FILTER_DATA_TYPE_MEMBER"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("steps", 'steps.interval.civil_start_time >= "2026-11-10T00:00:00Z"'),
        ("steps", 'steps.interval.civil_start_time >= "2026-11-10T00:00"'),
        ("steps", 'steps.interval.civil_start_time >= "2026-11-31"'),
        ("steps", 'steps.interval.civil_start_time >= "20261110"'),
        ("steps", 'steps.interval.start_time >= "2026-11-10"'),
        ("steps", 'steps.interval.start_time >= "2026-11-10T00:00:00"'),
        ("steps", 'steps.interval.civil_start_time > "2026-11-10"'),
        ("steps", 'steps.interval.civil_start_time <= "2026-11-10"'),
        ("steps", 'steps.interval.civil_start_time = "2026-11-10"'),
        ("steps", "steps.interval.civil_start_time >= 2026-11-10"),
        ("steps", 'steps.interval.civil_start_time >= "2026-11-10" AND'),
        (
            "steps",
            'steps.interval.civil_start_time >= "2026-11-10"'
            ' OR steps.interval.civil_start_time < "2026-11-01"',
        ),
        (
            "steps",
            'steps.interval.civil_start_time >= "2026-11-10"'
            ' and steps.interval.civil_start_time < "2026-11-12"',
        ),
        ("daily-vo2-max", 'daily_vo2_max.date >= "2026-11-10T00:00:00"'),
        ("weight", 'weight.sample_time.civil_time >= "2026-11-10T00:00:00+11:00"'),
        ("sleep", 'sleep.interval.end_time >= "2026-11-10"'),
        ("active-energy-burned", 'active-energy-burned.interval.start_time >= "2026-11-10"'),
        ("exercise", "nonsense"),
    ],
)
def test_refused(person: Caller, kind: str, text: str) -> None:
    path = f"users/me/dataTypes/{kind}/dataPoints:reconcile"
    error = person.refused(path, {"filter": text})
    assert (error["code"], error["status"]) == (400, "INVALID_ARGUMENT")


def test_time_of_day(person: Caller) -> None:
    member = "steps.interval.civil_start_time"
    text = f'{member} >= "2026-11-12T09:00:00" AND {member} < "2026-11-12T12:00:00"'
    hours = [_civil("steps", each).hour for each in person.points("steps", filter=text)]
    assert hours == [11, 10, 9]


def test_only_sleeps_know_or(person: Caller) -> None:
    member = "sleep.interval.civil_end_time"
    old, new = TODAY - timedelta(days=20), TODAY - timedelta(days=3)
    everything = person.points("sleep")
    found = person.points("sleep", filter=f'{member} < "{old}" OR {member} >= "{new}"')
    days = [_civil("sleep", each).date() for each in everything]
    expected = [each for each, day in zip(everything, days, strict=True) if day < old or day >= new]
    assert found == expected
    assert found not in ([], everything)


def test_or_binds_before_and(person: Caller) -> None:
    """AIP-160 reads `a OR b AND c` as `(a OR b) AND c`."""
    member = "sleep.interval.civil_end_time"
    text = f'{member} >= "2026-11-15" OR {member} < "2026-11-01" AND {member} < "2026-11-10"'
    days = {_civil("sleep", each).date() for each in person.points("sleep", filter=text)}
    assert days
    assert max(days) < date(2026, 11, 1)


def test_sleeps_are_filtered_by_their_end_and_sorted_by_their_start() -> None:
    world = build_empty(now=NOW)
    start = NOW - timedelta(days=3)
    long = edits.add_sleep(world, start=start, end=start + timedelta(hours=9))
    inner = start + timedelta(hours=1)
    short = edits.add_sleep(world, start=inner, end=inner + timedelta(hours=1))
    with calling(world) as caller:
        assert caller.ids("sleep") == [str(short), str(long)]
        bound = (start + timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M:%SZ")
        found = caller.ids("sleep", filter=f'sleep.interval.end_time >= "{bound}"')
        assert found == [str(long)]


def test_electrocardiograms_are_filtered_by_start_only() -> None:
    world = build_empty(now=NOW)
    edits.set_scopes(world, ["ecg.readonly"])
    with calling(world) as caller:
        path = "users/me/dataTypes/electrocardiogram/dataPoints"
        member = "electrocardiogram.interval.start_time"
        assert caller.get(path, filter=f'{member} >= "2026-11-10T00:00:00Z"') == {}
        for wrong in (
            f'{member} < "2026-11-10T00:00:00Z"',
            'electrocardiogram.interval.civil_start_time >= "2026-11-10"',
        ):
            assert caller.refused(path, {"filter": wrong})["status"] == "INVALID_ARGUMENT"


@pytest.mark.parametrize("shape", ["interval", "daily"])
def test_activity_level_is_filtered_as_one_of_two_shapes(shape: Any) -> None:
    members = {
        "interval": "activity_level.interval.civil_start_time",
        "daily": "activity_level.date",
    }
    with calling(build_person(now=NOW, days=5), Options(activity_level_filter=shape)) as caller:
        for each, member in members.items():
            path = "users/me/dataTypes/activity-level/dataPoints:reconcile"
            query = {"filter": f'{member} >= "{TODAY - timedelta(days=1)}"'}
            answer = caller.ask(path, query)
            assert answer.status_code == (200 if each == shape else 400)
            if each == shape:
                points = answer.json()["dataPoints"]
                days = {_civil("", point["activityLevel"]).date() for point in points}
                assert days == {TODAY, TODAY - timedelta(days=1)}


def test_families_of_sources() -> None:
    world = build_empty(now=NOW)
    of = {
        source: str(edits.add_exercise(world, source=source, end=NOW - timedelta(hours=hours)))
        for hours, source in enumerate(("tracker", "manual", "app"))
    }
    families = {
        "all-sources": ["tracker", "manual", "app"],
        "google-sources": ["tracker", "manual"],
        "google-wearables": ["tracker"],
        "self-sources": [],
    }
    with calling(world) as caller:
        assert caller.ids("exercise") == [of[each] for each in families["all-sources"]]
        for user in ("me", world.health_user_id):
            for family, sources in families.items():
                name = f"users/{user}/dataSourceFamilies/{family}"
                ids = caller.ids("exercise", dataSourceFamily=name)
                assert ids == [of[each] for each in sources]
        path = "users/me/dataTypes/exercise/dataPoints"
        for wrong in ("google-wearables", "users/me/dataSourceFamilies/mine"):
            error = caller.refused(path, {"dataSourceFamily": wrong})
            assert error["status"] == "INVALID_ARGUMENT"


def test_sleeps_are_restricted_to_a_family_only_when_reconciled(person: Caller) -> None:
    family = {"dataSourceFamily": "users/me/dataSourceFamilies/google-wearables"}
    error = person.refused("users/me/dataTypes/sleep/dataPoints", family)
    assert error["status"] == "INVALID_ARGUMENT"
    assert person.points("sleep", **family)
