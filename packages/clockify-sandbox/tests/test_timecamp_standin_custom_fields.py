"""The custom fields of the stand-in for TimeCamp, and their values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from clockify_sandbox.timecamp import Options, build_company, build_empty, edits, truth
from timecamp_standin_support import NOW, Caller, calling

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clockify_sandbox.timecamp import World

TEMPLATE = {
    "id": 15,
    "name": "Customer Priority",
    "resourceType": "user",
    "required": True,
    "status": 1,
    "fieldType": "string",
    "defaultValue": "Medium",
    "fieldOptions": [],
}
VALUE = {
    "templateId": 66,
    "name": "Client Status",
    "resourceType": "user",
    "required": True,
    "fieldType": "string",
    "defaultValue": "In Progress",
    "value": "In Progress",
}
TEMPLATES = "v3/custom-fields/template/list"


@pytest.fixture
def world() -> World:
    return build_empty(now=NOW, people=3)


@pytest.fixture
def caller(world: World) -> Iterator[Caller]:
    with calling(world) as caller:
        yield caller


def values_path(kind: str, resource_id: object) -> str:
    return f"v3/custom-fields/values/resource/{resource_id}/type/{kind}"


def values(caller: Caller, kind: str, resource_id: int) -> dict[str, str | None]:
    rows = caller.get(values_path(kind, resource_id))["data"]
    return {row["name"]: row["value"] for row in rows}


def like(example: dict[str, Any], row: dict[str, Any]) -> bool:
    """Tell whether a row has an example's fields and types; the default may be null."""
    return list(row) == list(example) and all(
        type(row[name]) is type(value) or (name == "defaultValue" and row[name] is None)
        for name, value in example.items()
    )


@pytest.mark.parametrize("options", [Options(), Options(unset_custom_values="null")])
def test_truth_of_custom_fields_is_what_the_api_says(options: Options) -> None:
    world = build_company(now=NOW, days=10)
    edits.add_custom_field(world, "Optional", default="left out")
    with calling(world, options) as caller:
        templates = caller.get(TEMPLATES)
        rows = [
            {"resourceId": resource_id, **row}
            for kind in ("user", "task", "entry")
            for resource_id in world.resources(kind)
            for row in caller.get(values_path(kind, resource_id))["data"]
        ]
    assert list(templates) == ["data"]
    assert all(like(TEMPLATE, row) for row in templates["data"])
    assert {row["resourceType"] for row in templates["data"]} == {"user", "task", "entry"}
    assert {row["defaultValue"] is None for row in templates["data"]} == {True, False}
    assert templates["data"] == truth.rows(world, "custom_fields")
    given = [{name: row[name] for name in VALUE} for row in rows if row["value"] is not None]
    assert all(like(VALUE, row) for row in given)
    assert {row["resourceType"] for row in given} == {"user", "task", "entry"}
    assert (len(given) < len(rows)) == (options.unset_custom_values == "null")
    rows.sort(key=lambda row: (row["templateId"], row["resourceId"]))
    assert rows == truth.rows(world, "custom_values", options=options)


def test_values(world: World, caller: Caller) -> None:
    first, second, _ = world.users
    status = edits.add_custom_field(world, "Status", required=True, default="In Progress")
    progress = edits.add_custom_field(world, "Progress", field_type="number")
    edits.add_custom_field(world, "Unasked", default="left out")
    edits.set_custom_value(world, progress, first, "75")
    edits.set_custom_value(world, status, second, "Done ✔")
    assert caller.get(values_path("user", first)) == {
        "data": [
            {
                "templateId": status,
                "name": "Status",
                "resourceType": "user",
                "required": True,
                "fieldType": "string",
                "defaultValue": "In Progress",
                "value": "In Progress",
            },
            {
                "templateId": progress,
                "name": "Progress",
                "resourceType": "user",
                "required": False,
                "fieldType": "number",
                "defaultValue": None,
                "value": "75",
            },
        ]
    }
    assert values(caller, "user", second) == {"Status": "Done ✔"}
    edits.set_custom_value(world, status, second, None)
    edits.set_custom_value(world, progress, first, "80")
    assert values(caller, "user", second) == {"Status": "In Progress"}
    assert values(caller, "user", first)["Progress"] == "80"
    with calling(world, Options(unset_custom_values="null")) as other:
        assert values(other, "user", second) == {
            "Status": "In Progress",
            "Progress": None,
            "Unasked": None,
        }


