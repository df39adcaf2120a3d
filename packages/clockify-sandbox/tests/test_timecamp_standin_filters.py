"""The filters of the stand-in for TimeCamp."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from clockify_sandbox.timecamp import Options, build_company, build_empty, edits
from timecamp_standin_support import ALL_DAYS, NOW, Caller, calling

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clockify_sandbox.timecamp import World

NO_DATES = {"message": 'you must provide "from" and "to" date like 2013-03-20 '}


@pytest.fixture
def world() -> World:
    return build_empty(now=NOW, people=3)


@pytest.fixture
def caller(world: World) -> Iterator[Caller]:
    with calling(world) as caller:
        yield caller


def test_days_are_inclusive(world: World, caller: Caller) -> None:
    days = ("2026-07-31", "2026-08-01", "2026-08-02", "2026-08-03")
    made = [edits.add_entry(world, day=day) for day in days]
    assert caller.ids(**{"from": "2026-08-01", "to": "2026-08-02"}) == made[1:3]
    assert caller.ids(**{"from": "2026-08-03", "to": "2026-08-03"}) == made[3:]
    assert caller.ids(**{"from": "2026-08-03", "to": "2026-08-01"}) == []


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"from": "2026-08-01"},
        {"to": "2026-08-01"},
        {"modify_from": "2026-08-01"},
        {"from": "2026-08-01", "modify_to": "2026-08-01"},
        {"from": "yesterday", "to": "2026-08-01"},
        {"from": "2026-02-30", "to": "2026-08-01"},
        {"from": "20260201", "to": "2026-08-01"},
    ],
)
def test_needed_days(caller: Caller, query: dict[str, str]) -> None:
    for path in ("entries", "entries_deletions", "entries_changes"):
        answer = caller.ask(path, query)
        assert (answer.status_code, answer.json()) == (400, NO_DATES)


def test_only_entries_may_be_asked_for_by_modification(caller: Caller) -> None:
    modified = {"modify_from": "2026-08-01", "modify_to": "2026-08-14"}
    assert caller.get("entries", **modified) == []
    assert caller.ask("entries_deletions", modified).status_code == 400


def test_modification_days_are_those_of_warsaw(world: World, caller: Caller) -> None:
    made = []
    # Warsaw is two hours ahead of UTC in summer, and one in winter.
    for instant in (
        datetime(2026, 8, 9, 21, 59, 59, tzinfo=UTC),
        datetime(2026, 8, 9, 22, 0, tzinfo=UTC),
        datetime(2026, 8, 10, 21, 59, 59, tzinfo=UTC),
        datetime(2026, 8, 10, 22, 0, tzinfo=UTC),
        datetime(2027, 1, 9, 22, 30, tzinfo=UTC),
    ):
        world.set_now(instant)
        made.append(edits.add_entry(world, day="2020-05-05"))
    assert caller.ids(modify_from="2026-08-10", modify_to="2026-08-10") == made[1:3]
    assert caller.ids(modify_from="2027-01-10", modify_to="2027-01-10") == []
    stamps = [row["last_modify"] for row in caller.entries()]
    assert stamps == [
        "2026-08-09 23:59:59",
        "2026-08-10 00:00:00",
        "2026-08-10 23:59:59",
        "2026-08-11 00:00:00",
        "2027-01-09 23:30:00",
    ]


def test_both_pairs_filter(world: World, caller: Caller) -> None:
    old = edits.add_entry(world, day="2026-01-01")
    both = edits.add_entry(world, day="2026-08-01")
    world.set_now(NOW + timedelta(days=3))
    edits.add_entry(world, day="2026-08-01")
    modified = {"modify_from": "2026-08-14", "modify_to": "2026-08-14"}
    assert caller.ids(**modified) == [old, both]
    assert caller.ids(**{"from": "2026-08-01", "to": "2026-08-01"}, **modified) == [both]


def test_people(world: World, caller: Caller) -> None:
    first, second, third = world.users
    made = [edits.add_entry(world, user_id=user_id) for user_id in world.users]
    assert caller.ids() == made
    assert caller.ids(user_ids=f"{first},{third}") == [made[0], made[2]]
    assert caller.ids(user_ids="me") == made[:1]
    assert caller.ids(user_ids=f"me,{second}") == made[:2]
    unknown = caller.ask("entries", {**ALL_DAYS, "user_ids": "1,2"})
    assert (unknown.status_code, unknown.text) == (403, "[]")
    assert caller.ids(user_ids=f"1,{second}") == [made[1]]


def test_switches_of_people(world: World) -> None:
    made = [edits.add_entry(world, user_id=user_id) for user_id in world.users]
    options = Options(one_unknown_user_refuses=True, entries_of="me")
    with calling(world, options) as caller:
        assert caller.ids() == made[:1]
        ids = ",".join(map(str, world.users))
        assert caller.ids(user_ids=ids) == made
        assert caller.ask("entries", {**ALL_DAYS, "user_ids": f"1,{ids}"}).status_code == 403


def test_tasks(world: World, caller: Caller) -> None:
    project = edits.add_task(world, "Project")
    below = edits.add_task(world, "Below", parent_id=project)
    lowest = edits.add_task(world, "Lowest", parent_id=below)
    other = edits.add_task(world, "Other")
    made = [edits.add_entry(world, task_id=t) for t in (project, below, lowest, other, 0)]
    assert caller.ids(task_ids=f"{project},{other}") == [made[0], made[3]]
    assert caller.ids(task_ids=project, with_subtasks="true") == made[:3]
    edits.archive_task(world, lowest)
    assert caller.ids(task_ids=project, with_subtasks="true") == made[:3]
    assert caller.ids(task_ids=project, with_subtasks="true", active_only="true") == made[:2]
    assert caller.ids(task_ids="1") == []


def test_money_and_tags(world: World, caller: Caller) -> None:
    tags = [edits.add_tag(world, name) for name in ("a", "b", "c")]
    made = [
        edits.add_entry(world, billable=True, tag_ids=tags[:2]),
        edits.add_entry(world, billable=False, tag_ids=tags[1:2]),
        edits.add_entry(world, billable=True, invoice_id=3),
    ]
    assert caller.ids(billable="true") == [made[0], made[2]]
    assert caller.ids(billable="false") == [made[1]]
    assert caller.ids(ignoreInvoiced="true") == made[:2]
    name = "tags_filter[items][][tag]"
    assert caller.ids(**{name: tags[0]}) == made[:1]
    assert caller.ids(**{name: [tags[0], tags[1]]}) == made[:2]
    assert caller.ids(**{name: tags[2]}) == []


def test_optional_fields(world: World, caller: Caller) -> None:
    project = edits.add_task(world, "Project")
    below = edits.add_task(world, "Below", parent_id=project, note="Only on Mondays")
    tag = edits.add_tag(world, "Überstunden")
    edits.add_entry(world, task_id=below, tag_ids=[tag], seconds=5400, billable=True)
    plain = caller.entries()[0]
    optional = {"tags", "breadcrumps", "task_note", "rate_income", "total_income", "total_cost"}
    assert not optional & set(plain)
    row = caller.entries(opt_fields="tags,breadcrumps", include_project="true")[0]
    assert [each["name"] for each in row["tags"]] == ["Überstunden"]
    assert row["breadcrumps"] == "Project"
    assert row["task_note"] == "Only on Mondays"
    rates = caller.entries(include_rates="true")[0]
    assert (rates["rate_income"], rates["total_income"], rates["total_cost"]) == (90, 135, 60)
    assert "tags" not in caller.entries(opt_fields="breadcrumps")[0]


def test_rounding_changes_durations(world: World, caller: Caller) -> None:
    edits.add_entry(world, seconds=1000)
    assert [row["duration"] for row in caller.entries()] == ["1000"]
    assert [row["duration"] for row in caller.entries(round_duration="true")] == ["900"]


def test_status_of_tasks(world: World, caller: Caller) -> None:
    active = edits.add_task(world, "Active", external_id="asana_1")
    project = edits.add_task(world, "Archived")
    below = edits.add_task(world, "Below", parent_id=project)
    edits.archive_task(world, project)
    assert set(caller.get("tasks")) == {str(active)}
    assert set(caller.get("tasks", status="active")) == {str(active)}
    assert set(caller.get("tasks", status="archived")) == {str(project), str(below)}
    assert set(caller.get("tasks", status="all")) == {str(active), str(project), str(below)}
    edits.archive_task(world, project, archived=False)
    assert set(caller.get("tasks", task_id=f"{project},{below}")) == {str(project), str(below)}
    assert set(caller.get("tasks", external_task_id="asana_1")) == {str(active)}
    assert caller.ask("tasks", {"task_id": "1"}).status_code == 404
    assert caller.ask("tasks", {"external_task_id": "x"}).json() == {"message": "Task not found"}
    minimal = caller.get("tasks", minimal="1")[str(below)]
    assert minimal == {"task_id": str(below), "parent_id": str(project), "name": "Below"}


def test_attendance() -> None:
    world = build_empty(now=NOW, people=3)
    first, second, _ = world.users
    for user_id, day, start, end in (
        (first, "2026-08-03", "08:30", "10:00"),
        (first, "2026-08-03", "13:00", "17:45"),
        (second, "2026-08-03", "09:00", "10:00"),
        (first, "2026-08-04", "09:00", "10:00"),
        (first, "2026-08-05", None, None),
    ):
        edits.add_entry(world, user_id=user_id, day=day, start=start, end=end)
    with calling(world) as caller:
        rows = caller.get("attendance", **ALL_DAYS, users=str(first))
        assert [(r["date"], r["start_time"], r["end_time"], r["total_time"]) for r in rows] == [
            ("2026-08-03", "08:30:00", "17:45:00", str(22500)),
            ("2026-08-04", "09:00:00", "10:00:00", "3600"),
        ]
        assert len(caller.get("attendance", **{"from": "2026-08-03", "to": "2026-08-03"})) == 2
        assert caller.ask("attendance", {"from": "2026-08-03"}).status_code == 400


def test_time_zones_are_relative_to_the_server() -> None:
    world = build_company(now=NOW, people=6)
    by_zone = {user.zone: str(user.id) for user in world.users.values()}
    with calling(world) as caller:
        rows = caller.get("user", user_id=",".join(by_zone.values()))
    found = {row["user_id"]: row["time_zone"] for row in rows}
    assert found[by_zone["Europe/Warsaw"]] == "0"
    assert found[by_zone["Asia/Tokyo"]] == str(7 * 3600)
    assert found[by_zone["America/Los_Angeles"]] == str(-9 * 3600)
