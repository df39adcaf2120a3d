"""What each stream should have, from the sandbox's own objects and the facts of Clockify's API."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from clockify_sandbox.api import render
from clockify_sandbox.world import truth
from support import differences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from clockify_sandbox.world import World
    from support import Row, UpsertStore

MINOR = {
    "hourlyRate_amount": 100,
    "costRate_amount": 100,
    "total": 100,
    "amount": 100,
    "balance": 100,
    "paid": 100,
    "subtotal": 100,
    "taxAmount": 100,
    "tax2Amount": 100,
    "discountAmount": 100,
    "tax": 100,
    "tax2": 100,
    "discount": 100,
    "billableAmount": 100,
    "costAmount": 100,
    "expenseTotal": 100,
}
"""What Clockify's numbers are divided by to get currency units or percent, by column."""

MONEY = {
    "tasks": {**MINOR, "budgetEstimate": 100},
    "projects": {**MINOR, "budgetEstimate_estimate": 100},
    "expenses": MINOR,
    "invoices": MINOR,
    "invoice_payments": MINOR,
    "invoice_items": {"amount": 100, "unitPrice": 10_000},
    "approval_requests": MINOR,
    "memberships": MINOR,
    "project_memberships": MINOR,
    "workspaces": MINOR,
    "users": MINOR,
}


