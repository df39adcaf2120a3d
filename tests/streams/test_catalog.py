"""The catalog: users and other systems rely on it, so no change may go unnoticed."""

from __future__ import annotations

import difflib
import json
import os
import re
from typing import Any

import pytest
from support import KEYS, SNAPSHOTS, discovered

RENEW = "RENEW_SNAPSHOTS"

# The contract, in the words of the documentation and not of the schema files.
COLUMNS = {
    "clients": """
        id name workspaceId archived address note email ccEmails currencyId currencyCode
        import_timestamp _sdc_deleted_at is_deleted
    """,
    "projects": """
        id name clientId clientName workspaceId archived billable public template color note
        duration duration_hours hourlyRate_amount hourlyRate_currency costRate_amount
        costRate_currency estimate_estimate estimate_estimate_hours estimate_type
        timeEstimate_estimate timeEstimate_estimate_hours timeEstimate_type
        timeEstimate_resetOption timeEstimate_active timeEstimate_includeNonBillable
        budgetEstimate_estimate budgetEstimate_type budgetEstimate_resetOption
        budgetEstimate_active budgetEstimate_includeExpenses estimateReset_interval
        estimateReset_dayOfWeek estimateReset_dayOfMonth estimateReset_hour estimateReset_month
        currency_id currency_code favorite membership_costRate_currency membership_userId
        membership_hourlyRate_amount
        membership_hourlyRate_currency membership_costRate_amount membership_targetId
        membership_membershipType membership_membershipStatus import_timestamp _sdc_deleted_at
        is_deleted
    """,
    "summary": """
        workspace_id user user_id project project_id client client_id tags tag_id date
        duration_decimal amount_decimal currency import_timestamp _sdc_deleted_at is_deleted
    """,
    "users": """
        id email name status activeWorkspace defaultWorkspace profilePicture memberships_userId
        memberships_targetId memberships_membershipType memberships_membershipStatus
        memberships_hourlyRate_amount memberships_hourlyRate_currency memberships_costRate_amount
        memberships_costRate_currency settings_weekStart settings_timeZone settings_timeFormat
        settings_dateFormat settings_alerts settings_approval settings_collapseAllProjectLists
        settings_dashboardPinToTop settings_dashboardSelection settings_dashboardViewType
        settings_groupSimilarEntriesDisabled settings_invoiceReminders settings_isCompactViewOn
        settings_lang settings_longRunning settings_multiFactorEnabled settings_myStartOfDay
        settings_onboarding settings_projectListCollapse settings_projectPickerTaskFilter
        settings_pto settings_reminders settings_scheduledReports settings_scheduling
        settings_sendNewsletter settings_showOnlyWorkingDays settings_summaryReportSettings_group
        settings_summaryReportSettings_subgroup settings_theme settings_timeTrackingManual
        settings_weeklyUpdates customFields roles workspaceId import_timestamp _sdc_deleted_at
        is_deleted
    """,
}

REPLICATION_KEYS = {
    "approval_requests": "status_updatedAt",
    "attendance": "date",
    "audit_log": "timestamp",
    "entity_changes": "changedAt",
    "summary": "date",
    "time_entries": "start",
    "time_entry_custom_field_values": "start",
    "time_entry_tags": "start",
}
"""Those of the streams that have one; the others are read whole at every run."""

NOT_SELECTED = {
    # They need a feature that not every plan has.
    "approval_requests",
    "audit_log",
    "custom_fields",
    "expense_categories",
    "expenses",
    "holidays",
    "project_custom_fields",
    "scheduling_assignments",
    "time_entry_custom_field_values",
    "time_off_policies",
    "time_off_requests",
    "user_custom_field_values",
    # They take a request for every object, or many for a long history.
    "attendance",
    "entity_changes",
    "invoice_items",
    "invoice_payments",
    "invoices",
    "member_profiles",
    "time_off_balances",
    "user_managers",
}

DAYS = re.compile("date|.*(_first|_last|Date)")
INSTANTS = re.compile(
    "import_timestamp|_sdc_deleted_at|start|end|started_at|finished_at|timestamp|changedAt|workspaceSettings_lockTimeEntries"
    "|createdAt|updatedAt|deletedAt|status_changedAt|status_updatedAt|issuedDate|dueDate|.*(period|dateRange)_(start|end)"
)
OF_PAYMENTS = ("invoice_payments", "date")


@pytest.fixture(scope="module")
def catalog() -> dict[str, dict[str, Any]]:
    return {entry["tap_stream_id"]: entry for entry in discovered()["streams"]}


def test_streams_are_known(catalog: dict[str, Any]) -> None:
    assert sorted(catalog) == sorted(KEYS)


@pytest.mark.parametrize("stream", KEYS)
def test_catalog_is_unchanged(catalog: dict[str, Any], stream: str) -> None:
    file = SNAPSHOTS / f"{stream}.json"
    text = json.dumps(catalog[stream], indent=2, ensure_ascii=False, sort_keys=True) + "\n"
    if os.environ.get(RENEW):
        file.write_text(text, encoding="utf-8")
    before = file.read_text(encoding="utf-8")
    changes = difflib.unified_diff(
        before.splitlines(), text.splitlines(), f"snapshots/{file.name}", "now", lineterm=""
    )
    if text != before:
        pytest.fail(
            f"The catalog of {stream} has changed. If users may see this, renew the snapshot with"
            f" `{RENEW}=1 uv run pytest tests/streams/test_catalog.py` and look at its diff.\n"
            + "\n".join(changes),
            pytrace=False,
        )


