"""Clients, projects, tasks, tags and custom fields written over the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from clockify_sandbox.api import Options
from clockify_sandbox.world import build_empty, edits
from sandbox_support import NOW

if TYPE_CHECKING:
    from collections.abc import Callable

    from clockify_sandbox.world import World
    from sandbox_support import Caller

UNKNOWN = "0" * 24


@pytest.fixture
def caller(serve: Callable[..., Caller], empty: World) -> Caller:
    return serve(empty)


def made(caller: Caller, path: str, **body: Any) -> dict[str, Any]:
    """Create something and return the answer."""
    answer = caller.post(path, body)
    assert answer.status_code == 201, answer.text
    row: dict[str, Any] = answer.json()
    return row


def refused(caller: Caller, method: str, path: str, **body: Any) -> str:
    """Expect Clockify's answer to a bad value, and return its sentence."""
    answer = caller.send(method, path, body)
    assert (answer.status_code, answer.json()["code"]) == (400, 501)
    return str(answer.json()["message"])


def test_a_client_is_replaced_as_a_whole_except_its_currency(caller: Caller) -> None:
    row = made(caller, "clients", name="Acme", email="a@example.org", note="n", address="x")
    assert (row["archived"], row["currencyCode"], row["note"]) == (False, "EUR", "n")
    path = f"clients/{row['id']}"
    usd = next(each.id for each in caller.contents.workspace.currencies if each.code == "USD")
    body = {"name": "Acme Inc", "archived": True, "currencyId": usd, "ccEmails": ["b@example.org"]}
    changed = caller.send("PUT", path, body).json()
    assert (changed["name"], changed["archived"], changed["note"]) == ("Acme Inc", True, None)
    assert changed["ccEmails"] == ["b@example.org"]
    again = caller.send("PUT", path, {"name": "Acme Inc"}).json()
    assert (again["archived"], again["ccEmails"], again["currencyId"]) == (False, None, usd)
    assert "must be less than 3" in refused(caller, "PUT", path, name="A", ccEmails=list("abcd"))


def test_the_currency_of_a_client_is_that_of_its_entries(caller: Caller) -> None:
    world, w = caller.world, caller.workspace_id
    client = edits.add_client(world, w, "Acme")
    project = edits.add_project(world, w, "Film", client_id=client.id)
    entry = edits.add_entry(world, w, world.owner_id, NOW, NOW, project_id=project.id)
    gbp = next(each.id for each in caller.contents.workspace.currencies if each.code == "GBP")
    caller.send("PUT", f"clients/{client.id}", {"name": "Acme", "currencyId": gbp})
    assert caller.contents.entries[entry.id].currency == "GBP"


def test_archiving_a_client_may_close_its_projects(caller: Caller) -> None:
    world, w = caller.world, caller.workspace_id
    client = edits.add_client(world, w, "Acme")
    project = edits.add_project(world, w, "Film", client_id=client.id)
    task = edits.add_task(world, w, project.id, "Cut")
    body = {"name": "Acme", "archived": True}
    closing = {"archive-projects": "true", "mark-tasks-as-done": "true"}
    caller.send("PUT", f"clients/{client.id}", body)
    assert not caller.contents.projects[project.id].archived
    caller.send("PUT", f"clients/{client.id}", body, **closing)
    assert caller.contents.projects[project.id].archived
    assert caller.contents.tasks[task.id].done


