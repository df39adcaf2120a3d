"""What a time entry says, in ids of the destination, and how two of them are compared."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Collection

ALWAYS_KEPT = ("user", "start", "end", "project", "type")
"""Attributes that are equal whatever the setting ``fields`` says."""

CHOICES = ("description", "billable", "task", "tags", "custom_fields")
"""What the setting ``fields`` may name."""


class Content(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a time entry says. An absent project or task is an empty string.

    Attributes:
        user: The id of the person.
        start: When it starts (UTC, whole seconds).
        end: When it ends; None while its timer runs.
        project: The id of the project.
        task: The id of the task.
        tags: The ids of the tags, in ascending order.
        description: What was done.
        billable: Whether it is billable.
        type: REGULAR or BREAK; Clockify has others, too.
        custom_fields: Ids of custom fields, each with its value as JSON text, in order of the ids.
    """

    user: str
    start: dt.datetime
    end: dt.datetime | None
    project: str = ""
    task: str = ""
    tags: tuple[str, ...] = ()
    description: str = ""
    billable: bool = False
    type: str = "REGULAR"
    custom_fields: tuple[tuple[str, str], ...] = ()


def differences(wanted: Content, actual: Content, fields: Collection[str]) -> list[str]:
    """Name the attributes that are kept equal and differ."""
    seen = as_seen_by(wanted, actual)
    names = (*ALWAYS_KEPT, *(name for name in CHOICES if name in fields))
    return [name for name in names if getattr(wanted, name) != getattr(seen, name)]


def as_seen_by(wanted: Content, actual: Content) -> Content:
    """Return the actual content with only those custom fields of which the source has a value."""
    values = dict(actual.custom_fields)
    known = tuple((key, values.get(key, "null")) for key, _ in wanted.custom_fields)
    return msgspec.structs.replace(actual, custom_fields=known)


def digest(content: Content, fields: Collection[str]) -> str:
    """Return a short hash of what is kept equal, custom fields apart.

    Equal contents have equal hashes. Which custom fields count depends on the entry of the source,
    so a hash of both sides could not be compared.
    """
    names = (*ALWAYS_KEPT, *(name for name in CHOICES[:-1] if name in fields))
    values: list[Any] = [(name, getattr(content, name)) for name in names]
    return hashlib.sha256(msgspec.json.encode(values)).hexdigest()[:16]


def merged(wanted: Content, actual: Content, fields: Collection[str]) -> Content:
    """Return what to write over a copy: what is not kept equal stays as it is.

    A task belongs to a project, so it cannot stay if the project changes.
    """
    changes: dict[str, Any] = {
        name: getattr(wanted, name)
        for name in (*ALWAYS_KEPT, *CHOICES)
        if name in ALWAYS_KEPT or name in fields
    }
    if "task" not in fields and wanted.project != actual.project:
        changes["task"] = ""
    changes["custom_fields"] = tuple(
        sorted({**dict(actual.custom_fields), **dict(changes.get("custom_fields", ()))}.items())
    )
    return msgspec.structs.replace(actual, **changes)


def only(wanted: Content, fields: Collection[str]) -> Content:
    """Return a content for a new copy: what is not kept equal is left out."""
    blank = Content(user=wanted.user, start=wanted.start, end=wanted.end)
    return merged(wanted, blank, fields)


def instant(text: str) -> dt.datetime:
    """Parse an instant, in UTC and whole seconds, as Clockify keeps it.

    Raises:
        ValueError: The text is not an instant.
    """
    parsed = dt.datetime.fromisoformat(text)
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=dt.UTC)
    return parsed.astimezone(dt.UTC).replace(microsecond=0)


def stamp(moment: dt.datetime) -> str:
    """Write an instant as Clockify wants it: ``2026-01-31T09:00:00Z``."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
