"""Fields that no column has are named once a run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from clockify_client.errors import ClockifyError
from support import run_tap

if TYPE_CHECKING:
    from clockify_sandbox.server import Server

NEW = [
    {"id": "a", "name": "A", "tier": 3, "address2": {"city": "Graz"}, "kind": None},
    {"id": "b", "name": "B", "tier": 4, "labels": []},
]


@pytest.fixture
def changed(server: Server) -> Server:
    server.faults.add("status", match="/tags", status=200, body=json.dumps(NEW), times=None)
    return server


def test_they_are_counted_in_one_warning(changed: Server, caplog: pytest.LogCaptureFixture) -> None:
    assert run_tap(changed, select=["tags"])[-1]["type"] == "STATE"
    (said,) = [line.message for line in caplog.records if "no column has" in line.message]
    assert "tags: address2_city (1), labels (1), tier (2)." in said


def test_they_fail_the_run_after_everything_has_been_read(changed: Server) -> None:
    messages: list[dict[str, object]] = []
    with pytest.raises(ClockifyError, match=r"tags: address2_city \(1\)"):
        run_tap(changed, select=["tags", "users"], into=messages, unknown_fields="fail")
    assert messages[-1]["type"] == "STATE"


def test_those_of_time_entries_are_counted_on_the_first_page(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    interval = {"start": "2026-03-30T10:00:00Z", "end": "2026-03-30T11:00:00Z", "duration": 3600}
    entry = {"_id": "a", "userId": "u", "timeInterval": interval, "userEmail": "", "mood": "good"}
    body = json.dumps({"totals": [{"entriesCount": 1}], "timeentries": [entry]})
    server.faults.add("status", match="/reports/detailed", status=200, body=body, times=None)
    run_tap(server, select=["summary"], verify_totals="off")
    assert "no column has; time_entries: mood (1)." in caplog.text


def test_they_are_ignored(changed: Server, caplog: pytest.LogCaptureFixture) -> None:
    run_tap(changed, select=["tags"], unknown_fields="ignore")
    assert "no column has" not in caplog.text
