"""The computer activities of the stand-in for TimeCamp."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from clockify_sandbox.timecamp import Options, build_company, build_empty, edits, truth
from timecamp_standin_support import NOW, Caller, calling

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clockify_sandbox.timecamp import World

ACTIVITY = {
    "user_id": "123",
    "application_id": "795630",
    "end_time": "2020-02-02 09:30:07",
    "time_span": 9,
    "window_title_id": "26079668",
    "end_date": "2020-02-02",
    "task_id": "0",
    "entry_id": "0",
}
NO_DATE = {"message": 'you must provide "date" like 2013-03-20 '}
TODAY = "2026-08-14"


@pytest.fixture
def world() -> World:
    return build_empty(now=NOW, people=3)


@pytest.fixture
def caller(world: World) -> Iterator[Caller]:
    with calling(world) as caller:
        yield caller


def spans(caller: Caller, *days: str, **query: Any) -> list[int]:
    """List the seconds of the activities of some days, by default of today."""
    rows = caller.get("activity", **{"dates[]": days or (TODAY,), **query})
    return [row["time_span"] for row in rows]


def shape(row: dict[str, Any]) -> list[tuple[str, type]]:
    return [(name, type(value)) for name, value in row.items()]


def test_shape_of_activities() -> None:
    with calling(build_company(now=NOW)) as caller:
        ids = ", ".join(str(user_id) for user_id in caller.world.users)
        asked = {"dates[]": ["2026-08-12", "2026-08-13", TODAY], "user_id": ids}
        rows = caller.get("activity", **asked)
        named = caller.get("activity", **asked, include="application,window_title")
        one_name = caller.get("activity", **asked, include="window_title")
    assert len({row["user_id"] for row in rows}) == 3
    assert all(shape(row) == shape(ACTIVITY) for row in rows)
    assert all(row["end_time"].startswith(f"{row['end_date']} ") for row in rows)
    assert {row["task_id"] == "0" for row in rows} == {True, False}
    assert {row["entry_id"] == "0" for row in rows} == {True, False}
    names = {**ACTIVITY, "application": "Firefox", "window_title": "Inbox"}
    assert all(shape(row) == shape(names) for row in named)
    assert {row["application_id"]: row["application"] for row in named} == {
        str(key): name for key, name in caller.world.applications.items()
    }
    assert [list(row)[8:] for row in one_name] == [["window_title"]] * len(rows)
    with calling(caller.world, Options(numbers="integers")) as other:
        row = other.get("activity", **asked)[0]
    assert {name for name, value in row.items() if isinstance(value, str)} == {
        "end_time",
        "end_date",
    }


def test_an_activity(world: World, caller: Caller) -> None:
    user_id = list(world.users)[1]
    task_id = edits.add_task(world, "Layout")
    entry_id = edits.add_entry(world, user_id=user_id, task_id=task_id)
    for seconds in (9, 4):
        edits.add_activity(
            world,
            user_id=user_id,
            day="2026-08-13",
            end=f"23:59:{50 + seconds}",
            seconds=seconds,
            application="Zoom",
            window_title=f"Weekly {seconds} 🎨",
            task_id=task_id,
            entry_id=entry_id,
        )
    asked = {"dates[]": "2026-08-13", "user_id": user_id, "include": "application, window_title"}
    rows = caller.get("activity", **asked)
    assert rows[1] == {
        "user_id": str(user_id),
        "application_id": "795630",
        "end_time": "2026-08-13 23:59:59",
        "time_span": 9,
        "window_title_id": "23745620",
        "end_date": "2026-08-13",
        "task_id": str(task_id),
        "entry_id": str(entry_id),
        "application": "Zoom",
        "window_title": "Weekly 9 🎨",
    }
    assert rows[0]["time_span"] == 4
    assert rows[0]["application_id"] == "795630"
    assert rows[0]["window_title_id"] == "23745621"


def test_days(world: World, caller: Caller) -> None:
    user_id = next(iter(world.users))
    days = [f"2026-07-{day:02}" for day in range(1, 23)]
    for number, day in enumerate(days):
        edits.add_activity(world, day=day, seconds=number)
    assert spans(caller, days[3], user_id=user_id) == [3]
    assert spans(caller, days[5], days[3], days[3], user_id=user_id) == [3, 5]
    assert spans(caller, *days[:20], user_id=user_id) == list(range(20))
    assert spans(caller, "2026-06-30", user_id=user_id) == []
    numbered = {"dates[0]": days[1], "dates[1]": days[2], "user_id": user_id}
    assert [row["time_span"] for row in caller.get("activity", **numbered)] == [1, 2]
    for wrong in ({}, {"dates[]": "today"}, {"dates[]": [days[0], "x"]}, {"from": days[0]}):
        refused = caller.ask("activity", {**wrong, "user_id": user_id})
        assert (refused.status_code, refused.json()) == (400, NO_DATE)
    refused = caller.ask("activity", {"dates[]": days[:21], "user_id": user_id})
    assert refused.status_code == 400
    assert "20" in refused.json()["message"]
    with calling(world, Options(many_days_refuse=False)) as other:
        assert spans(other, *days, user_id=user_id) == list(range(20))


def test_people(world: World, caller: Caller) -> None:
    first, second, third = world.users
    for seconds, user_id in enumerate(world.users):
        edits.add_activity(world, user_id=user_id, seconds=seconds)
    assert spans(caller) == []
    assert spans(caller, user_id="") == []
    assert spans(caller, user_id="me") == []
    assert spans(caller, user_id=first) == [0]
    assert spans(caller, user_id=f"{first}, {third}") == [0, 2]
    assert spans(caller, user_id=f"{first},7") == [0]
    theirs = caller.acting_as(second)
    assert spans(theirs) == []
    assert spans(theirs, user_id=f"{first},{second}") == [1]
    assert spans(theirs, user_id=first) == []
    with calling(world, Options(activities_without_user="own")) as other:
        assert spans(other) == [0]
        assert spans(other.acting_as(second)) == [1]
    with calling(world, Options(hidden_activities_refuse=True)) as other:
        assert spans(other, user_id=f"{first},{third}") == [0, 2]
        for caller_there, ids in ((other, f"{first},7"), (other.acting_as(second), str(first))):
            refused = caller_there.ask("activity", {"dates[]": TODAY, "user_id": ids})
            assert refused.status_code == 403
            assert refused.json()["message"]


def test_edits_of_activities(world: World, caller: Caller) -> None:
    first, second, _ = world.users
    version = world.version
    made = edits.add_activity(world)
    edits.add_activity(world, day="2026-08-13")
    edits.add_activity(world, user_id=second)
    assert (made.user_id, made.day, made.seconds) == (first, NOW.date(), 60)
    assert world.version == version + 3
    assert edits.delete_activities(world, first, TODAY) == 1
    assert world.version == version + 4
    assert spans(caller, user_id=f"{first},{second}") == [60]
    assert spans(caller, "2026-08-13", user_id=first) == [60]
    for wrong in ({"user_id": 7}, {"task_id": 7}, {"entry_id": 7}):
        with pytest.raises(KeyError):
            edits.add_activity(world, **wrong)  # type: ignore[arg-type]
    assert len(world.activities) == 2


def test_truth_of_activities_is_what_the_api_says() -> None:
    world = build_company(now=NOW)
    edits.add_activity(world, day="2026-08-01", seconds=7)
    with calling(world) as caller:
        ids = ",".join(str(user_id) for user_id in world.users)
        days = [f"{NOW.date() - timedelta(days=back)}" for back in range(40)]
        rows = [
            row
            for some in (days[:20], days[20:])
            for row in caller.get(
                "activity", **{"dates[]": some}, user_id=ids, include="application,window_title"
            )
        ]
    rows.sort(key=lambda row: (row["end_date"], row["user_id"]))
    assert len(rows) > 500
    assert rows == truth.rows(world, "activities")
    saturday = date(2026, 8, 1)
    assert [r["time_span"] for r in truth.rows(world, "activities", saturday, saturday)] == [7]
    assert truth.rows(world, "activities", last=date(2026, 7, 1)) == []


def test_activities_of_the_company_are_in_the_past_and_of_existing_entries() -> None:
    world = build_company(now=NOW)
    zones = {user.id: user.tzinfo for user in world.users.values()}
    for each in world.activities:
        now = NOW.astimezone(zones[each.user_id])
        assert (each.day, each.end) <= (now.date(), now.time())
        if each.entry_id:
            assert world.entries[each.entry_id].task_id == each.task_id
            assert world.entries[each.entry_id].user_id == each.user_id
