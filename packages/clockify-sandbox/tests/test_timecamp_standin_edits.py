"""Edits of the stand-in for TimeCamp, its timers, and the truth that its API tells."""

from __future__ import annotations

import copy
import pickle
import random
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from clockify_sandbox.timecamp import Options, World, build_company, build_empty, edits, truth
from clockify_sandbox.timecamp.random_edits import EDITS
from timecamp_standin_support import ALL_DAYS, NOW, Caller, calling

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LATER = NOW + timedelta(hours=30)
TASK_NUMBERS = (
    "task_id",
    "parent_id",
    "assigned_by",
    "level",
    "archived",
    "budgeted",
    "root_group_id",
    "billable",
)
LISTED = ("entries", "tasks", "users", "groups", "tags")
"""The tables that are a single list each; those of other tests take a request for each thing."""
STAMP, LATER_STAMP = "2026-08-14 17:00:00", "2026-08-15 23:00:00"


@pytest.fixture
def world() -> World:
    return build_empty(now=NOW, people=3)


@pytest.fixture
def caller(world: World) -> Iterator[Caller]:
    with calling(world) as caller:
        yield caller


def contents(world: World) -> dict[str, Any]:
    """Return all of a world but its lock and its clock."""
    return {name: value for name, value in vars(world).items() if name not in {"lock", "clock"}}


def api_rows(caller: Caller, table: str) -> list[dict[str, Any]]:
    """Read a table from the API and cast it to the documented types."""
    match table:
        case "entries":
            rows = caller.entries(include_project="true")
            return sorted(rows, key=lambda row: row["id"])
        case "tasks":
            rows = list(caller.get("tasks", status="all").values() or [])
            for row in rows:
                del row["users"]
                row.update({name: int(row[name]) for name in TASK_NUMBERS})
            return rows
        case "users":
            rows = caller.get("users")
            ids = ",".join(row["user_id"] for row in rows)
            zones = {r["user_id"]: r["time_zone"] for r in caller.get("user", user_id=ids)}
            settings = caller.get(f"user/{ids}/setting", **{"name[]": "disabled_user"})
            disabled = {row["userId"]: row["value"] == "1" for row in settings}
            for row in rows:
                del row["login_time"], row["synch_time"]
                row["time_zone"] = zones[row["user_id"]]
                row["is_enabled"] = not disabled[row["user_id"]]
            return list(rows)
        case "groups":
            return list(caller.get("group"))
    return [
        {
            "tag_list_id": each["id"],
            "tag_list_name": each["name"],
            "tag_list_archived": each["archived"],
            "tag_id": tag["id"],
            "name": tag["name"],
            "archived": tag["archived"],
        }
        for each in caller.get("tag_list", tags=1, archived=1).values()
        if each["tags"]
        for tag in each["tags"].values()
    ]


@pytest.mark.parametrize("table", LISTED)
def test_truth_is_what_the_api_says(table: str) -> None:
    world = build_company(now=NOW)
    with calling(world) as caller:
        before = truth.rows(world, table)
        assert before == api_rows(caller, table)
        rng = random.Random(3)  # noqa: S311 -- made-up data
        for hour in range(150):
            world.set_now(NOW + timedelta(hours=hour))
            edits.random_edit(world, rng)
        after = truth.rows(world, table)
        assert after == api_rows(caller, table)
        assert (after == before) == (table in {"groups", "tags"})


@pytest.mark.parametrize("options", [Options(no_task="null"), Options()])
def test_truth_follows_the_switches(options: Options) -> None:
    world = build_company(now=NOW, days=20)
    with calling(world, options) as caller:
        rows = truth.rows(world, "entries", options=options)
        assert rows == api_rows(caller, "entries")
    assert any(row["task_id"] == (None if options.no_task == "null" else "0") for row in rows)


def test_truth_of_some_days(world: World) -> None:
    made = [edits.add_entry(world, day=day) for day in ("2026-08-01", "2026-08-02", "2026-08-03")]
    first = date(2026, 8, 2)
    assert [row["id"] for row in truth.rows(world, "entries", first)] == made[1:]
    assert [row["id"] for row in truth.rows(world, "entries", last=first)] == made[:2]
    assert [row["id"] for row in truth.rows(world, "entries", first, first)] == made[1:2]
    with pytest.raises(ValueError, match="no such table: invoices"):
        truth.rows(world, "invoices")


