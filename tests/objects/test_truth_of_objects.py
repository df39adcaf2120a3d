"""Every object of Clockify reaches its table, before and after any edit or deletion."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from clockify_sandbox.resources.registry import resources
from clockify_sandbox.world import edits, truth
from support import KEYS, UpsertStore, agency, differences, only_workspace, run_tap
from truth_of import OBJECTS, wrong

if TYPE_CHECKING:
    from clockify_sandbox.world import World
    from conftest import Serve
    from support import Row

HOUR = dt.timedelta(hours=1)
SETTINGS = {"timezone": "UTC", "start_date": "2025-03-01", "unknown_fields": "fail"}


def enterprise(**story: object) -> World:
    return agency(plan="ENTERPRISE_2021", **{"days": 80, **story})


def wrong_links(store: UpsertStore, world: World) -> list[str]:
    """Compare the rows that link time entries to their tags and custom fields with the truth."""
    tags, fields = [], []
    for workspace, contents in world.workspaces.items():
        for entry in contents.entries:
            row = {"workspace_id": workspace, "time_entry_id": entry.id, "user_id": entry.user_id}
            tags += [
                {**row, "tag_id": tag, "tag": contents.tags[tag].name} for tag in entry.tag_ids
            ]
            fields += [{**row, "custom_field_id": field.field_id} for field in entry.fields]
    found: list[str] = []
    for stream, wanted in (("time_entry_tags", tags), ("time_entry_custom_field_values", fields)):
        assert wanted
        live = store.rows(stream, live=True)
        found += differences(live, wanted, store.schemas[stream]["key_properties"])
    return found


def wrong_attendance(store: UpsertStore, world: World) -> list[str]:
    """Compare the attendance of the lookback window with the truth."""
    first, last = dt.date.fromisoformat(SETTINGS["start_date"]), dt.date(2026, 3, 31)
    wanted: list[Row] = []
    for workspace in world.workspaces:
        rows = truth.attendance_rows(world, workspace, timezone="UTC", first=first, last=last)
        wanted += [
            {
                "workspace_id": workspace,
                "user_id": row["userId"],
                "date": row["date"],
                "total_duration_seconds": row["totalDuration"],
                "break_hours": row["break"] / 3600,
            }
            for row in rows
        ]
    live = store.rows("attendance", live=True)
    return differences(live, wanted, ("workspace_id", "user_id", "date"))


def everything_wrong(store: UpsertStore, world: World) -> list[str]:
    return [
        *wrong(store, world, OBJECTS),
        *wrong_links(store, world),
        *wrong_attendance(store, world),
    ]


def test_every_object_arrives(serve: Serve) -> None:
    world = enterprise(workspaces=2)
    server = serve(world)
    messages = run_tap(server, select=KEYS, **SETTINGS)
    store = UpsertStore().apply(messages)
    assert everything_wrong(store, world) == []
    for stream in KEYS:
        assert store.rows(stream), f"{stream} has no rows"
    sent = Counter(
        (message["stream"], tuple(message["record"][key] for key in KEYS[message["stream"]]))
        for message in messages
        if message["type"] == "RECORD"
    )
    assert [row for row, count in sent.items() if count > 1] == []


@pytest.mark.parametrize("seed", range(3))
def test_edits_and_deletions_of_every_object_arrive(serve: Serve, seed: int) -> None:
    world = enterprise(seed=seed)
    server = serve(world)
    store = UpsertStore().apply(run_tap(server, select=KEYS, **SETTINGS))
    rng = random.Random(seed)  # noqa: S311 - made-up data
    contents = world[only_workspace(world)]
    for _ in range(2):
        for kind in resources():
            for _ in range(5):
                edits.random_object_edit(world, contents, rng, kind)
        for _ in range(40):
            world.clock.advance(HOUR / 60)
            edits.random_edit(world, rng)
        world.clock.advance(HOUR)
        store.apply(run_tap(server, store.state, KEYS, **SETTINGS))
        assert everything_wrong(store, world) == []


@pytest.mark.parametrize(
    "kind", ["holidays", "user_groups", "webhooks", "expenses", "invoices", "invoice_payments"]
)
def test_deleted_object_is_marked_until_it_is_back(serve: Serve, kind: str) -> None:
    world = enterprise(people=3)
    w = only_workspace(world)
    server = serve(world)
    store = UpsertStore().apply(run_tap(server, select=[kind]))
    gone = next(iter(world[w].objects[kind]))
    edits.delete_object(world, w, kind, gone)
    world.clock.advance(HOUR)
    store.apply(run_tap(server, store.state, [kind]))
    assert [row["id"] for row in store.rows(kind) if row["is_deleted"]] == [gone]
    assert wrong(store, world, [kind]) == []


def test_every_id_leads_to_its_parent(serve: Serve) -> None:
    world = enterprise()
    store = UpsertStore().apply(run_tap(serve(world), select=KEYS))
    parents = {
        "userId": "users",
        "managerId": "users",
        "userGroupId": "user_groups",
        "projectId": "projects",
        "clientId": "clients",
        "taskId": "tasks",
        "customFieldId": "custom_fields",
        "policyId": "time_off_policies",
        "categoryId": "expense_categories",
        "invoiceId": "invoices",
        "user_id": "users",
        "tag_id": "tags",
        "time_entry_id": "time_entries",
        "custom_field_id": "custom_fields",
    }
    ids = {stream: {row["id"] for row in store.rows(stream)} for stream in set(parents.values())}
    checked: set[str] = set()
    for stream in {*OBJECTS, "time_entry_tags", "time_entry_custom_field_values", "attendance"}:
        for row in store.rows(stream):
            for column in parents.keys() & row.keys():
                if row[column]:
                    assert row[column] in ids[parents[column]], f"{stream}.{column}"
                    checked.add(column)
    assert checked == set(parents)
