"""The page that describes every stream, from the declarations in ``tap_clockify.streams``."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from tap_clockify.streams import FAMILIES
from tap_clockify.streams.base import ClockifyStream, ListStream
from tap_clockify.tap import TapClockify

if TYPE_CHECKING:
    from collections.abc import Iterable

REFERENCES = {
    "userId": "users",
    "user_id": "users",
    "managerId": "users",
    "userGroupId": "user_groups",
    "clientId": "clients",
    "client_id": "clients",
    "projectId": "projects",
    "project_id": "projects",
    "taskId": "tasks",
    "task_id": "tasks",
    "tag_id": "tags",
    "customFieldId": "custom_fields",
    "custom_field_id": "custom_fields",
    "time_entry_id": "time_entries",
    "policyId": "time_off_policies",
    "categoryId": "expense_categories",
    "invoiceId": "invoices",
    "invoice_id": "invoices",
    "approval_request_id": "approval_requests",
    "owner_userId": "users",
}
"""The streams whose ids columns of these names hold. Only in ``summary``, ``tag_id`` is a set."""


@cache
def streams() -> list[ClockifyStream]:
    """List all streams in the order of their declarations."""
    return TapClockify(config={"api_key": "none"}).discover_streams()


def sentence_of(documented: object) -> str:
    """Return the first sentence of a docstring, on one line."""
    text = " ".join((documented.__doc__ or "").split())
    return text.partition(". ")[0].rstrip(".") + "."


def streams_of(family: object) -> list[ClockifyStream]:
    """List the streams that a family declares."""
    return [stream for stream in streams() if stream.__module__ == vars(family)["__name__"]]


def overview() -> str:
    """Format the table of all streams, by family, in three columns."""
    lines = ["| | Selected by default | Others |\n", "|---|---|---|\n"]
    for family in FAMILIES:
        default = _linked(s for s in streams_of(family) if s.selected_by_default)
        others = _linked(s for s in streams_of(family) if not s.selected_by_default)
        lines.append(f"| {sentence_of(family).rstrip('.')} | {default} | {others} |\n")
    selected = sum(stream.selected_by_default for stream in streams())
    return (
        "".join(lines)
        + f"\n{selected} of the {len(streams())} streams are selected by default: those"
        " that every plan has, and that take no request for each object.\n"
    )


def _linked(found: Iterable[ClockifyStream]) -> str:
    return ", ".join(f"[`{stream.name}`](docs/streams.md#{stream.name})" for stream in found)


def entities() -> str:
    """Draw which stream refers to which, as a Mermaid diagram."""
    lines = ["```mermaid\n", "erDiagram\n", "    direction LR\n"]
    for stream in streams():
        drawn: set[str] = set()
        for column in stream.schema["properties"]:
            parent = REFERENCES.get(column)
            is_set = (stream.name, column) == ("summary", "tag_id")
            if parent and parent not in {stream.name, *drawn} and not is_set:
                drawn.add(parent)
                lines.append(f"    {parent} ||--o{{ {stream.name} : {column}\n")
    return "".join([*lines, "```\n"])


def facts(stream: ClockifyStream) -> str:
    """Say in a few lines how a stream is read."""
    key = ", ".join(f"`{name}`" for name in stream.primary_keys)
    bookmark = stream.replication_key
    cursor = f"`{bookmark}`" if bookmark else "none, read whole"
    feature = stream.needs.feature if stream.needs else None
    plan = f"those with the feature {feature}" if feature else "every plan"
    if stream.needs and stream.needs.by_admin:
        plan += "; only for owners and admins"
    requests = stream.requests
    others = [
        f"`{other.name}`" for other in streams() if other is not stream and shares(stream, other)
    ]
    if others:
        requests += f" Shared with {', '.join(others)}."
    selected = "yes" if stream.selected_by_default else "no"
    return (
        f"Key: {key}. Replication key: {cursor}. Plans: {plan}. Selected by default: {selected}.\n"
        f"Requests in a run: {requests}\n"
    )


def shares(stream: ClockifyStream, other: ClockifyStream) -> bool:
    """Return whether two streams are made from the same list."""
    if isinstance(stream, ListStream) and isinstance(other, ListStream):
        return stream.listing is other.listing and bool(stream.listing.path)
    return False
