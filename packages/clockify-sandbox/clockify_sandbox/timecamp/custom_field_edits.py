"""Edits of custom fields and their values."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from clockify_sandbox.timecamp.model import CustomField

if TYPE_CHECKING:
    from clockify_sandbox.timecamp.model import FieldType, ResourceType
    from clockify_sandbox.timecamp.world import World


def add_custom_field(
    world: World,
    name: str,
    resource_type: ResourceType = "user",
    *,
    field_type: FieldType = "string",
    required: bool = False,
    default: str | None = None,
) -> int:
    """Add a field to all people, tasks or entries; return its id.

    A thing that was given no value has the `default` if the field is required, and else none.

    Raises:
        ValueError: A required field has no default, or the default is not of the field's type.
    """
    with world.lock:
        if required and default is None:
            message = f"a required field needs a default: {name}"
            raise ValueError(message)
        _check(field_type, default)
        field = CustomField(
            id=world.new_id("custom_field"),
            name=name,
            resource_type=resource_type,
            field_type=field_type,
            required=required,
            default=default,
            is_active=True,
        )
        world.custom_fields[field.id] = field
        world.version += 1
        return field.id


def remove_custom_field(world: World, field_id: int) -> None:
    """Make a field inactive, so that neither it nor its values are answered any more."""
    with world.lock:
        world.custom_fields[field_id] = replace(world.custom_fields[field_id], is_active=False)
        world.version += 1


def set_custom_value(world: World, field_id: int, resource_id: int, value: str | None) -> None:
    """Give a person, task or entry, as the field demands, a value; None takes it away.

    Raises:
        KeyError: There is no such field, or no such person, task or entry.
        ValueError: The field is for numbers and the value is none.
    """
    with world.lock:
        field = world.custom_fields[field_id]
        if resource_id not in world.resources(field.resource_type):
            raise KeyError(resource_id)
        _check(field.field_type, value)
        world.custom_values.pop((field_id, resource_id), None)
        if value is not None:
            world.custom_values[field_id, resource_id] = value
        world.version += 1


def _check(field_type: FieldType, value: str | None) -> None:
    if field_type == "number" and value is not None:
        float(value)
