"""A column for each custom field, if wanted."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from clockify_sandbox.world import edits, truth
from support import UpsertStore, agency, config_for, only_workspace, records, run_cli, run_tap

from tap_clockify.records.custom_fields import FieldColumn, column_name

if TYPE_CHECKING:
    from pathlib import Path

    from clockify_sandbox.world import World
    from conftest import Serve

HOUR = dt.timedelta(hours=1)
STREAMS = ["time_entries", "projects", "users", "summary"]
TYPES = {"NUMBER": "number", "CHECKBOX": "boolean"}


def fields(world: World, entity: str) -> list[dict[str, Any]]:
    rows = truth.object_rows(world, only_workspace(world), "custom_fields")
    return [row for row in rows if row["entityType"] == entity]


def columns_of(store: UpsertStore, stream: str) -> dict[str, Any]:
    columns = store.schemas[stream]["schema"]["properties"]
    return {name: column for name, column in columns.items() if name.startswith("cf_")}


def test_each_field_has_a_typed_column(serve: Serve) -> None:
    world = agency(plan="ENTERPRISE_2021", people=4, days=80)
    messages = run_tap(serve(world), select=STREAMS, custom_field_columns=True)
    store = UpsertStore().apply(messages)
    for stream, entity in (("time_entries", "TIMEENTRY"), ("users", "USER")):
        wanted = {
            column_name(field["id"], field["name"]): [TYPES.get(field["type"], "string"), "null"]
            for field in fields(world, entity)
        }
        found = {name: column["type"] for name, column in columns_of(store, stream).items()}
        assert found == wanted
    assert columns_of(store, "projects").keys() == columns_of(store, "time_entries").keys()
    assert columns_of(store, "summary") == {}
    names = {
        field["id"]: column_name(field["id"], field["name"]) for field in fields(world, "TIMEENTRY")
    }
    contents = world[only_workspace(world)]
    seen = 0
    for row in records(messages, "time_entries"):
        sent = {field.field_id: field.value for field in contents.entries[row["id"]].fields}
        for field_id, name in names.items():
            value = sent.get(field_id)
            seen += value is not None
            assert row[name] == (", ".join(value) if isinstance(value, list) else value)
    assert seen
    of_projects = [
        row for row in records(messages, "projects") if any(row[name] for name in names.values())
    ]
    assert of_projects


def test_column_survives_a_new_name_and_a_deletion(serve: Serve) -> None:
    world = agency(plan="ENTERPRISE_2021", people=3, days=80)
    w = only_workspace(world)
    server = serve(world)
    store = UpsertStore().apply(run_tap(server, select=["users"], custom_field_columns=True))
    before = columns_of(store, "users")
    renamed, deleted = (field["id"] for field in fields(world, "USER"))
    edits.edit_object(world, w, "custom_fields", renamed, name="Another name")
    edits.delete_object(world, w, "custom_fields", deleted)
    world.clock.advance(HOUR)
    store.apply(run_tap(server, store.state, ["users"], custom_field_columns=True))
    assert columns_of(store, "users") == before


def test_fields_of_two_workspaces_with_one_name_have_a_column_each(serve: Serve) -> None:
    world = agency(plan="ENTERPRISE_2021", people=2, workspaces=2)
    server = serve(world)
    for number, w in enumerate(world.workspaces):
        field = {"id": f"{number}" * 20 + "1234", "name": "PO", "type": "TXT", "entityType": "USER"}
        body = json.dumps([field])
        match = f"{w}/custom-fields"
        server.faults.add("status", match=match, status=200, body=body, times=None)
    store = UpsertStore().apply(run_tap(server, select=["users"], custom_field_columns=True))
    assert len(columns_of(store, "users")) == 2


def test_project_may_have_default_values_and_others(serve: Serve) -> None:
    world = agency(plan="ENTERPRISE_2021", people=2)
    server = serve(world)
    a, b = ({"type": "TXT", "entityType": "TIMEENTRY", "name": n, "id": n * 24} for n in "ab")
    body = [{**a, "projectDefaultValues": [None, {"projectId": "p", "value": "one"}]}, b]
    project = {"id": "p", "customFields": [{"customFieldId": b["id"], "value": "two"}, None]}
    for path, answer in (("/custom-fields", body), ("/projects", [project])):
        server.faults.add("status", match=path, status=200, body=json.dumps(answer), times=None)
    messages = run_tap(
        server, select=["projects"], custom_field_columns=True, unknown_fields="ignore"
    )
    (row,) = records(messages, "projects")
    assert (row["cf_a_aaaa"], row["cf_b_bbbb"]) == ("one", "two")


def test_plan_without_custom_fields_has_no_such_columns(serve: Serve) -> None:
    world = agency(plan="FREE", people=3)
    store = UpsertStore().apply(run_tap(serve(world), select=["users"], custom_field_columns=True))
    assert columns_of(store, "users") == {}


def test_off_by_default(serve: Serve) -> None:
    server = serve(agency(plan="ENTERPRISE_2021", people=3))
    store = UpsertStore().apply(run_tap(server, select=["users"]))
    assert columns_of(store, "users") == {}
    assert not server.requests.matching("/custom-fields")


def test_discovery_lists_the_columns_or_says_why_not(serve: Serve, tmp_path: Path) -> None:
    server = serve(agency(plan="ENTERPRISE_2021", people=3, now=None))
    config = tmp_path / "config.json"
    config.write_text(json.dumps(config_for(server, custom_field_columns=True)))
    found = run_cli(tmp_path, f"--config={config}", "--discover")
    assert found.returncode == 0, found.stderr
    streams = {each["stream"]: each["schema"] for each in json.loads(found.stdout)["streams"]}
    assert any(name.startswith("cf_") for name in streams["users"]["properties"])
    server.faults.add("status", match="/workspaces", status=401, body="", times=None)
    failed = run_cli(tmp_path, f"--config={config}", "--discover")
    assert failed.returncode == 1
    assert "failed with status 401" in failed.stderr
    assert "Traceback" not in failed.stderr


@pytest.mark.parametrize(
    ("field_id", "name", "column"),
    [
        ("6808e9a6b77db953ea0d3f73", "Ticket no.", "cf_ticket_no_3f73"),
        ("6808e9a6b77db953ea0d3f73", "日本語", "cf_3f73"),
        ("6808e9a6b77db953ea0dABCD", "  Über-Arbeit ", "cf_ber_arbeit_abcd"),
        ("6808e9a6b77db953ea0d3f73", "x" * 300, f"cf_{'x' * 40}_3f73"),
    ],
)
def test_names_of_columns(field_id: str, name: str, column: str) -> None:
    assert column_name(field_id, name) == column


@pytest.mark.parametrize(
    ("kind", "sent", "value"),
    [
        ("NUMBER", 3, 3.0),
        ("NUMBER", "2.5", 2.5),
        ("NUMBER", "many", None),
        ("CHECKBOX", True, True),
        ("CHECKBOX", "false", False),
        ("TXT", "", None),
        ("TXT", 7, "7"),
        ("DROPDOWN_MULTIPLE", ["a", "b"], "a, b"),
        ("LINK", "https://example.org", "https://example.org"),
    ],
)
def test_values(kind: str, sent: object, value: object) -> None:
    assert FieldColumn("cf", kind, "TIMEENTRY").value(sent) == value