def test_what_an_entry_is_made_of(world: World, caller: Caller) -> None:
    first, second, _ = world.users
    task = edits.add_task(world, "Layout 🎨", color="#4B5A74")
    plain = edits.add_entry(world)
    full = edits.add_entry(
        world,
        user_id=second,
        task_id=task,
        day=date(2026, 8, 3),
        start="23:30",
        end="00:15",
        description="Zażółć\n🦊",
        locked=True,
        invoice_id=17,
        external_id="asana_1",
        location_history=True,
    )
    rows = {row["id"]: row for row in caller.entries()}
    assert rows[plain] == {
        "id": plain,
        "duration": "3600",
        "user_id": str(first),
        "user_name": "Zofia Wiśniewska",
        "task_id": "0",
        "last_modify": STAMP,
        "date": "2026-08-14",
        "start_time": "09:00:00",
        "end_time": "10:00:00",
        "locked": "0",
        "name": "",
        "addons_external_id": "",
        "billable": 0,
        "invoiceId": "0",
        "color": "#CFCFCF",
        "description": "",
        "hasEntryLocationHistory": False,
    }
    assert rows[full] == {
        "id": full,
        "duration": "2700",
        "user_id": str(second),
        "user_name": "Jörg Müller-Lüdenscheidt",
        "task_id": str(task),
        "last_modify": STAMP,
        "date": "2026-08-03",
        "start_time": "23:30:00",
        "end_time": "00:15:00",
        "locked": "1",
        "name": "Layout 🎨",
        "addons_external_id": "asana_1",
        "billable": 1,
        "invoiceId": "17",
        "color": "#4B5A74",
        "description": "Zażółć\n🦊",
        "hasEntryLocationHistory": True,
    }


@pytest.mark.parametrize(
    ("fields", "changed"),
    [
        ({"seconds": 60}, {"duration": "60", "end_time": "09:01:00"}),
        ({"end": "11:00"}, {"duration": "7200", "end_time": "11:00:00"}),
        ({"start": "08:00"}, {"duration": "7200", "start_time": "08:00:00"}),
        ({"start": None}, {"start_time": None, "end_time": None}),
        ({"day": "2020-02-29"}, {"date": "2020-02-29"}),
        ({"billable": True, "description": "x"}, {"billable": 1, "description": "x"}),
        ({"locked": True, "invoice_id": 9}, {"locked": "1", "invoiceId": "9"}),
    ],
)
def test_edits_of_entries(
    world: World, caller: Caller, fields: Any, changed: dict[str, object]
) -> None:
    entry_id = edits.add_entry(world)
    other = edits.add_entry(world)
    before = {row["id"]: row for row in caller.entries()}
    world.set_now(LATER)
    edits.edit_entry(world, entry_id, **fields)
    after = {row["id"]: row for row in caller.entries()}
    assert after[entry_id] == {**before[entry_id], **changed, "last_modify": LATER_STAMP}
    assert after[other] == before[other]


@pytest.mark.parametrize(
    "edit",
    [
        lambda world, entry_id: edits.move_entry(world, entry_id, "2025-01-01"),
        edits.lock_entry,
    ],
)
def test_every_edit_moves_last_modify(
    world: World, caller: Caller, edit: Callable[[World, int], None]
) -> None:
    entry_id = edits.add_entry(world)
    before, version = caller.entries(), world.version
    world.set_now(LATER)
    edit(world, entry_id)
    assert world.version > version
    after = caller.entries()
    assert [row["last_modify"] for row in before + after] == [STAMP, LATER_STAMP]
    assert len([name for name in after[0] if after[0][name] != before[0][name]]) == 2


def test_an_entry_of_nobody_is_refused(world: World) -> None:
    entry_id = edits.add_entry(world)
    before = contents(world)["entries"].copy()
    for fields in ({"user_id": 1}, {"task_id": 1}, {"tag_ids": [1]}):
        with pytest.raises(KeyError):
            edits.edit_entry(world, entry_id, **fields)
    assert world.entries == before


@pytest.mark.parametrize("moves", [False, True])
def test_renaming(world: World, moves: bool) -> None:  # noqa: FBT001
    first = next(iter(world.users))
    task = edits.add_task(world, "Old")
    of_task = edits.add_entry(world, task_id=task, user_id=list(world.users)[1])
    of_user = edits.add_entry(world, user_id=first)
    world.set_now(LATER)
    edits.rename_task(world, task, "New")
    edits.rename_user(world, first, "Zofia Nowak")
    options = Options(rename_moves_last_modify=moves)
    with calling(world, options) as caller:
        rows = {row["id"]: row for row in caller.entries()}
        modified = caller.ids(modify_from="2026-08-15", modify_to="2026-08-15")
        assert api_rows(caller, "entries") == truth.rows(world, "entries", options=options)
        assert caller.get("tasks")[str(task)]["modify_time"] == LATER_STAMP
    assert rows[of_task]["name"] == "New"
    assert rows[of_user]["user_name"] == "Zofia Nowak"
    assert modified == ([of_task, of_user] if moves else [])
    assert {row["last_modify"] for row in rows.values()} == {LATER_STAMP if moves else STAMP}


