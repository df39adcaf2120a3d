"""Answers have only keys and types of Clockify's own contract or of a documented live answer."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from clockify_sandbox.api import Options
from clockify_sandbox.server import running
from clockify_sandbox.world import build_agency
from sandbox_support import NOW, Caller

if TYPE_CHECKING:
    from collections.abc import Iterator

SHARED = Path(__file__).parents[4] / "shared"
DOCUMENTS = ("clockify-openapi.json", "clockify-openapi-corrected.json")

WITNESSED: dict[tuple[str, str], str] = {
    # (schema, key): where the facts sheet has a live answer or a newer document with it.
    ("TimeEntryDto", "_id"): "7.3, 13.3; the contract calls it get_id or id",
    ("TimeEntryDto", "tagIds"): "7.3, 13.3",
    ("TimeEntryDto", "type"): "7.3, 13.3",
    ("TimeEntryDto", "isLocked"): "7.3, 13.3",
    ("TimeEntryDto", "customFields"): "7.3, 13.4",
    ("TimeEntryDto", "amount"): "7.3, 13.3",
    ("TimeEntryDto", "rate"): "7.3, 13.3",
    ("TimeEntryDto", "earnedAmount"): "7.3",
    ("TimeEntryDto", "earnedRate"): "7.3",
    ("TimeEntryDto", "costAmount"): "7.3",
    ("TimeEntryDto", "costRate"): "7.3",
    ("TimeEntryDto", "currency"): "7.3",
    ("TimeEntryDto", "invoicingInfo"): "7.3",
    ("ReportTagDto", "_id"): "7.3, 13.4",
    ("ReportTimeIntervalDto", "timeZone"): "7.3",
    ("ReportTimeIntervalDto", "zonedStart"): "7.3",
    ("ReportTimeIntervalDto", "zonedEnd"): "7.3",
    ("ReportTimeIntervalDto", "offStart"): "7.3",
    ("ReportTimeIntervalDto", "offEnd"): "7.3",
    ("TimeEntryReportTotals", "_id"): "7.2, 13.1",
    ("TimeEntryReportTotals", "totalAmount"): "7.2, 13.1",
    ("TimeEntryReportTotals", "totalAmountByCurrency"): "7.2, 13.1",
    ("TimeEntryReportTotals", "numOfCurrencies"): "7.2, 13.1",
    ("AmountDto", "amountByCurrency"): "7.2",
    ("GroupOneDto", "_id"): "7.2, 13.1",
    ("GroupOneDto", "color"): "7.2, 13.1",
    ("GroupOneDto", "currency"): "7.2, 13.1",
    ("GroupOneDto", "workspaceCurrencyCode"): "7.2, 13.1",
    ("GroupOneDto", "amounts"): "7.2, 13.1",
    ("GroupOneDto", "hasMembership"): "7.2, 13.2",
    ("GroupOneDto", "sortingField"): "7.2, 13.2",
    ("TimeEntrySummaryReportDto", "donutChart"): "7.2, 13.1",
    ("TimeEntrySummaryReportDto", "groupTotals"): "7.2, 13.1",
    ("ProjectDtoV1", "clientId"): "6.4, 13.6",
    ("ProjectDtoV1", "clientName"): "6.4, 13.7",
    ("ProjectDtoV1", "estimateReset"): "6.4, 13.7",
    ("ProjectDtoV1", "client"): "6.4, 13.6",
    ("ProjectDtoV1", "tasks"): "6.4, 13.6",
    ("ProjectDtoV1", "customFields"): "6.4, 13.6",
    ("ProjectDtoV1", "currency"): "6.4, 13.6",
    ("ProjectDtoV1", "favorite"): "6.4, 13.6",
    ("UserDtoV1", "roles"): "6.2, with include-roles",
    ("TimeEntryWithRatesDtoV1", "approvalRequestId"): "6.7",
    ("TimeEntryWithRatesDtoV1", "tags"): "6.7, hydrated",
    ("TimeEntryWithRatesDtoV1", "user"): "6.7, hydrated",
    ("TimeEntryWithRatesDtoV1", "task"): "6.7, hydrated",
    ("TimeEntryWithRatesDtoV1", "project"): "6.7, hydrated",
    ("TimeEntryWithRatesDtoV1", "kiosk"): "6.7, hydrated",
    ("BalanceDtoV1", "negativeBalanceUsed"): "6.11, live only",
    # The corrected document has these, the official one does not, and they have other names there.
    ("PolicyDtoV1", "color"): "corrected: Policy",
    ("PolicyDtoV1", "icon"): "corrected: Policy",
    ("SharedReportDtoV1", "filter"): "corrected: SharedReport",
    ("SharedReportDtoV1", "userId"): "corrected: SharedReport",
    ("SharedReportDtoV1", "workspaceId"): "corrected: SharedReport",
}
MISTYPED = {
    # Types that the contract has and real answers do not.
    ("UserCustomFieldValueDtoV1", "value"): "6.2: any",
    ("CustomFieldValueDtoV1", "value"): "6.7: any",
    ("UpdateCustomFieldRequest", "value"): "as CustomFieldValueDtoV1",
    ("TimeEntriesCustomFieldValueDto", "type"): "6.7: the type of the field, not of its source",
    ("WorkspaceDtoV1", "featureSubscriptionType"): "6.1: a name",
    ("WorkspaceDtoV1", "features"): "6.1: a list of names",
    ("WorkspaceSettingsDtoV1", "adminOnlyPages"): "OpenAPI: not typed as the list that it is",
    ("CustomFieldDtoV1", "workspaceDefaultValue"): "6.8: any",
    ("CustomFieldDefaultValuesDtoV1", "value"): "6.8: any",
    ("UserCustomFieldValueFullDtoV1", "value"): "6.2: any",
    ("CustomFieldValueDto", "value"): "6.7: any",
    ("MemberProfileDtoV1", "workingDays"): "OpenAPI: not typed as the list that it is",
    ("InvoiceInfoV1", "visibleZeroFields"): "OpenAPI: not typed as the list that it is",
    ("InvoiceOverviewDtoV1", "visibleZeroFields"): "OpenAPI: not typed as the list that it is",
}
JSON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}

pytestmark = pytest.mark.skipif(
    not all((SHARED / name).exists() for name in DOCUMENTS),
    reason="Clockify's contract is not available",
)


@cache
def schemas(document: str) -> dict[str, Any]:
    loaded = json.loads((SHARED / document).read_text())
    found: dict[str, Any] = loaded["components"]["schemas"]
    return found


def resolve(schema: dict[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    """Follow a reference into both documents."""
    name = schema.get("$ref", "").rsplit("/", 1)[-1]
    if not name:
        return "", [schema]
    return name, [schemas(each)[name] for each in DOCUMENTS if name in schemas(each)]


def complaints(value: object, schema: dict[str, Any], where: str) -> list[str]:
    """List what an answer has that the contract does not; null is allowed everywhere."""
    if value is None:
        return []
    name, candidates = resolve(schema)
    choices = [choice for each in candidates for choice in each.get("oneOf", ())]
    words = {word for each in (*candidates, *choices) for word in each.get("enum", ())}
    if words and isinstance(value, str):
        return [] if value in words else [f"{where}: {value!r} is no {name or 'listed word'}"]
    types = {each["type"] for each in candidates if "type" in each}
    allowed = tuple(one for each in types for one in JSON_TYPES[each])
    number = isinstance(value, bool) and bool not in allowed
    if allowed and (number or not isinstance(value, allowed)):
        return [f"{where}: {value!r} is no {types}"]
    if isinstance(value, list):
        items = next((each["items"] for each in candidates if "items" in each), {})
        return [line for each in value for line in complaints(each, items, f"{where}[]")]
    if isinstance(value, dict):
        return inside(value, name, candidates, where)
    return []


def inside(
    value: dict[str, Any], name: str, candidates: list[dict[str, Any]], where: str
) -> list[str]:
    known: dict[str, Any] = {}
    for each in reversed(candidates):
        known |= each.get("properties", {})
    if not known:
        return []
    found: list[str] = []
    for key, part in value.items():
        if (name, key) in MISTYPED or (key not in known and (name, key) in WITNESSED):
            continue
        if key not in known:
            found.append(f"{where}: {name} has no {key!r}")
        else:
            found += complaints(part, known[key], f"{where}.{key}")
    return found


def check(value: object, name: str, *, listed: bool = True) -> None:
    if listed:
        assert isinstance(value, list)
        assert value, "nothing to check"
    for each in value if isinstance(value, list) else [value]:
        assert complaints(each, {"$ref": f"#/components/schemas/{name}"}, name) == []


@pytest.mark.parametrize(
    ("path", "query", "schema"),
    [
        ("/workspaces", {}, "WorkspaceDtoV1"),
        ("users", {"memberships": "ALL", "include-roles": "true"}, "UserDtoV1"),
        ("clients", {}, "ClientWithCurrencyDtoV1"),
        ("projects", {}, "ProjectDtoV1"),
        ("projects", {"hydrated": "true"}, "ProjectDtoV1"),
        ("tags", {}, "TagDtoV1"),
        ("time-entries/status/in-progress", {}, "TimeEntryWithRatesDtoV1"),
    ],
)
def test_lists(agency: Caller, path: str, query: dict[str, str], schema: str) -> None:
    check(agency.get(path, **query).json(), schema)


@pytest.fixture(scope="module")
def studio() -> Iterator[Caller]:
    """Serve an agency on the plan that includes everything, with half a year of history."""
    world = build_agency(
        seed=5, people=6, days=150, entries_per_day=2, plan="ENTERPRISE_2021", now=NOW
    )
    with running(world, Options(enforce_rate_limits=False)) as server:
        yield Caller(server)


UNUSED = {"UserDtoV1.roles"} | {
    # Roles come on request; a report has the filter of its own type only.
    f"SharedReportListEnvelope.reports[].filter.{kind}Filter"
    for kind in ("attendance", "detailed", "summary", "weekly")
}
YEAR = {"start": "2026-01-01T00:00:00Z", "end": "2026-12-31T00:00:00Z"}


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        ("user-groups", "UserGroupDtoV1"),
        ("users/{user}/managers", "UserDtoV1"),
        ("custom-fields", "CustomFieldDtoV1"),
        ("projects/{project}/custom-fields", "CustomFieldDtoV1"),
        ("holidays", "HolidayDtoV1"),
        ("time-off/policies", "PolicyDtoV1"),
        ("time-off/policies", "Policy"),
        ("approval-requests", "ApprovalDetailsDtoV1"),
        ("approval-requests", "ApprovalRequestListItem"),
        ("scheduling/assignments/all", "AssignmentHydratedDtoV1"),
        ("invoices/{invoice}/payments", "InvoicePaymentDtoV1"),
    ],
)
def test_lists_of_other_kinds(studio: Caller, path: str, schema: str) -> None:
    query = YEAR if "assignments" in path else {}
    answer = studio.get(placed(studio, path), **query).json()
    check(answer, schema)
    assert complete(answer, schema) == []


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        ("member-profile/{user}", "MemberProfileDtoV1"),
        ("time-off/balance/policy/{policy}", "BalancesWithCountDtoV1"),
        ("time-off/balance/user/{user}", "BalancesWithCountDtoV1"),
        ("expenses", "ExpensesAndTotalsDtoV1"),
        ("expenses/{expense}", "ExpenseDtoV1"),
        ("expenses/categories", "ExpenseCategoriesWithCountDtoV1"),
        ("expenses/categories", "ExpenseCategoriesDtoV1"),
        ("invoices", "InvoicesListDtoV1"),
        ("invoices/{invoice}", "InvoiceOverviewDtoV1"),
        ("webhooks", "WebhooksDtoV1"),
        ("webhooks/{webhook}", "WebhookDtoV1"),
        ("time-off/policies/{policy}", "PolicyDtoV1"),
    ],
)
def test_objects_and_envelopes_of_other_kinds(studio: Caller, path: str, schema: str) -> None:
    answer = studio.get(placed(studio, path)).json()
    check(answer, schema, listed=False)
    assert complete(answer, schema) == []


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        ("time-off/requests", "TimeOffRequestsWithCountV1Dto"),
        ("invoices/info", "InvoiceInfoResponseDtoV1"),
    ],
)
def test_posted_lists_of_other_kinds(studio: Caller, path: str, schema: str) -> None:
    answer = studio.post(path, {"pageSize": 200}).json()
    check(answer, schema, listed=False)
    assert complete(answer, schema) == []


def test_reports_and_the_audit_log(studio: Caller) -> None:
    days = ("2026-07-01", "2026-08-31")
    attendance = studio.report("attendance", *days, attendanceFilter={"pageSize": 200}).json()
    check(attendance, "AttendanceReportDtoV1", listed=False)
    assert complete(attendance, "AttendanceReportDtoV1") == []
    expenses = studio.report("expenses/detailed", *days, pageSize=200).json()
    check(expenses, "ExpenseDetailedReportDtoV1", listed=False)
    assert complete(expenses, "ExpenseDetailedReportDtoV1") == []
    check(studio.shared_reports(), "SharedReportsAndCountDtoV1", listed=False)
    for schema in ("SharedReportsAndCountDtoV1", "SharedReportListEnvelope"):
        check(studio.shared_reports(), schema, listed=False)
        assert complete(studio.shared_reports(), schema) == []
    check(studio.audit(actions=["CREATE_CLIENT"]).json(), "AuditLogEntry")


def placed(caller: Caller, path: str) -> str:
    """Fill in the ids of a path."""
    objects = caller.contents.objects
    paid = next(iter(objects["invoice_payments"].values()))["_invoiceId"]
    return path.format(
        user=next(iter(objects["user_groups"].values()))["userIds"][1],
        project=next(iter(caller.contents.projects)),
        invoice=paid,
        policy=next(iter(objects["time_off_policies"])),
        expense=next(iter(objects["expenses"])),
        webhook=next(iter(objects["webhooks"])),
    )


def complete(value: object, schema: str) -> list[str]:
    """List the documented keys that an answer lacks, also in the first rows of its lists."""
    rows = value if isinstance(value, list) else [value]
    found = lacking(rows[0], {"$ref": f"#/components/schemas/{schema}"}, schema)
    return [key for key in found if key not in UNUSED]


def lacking(value: object, schema: dict[str, Any], where: str) -> list[str]:
    _, candidates = resolve(schema)
    first = {key: part for each in reversed(candidates) for key, part in each.items()}
    properties = [each.get("properties", {}) for each in reversed(candidates)]
    first["properties"] = {key: part for each in properties for key, part in each.items()}
    if isinstance(value, list):
        items = first.get("items", {})
        return [line for each in value[:1] for line in lacking(each, items, f"{where}[]")]
    if not isinstance(value, dict):
        return []
    # A list of words is documented as an object whose keys are the words, or in lower case.
    words = {key for key in first["properties"] if key.isupper()}
    parts = {key: part for key, part in first["properties"].items() if not words}
    found = [f"{where}.{key}" for key in parts if key not in value]
    for key, part in parts.items():
        found += lacking(value.get(key), part, f"{where}.{key}")
    return found


def test_single_objects(agency: Caller) -> None:
    project = next(iter(agency.contents.projects))
    check(agency.get("/user").json(), "UserDtoV1", listed=False)
    check(agency.get("").json(), "WorkspaceDtoV1", listed=False)
    check(agency.get(f"projects/{project}").json(), "ProjectDtoV1", listed=False)
    client = next(iter(agency.contents.clients))
    check(agency.get(f"clients/{client}").json(), "ClientWithCurrencyDtoV1", listed=False)


def test_tasks(agency: Caller) -> None:
    task = next(iter(agency.contents.tasks.values()))
    check(agency.get(f"projects/{task.project_id}/tasks").json(), "TaskDtoV1")
    hydrated = agency.get(f"projects/{task.project_id}", hydrated="true").json()
    for each in hydrated["tasks"]:
        del each["favorite"]  # only in hydrated projects (facts, 6.5)
        check(each, "TaskDtoV1", listed=False)


@pytest.mark.parametrize("hydrated", ["false", "true"])
def test_entries(agency: Caller, hydrated: str) -> None:
    owner = agency.world.owner_id
    rows = agency.get(f"user/{owner}/time-entries", hydrated=hydrated).json()
    check(rows, "TimeEntryWithRatesDtoV1")
    ids = [row["id"] for row in rows]
    body = {"timeEntryIds": ids, "hydrated": hydrated == "true"}
    check(agency.post("time-entries/batch", body).json(), "TimeEntryWithRatesDtoV1")
    one = agency.get(f"time-entries/{ids[0]}", hydrated=hydrated).json()
    check(one, "TimeEntryWithRatesDtoV1", listed=False)


def test_detailed_report(agency: Caller) -> None:
    days = ("2026-06-01", "2026-09-01")
    options = {"page": 1, "pageSize": 1000}
    for amounts in ({}, {"amounts": ["EARNED", "COST"]}, {"amountShown": "HIDE_AMOUNT"}):
        answer = agency.report("detailed", *days, detailedFilter=options, **amounts).json()
        assert len(answer["timeentries"]) > 100
        check(answer, "TimeEntryDetailedReportDto", listed=False)


@pytest.mark.parametrize(
    "groups",
    [
        ["DATE", "USER"],
        ["CLIENT", "PROJECT", "TASK"],
        ["TAG", "WEEK", "MONTH"],
        ["DATE", "USER", "TIMEENTRY"],
    ],
)
def test_summary_report(agency: Caller, groups: list[str]) -> None:
    days = ("2026-07-01", "2026-07-31")
    answer = agency.report("summary", *days, summaryFilter={"groups": groups}).json()
    assert answer["groupOne"]
    check(answer, "TimeEntrySummaryReportDto", listed=False)


def test_feed_items_are_documented(agency: Caller) -> None:
    rows = agency.get("entities/created", type="TIME_ENTRY").json()
    for row in rows:
        assert set(row.pop("auditMetadata")) == {"createdAt", "updatedAt"}
        assert row.pop("documentCode") in schemas(DOCUMENTS[1])["ChangeTrackerDocumentType"]["enum"]
    check(rows, "TimeEntryWithRatesDtoV1")


def test_workspaces_and_people_are_complete(studio: Caller) -> None:
    assert complete(studio.get("/workspaces").json(), "WorkspaceDtoV1") == []
    assert complete(studio.get("users", memberships="ALL").json(), "UserDtoV1") == []
    assert complete({"id": "1", "name": "x"}, "TagDtoV1") == [
        "TagDtoV1.archived",
        "TagDtoV1.workspaceId",
    ]


def test_the_check_itself_can_fail() -> None:
    tag = {"id": "1", "name": 3, "archived": 1, "colour": "red"}
    found = complaints(tag, {"$ref": "#/components/schemas/TagDtoV1"}, "tag")
    assert len(found) == 3
