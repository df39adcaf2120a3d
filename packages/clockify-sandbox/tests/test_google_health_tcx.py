"""The files of exercises that the stand-in for Google Health exports."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
import requests
from clockify_sandbox.google_health import Options, build_empty, build_person, edits, truth
from google_health_support import NOW, Caller, calling

if TYPE_CHECKING:
    from collections.abc import Iterator

SPACE = "{http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2}"
LAP = ["TotalTimeSeconds", "DistanceMeters", "Calories", "Intensity", "TriggerMethod"]
MEDIA = {"alt": "media", "partialData": "true"}


@pytest.fixture(scope="module")
def person() -> Iterator[Caller]:
    """A person that is shared, so no test may change them."""
    with calling(build_person(now=NOW, days=30)) as caller:
        yield caller


def _path(exercise: object) -> str:
    return f"users/me/dataTypes/exercise/dataPoints/{exercise}:exportExerciseTcx"


def _activity(caller: Caller, exercise: object, **query: str) -> ET.Element:
    answer = caller.ask(_path(exercise), query or MEDIA)
    assert answer.status_code == 200, answer.text
    root = ET.fromstring(answer.content)  # noqa: S314 -- our own file
    assert root.tag == f"{SPACE}TrainingCenterDatabase"
    activity = root.find(f"{SPACE}Activities/{SPACE}Activity")
    assert activity is not None
    return activity


def _names(element: ET.Element) -> list[str]:
    return [child.tag.removeprefix(SPACE) for child in element]


def _text(element: ET.Element, *path: str) -> str:
    found = element.findtext("/".join(f"{SPACE}{name}" for name in path))
    assert found is not None
    return found


def _tracked(element: ET.Element) -> list[ET.Element]:
    return list(element.iter(f"{SPACE}Trackpoint"))


def _exercise(caller: Caller, **wanted: Any) -> Any:
    """Find an exercise of a tracker that has these attributes."""
    return next(
        each
        for each in caller.world.exercises.values()
        if each.source == "tracker"
        and all(getattr(each, name) == value for name, value in wanted.items())
    )


def test_file_with_gps(person: Caller) -> None:
    exercise = _exercise(person, has_gps=True, laps=3)
    activity = _activity(person, exercise.id)
    assert activity.get("Sport") in {"Running", "Biking", "Other"}
    assert datetime.fromisoformat(_text(activity, "Id")) == exercise.start
    laps = activity.findall(f"{SPACE}Lap")
    assert len(laps) == 3
    for lap in laps:
        assert _names(lap) == [*LAP, "Track"], "the order is that of the schema of TCX"
        start = datetime.fromisoformat(lap.get("StartTime") or "")
        times = [datetime.fromisoformat(_text(point, "Time")) for point in _tracked(lap)]
        assert start <= min(times)
        assert max(times) <= exercise.end
    seconds = sum(float(_text(lap, "TotalTimeSeconds")) for lap in laps)
    assert seconds == pytest.approx(exercise.active.total_seconds(), abs=0.2)
    metres = sum(float(_text(lap, "DistanceMeters")) for lap in laps)
    assert metres == pytest.approx(exercise.distance / 1000, abs=0.05)
    assert sum(int(_text(lap, "Calories")) for lap in laps) == pytest.approx(
        exercise.calories, abs=2
    )


def test_trackpoints(person: Caller) -> None:
    exercise = _exercise(person, has_gps=True)
    points = _tracked(_activity(person, exercise.id))
    for point in points:
        assert _names(point) == [
            "Time",
            "Position",
            "AltitudeMeters",
            "DistanceMeters",
            "HeartRateBpm",
        ]
        assert -90 <= float(_text(point, "Position", "LatitudeDegrees")) <= 90
        assert -180 <= float(_text(point, "Position", "LongitudeDegrees")) <= 180
        assert int(_text(point, "HeartRateBpm", "Value")) > 60
    times = [datetime.fromisoformat(_text(point, "Time")) for point in points]
    metres = [float(_text(point, "DistanceMeters")) for point in points]
    assert all(one < two for one, two in itertools.pairwise(times))
    assert metres == sorted(metres)
    assert metres[-1] == pytest.approx(exercise.distance / 1000, abs=30)


def test_truth_counts_the_trackpoints(person: Caller) -> None:
    for each in truth.exercises(person.world):
        assert len(_tracked(_activity(person, each["id"]))) == each["trackpoints"]


def test_without_gps(person: Caller) -> None:
    exercise = _exercise(person, has_gps=False)
    points = _tracked(_activity(person, exercise.id))
    assert points
    assert {tuple(_names(point)) for point in points} == {("Time", "HeartRateBpm")}
    for query in ({"alt": "media"}, {"alt": "media", "partialData": "false"}):
        activity = _activity(person, exercise.id, **query)
        assert _tracked(activity) == []
        assert {tuple(_names(lap)) for lap in activity.findall(f"{SPACE}Lap")} == {tuple(LAP)}
    with_gps = _exercise(person, has_gps=True)
    whole = len(_tracked(_activity(person, with_gps.id)))
    assert len(_tracked(_activity(person, with_gps.id, alt="media"))) == whole > 0


def test_by_hand_there_is_nothing_to_track(person: Caller) -> None:
    by_hand = [each for each in person.world.exercises.values() if each.source == "manual"]
    assert by_hand
    assert _tracked(_activity(person, by_hand[0].id)) == []


def test_nothing_is_recorded_in_a_pause() -> None:
    world = build_empty(now=NOW)
    start = NOW - timedelta(hours=3)
    exercise = edits.add_exercise(
        world,
        start=start,
        end=start + timedelta(minutes=30),
        active=timedelta(minutes=20),
        heart_rate=120,
        has_gps=True,
    )
    with calling(world) as caller:
        points = _tracked(_activity(caller, exercise))
    times = [datetime.fromisoformat(_text(point, "Time")) - start for point in points]
    assert len(times) == 121
    assert not [at for at in times if timedelta(minutes=10) < at < timedelta(minutes=20)]
    assert times[-1] == timedelta(minutes=30)


def test_without_media_the_file_is_in_json(person: Caller) -> None:
    exercise = _exercise(person, has_gps=True)
    media = person.ask(_path(exercise.id), MEDIA)
    assert media.headers["content-type"].startswith("application/vnd.garmin.tcx+xml")
    assert person.get(_path(exercise.id), partialData="true") == {"tcxData": media.text}
    assert person.ask(_path(exercise.id), MEDIA).text == media.text


def test_both_scopes_are_needed() -> None:
    world = build_empty(now=NOW)
    exercise = edits.add_exercise(world)
    with calling(world) as caller:
        for scopes, status in (
            (["activity_and_fitness.readonly", "location.readonly"], 200),
            (["activity_and_fitness.readonly"], 403),
            (["location.readonly"], 403),
        ):
            edits.set_scopes(world, scopes)
            answer = caller.ask(_path(exercise), MEDIA)
            assert answer.status_code == status
            if status == 403:
                reason = answer.json()["error"]["details"][0]["reason"]
                assert reason == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"


def test_only_exercises_are_exported(person: Caller) -> None:
    assert person.refused(_path(123))["status"] == "NOT_FOUND"
    sleep = next(iter(person.world.sleeps))
    assert person.refused(_path(sleep))["status"] == "NOT_FOUND"
    # The contract has no such method of other data types, so its schemas cannot be looked up.
    url = f"{person.server.api_url}/{_path(sleep).replace('exercise/', 'sleep/')}"
    headers = {"Authorization": f"Bearer {person.token}"}
    assert requests.get(url, headers=headers, timeout=30).status_code == 404


@pytest.mark.parametrize(("tcx_times", "offset"), [("offset", 11 * 3600), ("utc", 0)])
def test_times_may_have_an_offset(tcx_times: Any, offset: int) -> None:
    world = build_empty(now=NOW)
    exercise = edits.add_exercise(world, heart_rate=120)
    with calling(world, Options(tcx_times=tcx_times)) as caller:
        activity = _activity(caller, exercise)
    for text in (_text(activity, "Id"), _text(_tracked(activity)[0], "Time")):
        at = datetime.fromisoformat(text)
        assert at == world.exercises[exercise].start
        assert at.utcoffset() == timedelta(seconds=offset)
        assert at.astimezone(UTC) < NOW


def test_the_file_is_found_by_uuid() -> None:
    world = build_person(now=NOW, days=6)
    with calling(world, Options(data_point_ids="uuid")) as caller:
        for each in caller.ids("exercise"):
            assert _activity(caller, each) is not None
        assert caller.refused(_path(next(iter(world.exercises))))["code"] == 404