def test_a_running_timer_grows(world: World, caller: Caller) -> None:
    tokyo = edits.add_user(world, "Aya", zone="Asia/Tokyo")
    entry_id = edits.start_timer(world, tokyo, description="Timer")
    shown = ("date", "start_time", "end_time", "duration", "last_modify")

    def row() -> tuple[str, ...]:
        return tuple(caller.entries()[0][name] for name in shown)

    assert row() == ("2026-08-15", "00:00:00", "00:00:00", "0", STAMP)
    version = world.version
    world.set_now(LATER - timedelta(hours=24))
    assert row() == ("2026-08-15", "00:00:00", "06:00:00", "21600", "2026-08-14 23:00:00")
    assert world.version == version + 1
    assert caller.ids(modify_from="2026-08-15", modify_to="2026-08-15") == []
    world.set_now(LATER - timedelta(hours=22))
    assert caller.ids(modify_from="2026-08-15", modify_to="2026-08-15") == [entry_id]
    assert len(caller.get("timer_running")) == 1
    assert edits.stop_timer(world, tokyo) == entry_id
    stopped = row()
    world.set_now(LATER)
    assert row() == stopped
    assert stopped[3] == "28800"
    assert edits.stop_timer(world, tokyo) is None
    assert caller.get("timer_running") == []


def test_a_second_timer_stops_the_first(world: World, caller: Caller) -> None:
    first = next(iter(world.users))
    one = edits.start_timer(world, first)
    world.set_now(NOW + timedelta(minutes=10))
    two = edits.start_timer(world, first)
    assert [int(row["timer_id"]) for row in caller.get("timer_running")] == [two]
    assert {r["id"]: r["duration"] for r in caller.entries()} == {one: "600", two: "0"}
    edits.delete_entry(world, two)
    assert caller.ids() == [one]


def test_the_company_has_what_a_client_may_meet() -> None:
    world = build_company(now=NOW)
    entries = list(world.entries.values())
    today = NOW.date()
    assert any(entry.day > today for entry in entries)
    assert any(entry.day < today - timedelta(days=365) for entry in entries)
    assert any(entry.start is None for entry in entries)
    assert any(entry.locked for entry in entries)
    assert any(entry.invoice_id for entry in entries)
    assert any(entry.tag_ids for entry in entries)
    assert any("🎨" in entry.description for entry in entries)
    assert any(not entry.task_id for entry in entries)
    assert sum(entry.started_at is not None for entry in entries) == 1
    assert all(entry.modified_at <= NOW for entry in entries)
    assert all(change.at <= NOW for change in world.changes)
    assert [user.is_admin for user in world.users.values()] == [True] + [False] * 5
    assert world.api_key == "sandbox-timecamp-key"
    assert len(build_company(now=NOW, people=20).users) == 20


def test_random_edits() -> None:
    world = build_company(now=NOW)
    with calling(world) as caller:
        days = {"from": "2026-02-15", "to": "2026-08-14"}
        before, old = set(caller.ids(**days)), set(caller.ids()) - set(caller.ids(**days))
        rng = random.Random(5)  # noqa: S311 -- made-up data
        sentences = [edits.random_edit(world, rng) for _ in range(200)]
        after, kept = set(caller.ids(**days)), set(world.entries)
        deleted = {int(row["entry_id"]) for row in caller.get("entries_deletions", **ALL_DAYS)}
    assert all(sentence.endswith(".") and "\n" not in sentence for sentence in sentences)
    assert after - before - old
    assert after & old
    assert (before - after) & kept
    assert deleted & before
    assert deleted & old
    verbs = {sentence.split()[0] for sentence in sentences}
    assert {"Changed", "Deleted", "Moved", "Renamed", "Locked"} <= verbs


@pytest.mark.parametrize("edit", list(EDITS), ids=lambda edit: edit.__name__)
def test_every_random_edit_changes_the_world(edit: Callable[..., str | None]) -> None:
    world = build_company(now=NOW, days=30)
    before, version = copy.deepcopy(contents(world)), world.version
    world.set_now(LATER)
    rng = random.Random(1)  # noqa: S311 -- made-up data
    assert edit(world, rng)
    assert world.version > version + 1
    assert contents(world)["version"] != before.pop("version")
    assert any(contents(world)[name] != value for name, value in before.items())


def test_random_edits_of_an_empty_world(world: World) -> None:
    rng = random.Random(1)  # noqa: S311 -- made-up data
    assert all(edits.random_edit(world, rng) for _ in range(30))


def test_a_world_is_saved_without_its_lock() -> None:
    world = build_company(now=NOW, days=30)
    kept = {name: value for name, value in vars(world).items() if name != "lock"}
    again = World()
    vars(again).update(pickle.loads(pickle.dumps(kept)))  # noqa: S301
    assert contents(again) == contents(world)
    assert edits.add_entry(again) == edits.add_entry(world)
    assert truth.rows(again, "entries") == truth.rows(world, "entries")


def test_equal_seeds_make_equal_worlds() -> None:
    one, two = (build_company(seed=3, days=30, now=NOW) for _ in range(2))
    assert contents(one) == contents(two)
    for world in (one, two):
        rng = random.Random(9)  # noqa: S311 -- made-up data
        for _ in range(40):
            edits.random_edit(world, rng)
    assert contents(one) == contents(two)
    assert contents(build_company(seed=4, days=30, now=NOW)) != contents(one)


def test_the_clock_runs_without_a_time_given() -> None:
    world = build_empty()
    first = world.now()
    assert first.tzinfo is not None
    assert world.now() >= first
    world.set_now(NOW)
    assert world.clock() == NOW
