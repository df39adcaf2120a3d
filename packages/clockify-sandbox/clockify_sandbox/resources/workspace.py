"""What a workspace is set up with: custom fields, webhooks and saved reports."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from clockify_sandbox.api import errors, parameters
from clockify_sandbox.resources.base import Link, Made, Making, Read, Resource
from clockify_sandbox.resources.kept import (
    field_id,
    of_living_projects,
    own_id,
    project_fields,
    rename,
    toggle,
)

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from clockify_sandbox.api.call import Call
    from clockify_sandbox.resources.base import Rows, Verb
    from clockify_sandbox.world.model import FieldValue, Json, UserFieldValue
    from clockify_sandbox.world.world import Contents, World

V = TypeVar("V", "FieldValue", "UserFieldValue")
FIELDS: tuple[tuple[str, str, str, list[str], Any], ...] = (
    ("Ticket", "TXT", "TIMEENTRY", [], None),
    ("Distance, km", "NUMBER", "TIMEENTRY", [], 0),
    ('Phase "A"', "DROPDOWN_SINGLE", "TIMEENTRY", ["Draft", "Über-Arbeit", "Final"], "Draft"),
    ("Media", "DROPDOWN_MULTIPLE", "TIMEENTRY", ["Print", "Web", "Film, TV"], ["Web"]),
    ("On site", "CHECKBOX", "TIMEENTRY", [], False),
    ("Brief", "LINK", "TIMEENTRY", [], None),
    ("Level", "TXT", "USER", [], None),
    ("Skills", "DROPDOWN_MULTIPLE", "USER", ["Ink", "Code", "日本語"], None),
    ("Old field", "TXT", "TIMEENTRY", [], None),
)
WEBHOOKS = ("NEW_TIME_ENTRY", "NEW_INVOICE", "PROJECT_DELETED")
WEBHOOK_TYPES = ("USER_CREATED", "SYSTEM", "ADDON")
REPORT_TYPES = ("DETAILED", "SUMMARY", "WEEKLY", "ATTENDANCE", "EXPENSE_DETAILED")
REPORT_FILTERS = ("ALL", "CREATED_BY_ME", "SHARED_WITH_ME")


def _fields(making: Making) -> Iterator[Made]:
    projects = list(making.contents.projects)
    for number, (name, kind, entity, allowed, default) in enumerate(FIELDS):
        of_projects = projects[number::5] if entity == "TIMEENTRY" and number else []
        yield making.row(
            making.began,
            id=field_id(making.contents, name),
            name=name,
            description=f"About: {name}" if number % 2 else None,
            type=kind,
            placeholder=name if number % 3 == 0 else None,
            allowedValues=allowed,
            workspaceDefaultValue=default,
            onlyAdminCanEdit=number % 4 == 1,
            required=False,
            status="INACTIVE" if name == "Old field" else "VISIBLE",
            entityType=entity,
            projectDefaultValues=[
                {"projectId": each, "value": default, "status": "VISIBLE"} for each in of_projects
            ],
        )


def _field(_world: World, contents: Contents, row: Json) -> Json:
    return of_living_projects(contents, row)


def _filtered(call: Call, rows: Rows) -> Rows:
    status = parameters.choice(call.query, "status", ("INACTIVE", "VISIBLE", "INVISIBLE"), "")
    entity = parameters.choice(call.query, "entity-type", ("TIMEENTRY", "USER"), "")
    name = call.query.get("name", "").lower()
    return [
        row
        for row in rows
        if status in {"", row["status"]}
        and entity in {"", row["entityType"]}
        and name in row["name"].lower()
    ]


def _of_project(call: Call, _rows: Rows) -> Rows:
    project = call.contents.projects.get(call.path["project_id"])
    if project is None:
        raise errors.not_in_workspace("Project")
    team = {member.user_id for member in project.memberships}
    if not (project.public or call.administrates or call.caller.id in team):
        raise errors.forbidden()
    return _filtered(call, project_fields(call.contents, project.id))


def _describe(_world: World, _contents: Contents, _row: Json, rng: random.Random) -> Json:
    return {"description": rng.choice((None, "", "Für alle", 'What the "client" calls it'))}


def _webhooks(making: Making) -> Iterator[Made]:
    owner, workspace_id = making.world.owner_id, making.contents.workspace.id
    for number, event in enumerate(WEBHOOKS):
        yield making.row(
            making.began,
            name=f"To the {('chat', 'books', 'archive')[number]}",
            url=f"https://hooks.example.org/{number}?a=1",
            userId=owner,
            webhookEvent=event,
            triggerSourceType="WORKSPACE_ID",
            triggerSource=[workspace_id],
            enabled=number != 1,
            deliveryEnabled=True,
            planEnabled=True,
            authToken=own_id(workspace_id, "secret", number),
        )


def _of_type(call: Call, rows: Rows) -> Rows:
    """Filter by who made a webhook; live Clockify fails when asked for those of the system."""
    kind = parameters.choice(call.query, "type", WEBHOOK_TYPES, "USER_CREATED")
    if kind == "SYSTEM":
        raise errors.broken()
    return rows if kind == "USER_CREATED" else []


def _reports(making: Making) -> Iterator[Made]:
    people = making.people
    groups = making.stored("user_groups")
    for number, kind in enumerate(REPORT_TYPES):
        object_id = making.world.new_object_id(making.began)
        yield making.row(
            making.began,
            id=object_id,
            name=f"Month, {kind.lower()}",
            type=kind,
            link=f"https://app.clockify.me/shared/{object_id}",
            isPublic=number % 2 == 0,
            fixedDate=number == 1,
            reportAuthor=people[number % len(people)],
            _userIds=people[:2] if number % 2 else [],
            _groupIds=[each["id"] for each in groups[:1]] if number % 2 else [],
        )


def _report(world: World, contents: Contents, row: Json) -> Json:
    groups = contents.objects["user_groups"]
    return {
        **row,
        "userId": row["reportAuthor"],
        "filter": {
            "exportType": "JSON_V1",
            "dateRangeStart": "2026-01-01T00:00:00Z",
            "dateRangeEnd": "2026-12-31T23:59:59Z",
        },
        "visibleToUsers": [
            {"id": each, "name": world.users[each].name} for each in row["_userIds"]
        ],
        "visibleToUserGroups": [
            {"id": each, "name": groups[each]["name"]} for each in row["_groupIds"]
        ],
    }


def _visible_reports(call: Call, rows: Rows) -> Rows:
    wanted = call.query.get("sharedReportsFilter") or "ALL"
    if wanted not in REPORT_FILTERS:
        raise errors.broken()
    me = call.caller.id
    groups = call.contents.objects["user_groups"]

    def with_me(row: Json) -> bool:
        mine = (each for each in row["_groupIds"] if me in groups[each]["userIds"])
        return me in row["_userIds"] or any(mine)

    return [
        row
        for row in rows
        if (call.administrates or row["isPublic"] or row["reportAuthor"] == me or with_me(row))
        and (wanted != "CREATED_BY_ME" or row["reportAuthor"] == me)
        and (wanted != "SHARED_WITH_ME" or with_me(row))
    ]


def _keep_values(world: World, contents: Contents, verb: Verb, row: Json) -> None:
    """Let the values of a field have its name, or vanish with it."""
    of_entries = [e for e in contents.entries if any(f.field_id == row["id"] for f in e.fields)]
    for entry in of_entries:
        fields = _values(entry.fields, verb, row)
        if fields != entry.fields:
            # A new name of the field is no change of the entry.
            world.change(replace(entry, fields=fields), touch=verb == "deleted")
    for user in [world.users[each] for each in contents.members]:
        own = _values(user.fields, verb, row)
        if own != user.fields:
            world.put_user(replace(user, fields=own))


def _values(fields: tuple[V, ...], verb: Verb, row: Json) -> tuple[V, ...]:
    if verb == "deleted":
        return tuple(each for each in fields if each.field_id != row["id"])
    return tuple(
        replace(each, name=row["name"]) if each.field_id == row["id"] else each for each in fields
    )


CUSTOM_FIELDS = Resource(
    kind="custom_fields",
    feature="CUSTOM_FIELDS",
    document="CUSTOM_FIELDS",
    make=_fields,
    reads=(
        Read("/custom-fields", paging="none", select=_filtered),
        Read("/projects/{project_id}/custom-fields", paging="none", select=_of_project),
    ),
    show=_field,
    edits=(_describe, toggle("onlyAdminCanEdit")),
    after=_keep_values,
    copy=rename,
    deletes=False,
)
WEBHOOK = Resource(
    kind="webhooks",
    make=_webhooks,
    links=(Link("userId", "users", owned=True),),
    reads=(
        Read(
            "/webhooks",
            paging="none",
            select=_of_type,
            administrators=True,
            wrap=lambda _call, page, rows: {"workspaceWebhookCount": len(rows), "webhooks": page},
        ),
        Read("/webhooks/{object_id}", administrators=True, single=True),
    ),
    edits=(rename, toggle("enabled")),
    copy=rename,
)
SHARED_REPORTS = Resource(
    kind="shared_reports",
    feature="SHARED_REPORTS",
    make=_reports,
    links=(
        Link("reportAuthor", "users"),
        Link("_userIds", "users"),
        Link("_groupIds", "user_groups"),
    ),
    reads=(
        Read(
            "/shared-reports",
            host="reports",
            paging="camel",
            select=_visible_reports,
            wrap=lambda _call, page, rows: {"count": len(rows), "reports": page},
        ),
    ),
    show=_report,
    edits=(rename, toggle("isPublic"), toggle("fixedDate")),
    copy=rename,
)
