"""The columns are those of Clockify's own contract: prints what we lack, and what nobody documents.

A difference that is right is listed here with its reason; any other fails.
"""

from __future__ import annotations

import json
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support import discovered

if TYPE_CHECKING:
    from collections.abc import Iterator

SHARED = Path(__file__).parents[3] / "shared"
OFFICIAL = SHARED / "clockify-openapi.json"
CORRECTED = SHARED / "clockify-openapi-corrected.json"

OBJECTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    # stream: schemas of the official document, and of the corrected one
    "workspaces": (("WorkspaceDtoV1",), ("Workspace",)),
    "currencies": (("CurrencyWithDefaultInfoDtoV1",), ()),
    "users": (("UserDtoV1",), ("UserDtoV1",)),
    "memberships": (("MembershipDtoV1",), ()),
    "project_memberships": (("MembershipDtoV1",), ()),
    "member_profiles": (("MemberProfileDtoV1",), ("MemberProfileDtoV1",)),
    "user_groups": (("UserGroupDtoV1",), ("UserGroupDtoV1",)),
    "clients": (("ClientWithCurrencyDtoV1",), ("Client",)),
    "projects": (("ProjectDtoV1",), ("Project",)),
    "tasks": (("TaskDtoV1",), ()),
    "tags": (("TagDtoV1",), ("Tag",)),
    "custom_fields": (("CustomFieldDtoV1",), ("CustomField",)),
    "holidays": (("HolidayDtoV1",), ("HolidayDto",)),
    "time_off_policies": (("PolicyDtoV1",), ("Policy",)),
    "time_off_requests": (("TimeOffRequestV1Dto",), ()),
    "time_off_balances": (("BalanceDtoV1",), ("BalanceDtoV1",)),
    "approval_requests": (("ApprovalDetailsDtoV1",), ("ApprovalRequestListItem",)),
    "scheduling_assignments": (("AssignmentHydratedDtoV1",), ("AssignmentListItem",)),
    "expenses": (("ExpenseHydratedDtoV1",), ()),
    "expense_categories": (("ExpenseCategoryDtoV1",), ("ExpenseCategoryDtoV1",)),
    "invoices": (("InvoiceDtoV1", "InvoiceInfoV1", "InvoiceOverviewDtoV1"), ()),
    "invoice_items": (("InvoiceItemDto",), ()),
    "invoice_payments": (("InvoicePaymentDtoV1",), ()),
    "shared_reports": (("SharedReportV1",), ("SharedReport",)),
    "webhooks": (("WebhookDtoV1",), ("WebhookDtoV1",)),
    "audit_log": ((), ("AuditLogEntry",)),
}

OWN_STREAMS = {
    ("workspaces", "memberships"),
    ("workspaces", "currencies"),
    ("users", "memberships"),
    ("user_groups", "userIds"),
    ("projects", "memberships"),
    ("tasks", "assigneeIds"),
    ("invoices", "items"),
}
"""Lists that are streams of their own."""

LEFT_OUT = {
    ("webhooks", "authToken"): "a secret",
    ("approval_requests", "entries"): "their ids are in entryIds",
    ("approval_requests", "expenses"): "their ids are in expenseIds",
}

UNDOCUMENTED = {
    # Found in live answers, or made by the tap.
    "import_timestamp",
    "_sdc_deleted_at",
    "is_deleted",
    "workspaceId",
}


@cache
def schemas_of(document: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(document.read_text(encoding="utf-8"))["components"]
    return dict(found["schemas"])


def resolved(schemas: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema:
        found: Any = {"schemas": schemas, "components": {"schemas": schemas}}
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        schema = found
    return schema


def properties_of(schemas: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    schema = resolved(schemas, schema)
    found: dict[str, Any] = {}
    for part in schema.get("allOf", ()):
        found |= properties_of(schemas, part)
    return found | schema.get("properties", {})


def is_enumeration(schema: dict[str, Any]) -> bool:
    """Return whether an object is how the document describes the values of an enumeration."""
    alternatives = schema.get("oneOf", ())
    is_named = any(name.isupper() for name in schema.get("properties", ()))
    return is_named or any("enum" in item for item in alternatives)


def documented(
    schemas: dict[str, Any], schema: dict[str, Any], prefix: str = "", depth: int = 0
) -> Iterator[str]:
    """Yield the flattened names of the fields of a schema."""
    for name, declared in properties_of(schemas, schema).items():
        inner = resolved(schemas, declared)
        nested = properties_of(schemas, inner)
        kind = inner.get("type")
        is_list = kind == "array" or (isinstance(kind, list) and "array" in kind)
        if not nested or is_list or depth > 4 or is_enumeration(inner):
            yield f"{prefix}{name}"
        else:
            yield from documented(schemas, inner, f"{prefix}{name}_", depth + 1)


def fields_of(stream: str) -> set[str]:
    found: set[str] = set()
    for document, names in zip((OFFICIAL, CORRECTED), OBJECTS[stream], strict=True):
        for name in names:
            schemas = schemas_of(document)
            assert name in schemas, f"{document.name} has no {name}"
            found |= set(documented(schemas, schemas[name]))
    without = "approvalRequest_"
    return {name.removeprefix(without) for name in found}


@pytest.mark.skipif(not OFFICIAL.exists(), reason="Clockify's OpenAPI documents are not here")
@pytest.mark.parametrize("stream", OBJECTS)
def test_every_documented_field_is_a_column(stream: str) -> None:
    entries = discovered()["streams"]
    (entry,) = (each for each in entries if each["tap_stream_id"] == stream)
    columns = set(entry["schema"]["properties"])
    fields = fields_of(stream)
    nobody = sorted(columns - fields - UNDOCUMENTED)
    sys.stdout.write(f"{stream}: columns in neither document: {', '.join(nobody) or 'none'}\n")
    lacking = {
        name
        for name in fields - columns
        if (stream, name) not in LEFT_OUT
        and (stream, name) not in OWN_STREAMS
        # A document may have a list or an object where another one has its fields, and an object
        # may be one column of JSON text.
        and not any(column.startswith(f"{name}_") for column in columns)
        and not any(name.startswith(f"{column}_") for column in columns)
    }
    assert lacking == set(), f"{stream} lacks documented fields"


@pytest.mark.skipif(not OFFICIAL.exists(), reason="Clockify's OpenAPI documents are not here")
def test_what_is_left_out_is_documented() -> None:
    for stream, name in {*LEFT_OUT, *OWN_STREAMS}:
        assert name in fields_of(stream), f"{stream}.{name}"
