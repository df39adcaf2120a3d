"""How the core host writes its objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clockify_sandbox.api import workspace_settings
from clockify_sandbox.world.model import EPOCH

if TYPE_CHECKING:
    from datetime import datetime

    from clockify_sandbox.world.model import (
        Client,
        Entry,
        Membership,
        Project,
        Tag,
        Task,
        User,
        UserSettings,
    )
    from clockify_sandbox.world.world import Contents, World

Json = dict[str, object]


def utc(instant: datetime | None) -> str | None:
    """Write an instant as the core host does: UTC, whole seconds, `Z`."""
    return None if instant is None else f"{instant:%Y-%m-%dT%H:%M:%S}Z"


def iso_duration(seconds: int) -> str:
    """Write a duration in hours, minutes and seconds; it may have more than 24 hours."""
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    parts = ((hours, "H"), (minutes, "M"), (seconds, "S"))
    return "PT" + ("".join(f"{number}{unit}" for number, unit in parts if number) or "0S")


def rate(amount: int | None, currency: str) -> Json | None:
    """Write a rate in minor units."""
    return None if amount is None else {"amount": amount, "currency": currency}


def membership(member: Membership, currency: str) -> Json:
    """Write a membership of a workspace or project."""
    return {
        "userId": member.user_id,
        "hourlyRate": rate(member.hourly_rate, currency),
        "costRate": rate(member.cost_rate, currency),
        "targetId": member.target_id,
        "membershipType": member.type,
        "membershipStatus": member.status,
    }


def workspace(contents: Contents) -> Json:
    """Write a workspace, with all its documented settings."""
    of = contents.workspace
    return {
        "id": of.id,
        "name": of.name,
        "hourlyRate": rate(of.hourly_rate, of.default_currency),
        "costRate": rate(of.cost_rate, of.default_currency),
        "memberships": [
            membership(member, of.default_currency) for member in contents.members.values()
        ],
        "workspaceSettings": workspace_settings.settings(of),
        "imageUrl": "",
        "featureSubscriptionType": of.plan.subscription,
        "features": list(of.plan.features),
        "currencies": [
            {"id": item.id, "code": item.code, "isDefault": item.code == of.default_currency}
            for item in of.currencies
        ],
        "subdomain": {"name": None, "enabled": False},
        "cakeOrganizationId": f"{of.id[::-1]}",
    }


def user(of: User, memberships: list[Json]) -> Json:
    """Write an account; its settings are null until it is set up."""
    return {
        "id": of.id,
        "email": of.email,
        "name": of.name,
        "memberships": memberships,
        "profilePicture": "https://img.clockify.me/no-user-image.png",
        "activeWorkspace": of.active_workspace,
        "defaultWorkspace": of.default_workspace,
        "settings": None if of.settings is None else _settings(of.settings),
        "status": of.status,
        "customFields": [
            {
                "customFieldId": field.field_id,
                "customFieldName": field.name,
                "customFieldType": field.type,
                "userId": of.id,
                "value": field.value,
            }
            for field in of.fields
        ],
    }


def client(world: Contents, of: Client) -> Json:
    """Write a client."""
    code = of.currency or world.workspace.default_currency
    currency = next((item for item in world.workspace.currencies if item.code == code), None)
    return {
        "id": of.id,
        "name": of.name,
        "email": of.email,
        "workspaceId": of.workspace_id,
        "archived": of.archived,
        "address": of.address,
        "note": of.note,
        "currencyId": currency.id if currency else None,
        "currencyCode": code,
        "ccEmails": None if of.cc_emails is None else list(of.cc_emails),
    }


def tag(of: Tag) -> Json:
    """Write a tag."""
    return {
        "id": of.id,
        "name": of.name,
        "workspaceId": of.workspace_id,
        "archived": of.archived,
    }


def task(contents: Contents, of: Task) -> Json:
    """Write a task."""
    currency = contents.currency_of(of.project_id)
    return {
        "id": of.id,
        "name": of.name,
        "projectId": of.project_id,
        "assigneeIds": list(of.assignee_ids),
        "assigneeId": None,
        "userGroupIds": [
            each for each in of.user_group_ids if each in contents.objects["user_groups"]
        ],
        "estimate": iso_duration(of.estimate_seconds),
        "status": "DONE" if of.done else "ACTIVE",
        "budgetEstimate": of.budget_estimate,
        "duration": iso_duration(contents.entries.task_seconds[of.id]),
        "billable": of.billable,
        "hourlyRate": rate(of.hourly_rate, currency),
        "costRate": rate(of.cost_rate, currency),
    }


def project(contents: Contents, of: Project) -> Json:
    """Write a project, not hydrated; without a client, the client is an empty string."""
    currency = contents.currency_of(of.id)
    owner = contents.clients.get(of.client_id or "")
    estimate = of.time_estimate
    budget = of.budget_estimate
    kind = "MANUAL" if estimate.manual else "AUTO"
    return {
        "id": of.id,
        "name": of.name,
        "hourlyRate": rate(of.hourly_rate, currency),
        "clientId": owner.id if owner else "",
        "workspaceId": of.workspace_id,
        "billable": of.billable,
        "memberships": [membership(member, currency) for member in of.memberships],
        "color": of.color,
        "estimate": {"estimate": iso_duration(estimate.seconds), "type": kind},
        "archived": of.archived,
        "duration": iso_duration(contents.entries.project_seconds[of.id]),
        "clientName": owner.name if owner else "",
        "note": of.note,
        "costRate": rate(of.cost_rate, currency),
        "timeEstimate": {
            "estimate": iso_duration(estimate.seconds),
            "type": kind,
            "resetOption": estimate.reset,
            "active": estimate.active,
            "includeNonBillable": estimate.include_non_billable,
        },
        "budgetEstimate": None
        if budget is None
        else {
            "estimate": budget.amount,
            "type": "MANUAL" if budget.manual else "AUTO",
            "resetOption": budget.reset,
            "active": budget.active,
            "includeExpenses": budget.include_expenses,
        },
        "estimateReset": _reset(estimate.reset or (budget.reset if budget else None)),
        "template": of.template,
        "public": of.public,
    }


def project_in_short(of: Project, client: Client | None) -> Json:
    """Write a project as requests for approval and expenses contain it."""
    return {
        "id": of.id,
        "name": of.name,
        "color": of.color,
        "clientId": client.id if client else "",
        "clientName": client.name if client else "",
    }


def hydrated_project(contents: Contents, of: Project, *, done_tasks: bool) -> Json:
    """Write a project with its client, tasks and currency in full."""
    row = project(contents, of)
    del row["clientName"]
    owner = contents.clients.get(of.client_id or "")
    code = contents.currency_of(of.id)
    kept = ("id", "name", "email", "workspaceId", "archived", "address", "note")
    full = client(contents, owner) if owner else None
    row["client"] = full and {key: full[key] for key in kept}
    row["tasks"] = [
        {**task(contents, each), "favorite": False}
        for each in contents.tasks_of(of.id)
        if done_tasks or not each.done
    ]
    row["customFields"] = []
    row["currency"] = next(
        (
            {"id": item.id, "code": code}
            for item in contents.workspace.currencies
            if item.code == code
        ),
        None,
    )
    row["favorite"] = False
    return row


def entry(of: Entry) -> Json:
    """Write a time entry; a running one has neither end nor duration."""
    return {
        "id": of.id,
        "description": of.description,
        "tagIds": list(of.tag_ids) if of.tag_ids else None,
        "userId": of.user_id,
        "billable": of.billable,
        "taskId": of.task_id,
        "projectId": of.project_id,
        "workspaceId": of.workspace_id,
        "timeInterval": {
            "start": utc(of.start),
            "end": utc(of.end),
            "duration": None if of.end is None else iso_duration(of.seconds),
        },
        "customFieldValues": [
            {
                "customFieldId": field.field_id,
                "timeEntryId": of.id,
                "value": field.value,
                "name": field.name,
                "type": field.type,
            }
            for field in of.fields
        ],
        "type": of.type,
        "kioskId": None,
        "hourlyRate": rate(of.hourly_rate, of.currency),
        "costRate": rate(of.cost_rate, of.currency),
        "isLocked": of.locked,
        "approvalRequestId": of.approval_request_id,
    }


def written_entry(of: Entry) -> Json:
    """Write a time entry as the answer to a write."""
    return without_rates(entry(of))


def without_rates(row: Json) -> Json:
    """Drop what an entry in the answer to a write does not have: rates and approval."""
    left_out = {"hourlyRate", "costRate", "approvalRequestId"}
    return {key: value for key, value in row.items() if key not in left_out}


def hydrated_entry(world: World, contents: Contents, of: Entry, *, with_user: bool) -> Json:
    """Write a time entry with the objects it refers to; its project has no tracked time."""
    within = contents.projects.get(of.project_id or "")
    work = contents.tasks.get(of.task_id or "")
    return {
        **entry(of),
        "tags": [tag(contents.tags[tag_id]) for tag_id in of.tag_ids],
        "user": user(world.users[of.user_id], []) if with_user else None,
        "task": task(contents, work) if work else None,
        "project": {**project(contents, within), "duration": "PT0S"} if within else None,
        "kiosk": None,
    }


def audit(created_at: datetime, updated_at: datetime) -> Json:
    """Write when an entity was created and last changed."""
    return {"createdAt": _audit_instant(created_at), "updatedAt": _audit_instant(updated_at)}


def _audit_instant(at: datetime) -> str:
    return utc(max(at, EPOCH)) or ""


def _reset(interval: str | None) -> Json | None:
    """Write when an estimate that recurs begins anew: at the first moment of its interval."""
    if interval is None:
        return None
    return {
        "interval": interval,
        "dayOfWeek": "MONDAY",
        "dayOfMonth": 1,
        "hour": 0,
        "month": "JANUARY",
    }


def _settings(of: UserSettings) -> Json:
    return {
        "weekStart": of.week_start,
        "timeZone": of.time_zone,
        "timeFormat": of.time_format,
        "dateFormat": of.date_format,
        "sendNewsletter": False,
        "weeklyUpdates": False,
        "longRunning": False,
        "scheduledReports": True,
        "approval": True,
        "pto": True,
        "alerts": True,
        "reminders": True,
        "invoiceReminders": True,
        "onboarding": False,
        "timeTrackingManual": False,
        "summaryReportSettings": {"group": "Project", "subgroup": "Time Entry"},
        "isCompactViewOn": False,
        "dashboardSelection": "ME",
        "dashboardViewType": "PROJECT",
        "dashboardPinToTop": False,
        "projectListCollapse": 50,
        "collapseAllProjectLists": False,
        "groupSimilarEntriesDisabled": False,
        "myStartOfDay": "09:00",
        "projectPickerTaskFilter": False,
        "lang": of.lang,
        "multiFactorEnabled": False,
        "showOnlyWorkingDays": False,
        "theme": "DEFAULT",
        "scheduling": True,
    }