def test_values_of_each_type(world: World, caller: Caller) -> None:
    things = {
        "user": next(iter(world.users)),
        "task": edits.add_task(world, "Task"),
        "entry": edits.add_entry(world),
    }
    assert caller.get(values_path("entry", things["entry"])) == {"data": []}
    for kind, resource_id in things.items():
        field = edits.add_custom_field(world, f"Of a {kind}", kind)  # type: ignore[arg-type]
        edits.set_custom_value(world, field, resource_id, kind)
    for kind, resource_id in things.items():
        assert values(caller, kind, resource_id) == {f"Of a {kind}": kind}
        for unknown in (resource_id + 50, "x"):
            assert caller.ask(values_path(kind, unknown)).status_code == 404
        missing = caller.ask(values_path("invoice", resource_id))
        assert missing.status_code == 404
        assert missing.json()["message"]
    edits.delete_entry(world, things["entry"])
    assert caller.ask(values_path("entry", things["entry"])).status_code == 404
    assert {row["resourceType"] for row in truth.rows(world, "custom_values")} == {"user", "task"}


def test_rights(world: World, caller: Caller) -> None:
    first, second, _ = world.users
    field = edits.add_custom_field(world, "Field")
    edits.set_custom_value(world, field, second, "text")
    secret = edits.add_task(world, "Secret", user_ids=(first,))
    shared = edits.add_task(world, "Shared")
    own, other_entry = (edits.add_entry(world, user_id=each) for each in (second, first))
    hidden = {"user": first, "task": secret, "entry": other_entry}
    shown = {"user": second, "task": shared, "entry": own}
    theirs = caller.acting_as(second)
    for path in (TEMPLATES, values_path("user", second)):
        refused = theirs.ask(path)
        assert refused.status_code == 403
        assert refused.json()["message"]
        assert caller.get(path)["data"]
    with calling(world, Options(custom_fields_for="all")) as other:
        theirs = other.acting_as(second)
        assert len(theirs.get(TEMPLATES)["data"]) == 1
        assert values(theirs, "user", second) == {"Field": "text"}
        assert all(theirs.get(values_path(*each)) for each in shown.items())
        assert [theirs.ask(values_path(*each)).status_code for each in hidden.items()] == [404] * 3


def test_edits_of_custom_fields(world: World, caller: Caller) -> None:
    user_id, version = next(iter(world.users)), world.version
    one = edits.add_custom_field(world, "One")
    two = edits.add_custom_field(world, "Two", required=True, default="2", field_type="number")
    edits.set_custom_value(world, one, user_id, "text")
    assert world.version == version + 3
    edits.remove_custom_field(world, one)
    assert world.version == version + 4
    assert [row["id"] for row in caller.get(TEMPLATES)["data"]] == [two]
    assert values(caller, "user", user_id) == {"Two": "2"}
    assert {row["templateId"] for row in truth.rows(world, "custom_values")} == {two}
    for wrong in ({"required": True}, {"default": "many", "field_type": "number"}):
        with pytest.raises(ValueError, match=r"default|many"):
            edits.add_custom_field(world, "Wrong", **wrong)
    with pytest.raises(ValueError, match="text"):
        edits.set_custom_value(world, two, user_id, "text")
    with pytest.raises(KeyError):
        edits.set_custom_value(world, two, 7, "3")
    assert len(world.custom_fields) == 2