def test_a_project_is_private_and_not_billable_unless_the_body_says_so(caller: Caller) -> None:
    row = made(caller, "projects", name="Film")
    assert (row["public"], row["billable"], row["clientId"]) == (False, False, "")
    assert [each["userId"] for each in row["memberships"]] == [caller.world.owner_id]
    client = edits.add_client(caller.world, caller.workspace_id, "Acme")
    mia = edits.add_user(caller.world, caller.workspace_id, "Mia")
    full = made(
        caller,
        "projects",
        name="Film",
        clientId=client.id,
        isPublic=True,
        billable=True,
        color="#A1b2C3",
        note="n",
        hourlyRate={"amount": 5000},
        memberships=[{"userId": mia.id, "hourlyRate": {"amount": 7000}}],
        tasks=[{"name": "Cut"}],
    )
    assert (full["public"], full["billable"], full["clientName"]) == (True, True, "Acme")
    assert (full["color"], full["note"], full["hourlyRate"]["amount"]) == ("#A1b2C3", "n", 5000)
    rates = {each["userId"]: each["hourlyRate"] for each in full["memberships"]}
    assert rates[mia.id]["amount"] == 7000
    assert [task.name for task in caller.contents.tasks_of(full["id"])] == ["Cut"]
    assert caller.world.changes[-2].document_type == "PROJECTS"


def test_is_public_may_be_ignored(serve: Callable[..., Caller], empty: World) -> None:
    caller = serve(empty, Options(public_ignored=True))
    assert made(caller, "projects", name="Film", isPublic=True)["public"] is False


def test_put_of_a_project_resets_two_flags_and_keeps_the_rest(caller: Caller) -> None:
    client = edits.add_client(caller.world, caller.workspace_id, "Acme")
    row = made(
        caller, "projects", name="Film", clientId=client.id, isPublic=True, billable=True, note="n"
    )
    path = f"projects/{row['id']}"
    assert caller.send("PUT", path, {"archived": True, "isPublic": True}).status_code == 200
    changed = caller.send("PUT", path, {"name": "Movie"}).json()
    assert (changed["public"], changed["billable"]) == (False, False)
    assert (changed["name"], changed["note"], changed["clientId"]) == ("Movie", "n", client.id)
    assert changed["archived"] is True


def test_names_are_unique_archived_ones_included(caller: Caller) -> None:
    clients = [made(caller, "clients", name=name)["id"] for name in ("A", "B")]
    film = made(caller, "projects", name="Film", clientId=clients[0])["id"]
    caller.send("PUT", f"projects/{film}", {"archived": True})
    taken = refused(caller, "POST", "projects", name="Film", clientId=clients[0])
    assert taken.endswith("already exists")
    other = made(caller, "projects", name="Film", clientId=clients[1])["id"]
    refused(caller, "PUT", f"projects/{other}", clientId=clients[0])
    refused(caller, "POST", "clients", name="A")
    refused(caller, "PUT", f"clients/{clients[1]}", name="A")
    cut, _ = (made(caller, f"projects/{film}/tasks", name=name)["id"] for name in ("Cut", "Mix"))
    refused(caller, "POST", f"projects/{film}/tasks", name="Cut")
    refused(caller, "PUT", f"projects/{film}/tasks/{cut}", name="Mix")
    first, _ = (made(caller, "tags", name=name)["id"] for name in ("x", "y"))
    refused(caller, "POST", "tags", name="x")
    refused(caller, "PUT", f"tags/{first}", name="y")
    assert caller.send("PUT", f"tags/{first}", {"name": "x"}).status_code == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("clients", {"name": "x" * 101}),
        ("clients", {}),
        ("clients", {"name": ""}),
        ("projects", {"name": "x"}),
        ("projects", {"name": "x" * 251}),
        ("projects", {"name": "xx", "note": "x" * 16385}),
        ("projects", {"name": "xx", "color": "red"}),
        ("projects", {"name": "xx", "clientId": UNKNOWN}),
        ("projects", {"name": "xx", "memberships": [{"userId": UNKNOWN}]}),
        ("tags", {"name": "x" * 101}),
        ("custom-fields", {"name": "x"}),
        (f"projects/{UNKNOWN}/tasks", {"name": "x"}),
    ],
)
def test_values_that_are_refused(caller: Caller, path: str, body: dict[str, Any]) -> None:
    before = caller.contents.version
    refused(caller, "POST", path, **body)
    assert caller.contents.version == before


