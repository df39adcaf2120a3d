"""Rows of the detailed report in every form seen so far become the same columns."""

from __future__ import annotations

import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from shaping import RUN, shaped

from tap_clockify.records.summary import summed_up

ABSENT = object()

# Rows of real answers (names replaced), from 2022 to 2024.
TAGGED: dict[str, Any] = {
    "_id": "62dd36d3e4797e2d7a998c19",
    "description": "Implement",
    "userId": "62a07d32a6a7fd5dab8bccfe",
    "timeInterval": {
        "start": "2022-01-31T08:00:00+01:00",
        "end": "2022-01-31T17:00:00+01:00",
        "duration": 32400,
    },
    "billable": True,
    "projectId": "62dd35a6e4797e2d7a9988c6",
    "taskId": "631c4e96dda16317569dd3cb",
    "approvalRequestId": None,
    "taskName": "Implement",
    "tags": [{"name": "Remote", "_id": "6343c91a26227a584ba82fae"}],
    "isLocked": False,
    "customFields": None,
    "amount": 99000.0,
    "rate": 11000.0,
    "userName": "a-user",
    "userEmail": "user@example.org",
    "projectName": "The Box",
    "projectColor": "#FF9800",
    "clientName": "Pied Piper",
    "clientId": "62dd35202849d633796f5459",
}
BARE: dict[str, Any] = {
    "_id": "645d1e39b6abdc0c55a79d35",
    "description": "Work",
    "userId": "5e95c064ea8094116e8e0a54",
    "timeInterval": {
        "start": "2023-05-11T13:56:25-03:00",
        "end": "2023-05-11T19:31:30-03:00",
        "duration": 20105,
    },
    "billable": True,
    "projectId": "61e54e2ddc3256444ce00210",
    "taskId": None,
    "tagIds": None,
    "approvalRequestId": None,
    "isLocked": False,
    "amount": None,
    "rate": None,
    "userName": "User One",
    "userEmail": "user@example.org",
    "projectName": "Project",
    "projectColor": "#F44336",
    "clientName": "",
    "clientId": "",
}


def changed(**changes: Any) -> dict[str, Any]:
    """Change the tagged row; ABSENT removes a key."""
    row = {**TAGGED, **changes}
    return {key: value for key, value in row.items() if value is not ABSENT}


def test_whole_tagged_row() -> None:
    assert shaped(TAGGED) == {
        "id": "62dd36d3e4797e2d7a998c19",
        "workspace_id": "w",
        "user_id": "62a07d32a6a7fd5dab8bccfe",
        "user": "a-user",
        "project_id": "62dd35a6e4797e2d7a9988c6",
        "project": "The Box",
        "task_id": "631c4e96dda16317569dd3cb",
        "task": "Implement",
        "client_id": "62dd35202849d633796f5459",
        "client": "Pied Piper",
        "tag_ids": "6343c91a26227a584ba82fae",
        "tags": "Remote",
        "description": "Implement",
        "billable": True,
        "start": "2022-01-31T07:00:00Z",
        "end": "2022-01-31T16:00:00Z",
        "date": "2022-01-31",
        "duration_seconds": 32400,
        "duration_decimal": 9.0,
        "rate": 110.0,
        "amount": 990.0,
        "cost_rate": None,
        "cost_amount": 0.0,
        "currency": None,
        "type": None,
        "is_locked": False,
        "is_running": False,
        "approval_request_id": None,
        "is_invoiced": False,
        "invoice_id": None,
        "custom_fields": None,
        "import_timestamp": RUN,
        "_sdc_deleted_at": None,
        "is_deleted": False,
    }


def test_row_without_client_task_tags_and_rates() -> None:
    row = shaped(BARE)
    assert row["date"] == "2023-05-11"
    assert row["duration_decimal"] == 20105 / 3600
    assert row["start"] == "2023-05-11T16:56:25Z"
    assert [row[name] for name in ("client_id", "client", "task_id", "task")] == [None] * 4
    assert (row["tag_ids"], row["tags"]) == ("", "")
    assert (row["amount"], row["rate"]) == (0.0, None)


@pytest.mark.parametrize("nothing", [None, "", ABSENT])
def test_no_project_is_null_in_an_entry_and_an_empty_string_in_the_key(nothing: Any) -> None:
    names = ("projectId", "projectName", "projectColor", "clientId", "clientName")
    entry = shaped(changed(**dict.fromkeys(names, nothing)))
    assert [entry[c] for c in ("project_id", "project", "client_id", "client")] == [None] * 4
    (row,) = summed_up([entry], RUN)
    assert row["project_id"] == ""
    assert [row[c] for c in ("project", "client_id", "client")] == [None] * 3


