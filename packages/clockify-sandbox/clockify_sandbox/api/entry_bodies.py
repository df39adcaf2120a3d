"""What a client asks an entry to be: read from a body, and checked against the workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clockify_sandbox.api import errors, permits
from clockify_sandbox.api.bodies import MAX_DESCRIPTION
from clockify_sandbox.world.entry_edits import whole_second
from clockify_sandbox.world.model import FieldValue

if TYPE_CHECKING:
    from clockify_sandbox.api.bodies import Body
    from clockify_sandbox.api.call import Call
    from clockify_sandbox.world.model import Entry, Json

MAX_FIELDS = 50
TYPES = ("REGULAR", "BREAK")
SOURCES = ("WORKSPACE", "PROJECT", "TIMEENTRY")
BLANK: tuple[tuple[str, object], ...] = (
    ("end", None),
    ("project_id", None),
    ("task_id", None),
    ("tag_ids", ()),
    ("description", ""),
    ("billable", False),
    ("fields", ()),
    ("type", "REGULAR"),
)
"""What an entry has where a body says nothing."""


def new_entry(call: Call, body: Body, user_id: str) -> dict[str, Any]:
    """Read the fields of a new entry of a person, or say what is wrong with them."""
    wanted = {**dict(BLANK), **_given(call, body)}
    _settle_billable(call, body, wanted, None)
    _check(call, wanted, user_id)
    return wanted


def replacement(call: Call, body: Body, entry: Entry) -> dict[str, Any]:
    """Read the new fields of an entry, or say what is wrong with them."""
    kept = call.options.replaced_keys == "kept"
    blank = {key: getattr(entry, key) if kept else value for key, value in BLANK}
    if entry.type not in TYPES:
        blank["type"] = entry.type
    if kept:
        blank["start"] = entry.start
    wanted = {**blank, **_given(call, body)}
    _settle_billable(call, body, wanted, entry)
    _check(call, wanted, entry.user_id)
    return wanted


def _given(call: Call, body: Body) -> dict[str, Any]:
    """Read what a body says, without what it leaves out."""
    start, end = body.instant("start"), body.instant("end")
    found = {
        "start": start and whole_second(start),
        "end": end and whole_second(end),
        "project_id": body.text("projectId"),
        "task_id": body.text("taskId"),
        "tag_ids": body.texts("tagIds"),
        "description": body.text("description", longest=MAX_DESCRIPTION),
        "billable": body.flag("billable"),
        "fields": _fields(call, body),
        "type": body.word("type", TYPES),
    }
    return {key: value for key, value in found.items() if value is not None}


def _settle_billable(call: Call, body: Body, wanted: dict[str, Any], entry: Entry | None) -> None:
    """Let only administrators decide what is billable, if the workspace says so."""
    rules = call.contents.workspace.rules
    if not rules.only_admins_change_billable or call.administrates:
        return
    if call.options.members_billable == "accepted":
        return
    project = call.contents.projects.get(wanted["project_id"] or "")
    own = entry.billable if entry else project is not None and project.billable
    asked = body.flag("billable")
    if call.options.members_billable == "forbidden" and asked not in {None, own}:
        raise errors.forbidden()
    wanted["billable"] = own


def _check(call: Call, wanted: dict[str, Any], user_id: str) -> None:
    start, end = wanted.get("start"), wanted["end"]
    if start is None:
        raise errors.invalid("start is required")
    if end is not None and start > end:
        raise errors.invalid(f"Start datetime {start} is greater than end datetime {end}")
    permits.check_unlocked(call, start=start)
    _check_place(call, wanted["project_id"], wanted["task_id"], user_id)
    for tag_id in wanted["tag_ids"]:
        if tag_id not in call.contents.tags:
            raise errors.not_in_workspace("Tag")
    check_required(call, wanted)


def check_required(call: Call, wanted: dict[str, Any]) -> None:
    """Refuse an entry without what the workspace demands of every entry."""
    rules = call.contents.workspace.rules
    demands = (
        (rules.force_projects, "project_id", "Project"),
        (rules.force_tasks, "task_id", "Task"),
        (rules.force_tags, "tag_ids", "Tag"),
        (rules.force_description, "description", "Description"),
    )
    for is_forced, key, what in demands:
        if is_forced and not wanted[key]:
            raise errors.required_field(what)


def _check_place(call: Call, project_id: str | None, task_id: str | None, user_id: str) -> None:
    contents = call.contents
    if project_id is not None:
        project = contents.projects.get(project_id)
        if project is None:
            raise errors.not_in_workspace("Project")
        if not permits.may_use(call, project, user_id):
            raise errors.not_in_project(user_id, project_id)
        if project.archived and call.options.archived_projects == "refused":
            raise errors.required_field("Project")
    if task_id is not None:
        task = contents.tasks.get(task_id)
        if task is None:
            raise errors.not_in_workspace("Task")
        if task.project_id != project_id:
            raise errors.invalid("Task doesn't belong to Project")


def _fields(call: Call, body: Body) -> tuple[FieldValue, ...] | None:
    """Read the values of custom fields; one with null is as good as none."""
    given = body.objects("customFields", most=MAX_FIELDS)
    if given is None:
        return None
    if given and "CUSTOM_FIELDS" not in call.contents.workspace.plan.features:
        raise errors.not_in_plan(call.options.plan_refusal, "CUSTOM_FIELDS")
    values: dict[str, FieldValue] = {}
    for each in given:
        each.word("sourceType", SOURCES)
        field_id = each.text("customFieldId", required=True) or ""
        definition = call.contents.objects["custom_fields"].get(field_id)
        if definition is None or definition["entityType"] != "TIMEENTRY":
            raise errors.not_in_workspace("Custom field")
        if definition["status"] == "INACTIVE":
            raise errors.invalid("Custom field is inactive")
        if definition["onlyAdminCanEdit"] and not call.administrates:
            raise errors.forbidden()
        value = each.anything("value")
        if value is not None:
            _check_value(definition, value)
            name, kind = definition["name"], definition["type"]
            values[field_id] = FieldValue(field_id, name, kind, value)
    return tuple(values.values())


def _check_value(definition: Json, value: object) -> None:
    allowed = definition["allowedValues"] or ()
    match definition["type"]:
        case "NUMBER":
            fits = isinstance(value, int | float) and not isinstance(value, bool)
        case "CHECKBOX":
            fits = isinstance(value, bool)
        case "DROPDOWN_SINGLE":
            fits = value in allowed
        case "DROPDOWN_MULTIPLE":
            fits = isinstance(value, list) and all(each in allowed for each in value)
        case _:
            fits = isinstance(value, str)
    if not fits:
        raise errors.invalid(f"Value of custom field {definition['id']} is not valid")