def test_snapshots_are_of_streams_that_exist() -> None:
    assert {file.stem for file in SNAPSHOTS.glob("*.json")} == set(KEYS)


@pytest.mark.parametrize("stream", COLUMNS)
def test_columns_are_exactly_those_promised(catalog: dict[str, Any], stream: str) -> None:
    promised = COLUMNS[stream].split()
    assert sorted(catalog[stream]["schema"]["properties"]) == sorted(promised)


@pytest.mark.parametrize("stream", KEYS)
def test_keys(catalog: dict[str, Any], stream: str) -> None:
    schema = catalog[stream]["schema"]
    assert catalog[stream]["key_properties"] == KEYS[stream]
    assert set(KEYS[stream]) <= set(schema["required"])
    for key in KEYS[stream]:
        kind = "integer" if key == "order" else "string"
        assert schema["properties"][key]["type"] in (kind, [kind])


@pytest.mark.parametrize("stream", KEYS)
def test_replication_key(catalog: dict[str, Any], stream: str) -> None:
    key = REPLICATION_KEYS.get(stream)
    assert catalog[stream].get("replication_key") == key
    method = "INCREMENTAL" if key else "FULL_TABLE"
    assert catalog[stream]["replication_method"] == method


@pytest.mark.parametrize("stream", KEYS)
def test_every_column_is_described(catalog: dict[str, Any], stream: str) -> None:
    for name, column in catalog[stream]["schema"]["properties"].items():
        description = column.get("description", "")
        assert len(description) > 4, name
        assert description.endswith("."), f"{name}: {description!r} is no sentence"


@pytest.mark.parametrize("stream", KEYS)
def test_no_column_is_nested(catalog: dict[str, Any], stream: str) -> None:
    scalar = {"string", "number", "integer", "boolean", "null"}
    for name, column in catalog[stream]["schema"]["properties"].items():
        types = column["type"] if isinstance(column["type"], list) else [column["type"]]
        assert set(types) <= scalar, name
        assert len(set(types) - {"null"}) == 1, name
        assert not column.keys() & {"properties", "items", "anyOf", "oneOf"}, name


@pytest.mark.parametrize("stream", KEYS)
def test_all_but_keys_and_is_deleted_may_be_null(catalog: dict[str, Any], stream: str) -> None:
    """Clockify may omit the value of any column; is_deleted comes from the tap."""
    for name, column in catalog[stream]["schema"]["properties"].items():
        if name == "is_deleted":
            assert column["type"] in ("boolean", ["boolean"])
        elif name not in KEYS[stream]:
            assert "null" in column["type"], name


@pytest.mark.parametrize("stream", KEYS)
def test_days_and_instants_have_formats(catalog: dict[str, Any], stream: str) -> None:
    """Only with these does BigQuery get DATE and TIMESTAMP columns."""
    for name, column in catalog[stream]["schema"]["properties"].items():
        is_instant = INSTANTS.fullmatch(name) or (stream, name) == OF_PAYMENTS
        is_day = DAYS.fullmatch(name) and column["type"] != ["boolean", "null"]
        wanted = "date-time" if is_instant else "date" if is_day else None
        assert column.get("format") == wanted, name


@pytest.mark.parametrize("stream", KEYS)
def test_money_and_hours_are_numbers(catalog: dict[str, Any], stream: str) -> None:
    for name, column in catalog[stream]["schema"]["properties"].items():
        if name.endswith(("amount", "amount_decimal", "duration_decimal", "hours", "rate")):
            assert column["type"] == ["number", "null"], name


@pytest.mark.parametrize("stream", KEYS)
def test_duration_in_text_has_a_number_beside_it(catalog: dict[str, Any], stream: str) -> None:
    columns = catalog[stream]["schema"]["properties"]
    names = list(columns)
    in_text = [name for name in names if "ISO 8601 duration" in columns[name]["description"]]
    has_durations = stream in {"approval_requests", "member_profiles", "projects", "tasks"}
    assert bool(in_text) == has_durations
    for name in in_text:
        assert names[names.index(name) + 1] == f"{name}_hours"
        assert columns[f"{name}_hours"]["type"] == ["number", "null"]


def test_selection_by_default_is_what_every_plan_has_and_what_is_cheap(
    catalog: dict[str, Any],
) -> None:
    for name, entry in catalog.items():
        whole = [item["metadata"] for item in entry["metadata"] if not item["breadcrumb"]]
        assert [metadata["selected"] for metadata in whole] == [name not in NOT_SELECTED], name


def test_secret_of_a_webhook_is_no_column(catalog: dict[str, Any]) -> None:
    assert "authToken" not in catalog["webhooks"]["schema"]["properties"]


@pytest.mark.parametrize("stream", KEYS)
def test_catalog_has_only_what_json_schema_knows(catalog: dict[str, Any], stream: str) -> None:
    for name, column in catalog[stream]["schema"]["properties"].items():
        assert column.keys() <= {"type", "format", "description"}, name