@pytest.mark.parametrize("nothing", [None, "", ABSENT])
def test_no_task(nothing: Any) -> None:
    entry = shaped(changed(taskId=nothing, taskName=nothing))
    assert (entry["task_id"], entry["task"]) == (None, None)


@pytest.mark.parametrize(
    ("tags", "tag_ids"),
    [(ABSENT, None), (ABSENT, []), (ABSENT, ABSENT), (None, None), ([], []), ([], ABSENT)],
)
def test_no_tags(tags: Any, tag_ids: Any) -> None:
    entry = shaped(changed(tags=tags, tagIds=tag_ids))
    assert (entry["tag_ids"], entry["tags"]) == ("", "")


@pytest.mark.parametrize(
    ("tags", "tag_ids"),
    [
        ([{"_id": "b", "name": "two"}, {"_id": "a", "name": "one"}], ABSENT),
        ([{"_id": "a", "name": "one"}, {"_id": "b", "name": "two"}], ["b", "a"]),
        ([{"id": "b", "name": "two"}, {"id": "a", "name": "one"}], None),
        (ABSENT, ["b", "a"]),
        (None, ["a", "b", "a"]),
    ],
)
def test_tags_come_in_the_order_of_their_ids(tags: Any, tag_ids: Any) -> None:
    entry = shaped(changed(tags=tags, tagIds=tag_ids), a="one", b="two")
    assert (entry["tag_ids"], entry["tags"]) == ("a,b", "one, two")


def test_names_of_tags_follow_the_ids_not_the_alphabet() -> None:
    tags = [{"_id": "1", "name": "zebra"}, {"_id": "2", "name": "ant, red"}]
    assert shaped(changed(tags=tags))["tags"] == "zebra, ant, red"


def test_tag_whose_name_nobody_knows_shows_its_id() -> None:
    entry = shaped(changed(tags=ABSENT, tagIds=["a", "b"]), b="two")
    assert entry["tags"] == "a, two"


@pytest.mark.parametrize(
    ("amounts", "amount"),
    [
        ({"amount": 13050}, 130.5),
        ({"amount": 13050, "earnedAmount": 13050}, 130.5),
        ({"amount": ABSENT, "earnedAmount": 13050.5}, 130.505),
        ({"amount": None, "earnedAmount": 7}, 0.07),
        ({"amount": 0, "earnedAmount": None}, 0.0),
        ({"amount": None, "earnedAmount": None}, 0.0),
        ({"amount": ABSENT}, 0.0),
        ({"amount": ABSENT, "amounts": [{"type": "EARNED", "value": 250}]}, 2.5),
        ({"amount": 99, "amounts": [{"type": "COST", "value": 250}]}, 0.99),
        # The first of several requested amounts: the cost is not what is billed.
        ({"amount": 40055.555555555555}, 400.55555555555554),
    ],
)
def test_amount_is_in_units_of_the_currency(amounts: dict[str, Any], amount: float) -> None:
    assert shaped(changed(**amounts))["amount"] == pytest.approx(amount, abs=1e-9)


def test_all_money_is_in_units_of_the_currency() -> None:
    entry = shaped(
        changed(
            amount=ABSENT,
            rate=ABSENT,
            earnedAmount=13050,
            earnedRate=4500,
            costAmount=5800,
            costRate=2000,
            currency="AUD",
        )
    )
    found = [entry[c] for c in ("amount", "rate", "cost_amount", "cost_rate", "currency")]
    assert found == [130.5, 45.0, 58.0, 20.0, "AUD"]


@pytest.mark.parametrize(
    ("info", "is_invoiced", "invoice"),
    [
        (ABSENT, False, None),
        (None, False, None),
        ([], False, None),
        ({}, False, None),
        ({"manuallyInvoiced": False}, False, None),
        ({"manuallyInvoiced": True}, True, None),
        ({"manuallyInvoiced": True, "invoiceId": "i"}, True, "i"),
        ({"invoiceId": "i"}, True, "i"),
    ],
)
def test_invoicing(info: Any, is_invoiced: bool, invoice: str | None) -> None:  # noqa: FBT001
    entry = shaped(changed(invoicingInfo=info))
    assert (entry["is_invoiced"], entry["invoice_id"]) == (is_invoiced, invoice)


@pytest.mark.parametrize("custom", [None, [], ABSENT])
def test_no_custom_fields(custom: Any) -> None:
    assert shaped(changed(customFields=custom))["custom_fields"] is None


def test_custom_fields_are_json_text() -> None:
    fields = [{"customFieldId": "f", "value": ["ä", 1, None, True], "name": "Größe"}]
    text = shaped(changed(customFields=fields))["custom_fields"]
    assert isinstance(text, str)
    assert json.loads(text) == fields


