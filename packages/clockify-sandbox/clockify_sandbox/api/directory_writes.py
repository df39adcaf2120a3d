"""The core host's writes of clients, projects, tasks and tags, and new custom fields."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from clockify_sandbox.api import core, durations, errors, parameters, permits, render
from clockify_sandbox.api.bodies import body_of
from clockify_sandbox.api.call import Call, Reply
from clockify_sandbox.resources import store
from clockify_sandbox.resources.registry import resources
from clockify_sandbox.world import edits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clockify_sandbox.api.bodies import Body
    from clockify_sandbox.world.model import Client, Json, Tag, Task

COLOR = re.compile(r"#[0-9a-fA-F]{6}")
MAX_NAME = 100
MAX_PROJECT_NAME = 250
MAX_TASK_NAME = 1000
MAX_NOTE = 3000
MAX_PROJECT_NOTE = 16384
MAX_EMAILS = 3
MAX_FIELDS = 50
FIELD_TYPES = ("TXT", "NUMBER", "DROPDOWN_SINGLE", "DROPDOWN_MULTIPLE", "CHECKBOX", "LINK")
FIELD_STATUSES = ("INACTIVE", "VISIBLE", "INVISIBLE")
TASK_STATUSES = ("ACTIVE", "DONE", "ALL")


def create_client(call: Call) -> Reply:
    """`POST /clients`; its currency is the workspace's, whatever the body says."""
    permits.check_creator(call, call.contents.workspace.rules.create_projects)
    body = body_of(call)
    name = _name(body, MAX_NAME)
    made = edits.add_client(call.world, call.contents.workspace.id, name, **_contact(body))
    return Reply(render.client(call.contents, made), status=HTTPStatus.CREATED)


def replace_client(call: Call) -> Reply:
    """`PUT /clients/{id}`: clears what is left out, except the currency."""
    permits.check_creator(call, call.contents.workspace.rules.create_projects)
    client = _client(call, call.path["client_id"])
    body = body_of(call)
    emails = body.texts("ccEmails")
    if emails is not None and len(emails) > MAX_EMAILS:
        # The number is Clockify's: it accepts three.
        raise errors.invalid("Number of additional emails must be less than 3")
    changes: dict[str, Any] = {
        "name": _name(body, MAX_NAME),
        "archived": bool(body.flag("archived")),
        "cc_emails": emails,
        **_contact(body),
    }
    if (currency_id := body.text("currencyId")) is not None:
        codes = {each.id: each.code for each in call.contents.workspace.currencies}
        if currency_id not in codes:
            raise errors.not_in_workspace("Currency")
        changes["currency"] = codes[currency_id]
    _close_projects(call, client, archived=changes["archived"])
    changed = edits.change_client(call.world, client.workspace_id, client.id, **changes)
    row = render.client(call.contents, changed)
    del row["currencyCode"]  # only new and listed clients have it
    return Reply(row)


def create_project(call: Call) -> Reply:
    """`POST /projects`: private and not billable unless the body says otherwise."""
    permits.check_creator(call, call.contents.workspace.rules.create_projects)
    body = body_of(call)
    name = _name(body, MAX_PROJECT_NAME, shortest=2)
    details = _project_details(call, body)
    tasks = [_name(each, MAX_TASK_NAME) for each in body.objects("tasks") or ()]
    members = {call.caller.id: None, **_members(call, body)}
    details["billable"] = bool(body.flag("billable"))
    details["public"] = bool(body.flag("isPublic")) and not call.options.public_ignored
    made = edits.add_project(
        call.world, call.contents.workspace.id, name, members=members, **details
    )
    for task in tasks:
        edits.add_task(call.world, made.workspace_id, made.id, task)
    return Reply(render.project(call.contents, made), status=HTTPStatus.CREATED)


def replace_project(call: Call) -> Reply:
    """`PUT /projects/{p}`: only `isPublic` and `billable` become false if they are left out."""
    permits.check_creator(call, call.contents.workspace.rules.create_projects)
    project = core.visible_project(call)
    body = body_of(call)
    changes = _project_details(call, body)
    if (name := body.text("name", longest=MAX_PROJECT_NAME, shortest=2)) is not None:
        changes["name"] = name
    if (archived := body.flag("archived")) is not None:
        changes["archived"] = archived
    changes["billable"] = bool(body.flag("billable"))
    changes["public"] = bool(body.flag("isPublic"))
    changed = edits.change_project(call.world, project.workspace_id, project.id, **changes)
    return Reply(render.project(call.contents, changed))


def create_task(call: Call) -> Reply:
    """`POST /projects/{p}/tasks`."""
    permits.check_creator(call, call.contents.workspace.rules.create_tasks)
    project = core.visible_project(call)
    body = body_of(call)
    name = _name(body, MAX_TASK_NAME)
    details = {"billable": bool(body.flag("billable")), **_task_details(call, body)}
    made = edits.add_task(call.world, project.workspace_id, project.id, name, **details)
    return Reply(render.task(call.contents, made), status=HTTPStatus.CREATED)


def replace_task(call: Call) -> Reply:
    """`PUT /projects/{p}/tasks/{t}`: of what is left out, only `billable` becomes false."""
    permits.check_creator(call, call.contents.workspace.rules.create_tasks)
    task = _task(call)
    body = body_of(call)
    changes = {
        "name": _name(body, MAX_TASK_NAME),
        "billable": bool(body.flag("billable")),
        **_task_details(call, body),
    }
    changed = edits.change_task(call.world, task.workspace_id, task.id, **changes)
    return Reply(render.task(call.contents, changed))


