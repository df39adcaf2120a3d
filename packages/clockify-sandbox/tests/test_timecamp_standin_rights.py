"""Tokens, rights, and the feeds of deletions and changes of the stand-in for TimeCamp."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from clockify_sandbox.timecamp import Options, build_company, build_empty, edits
from timecamp_standin_support import ALL_DAYS, NOW, Caller, calling

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clockify_sandbox.timecamp import World


@pytest.fixture
def world() -> World:
    return build_empty(now=NOW, people=3)


@pytest.fixture
def caller(world: World) -> Iterator[Caller]:
    with calling(world) as caller:
        yield caller


def test_tokens(world: World, caller: Caller) -> None:
    assert world.api_key == "sandbox-timecamp-key"
    for given, status in (
        ("", 401),
        ("Basic abc", 401),
        ("Bearer wrong", 403),
        ("Bearer ", 401),
        (f"Bearer {world.api_key}", 200),
    ):
        answer = caller.ask("me", Authorization=given)
        assert answer.status_code == status
        assert status == 200 or answer.json()["message"]
    with calling(world, Options(wrong_token_status=401)) as other:
        assert other.ask("me", Authorization="Bearer wrong").status_code == 401


def test_disabled_people_lose_their_token(world: World, caller: Caller) -> None:
    user_id = list(world.users)[1]
    theirs = caller.acting_as(user_id)
    assert theirs.get("me")["user_id"] == str(user_id)
    edits.disable_user(world, user_id)
    assert theirs.ask("me").status_code == 403
    edits.disable_user(world, user_id, disabled=False)
    assert theirs.ask("me").status_code == 200


def test_people_see_only_their_own_entries(world: World, caller: Caller) -> None:
    first, second, third = world.users
    made = {user_id: edits.add_entry(world, user_id=user_id) for user_id in world.users}
    theirs = caller.acting_as(second)
    assert theirs.ids() == [made[second]]
    assert theirs.ids(user_ids="me") == [made[second]]
    assert theirs.ids(user_ids=f"{second},{third}") == [made[second]]
    refused = theirs.ask("entries", {**ALL_DAYS, "user_ids": str(first)})
    assert (refused.status_code, refused.text) == (403, "[]")
    assert {row["user_id"] for row in theirs.get("attendance", **ALL_DAYS)} == {str(second)}
    assert theirs.get("me")["permissions"]["time_tracking_admin"] is False
    edits.set_admin(world, second, admin=True)
    assert theirs.ids() == list(made.values())
    assert theirs.get("me")["permissions"]["time_tracking_admin"] is True


def test_only_administrators_see_rates_and_feeds(world: World, caller: Caller) -> None:
    second = list(world.users)[1]
    edits.add_entry(world, user_id=second)
    theirs = caller.acting_as(second)
    assert "rate_income" in caller.entries(include_rates="true")[0]
    assert "rate_income" not in theirs.entries(include_rates="true")[0]
    for path in ("entries_deletions", "entries_changes"):
        refused = theirs.ask(path, {**ALL_DAYS, "task_ids": "12"})
        assert refused.status_code == 403
        assert "task with id 12 (you can set yourself" in refused.json()["message"]


def test_people_see_only_their_own_timers_and_approvals() -> None:
    world = build_company(now=NOW, days=20)
    first, second, *_ = world.users
    edits.start_timer(world, first)
    mine = edits.start_timer(world, second)
    with calling(world) as caller:
        theirs = caller.acting_as(second)
        assert len(caller.get("timer_running")) == 3
        assert [row["timer_id"] for row in theirs.get("timer_running")] == [str(mine)]
        assert len({row["for"] for row in caller.get("approval")}) == len(world.users)
        assert {row["for"] for row in theirs.get("approval")} == {str(second)}


def test_people_see_the_tasks_they_are_assigned_to(world: World, caller: Caller) -> None:
    first, second, _ = world.users
    shared = edits.add_task(world, "Shared")
    below = edits.add_task(world, "Below", parent_id=shared)
    edits.add_task(world, "Secret", user_ids=(first,))
    assert len(caller.get("tasks")) == 3
    assert set(caller.acting_as(second).get("tasks")) == {str(shared), str(below)}


def test_deletions_are_listed_by_their_day_in_warsaw(world: World, caller: Caller) -> None:
    made = [edits.add_entry(world, day="2020-01-01", start="13:04", seconds=60) for _ in range(4)]
    for entry_id, instant in zip(
        made,
        (
            datetime(2026, 8, 20, 21, 59, 59, tzinfo=UTC),
            datetime(2026, 8, 20, 22, 0, tzinfo=UTC),
            datetime(2026, 8, 21, 21, 59, 59, tzinfo=UTC),
            datetime(2026, 8, 21, 22, 0, tzinfo=UTC),
        ),
        strict=True,
    ):
        world.set_now(instant)
        edits.delete_entry(world, entry_id)
    rows = caller.get("entries_deletions", **{"from": "2026-08-21", "to": "2026-08-21"})
    assert [row["entry_id"] for row in rows] == [str(made[1]), str(made[2])]
    assert rows[0] == {
        "old_time_span": 60,
        "new_time_span": "0",
        "event_type": "delete",
        "edited": "2026-08-21 00:00:00",
        "entry_id": str(made[1]),
        "duration": "60",
        "user_id": str(next(iter(world.users))),
        "description": "",
        "task_id": "0",
        "date": "2020-01-01",
        "start_time": "13:04:00",
        "end_time": "13:05:00",
        "locked": "0",
        "billable": 0,
        "invoiceId": "0",
    }
    assert caller.get("entries_deletions", **{"from": "2020-01-01", "to": "2020-01-01"}) == []
    assert caller.ids() == []


def test_filters_of_feeds(world: World, caller: Caller) -> None:
    first, second, _ = world.users
    task = edits.add_task(world, "Task")
    made = [
        edits.add_entry(world, user_id=first, task_id=task),
        edits.add_entry(world, user_id=second),
        edits.add_entry(world, user_id=second, task_id=task),
    ]
    for seconds, entry_id in enumerate(made):
        world.set_now(NOW + timedelta(seconds=seconds))
        edits.delete_entry(world, entry_id)

    def found(caller: Caller, path: str = "entries_deletions", **query: Any) -> list[int]:
        return [int(row["entry_id"]) for row in caller.get(path, **ALL_DAYS, **query)]

    assert found(caller) == made
    assert found(caller, user_ids=str(second)) == made[1:]
    assert found(caller, task_ids=str(task)) == [made[0], made[2]]
    assert found(caller, task_ids="1") == []
    assert found(caller, limit=2) == made[:2]
    with calling(world, Options(feed_newest_first=True, deletion_event="add")) as other:
        assert found(other, limit=2) == made[:0:-1]
        rows = other.get("entries_deletions", **ALL_DAYS)
        assert {row["event_type"] for row in rows} == {"add"}
    with calling(world, Options(deletions_feature_off=True)) as other:
        assert found(other) == []
        assert found(other, "entries_changes") == made
        assert other.ask("entries_deletions").status_code == 400
    with calling(world, Options(changes_feature_off=True)) as other:
        assert found(other, "entries_changes") == []
        assert found(other) == made


def test_changes(world: World, caller: Caller) -> None:
    entry_id = edits.add_entry(world, seconds=600)
    world.set_now(NOW + timedelta(days=1))
    edits.edit_entry(world, entry_id, seconds=900)
    world.set_now(NOW + timedelta(days=2))
    edits.delete_entry(world, entry_id)
    rows = caller.get("entries_changes", **ALL_DAYS)
    shown = ("event_type", "edited", "old_time_span", "new_time_span", "duration")
    assert [tuple(row[name] for name in shown) for row in rows] == [
        ("add", "2026-08-14 17:00:00", 0, "600", "600"),
        ("edit", "2026-08-15 17:00:00", 600, "900", "900"),
    ]
    second_day = caller.get("entries_changes", **{"from": "2026-08-15", "to": "2026-08-15"})
    assert second_day == rows[1:]


def test_limit_of_requests(world: World) -> None:
    with calling(world, Options(requests_per_minute=2, retry_after=7)) as caller:
        answers = [caller.ask("me") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[2].headers["retry-after"] == "7"
        assert answers[2].json() == {"message": "Too many requests"}
    with calling(world, Options(requests_per_minute=1, retry_after=None)) as caller:
        caller.ask("me")
        assert "retry-after" not in caller.ask("me").headers