def test_a_task_is_finished_and_assigned(caller: Caller) -> None:
    project = edits.add_project(caller.world, caller.workspace_id, "Film")
    path = f"projects/{project.id}/tasks"
    refused(caller, "POST", path, name="x" * 1001)
    refused(caller, "POST", path, name="Cut", assigneeIds=[UNKNOWN])
    owner = caller.world.owner_id
    row = made(caller, path, name="Cut", assigneeIds=[owner], estimate="PT1H30M", billable=True)
    assert (row["assigneeIds"], row["estimate"], row["status"]) == ([owner], "PT1H30M", "ACTIVE")
    done = caller.send("PUT", f"{path}/{row['id']}", {"name": "Cut", "status": "DONE"}).json()
    assert (done["status"], done["billable"], done["estimate"]) == ("DONE", False, "PT1H30M")
    refused(caller, "PUT", f"{path}/{UNKNOWN}", name="Cut")


def test_a_tag_is_active_again_unless_the_body_says_so(caller: Caller) -> None:
    tag = made(caller, "tags", name="a")
    path = f"tags/{tag['id']}"
    assert caller.send("PUT", path, {"name": "b", "archived": True}).json()["archived"] is True
    assert caller.send("PUT", path, {"name": "b"}).json()["archived"] is False
    assert caller.contents.tags[tag["id"]].name == "b"
    refused(caller, "PUT", f"tags/{UNKNOWN}", name="c")


def test_a_custom_field_takes_values_at_once(caller: Caller) -> None:
    row = made(caller, "custom-fields", name="Source", type="TXT", status="INVISIBLE")
    assert (row["entityType"], row["status"], row["required"]) == ("TIMEENTRY", "INVISIBLE", False)
    assert [each["id"] for each in caller.get("custom-fields").json()] == [row["id"]]
    refused(caller, "POST", "custom-fields", name="Source", type="TXT")
    value = {"customFieldId": row["id"], "value": "abc"}
    entry = made(caller, "time-entries", start="2026-08-10T09:00:00Z", customFields=[value])
    assert entry["customFieldValues"][0]["value"] == "abc"


@pytest.mark.parametrize(
    ("creators", "statuses"),
    [
        ("ADMINS", [403, 403, 201]),
        ("ADMINS_AND_PROJECT_MANAGERS", [403, 201, 201]),
        ("EVERYONE", [201, 201, 201]),
    ],
)
@pytest.mark.parametrize(
    ("rule", "path", "key"),
    [
        ("create_projects", "projects", "whoCanCreateProjectsAndClients"),
        ("create_projects", "clients", "whoCanCreateProjectsAndClients"),
        ("create_tasks", "projects/{film}/tasks", "whoCanCreateTasks"),
        ("create_tags", "tags", "whoCanCreateTags"),
    ],
)
def test_who_may_create(
    caller: Caller, rule: str, path: str, key: str, creators: str, statuses: list[int]
) -> None:
    world, w = caller.world, caller.workspace_id
    film = edits.add_project(world, w, "Film").id
    mia = edits.add_user(world, w, "Mia").id
    edits.set_rules(world, w, **{rule: creators})
    settings = caller.get("").json()["workspaceSettings"]
    assert settings["entityCreationPermissions"][key]["value"] == creators
    found = []
    for role in ("MEMBER", "MANAGER", "WORKSPACE_ADMIN"):
        edits.set_member_role(world, w, mia, role)  # type: ignore[arg-type]
        body = {"name": f"Made by {role}"}
        found.append(caller.acting_as(mia).post(path.format(film=film), body).status_code)
    assert found == statuses


def test_custom_fields_are_for_administrators_of_a_plan_that_has_them(
    serve: Callable[..., Caller], empty: World
) -> None:
    body = {"name": "Source", "type": "TXT"}
    caller = serve(empty)
    mia = edits.add_user(empty, caller.workspace_id, "Mia").id
    assert caller.acting_as(mia).post("custom-fields", body).status_code == 403
    free = serve(build_empty(now=NOW, plan="FREE"))
    assert free.post("custom-fields", body).status_code == 403