@pytest.mark.parametrize(
    ("lock", "is_locked"),
    [
        ({"isLocked": True}, True),
        ({"isLocked": False, "locked": False}, False),
        ({"isLocked": ABSENT, "locked": True}, True),
        ({"isLocked": ABSENT}, None),
    ],
)
def test_lock(lock: dict[str, Any], is_locked: bool | None) -> None:  # noqa: FBT001
    assert shaped(changed(**lock))["is_locked"] is is_locked


@pytest.mark.parametrize(
    ("start", "end", "duration", "seconds"),
    [
        ("2026-03-31T09:00:00Z", "2026-03-31T10:30:00Z", 5400, 5400),
        ("2026-03-31T09:00:00Z", "2026-03-31T10:30:00Z", "PT1H30M", 5400),
        ("2026-03-31T09:00:00Z", "2026-03-31T10:30:00Z", None, 5400),
        ("2026-03-31T09:00:00Z", "2026-03-31T09:00:00Z", 0, 0),
        # Across the hour that Berlin's clocks skip, and the one that they show twice.
        ("2026-03-29T01:30:00+01:00", "2026-03-29T03:30:00+02:00", None, 3600),
        ("2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00", None, 3600),
    ],
)
def test_duration(start: str, end: str, duration: Any, seconds: int) -> None:
    entry = shaped(changed(timeInterval={"start": start, "end": end, "duration": duration}))
    assert entry["duration_seconds"] == seconds
    assert entry["duration_decimal"] == seconds / 3600


@pytest.mark.parametrize(
    ("start", "zone", "day"),
    [
        ("2026-08-07T22:15:00Z", "UTC", "2026-08-07"),
        ("2026-08-08T10:15:00+12:00", "UTC", "2026-08-07"),
        ("2026-08-07T22:15:00Z", "Pacific/Auckland", "2026-08-08"),
        ("2026-08-08T10:15:00+12:00", "Pacific/Auckland", "2026-08-08"),
        ("2026-08-08T01:15:00Z", "America/New_York", "2026-08-07"),
    ],
)
def test_day_is_that_of_the_calendar_whatever_the_offset(start: str, zone: str, day: str) -> None:
    """Instants may come in UTC or in the requested zone; the tap must not depend on it."""
    interval = {"start": start, "end": "2026-08-09T00:00:00Z", "duration": 1}
    assert shaped(changed(timeInterval=interval), ZoneInfo(zone))["date"] == day


def test_entry_over_midnight_belongs_to_the_day_on_which_it_started() -> None:
    interval = {"start": "2026-03-30T23:30:00+02:00", "end": "2026-03-31T01:30:00+02:00"}
    entry = shaped(changed(timeInterval={**interval, "duration": 7200}))
    (row,) = summed_up([entry], RUN)
    assert (row["date"], row["duration_decimal"]) == ("2026-03-30", 2.0)


@pytest.mark.parametrize(
    "interval",
    [
        {"start": "2026-03-31T09:00:00Z", "end": None, "duration": None},
        {"start": "2026-03-31T09:00:00Z", "end": None, "duration": 3600},
        {"start": "2026-03-31T09:00:00Z"},
        {"start": "2026-03-31T09:00:00Z", "end": ""},
    ],
)
def test_running_timer_counts_as_zero(interval: dict[str, Any]) -> None:
    entry = shaped(changed(timeInterval=interval))
    assert entry["is_running"]
    assert entry["end"] is None
    assert (entry["duration_seconds"], entry["amount"], entry["cost_amount"]) == (0, 0.0, 0.0)
    assert summed_up([entry], RUN) == []


def test_id_under_the_key_of_either_host() -> None:
    assert shaped(changed(_id="report"))["id"] == "report"
    assert shaped(changed(_id=ABSENT, id="core"))["id"] == "core"


def test_whole_summary_row() -> None:
    half = changed(
        _id="other", timeInterval={**TAGGED["timeInterval"], "duration": 1800}, amount=5500
    )
    assert summed_up([shaped(TAGGED), shaped(half)], RUN) == [
        {
            "workspace_id": "w",
            "user": "a-user",
            "user_id": "62a07d32a6a7fd5dab8bccfe",
            "project": "The Box",
            "project_id": "62dd35a6e4797e2d7a9988c6",
            "client": "Pied Piper",
            "client_id": "62dd35202849d633796f5459",
            "tags": "Remote",
            "tag_id": "6343c91a26227a584ba82fae",
            "date": "2022-01-31",
            "duration_decimal": 9.5,
            "amount_decimal": 1045.0,
            "currency": None,
            "import_timestamp": RUN,
            "_sdc_deleted_at": None,
            "is_deleted": False,
        }
    ]