def scalars(item: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the scalars of an object, with flattened names; lists are left out."""
    for key, value in item.items():
        if isinstance(value, dict):
            yield from scalars(value, f"{prefix}{key}_")
        elif not isinstance(value, list):
            yield f"{prefix}{key}", value


def rows_wanted(world: World, workspace_id: str, stream: str) -> list[Row]:
    """Return the rows that a stream should have for a workspace, without lists."""
    divisors = MONEY.get(stream, {})
    rows = []
    for item in OBJECTS[stream](world, workspace_id):
        row = {
            name: value / divisors[name] if value is not None and name in divisors else value
            for name, value in scalars(item)
        }
        rows.append({**row, "workspaceId": workspace_id})
    return rows


def wrong(store: UpsertStore, world: World, streams: Iterable[str]) -> list[str]:
    """Compare the live rows of streams with the truth, and describe the differences."""
    found = []
    for stream in streams:
        wanted = [row for w in world.workspaces for row in rows_wanted(world, w, stream)]
        live = store.rows(stream, live=True)
        keys = store.schemas[stream]["key_properties"]
        found += [f"{stream}, {line}" for line in differences(live, wanted, keys)]
    return found


def _users(world: World, w: str) -> list[Row]:
    return [render.user(world.users[user], []) for user in world[w].members]


def _memberships(world: World, w: str) -> list[Row]:
    contents = world[w]
    of_workspace = [
        render.membership(member, contents.workspace.default_currency)
        for member in contents.members.values()
    ]
    of_groups = [
        {"userId": user, "targetId": group["id"], "membershipType": "USERGROUP"}
        for group in truth.object_rows(world, w, "user_groups")
        for user in group["userIds"]
    ]
    of_projects = [
        render.membership(member, contents.currency_of(project.id))
        for project in contents.projects.values()
        for member in project.memberships
    ]
    return [*of_workspace, *of_projects, *of_groups]


def _project_memberships(world: World, w: str) -> list[Row]:
    contents = world[w]
    return [
        {**render.membership(member, contents.currency_of(project.id)), "projectId": project.id}
        for project in contents.projects.values()
        for member in project.memberships
    ]


def _projects(world: World, w: str) -> list[Row]:
    contents = world[w]
    rows = []
    for project in contents.projects.values():
        row = render.hydrated_project(contents, project, done_tasks=True)
        client = row.pop("client", None) or {}
        rows.append({**row, "clientId": client.get("id"), "clientName": client.get("name")})
    return rows


def _tasks(world: World, w: str) -> list[Row]:
    contents = world[w]
    return [render.task(contents, task) for task in contents.tasks.values()]


def _task_assignees(world: World, w: str) -> list[Row]:
    return [
        {"taskId": task["id"], "userId": user, "projectId": task["projectId"]}
        for task in (render.task(world[w], task) for task in world[w].tasks.values())
        for user in task["assigneeIds"]
    ]


def _approvals(world: World, w: str) -> list[Row]:
    rows = truth.object_rows(world, w, "approval_requests")
    return [{**row, **row["approvalRequest"], "approvalRequest": None} for row in rows]


def _invoice_items(world: World, w: str) -> list[Row]:
    return [
        {**item, "invoiceId": invoice["id"]}
        for invoice in truth.object_rows(world, w, "invoices")
        for item in invoice["items"]
    ]


def _webhooks(world: World, w: str) -> list[Row]:
    rows = truth.object_rows(world, w, "webhooks")
    return [{key: value for key, value in row.items() if key != "authToken"} for row in rows]


def _managers(world: World, w: str) -> list[Row]:
    rows = truth.object_rows(world, w, "user_managers")
    return [
        {
            "userId": row["userId"],
            "managerId": row["id"],
            "managerName": row["name"],
            "managerEmail": row["email"],
        }
        for row in rows
    ]


def _of(kind: str) -> Callable[[World, str], list[Row]]:
    return lambda world, w: truth.object_rows(world, w, kind)


def _members_of_groups(world: World, w: str) -> list[Row]:
    return [
        {"userGroupId": group["id"], "userId": user}
        for group in truth.object_rows(world, w, "user_groups")
        for user in group["userIds"]
    ]


def _user_fields(world: World, w: str) -> list[Row]:
    return [
        {"userId": user["id"], **{key: field[key] for key in ("customFieldId", "customFieldName")}}
        for user in (render.user(world.users[user], []) for user in world[w].members)
        for field in user["customFields"]
    ]


def _entry_tags(world: World, w: str) -> list[Row]:
    return [
        {"workspace_id": w, "time_entry_id": entry.id, "tag_id": tag}
        for entry in world[w].entries
        for tag in entry.tag_ids
    ]


def _text(value: Any) -> str | None:
    is_text = value is None or isinstance(value, str)
    return value if is_text else json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _custom_fields(world: World, w: str) -> list[Row]:
    rows = truth.object_rows(world, w, "custom_fields")
    return [{**row, "workspaceDefaultValue": _text(row["workspaceDefaultValue"])} for row in rows]


def _fields_of_projects(world: World, w: str) -> list[Row]:
    return [
        {"customFieldId": field["id"], **default, "value": _text(default["value"])}
        for field in truth.object_rows(world, w, "custom_fields")
        for default in field["projectDefaultValues"]
    ]


def _shared_reports(world: World, w: str) -> list[Row]:
    rows = truth.object_rows(world, w, "shared_reports")
    return [{**row, "filter": _text(row["filter"])} for row in rows]


OBJECTS: dict[str, Callable[[World, str], list[Row]]] = {
    "workspaces": lambda world, w: [render.workspace(world[w])],
    "currencies": lambda world, w: render.workspace(world[w])["currencies"],
    "users": _users,
    "memberships": _memberships,
    "user_custom_field_values": _user_fields,
    "user_groups": _of("user_groups"),
    "user_group_members": _members_of_groups,
    "user_managers": _managers,
    "member_profiles": _of("member_profiles"),
    "clients": lambda world, w: [
        render.client(world[w], client) for client in world[w].clients.values()
    ],
    "projects": _projects,
    "project_memberships": _project_memberships,
    "tasks": _tasks,
    "task_assignees": _task_assignees,
    "tags": lambda world, w: [render.tag(tag) for tag in world[w].tags.values()],
    "custom_fields": _custom_fields,
    "project_custom_fields": _fields_of_projects,
    "holidays": _of("holidays"),
    "time_off_policies": _of("time_off_policies"),
    "time_off_requests": _of("time_off_requests"),
    "time_off_balances": _of("time_off_balances"),
    "scheduling_assignments": _of("scheduling_assignments"),
    "approval_requests": _approvals,
    "expenses": _of("expenses"),
    "expense_categories": _of("expense_categories"),
    "invoices": _of("invoices"),
    "invoice_items": _invoice_items,
    "invoice_payments": _of("invoice_payments"),
    "shared_reports": _shared_reports,
    "webhooks": _webhooks,
}
"""The objects of each stream in a workspace, with the keys of Clockify's answers."""
