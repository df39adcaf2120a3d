"""The fields that a company adds to its people, tasks and entries, and their values.

These calls are of TimeCamp's third version, whose numbers are numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from clockify_sandbox.timecamp.call import RefusedError

if TYPE_CHECKING:
    from clockify_sandbox.timecamp.call import Call
    from clockify_sandbox.timecamp.model import CustomField, ResourceType

Json = dict[str, object]

ACTIVE = 1
NOT_PERMITTED = "You are not allowed to browse custom fields"
NOT_FOUND = "Resource not found"
RESOURCE_TYPES: dict[str, ResourceType] = {"user": "user", "task": "task", "entry": "entry"}


def templates(call: Call) -> dict[Literal["data"], list[Json]]:
    """Answer `GET /v3/custom-fields/template/list`: the active fields."""
    _check_rights(call)
    active = [each for each in call.world.custom_fields.values() if each.is_active]
    return {"data": [_template(field) for field in active]}


def values(call: Call) -> dict[Literal["data"], list[Json]]:
    """Answer `GET /v3/custom-fields/values/resource/{id}/type/{type}`."""
    _check_rights(call)
    kind, given = RESOURCE_TYPES.get(call.path["type"]), call.path["id"]
    resource_id = int(given) if given.isdecimal() else 0
    if kind is None or not _sees(call, kind, resource_id):
        raise RefusedError(404, NOT_FOUND)
    rows = [
        _value(call, field, resource_id)
        for field in call.world.custom_fields.values()
        if field.is_active and field.resource_type == kind
    ]
    if call.options.unset_custom_values == "absent":
        rows = [row for row in rows if row["value"] is not None]
    return {"data": rows}


def _check_rights(call: Call) -> None:
    if call.options.custom_fields_for == "administrators" and not call.user.is_admin:
        raise RefusedError(403, NOT_PERMITTED)


def _sees(call: Call, kind: ResourceType, resource_id: int) -> bool:
    """Tell whether there is such a person, task or entry, and the asker may see it."""
    match kind:
        case "user":
            return resource_id in call.visible_users
        case "task":
            task = call.world.tasks.get(resource_id)
            return task is not None and call.sees_task(task)
    entry = call.world.entries.get(resource_id)
    return entry is not None and entry.user_id in call.visible_users


def _template(field: CustomField) -> Json:
    return {
        "id": field.id,
        "name": field.name,
        "resourceType": field.resource_type,
        "required": field.required,
        "status": ACTIVE,
        "fieldType": field.field_type,
        "defaultValue": field.default,
        "fieldOptions": [],
    }


def _value(call: Call, field: CustomField, resource_id: int) -> Json:
    default = field.default if field.required else None
    return {
        "templateId": field.id,
        "name": field.name,
        "resourceType": field.resource_type,
        "required": field.required,
        "fieldType": field.field_type,
        "defaultValue": field.default,
        "value": call.world.custom_values.get((field.id, resource_id), default),
    }
