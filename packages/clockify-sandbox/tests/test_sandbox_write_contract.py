"""Writes take the bodies that Clockify documents, and answer as it documents."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from clockify_sandbox.world import edits
from test_sandbox_contract import DOCUMENTS, SHARED, complaints, complete, schemas

if TYPE_CHECKING:
    from collections.abc import Callable

    from clockify_sandbox.world import World
    from sandbox_support import Caller

pytestmark = pytest.mark.skipif(
    not all((SHARED / name).exists() for name in DOCUMENTS),
    reason="Clockify's contract is not available",
)
TIMES = {"start": "2026-08-10T09:00:00Z", "end": "2026-08-10T10:00:00Z"}
ENTRY = {
    **TIMES,
    "projectId": "{project}",
    "taskId": "{task}",
    "tagIds": ["{tag}"],
    "description": "Über",
    "billable": True,
    "type": "REGULAR",
    "customFields": [{"customFieldId": "{field}", "value": "x", "sourceType": "WORKSPACE"}],
}
RATE = {"amount": 5000, "since": "2026-01-01T00:00:00Z"}
PROJECT = {
    "name": "New",
    "clientId": "{client}",
    "billable": True,
    "isPublic": True,
    "color": "#03A9F4",
    "note": "n",
    "hourlyRate": RATE,
    "costRate": RATE,
}
TASK = {
    "name": "New",
    "assigneeIds": ["{user}"],
    "userGroupIds": [],
    "estimate": "PT1H",
    "status": "ACTIVE",
    "budgetEstimate": 0,
}
CLIENT = {"name": "New", "email": "a@example.org", "address": "x", "note": "n"}
FIELD = {
    "name": "New",
    "type": "TXT",
    "entityType": "TIMEENTRY",
    "status": "VISIBLE",
    "allowedValues": [],
    "description": "d",
    "placeholder": "p",
    "onlyAdminCanEdit": False,
}
UNSENT = {
    # Deprecated, without effect here, or, for the last, only in the other document.
    "CreateTimeEntryRequest.customAttributes",
    "TaskRequestV1.assigneeId",
    "TaskRequestV1.id",
    "TaskCreateRequest.assigneeId",
    "TaskCreateRequest.id",
    "UpdateTaskRequest.assigneeId",
    "ProjectRequest.estimate",
    "ProjectRequest.memberships",
    "ProjectRequest.tasks",
    "CreateProjectRequest.estimate",
    "CreateProjectRequest.memberships",
    "CreateProjectRequest.tasks",
    "CustomFieldRequestV1.workspaceDefaultValue",
    "TaskCreateRequest.billable",
    "TaskRequestV1.billable",
}
WRITE_ONLY = {f"ProjectDtoImplV1.{key}" for key in ("isPublic", "isTemplate")}
ONE = "time-entries/{entry}"
MANY = "user/{user}/time-entries"
ROUTES: tuple[tuple[str, str, Any, list[str], int, list[str]], ...] = (
    # method, path, body, schemas of the request, status, schemas of the answer
    (
        "POST",
        "time-entries",
        ENTRY,
        ["CreateTimeEntryRequest"],
        201,
        ["TimeEntryDtoImplV1", "TimeEntriesTimeEntry"],
    ),
    (
        "POST",
        MANY,
        ENTRY,
        ["CreateTimeEntryRequest", "TimeEntryCreate"],
        201,
        ["TimeEntryDtoImplV1", "TimeEntry"],
    ),
    ("PUT", ONE, ENTRY, ["UpdateTimeEntryRequest"], 200, ["TimeEntryDtoImplV1", "TimeEntry"]),
    (
        "PUT",
        MANY,
        [{"id": "{entry}", **ENTRY}],
        ["UpdateTimeEntryBulkRequest"],
        200,
        ["TimeEntryDtoV1", "TimeEntriesTimeEntry"],
    ),
    (
        "PATCH",
        MANY,
        {"end": "2026-08-14T15:00:00Z"},
        ["StopTimeEntryRequest"],
        200,
        ["TimeEntryDtoImplV1"],
    ),
    (
        "POST",
        "clients",
        CLIENT,
        ["CreateClientRequestV1", "ClientCreate"],
        201,
        ["ClientWithCurrencyDtoV1", "Client"],
    ),
    (
        "PUT",
        "clients/{client}",
        {**CLIENT, "archived": False, "ccEmails": [], "currencyId": "{currency}"},
        ["UpdateClientRequestV1"],
        200,
        ["ClientDtoV1"],
    ),
    (
        "POST",
        "projects",
        PROJECT,
        ["ProjectRequest", "CreateProjectRequest"],
        201,
        ["ProjectDtoImplV1", "Project"],
    ),
    (
        "PUT",
        "projects/{project}",
        {**PROJECT, "archived": False},
        ["UpdateProjectRequest"],
        200,
        ["ProjectDtoImplV1", "Project"],
    ),
    ("POST", "projects/{project}/tasks", TASK, ["TaskRequestV1"], 201, ["TaskDtoV1"]),
    (
        "PUT",
        "projects/{project}/tasks/{task}",
        {**TASK, "billable": True},
        ["UpdateTaskRequest"],
        200,
        ["TaskDtoV1"],
    ),
    ("POST", "tags", {"name": "New"}, ["TagRequest", "TagCreate"], 201, ["TagDtoV1", "Tag"]),
    (
        "PUT",
        "tags/{tag}",
        {"name": "New", "archived": False},
        ["UpdateTagRequest"],
        200,
        ["TagDtoV1", "Tag"],
    ),
    ("POST", "custom-fields", FIELD, ["CustomFieldRequestV1"], 201, ["CustomFieldDtoV1"]),
)


@pytest.fixture
def caller(serve: Callable[..., Caller], empty: World) -> Caller:
    return serve(empty)


def place(caller: Caller) -> dict[str, str]:
    """Make one object of each kind, and a running timer; return their ids."""
    world, w = caller.world, caller.workspace_id
    client = edits.add_client(world, w, "Acme")
    project = edits.add_project(world, w, "Film", client_id=client.id)
    field = edits.add_object(
        world, w, "custom_fields", name="F", type="TXT", entityType="TIMEENTRY", status="VISIBLE"
    )
    now = world.now()
    entry = edits.add_entry(world, w, world.owner_id, now, now)
    edits.start_timer(world, w, world.owner_id)
    return {
        "client": client.id,
        "project": project.id,
        "task": edits.add_task(world, w, project.id, "Cut").id,
        "tag": edits.add_tag(world, w, "a").id,
        "field": field["id"],
        "entry": entry.id,
        "user": world.owner_id,
        "currency": caller.contents.workspace.currencies[0].id,
    }


def filled(value: Any, ids: dict[str, str]) -> Any:
    """Put ids into a body or a path."""
    if isinstance(value, str):
        return value.format(**ids)
    if isinstance(value, list):
        return [filled(each, ids) for each in value]
    if isinstance(value, dict):
        return {key: filled(each, ids) for key, each in value.items()}
    return value


def required(name: str) -> set[str]:
    return {key for each in DOCUMENTS for key in schemas(each).get(name, {}).get("required", ())}


@pytest.mark.parametrize(
    ("method", "path", "body", "asked", "status", "answered"),
    ROUTES,
    ids=[f"{line[0]} {line[1]}" for line in ROUTES],
)
def test_writes(
    caller: Caller,
    method: str,
    path: str,
    body: Any,
    asked: list[str],
    status: int,
    answered: list[str],
) -> None:
    ids = place(caller)
    body = filled(body, ids)
    sent = body[0] if isinstance(body, list) else body
    for name in asked:
        assert complaints(sent, {"$ref": f"#/components/schemas/{name}"}, name) == []
        top = {key for key in complete(sent, name) if key.count(".") == 1}
        assert top - UNSENT == set()
    for key in {key for name in asked for key in required(name)} & set(sent):
        part = {other: value for other, value in sent.items() if other != key}
        lacking = [part] if isinstance(body, list) else part
        assert caller.send(method, filled(path, ids), lacking).status_code == 400, key
    answer = caller.send(method, filled(path, ids), body)
    assert answer.status_code == status, answer.text
    row = answer.json()
    for name in answered:
        for each in row if isinstance(row, list) else [row]:
            assert complaints(each, {"$ref": f"#/components/schemas/{name}"}, name) == []
    assert [key for key in complete(row, answered[0]) if key not in WRITE_ONLY] == []


def test_every_route_answers_with_its_documented_status(caller: Caller) -> None:
    paths = {path: item for each in DOCUMENTS for path, item in _paths(each)}
    ids = {"entry": "id", "user": "userId", "client": "id", "project": "projectId"}
    names = {**ids, "task": "taskId", "tag": "id"}
    for method, path, _body, _asked, status, _answered in ROUTES:
        documented = path.format(**{key: f"{{{name}}}" for key, name in names.items()})
        item = paths[f"/v1/workspaces/{{workspaceId}}/{documented}"][method.lower()]
        assert str(status) in item["responses"], path
    assert caller.server.requests.total == 0


def test_rows_of_a_bulk_deletion(caller: Caller) -> None:
    ids = place(caller)
    path = filled(MANY, ids)
    rows = caller.send("DELETE", path, **{"time-entry-ids": ids["entry"]}).json()
    name = "TimeEntryDtoImplV1"
    assert complaints(rows[0], {"$ref": f"#/components/schemas/{name}"}, name) == []
    assert complete(rows, name) == []


def _paths(document: str) -> list[tuple[str, dict[str, Any]]]:
    return list(json.loads((SHARED / document).read_text())["paths"].items())
