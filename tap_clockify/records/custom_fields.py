"""Custom fields: their values as rows, or as columns with types of their own. Pure functions."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from tap_clockify.records.flatten import json_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from singer_sdk.helpers.types import Record

TYPES = {"NUMBER": "number", "CHECKBOX": "boolean"}
"""The types of columns, by the type of the field; all others are text."""

LONGEST_SLUG = 40


def sent_fields(entry: Record) -> list[dict[str, Any]]:
    """Return the custom fields that Clockify sent with a time entry."""
    text = entry["custom_fields"]
    return [item for item in msgspec.json.decode(text) if isinstance(item, dict)] if text else []


def field_values(sent: Iterable[Mapping[str, Any]]) -> list[Record]:
    """Return the custom fields of a time entry, each with its value as text."""
    values: dict[str, Record] = {}
    for item in sent:
        if field_id := item.get("customFieldId") or item.get("id"):
            values.setdefault(
                str(field_id),
                {
                    "custom_field_id": str(field_id),
                    "custom_field": item.get("name") or item.get("customFieldName"),
                    "type": item.get("type") or item.get("customFieldType"),
                    "value": value_text(item.get("value")),
                },
            )
    return list(values.values())


def value_text(value: Any) -> str | None:
    """Return a value as text: JSON unless it is text already; None stays None."""
    return value if isinstance(value, str) else json_text(value)


def column_name(field_id: str, name: str, length: int = 4) -> str:
    """Name the column of a field: ``cf_``, its name in plain letters, and the end of its id.

    Args:
        field_id: The id of the field.
        name: Its name.
        length: How many characters of the id to use.
    """
    slug = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:LONGEST_SLUG].strip("_")
    return "_".join(filter(None, ("cf", slug, field_id[-length:].lower())))


@dataclass(frozen=True)
class FieldColumn:
    """The column of a custom field.

    Attributes:
        name: The name of the column.
        type: Clockify's type of the field, such as ``NUMBER``.
        of: Whose values the field has: ``TIMEENTRY`` or ``USER``.
    """

    name: str
    type: str
    of: str

    def value(self, sent: Any) -> Any:
        """Convert a value to the type of the column; None if it is not of that type."""
        if sent is None or sent == "":
            return None
        kind = TYPES.get(self.type)
        if kind == "boolean":
            return sent if isinstance(sent, bool) else str(sent).lower() == "true"
        if kind == "number":
            try:
                number = float(sent)
            except (TypeError, ValueError, OverflowError):
                return None
            return number if math.isfinite(number) else None
        return ", ".join(map(str, sent)) if isinstance(sent, list) else value_text(sent)


@dataclass(frozen=True)
class FieldColumns:
    """The columns of custom fields.

    Attributes:
        by_id: The columns by the ids of the fields.
        of_projects: The values of projects, which Clockify sends with the fields, by project.
    """

    by_id: Mapping[str, FieldColumn]
    of_projects: Mapping[str, list[Record]] = field(default_factory=dict)

    def of(self, entity: str) -> FieldColumns:
        """Return only the columns of the values of one kind of entity."""
        columns = {key: item for key, item in self.by_id.items() if item.of == entity}
        return FieldColumns(columns, self.of_projects)

    @property
    def schema(self) -> dict[str, Any]:
        """The columns in a JSON schema."""
        return {
            column.name: {
                "type": [TYPES.get(column.type, "string"), "null"],
                "description": f"Value of the custom field {field_id}, of type {column.type}.",
            }
            for field_id, column in self.by_id.items()
        }

    def values_of(self, item: Mapping[str, Any]) -> Record:
        """Return the columns of a person or a project."""
        sent = [*self.of_projects.get(str(item.get("id")), ()), *(item.get("customFields") or ())]
        return self.values([each for each in sent if each and each.get("value") is not None])

    def values(self, sent: Iterable[Mapping[str, Any]]) -> Record:
        """Return the columns of an object from the list of values that Clockify sends."""
        found = {str(item.get("customFieldId") or item.get("id")): item for item in sent}
        return {
            column.name: column.value((found.get(field_id) or {}).get("value"))
            for field_id, column in self.by_id.items()
        }
