"""The answers of the stand-in for Google Health against Google's discovery document."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from clockify_sandbox.google_health import Options, build_empty, build_person, edits
from clockify_sandbox.google_health.kinds import ALL_SCOPES, KINDS, READ_SCOPES
from google_health_support import (
    DISCOVERY,
    NOW,
    SCHEMAS,
    TODAY,
    Caller,
    calling,
    civil_of,
    seconds,
    validator,
)
from jsonschema import ValidationError

if TYPE_CHECKING:
    from collections.abc import Iterator

READ = [kind for kind in KINDS.values() if kind.read_scope in READ_SCOPES]
LISTED = [kind.id for kind in READ if kind.listed]
RECONCILED = [kind.id for kind in READ if kind.listed and kind.reconciled]
ROLLED = [kind.id for kind in READ if kind.rollup]
WITH_DATA = {
    "activity-level",
    "active-energy-burned",
    "altitude",
    "basal-energy-burned",
    "daily-resting-heart-rate",
    "daily-vo2-max",
    "distance",
    "exercise",
    "floors",
    "height",
    "sleep",
    "steps",
    "time-in-heart-rate-zone",
    "weight",
}


@pytest.fixture(scope="module")
def person() -> Iterator[Caller]:
    """A person that is shared, so no test may change them."""
    with calling(build_person(now=NOW, days=24)) as caller:
        yield caller


def test_a_wrong_answer_is_not_valid() -> None:
    point = {"steps": {"count": "5", "interval": {}}}
    times = {"startTime": "2026-11-19T20:00:00Z", "startUtcOffset": "39600s"}
    times |= {"endTime": "2026-11-19T21:00:00Z", "endUtcOffset": "39600s"}
    point["steps"]["interval"] = times
    checked = validator("ReconciledDataPoint")
    checked.validate(point)
    for wrong in (
        {"steps": {"count": 5, "interval": times}},
        {"steps": {"count": "5", "interval": {**times, "startTime": "2026-11-19 20:00"}}},
        {"steps": {"count": "5", "interval": {**times, "endUtcOffset": 39600}}},
        {"steps": {"count": "5"}},
        {**point, "name": "users/me/dataTypes/steps/dataPoints/1"},
    ):
        with pytest.raises(ValidationError):
            checked.validate(wrong)


def test_data_types_are_those_of_the_contract() -> None:
    listed = {kind.field for kind in KINDS.values() if kind.listed}
    assert listed == set(SCHEMAS["DataPoint"]["properties"]) - {"name", "dataSource"}
    reconciled = {kind.field for kind in KINDS.values() if kind.listed and kind.reconciled}
    assert reconciled == set(SCHEMAS["ReconciledDataPoint"]["properties"]) - {"dataPointName"}
    rolled = {kind.rollup for kind in KINDS.values() if kind.rollup}
    times = {"civilStartTime", "civilEndTime"}
    assert rolled == set(SCHEMAS["DailyRollupDataPoint"]["properties"]) - times
    for kind in KINDS.values():
        text = SCHEMAS["DataPoint"]["properties"].get(kind.field, {}).get("description", "")
        shape = re.search(rf"`{kind.id}` (interval|sample|daily|session) data type", text)
        if shape and kind.id not in {"activity-level", "sleep", "electrocardiogram"}:
            assert kind.shape == shape[1], kind.id


def test_scopes_are_those_of_the_contract() -> None:
    known = set(DISCOVERY["auth"]["oauth2"]["scopes"])
    assert known - ALL_SCOPES == {"https://www.googleapis.com/auth/cloud-platform"}
    assert known >= ALL_SCOPES >= set(READ_SCOPES)


@pytest.mark.parametrize("kind", LISTED)
def test_list(person: Caller, kind: str) -> None:
    points = [point for page in person.pages(kind, method="") for point in page]
    assert bool(points) == (kind in WITH_DATA)
    named = kind in {"exercise", "sleep"}
    prefix = f"users/{person.world.health_user_id}/dataTypes/{kind}/dataPoints/"
    for point in points:
        assert set(point) - {"name", "dataSource"} == {KINDS[kind].field}
        assert ("name" in point) == named
        assert not named or re.fullmatch(re.escape(prefix) + r"\d{19}", point["name"])
        assert point["dataSource"]["platform"] == "FITBIT"


@pytest.mark.parametrize("kind", RECONCILED)
def test_reconcile(person: Caller, kind: str) -> None:
    points = [point for page in person.pages(kind) for point in page]
    assert bool(points) == (kind in WITH_DATA)
    for point in points:
        assert set(point) - {"dataPointName"} == {KINDS[kind].field}
        assert ("dataPointName" in point) == (kind in {"exercise", "sleep"})


@pytest.mark.parametrize("kind", ROLLED)
def test_daily_roll_up(person: Caller, kind: str) -> None:
    days = KINDS[kind].most_days
    rolled = person.rolled(kind, TODAY - timedelta(days=days - 1), days)
    with_data = WITH_DATA | {"total-calories", "calories-in-heart-rate-zone"}
    assert bool(rolled) == (kind in with_data)
    times = {"civilStartTime", "civilEndTime"}
    assert all(set(each) - times == {KINDS[kind].rollup} for each in rolled)


@pytest.mark.parametrize("kind", sorted(WITH_DATA))
def test_times_agree_and_zeros_are_left_out(person: Caller, kind: str) -> None:
    shown = 0
    for value in person.points(kind):
        for instant, offset, civil in _times(value):
            shown += 1
            local = datetime.fromisoformat(instant).replace(tzinfo=None)
            assert civil_of(civil) == local + timedelta(seconds=seconds(offset))
            assert 0 not in civil.get("time", {}).values()
    assert shown or kind.startswith("daily-")


def _times(value: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    if "sampleTime" in value:
        at = value["sampleTime"]
        return [(at["physicalTime"], at["utcOffset"], at["civilTime"])]
    interval = value.get("interval", {})
    return [
        (interval[f"{end}Time"], interval[f"{end}UtcOffset"], interval[f"civil{End}Time"])
        for end, End in (("start", "Start"), ("end", "End"))
        if interval
    ]


@pytest.mark.parametrize(("midnight", "expected"), [("empty", {"time": {}}), ("omitted", {})])
def test_midnight_has_no_hours(midnight: Any, expected: dict[str, Any]) -> None:
    world = build_empty(now=NOW)
    edits.set_basal_energy(world, TODAY, 1500.5)
    edits.set_steps(world, TODAY, 5)
    date = {"date": {"year": 2026, "month": 11, "day": 20}}
    with calling(world, Options(midnight=midnight)) as caller:
        (point,) = caller.points("basal-energy-burned")
        assert point["interval"]["civilStartTime"] == {**date, **expected}
        assert caller.rolled("steps", TODAY, 1)[0]["civilStartTime"] == {**date, **expected}
        first = caller.points("steps")[-1]["interval"]["civilStartTime"]
    assert first == {**date, "time": {"hours": 7}}


def test_one_data_point(person: Caller) -> None:
    for kind in ("exercise", "sleep"):
        listed = person.pages(kind, method="")[0][0]
        assert person.get(listed["name"]) == listed
        by_me = listed["name"].replace(person.world.health_user_id, "me")
        assert person.get(by_me) == listed
        path = f"users/me/dataTypes/{kind}/dataPoints/123"
        assert person.refused(path)["status"] == "NOT_FOUND"


def test_ids_may_be_uuids() -> None:
    with calling(build_person(now=NOW, days=10), Options(data_point_ids="uuid")) as caller:
        ids = caller.ids("exercise") + caller.ids("sleep")
        assert all(re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", each) for each in ids)
        assert len(set(ids)) == len(ids) == len(caller.world.exercises) + len(caller.world.sleeps)
        assert caller.get(f"users/me/dataTypes/exercise/dataPoints/{caller.ids('exercise')[0]}")


def test_basal_energy_may_not_be_listed() -> None:
    with calling(build_person(now=NOW, days=5), Options(basal_energy_listed=False)) as caller:
        assert caller.points("basal-energy-burned") == []


def test_user(person: Caller) -> None:
    identity = person.get("users/me/identity")
    assert identity["healthUserId"] == person.world.health_user_id
    assert identity["legacyUserId"] == person.world.legacy_user_id
    settings = person.get(f"users/{identity['healthUserId']}/settings")
    assert (settings["timeZone"], settings["utcOffset"]) == ("Australia/Sydney", "39600s")
    assert person.refused("users/987/settings")["status"] == "PERMISSION_DENIED"


def test_paired_devices(person: Caller) -> None:
    devices = person.get("users/me/pairedDevices")["pairedDevices"]
    assert [each["deviceType"] for each in devices] == ["TRACKER", "SCALE"]
    first = person.get("users/me/pairedDevices", pageSize=1)
    assert first["pairedDevices"] == devices[:1]
    second = person.get("users/me/pairedDevices", pageSize=1, pageToken=first["nextPageToken"])
    assert second["pairedDevices"] == []
    third = person.get("users/me/pairedDevices", pageSize=1, pageToken=second["nextPageToken"])
    assert third == {"pairedDevices": devices[1:]}


def test_types_that_are_not_listed(person: Caller) -> None:
    for kind in ("total-calories", "calories-in-heart-rate-zone"):
        for method in ("", ":reconcile"):
            error = person.refused(f"users/me/dataTypes/{kind}/dataPoints{method}")
            assert error["status"] == "INVALID_ARGUMENT"


@pytest.mark.parametrize(("code", "status"), [(400, "INVALID_ARGUMENT"), (404, "NOT_FOUND")])
def test_unknown_data_type(code: Any, status: str) -> None:
    with calling(build_empty(now=NOW), Options(unknown_type=code)) as caller:
        for path in ("", ":reconcile", ":dailyRollUp", "/1"):
            body = {} if path == ":dailyRollUp" else None
            error = caller.refused(f"users/me/dataTypes/mood/dataPoints{path}", body=body)
            assert (error["code"], error["status"]) == (code, status)


def test_unknown_parameters_are_refused(person: Caller) -> None:
    for path in ("users/me/identity", "users/me/dataTypes/steps/dataPoints:reconcile"):
        error = person.refused(path, {"page_count": 3})
        assert error["status"] == "INVALID_ARGUMENT"
        assert "page_count" in error["message"]
        assert person.get(path, prettyPrint="false", alt="json")


def test_exercises(person: Caller) -> None:
    values = person.points("exercise")
    assert {value["exerciseMetadata"].get("hasGps", False) for value in values} == {True, False}
    for value in values:
        interval, metrics = value["interval"], value["metricsSummary"]
        length = datetime.fromisoformat(interval["endTime"]) - datetime.fromisoformat(
            interval["startTime"]
        )
        events = [each["exerciseEventType"] for each in value.get("exerciseEvents", [])]
        paused = seconds(value["activeDuration"]) < length.total_seconds()
        between = ["PAUSE", "RESUME"] if paused else []
        by_hand = "notes" in value
        assert events == ([] if by_hand else ["START", *between, "STOP"])
        assert ("averageHeartRateBeatsPerMinute" in metrics) is not by_hand
    assert any(
        civil_of(value["interval"]["civilStartTime"]).date()
        < civil_of(value["interval"]["civilEndTime"]).date()
        for value in values
    )


def test_sleeps(person: Caller) -> None:
    values = person.points("sleep")
    assert {value["type"] for value in values} == {"CLASSIC", "STAGES"}
    unprocessed = [value for value in values if "processed" not in value["metadata"]]
    assert len(unprocessed) == 1
    assert "stages" not in unprocessed[0]
    for value in values:
        interval, stages = value["interval"], value.get("stages", [])
        if stages:
            assert stages[0]["startTime"] == interval["startTime"]
            assert stages[-1]["endTime"] == interval["endTime"]
        for one, following in pairwise(stages):
            assert one["endTime"] == following["startTime"]
        kinds = {"ASLEEP", "RESTLESS", "AWAKE"}
        if value["type"] == "STAGES":
            kinds = {"LIGHT", "DEEP", "REM", "AWAKE"}
        assert {stage["type"] for stage in stages} <= kinds
        assert {stage["type"] for stage in value.get("shortAwakenings", [])} <= {"AWAKE"}
    assert any("shortAwakenings" in value for value in values)
    naps = [value for value in values if value["metadata"].get("nap")]
    assert naps
    assert not any(nap["metadata"].get("mainSleep") for nap in naps)
    main = [civil_of(v["interval"]["civilEndTime"]).date() for v in values if _is_main(v)]
    assert len(set(main)) == len(main)
    assert set(main) == {civil_of(v["interval"]["civilEndTime"]).date() for v in values}


def _is_main(value: dict[str, Any]) -> bool:
    return bool(value["metadata"].get("mainSleep"))
