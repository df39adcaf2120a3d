"""The pages of the stand-in for Google Health."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from clockify_sandbox.google_health import Options, build_empty, build_person, edits
from google_health_support import NOW, TODAY, Caller, calling, span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clockify_sandbox.google_health import World

STEPS = "users/me/dataTypes/steps/dataPoints:reconcile"
EXERCISES = "users/me/dataTypes/exercise/dataPoints:reconcile"


@pytest.fixture(scope="module")
def person() -> Iterator[Caller]:
    """A person that is shared, so no test may change them."""
    with calling(build_person(now=NOW, days=60)) as caller:
        yield caller


def _hours(world: World, count: int) -> list[str]:
    """Add an exercise in each of so many hours, and list the ids from the newest."""
    return [
        str(edits.add_exercise(world, end=NOW - timedelta(hours=number))) for number in range(count)
    ]


@pytest.mark.parametrize("kind", ["exercise", "sleep"])
def test_sessions_have_small_pages(person: Caller, kind: str) -> None:
    for query in ({}, {"pageSize": 10_000}):
        sizes = [len(page) for page in person.pages(kind, **query)]
        assert sizes[:2] == [25, 0]
        assert set(sizes[2:-1]) == {25}
        assert 0 < sizes[-1] <= 25
    path = f"users/me/dataTypes/{kind}/dataPoints:reconcile"
    assert len(person.get(path, pageSize=7)["dataPoints"]) == 7


def test_other_pages_are_larger() -> None:
    world = build_empty(now=NOW)
    for number in range(1, 98):
        edits.set_steps(world, TODAY - timedelta(days=number), 5_000)
    with calling(world) as caller:
        sizes = [len(page) for page in caller.pages("steps")]
        assert sizes == [1_440, 0, 15]
        assert [len(page) for page in caller.pages("steps", pageSize=20_000)] == [1_455]


def test_pages_hold_every_point_once_from_the_newest(person: Caller) -> None:
    for kind in ("steps", "exercise", "weight", "activity-level", "sleep"):
        small = kind in {"exercise", "sleep"}
        whole = person.points(kind, **({} if small else {"pageSize": 10_000}))
        assert person.points(kind, pageSize=23 if small else 307) == whole
        key = "sampleTime" if kind == "weight" else "interval"
        name = "physicalTime" if kind == "weight" else "startTime"
        starts = [value[key][name] for value in whole]
        assert starts == sorted(starts, reverse=True)


def test_empty_pages_can_be_switched_off() -> None:
    world = build_empty(now=NOW)
    ids = _hours(world, 5)
    for empty, sizes in ((True, [2, 0, 2, 1]), (False, [2, 2, 1])):
        with calling(world, Options(empty_pages=empty)) as caller:
            pages = caller.pages("exercise", pageSize=2)
            assert [len(page) for page in pages] == sizes
            assert caller.ids("exercise", pageSize=2) == ids
            assert [len(page) for page in caller.pages("exercise", pageSize=5)] == [5]


def test_nothing_is_an_empty_object() -> None:
    with calling(build_empty(now=NOW)) as caller:
        assert caller.get(STEPS) == {}


@pytest.mark.parametrize(
    "change",
    [
        {"pageSize": 6},
        {"filter": 'exercise.interval.civil_start_time >= "2026-01-01"'},
        {"dataSourceFamily": "users/me/dataSourceFamilies/google-wearables"},
    ],
)
def test_a_token_belongs_to_one_request(person: Caller, change: dict[str, Any]) -> None:
    asked = {"pageSize": 5}
    token = person.get(EXERCISES, **asked)["nextPageToken"]
    assert "nextPageToken" in person.get(EXERCISES, **asked, pageToken=token)
    error = person.refused(EXERCISES, {**asked, "pageToken": token, **change})
    assert (error["code"], error["status"]) == (400, "INVALID_ARGUMENT")
    for path in (EXERCISES.removesuffix(":reconcile"), EXERCISES.replace("exercise", "sleep")):
        assert person.refused(path, {**asked, "pageToken": token})["code"] == 400


@pytest.mark.parametrize("query", [{"pageToken": "abc"}, {"pageSize": -1}, {"pageSize": "many"}])
def test_nonsense_is_refused(person: Caller, query: dict[str, Any]) -> None:
    assert person.refused(EXERCISES, query)["status"] == "INVALID_ARGUMENT"


@pytest.mark.parametrize("paging", ["key", "offset"])
def test_a_point_that_appears_between_two_pages(paging: Any) -> None:
    world = build_empty(now=NOW)
    ids = _hours(world, 4)
    with calling(world, Options(paging=paging, empty_pages=False)) as caller:
        first = caller.get(EXERCISES, pageSize=2)
        edits.add_exercise(world, end=NOW + timedelta(hours=1))
        second = caller.get(EXERCISES, pageSize=2, pageToken=first["nextPageToken"])
    served = [point["dataPointName"].rsplit("/", 1)[1] for point in second["dataPoints"]]
    assert served == (ids[2:] if paging == "key" else ids[1:3])


@pytest.mark.parametrize("paging", ["key", "offset"])
def test_a_point_that_disappears_between_two_pages(paging: Any) -> None:
    world = build_empty(now=NOW)
    ids = _hours(world, 5)
    with calling(world, Options(paging=paging, empty_pages=False)) as caller:
        first = caller.get(EXERCISES, pageSize=2)
        edits.delete_exercise(world, int(ids[1]))
        second = caller.get(EXERCISES, pageSize=2, pageToken=first["nextPageToken"])
    served = [point["dataPointName"].rsplit("/", 1)[1] for point in second["dataPoints"]]
    assert served == (ids[2:4] if paging == "key" else ids[3:5])


def test_pages_of_roll_ups(person: Caller) -> None:
    path = "users/me/dataTypes/steps/dataPoints:dailyRollUp"
    body = {"range": span(TODAY - timedelta(days=5), 5), "pageSize": 2}
    first = person.ask(path, body=body).json()
    assert len(first["rollupDataPoints"]) == 2
    empty = person.ask(path, body={**body, "pageToken": first["nextPageToken"]}).json()
    assert "rollupDataPoints" not in empty
    rest = person.ask(path, body={**body, "pageToken": empty["nextPageToken"]}).json()
    assert len(rest["rollupDataPoints"]) == 2
    for change in ({"pageSize": 3}, {"windowSizeDays": 2}, {"range": span(TODAY, 3)}):
        changed = {**body, "pageToken": first["nextPageToken"], **change}
        assert person.refused(path, body=changed)["status"] == "INVALID_ARGUMENT"
    assert len(person.rolled("steps", TODAY - timedelta(days=5), 5, pageSize=2)) == 5