def create_tag(call: Call) -> Reply:
    """`POST /tags`."""
    permits.check_creator(call, call.contents.workspace.rules.create_tags)
    name = _name(body_of(call), MAX_NAME)
    made = edits.add_tag(call.world, call.contents.workspace.id, name)
    return Reply(render.tag(made), status=HTTPStatus.CREATED)


def replace_tag(call: Call) -> Reply:
    """`PUT /tags/{id}`: an archived tag is active again unless the body says `archived`."""
    permits.check_creator(call, call.contents.workspace.rules.create_tags)
    tag: Tag | None = call.contents.tags.get(call.path["tag_id"])
    if tag is None:
        raise errors.not_in_workspace("Tag")
    body = body_of(call)
    name = body.text("name", longest=MAX_NAME, shortest=1)
    archived = bool(body.flag("archived"))
    changed = edits.change_tag(
        call.world, tag.workspace_id, tag.id, name=name or tag.name, archived=archived
    )
    return Reply(render.tag(changed))


def create_field(call: Call) -> Reply:
    """`POST /custom-fields`: for administrators, and at most 50 in a workspace."""
    contents = call.contents
    if not call.administrates:
        raise errors.forbidden()
    if "CUSTOM_FIELDS" not in contents.workspace.plan.features:
        raise errors.not_in_plan(call.options.plan_refusal, "CUSTOM_FIELDS")
    body = body_of(call)
    name = _name(body, MAX_PROJECT_NAME)
    held = contents.objects["custom_fields"].values()
    if any(each["name"] == name for each in held):
        raise errors.invalid(f"{name} already exists")
    if len(held) >= MAX_FIELDS:
        raise errors.invalid(f"At most {MAX_FIELDS} custom fields are possible")
    kind = body.word("type", FIELD_TYPES)
    if kind is None:
        raise errors.invalid("type is required")
    made = edits.add_object(
        call.world,
        contents.workspace.id,
        "custom_fields",
        name=name,
        type=kind,
        entityType=body.word("entityType", ("TIMEENTRY", "USER")) or "TIMEENTRY",
        status=body.word("status", FIELD_STATUSES) or "VISIBLE",
        allowedValues=list(body.texts("allowedValues") or ()),
        description=body.text("description"),
        placeholder=body.text("placeholder"),
        onlyAdminCanEdit=bool(body.flag("onlyAdminCanEdit")),
        required=bool(body.flag("required")),
        workspaceDefaultValue=body.anything("workspaceDefaultValue"),
        projectDefaultValues=[],
    )
    row: Json = store.shown(call.world, contents, resources()["custom_fields"], made)
    return Reply(row, status=HTTPStatus.CREATED)


def _name(body: Body, longest: int, *, shortest: int = 1) -> str:
    return body.text("name", longest=longest, shortest=shortest, required=True) or ""


def _contact(body: Body) -> dict[str, str | None]:
    return {
        "email": body.text("email"),
        "address": body.text("address", longest=MAX_NOTE),
        "note": body.text("note", longest=MAX_NOTE),
    }


def _client(call: Call, client_id: str) -> Client:
    client = call.contents.clients.get(client_id)
    if client is None:
        raise errors.not_in_workspace("Client")
    return client


def _close_projects(call: Call, client: Client, *, archived: bool) -> None:
    """Do to the projects of a client what the query asks for, if the client is archived."""
    closes = parameters.boolean(call.query, "archive-projects")
    finishes = parameters.boolean(call.query, "mark-tasks-as-done")
    if not archived:
        return
    contents, w = call.contents, client.workspace_id
    for project in [p for p in contents.projects.values() if p.client_id == client.id]:
        if closes:
            edits.archive_project(call.world, w, project.id)
        if finishes:
            for task in contents.tasks_of(project.id):
                edits.finish_task(call.world, w, task.id)


def _project_details(call: Call, body: Body) -> dict[str, Any]:
    """Read what a body says of a project and, if it is left out, stays or has a default."""
    color = body.text("color")
    if color is not None and not COLOR.fullmatch(color):
        raise errors.invalid("color must have the form #RRGGBB")
    client_id = body.text("clientId")
    if client_id:
        _client(call, client_id)
    found = {
        "color": color,
        "client_id": client_id,
        "note": body.text("note", longest=MAX_PROJECT_NOTE),
        "hourly_rate": body.amount("hourlyRate"),
        "cost_rate": body.amount("costRate"),
    }
    given = {key: value for key, value in found.items() if value is not None}
    # An empty id is what Clockify itself sends for a project without a client.
    return {**given, "client_id": client_id or None} if client_id is not None else given


def _members(call: Call, body: Body) -> Mapping[str, int | None]:
    found: dict[str, int | None] = {}
    for each in body.objects("memberships") or ():
        user_id = each.text("userId", required=True) or ""
        if user_id not in call.contents.members:
            raise errors.not_in_workspace("User")
        found[user_id] = each.amount("hourlyRate")
    return found


def _task(call: Call) -> Task:
    task = call.contents.tasks.get(call.path["task_id"])
    if task is None or task.project_id != core.visible_project(call).id:
        raise errors.not_in_workspace("Task")
    return task


def _task_details(call: Call, body: Body) -> dict[str, Any]:
    people, groups = body.texts("assigneeIds"), body.texts("userGroupIds")
    for user_id in people or ():
        if user_id not in call.contents.members:
            raise errors.not_in_workspace("User")
    for group_id in groups or ():
        if group_id not in call.contents.objects["user_groups"]:
            raise errors.not_in_workspace("User group")
    status, estimate = body.word("status", TASK_STATUSES), body.text("estimate")
    found = {
        "assignee_ids": people,
        "user_group_ids": groups,
        "done": None if status is None else status == "DONE",
        "estimate_seconds": None if estimate is None else durations.seconds(estimate),
    }
    return {key: value for key, value in found.items() if value is not None}
