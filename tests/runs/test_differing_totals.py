"""Totals that differ from Clockify's are read again, and then logged or fail the run."""

from __future__ import annotations

import datetime as dt
import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
from clockify_sandbox.world import edits
from failing import failure
from support import NOW, UpsertStore, empty, only_workspace, records, run_tap

from tap_clockify.reports.differences import TotalsDifferError

if TYPE_CHECKING:
    from clockify_sandbox.server import Server
    from conftest import Serve
    from support import Message


def world_of_an_hour() -> Any:
    world = empty()
    start = dt.datetime(2026, 3, 30, 9, tzinfo=dt.UTC)
    edits.add_entry(
        world, only_workspace(world), world.owner_id, start, start + dt.timedelta(hours=1)
    )
    return world


def two_hours(world: Any, **group: Any) -> str:
    """Write a summary report of two hours, worth 240, although there is only one."""
    person = {"_id": world.owner_id, "name": "Olga Owner", "duration": 7200, "amount": 24000.0}
    return json.dumps(
        {
            "totals": [None],
            "groupOne": [
                {"_id": "2026-03-30", "name": "2026-03-30", "children": [{**person, **group}]}
            ],
        }
    )


def lie(server: Server, times: int | None, **group: Any) -> None:
    body = two_hours(server.world, **group)
    server.faults.add("status", match="/reports/summary", status=200, body=body, times=times)


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [item.getMessage() for item in caplog.records if item.levelno >= logging.WARNING]


def difference(world: Any) -> str:
    return (
        f"2026-03-30, user {world.owner_id}: Clockify's report says 2.0000 h and 240.00,"
        " its entries say 1.0000 h and 120.00"
    )


def test_day_that_differs_is_logged(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    server = serve(world_of_an_hour())
    lie(server, None)
    messages = run_tap(server, select=["summary"])
    workspace = only_workspace(server.world)
    assert warnings(caplog) == [f"Workspace {workspace}, {difference(server.world)}."]
    assert [row["duration_decimal"] for row in records(messages, "summary")] == [1.0]
    assert messages[-1]["value"]["bookmarks"]


def test_window_that_differs_is_read_once_more(serve: Serve) -> None:
    server = serve(world_of_an_hour())
    lie(server, None)
    run_tap(server, select=["summary"])
    assert server.requests.count("/reports/detailed") == 2
    assert server.requests.count("/reports/summary") == 2


@pytest.mark.parametrize("verify", ["warn", "fail"])
def test_difference_that_is_gone_at_the_second_reading(
    serve: Serve, caplog: pytest.LogCaptureFixture, verify: str
) -> None:
    server = serve(world_of_an_hour())
    lie(server, 1)
    run_tap(server, select=["summary"], verify_totals=verify)
    assert warnings(caplog) == []


def test_entry_added_between_the_reports_is_read(serve: Serve, store: UpsertStore) -> None:
    """The usual reason why totals differ: someone tracks time while the tap reads."""
    server = serve(world_of_an_hour())
    world = server.world
    server.faults.call(
        lambda: edits.add_entry(
            world, only_workspace(world), world.owner_id, NOW, NOW + dt.timedelta(hours=3)
        ),
        match="/reports/detailed",
    )
    # One after the other, so that only the summary report has the entry.
    store.apply(run_tap(server, select=["summary"], verify_totals="fail", concurrency=1))
    assert server.requests.count("/reports/detailed") == 2
    assert store.total("summary", "duration_decimal") == 4.0


def test_difference_fails_the_run_if_set(serve: Serve) -> None:
    server = serve(world_of_an_hour())
    lie(server, None)
    messages: list[Message] = []
    error = failure(server, select=["summary"], verify_totals="fail", into=messages)
    assert isinstance(error, TotalsDifferError)
    assert str(error) == (
        f"Workspace {only_workspace(server.world)}: the entries read differ from Clockify's own"
        " totals even after a second reading. Number of differences: 1; the first:"
        f" {difference(server.world)}. Run again, or set verify_totals to warn."
    )
    (partition,) = messages[-1]["value"]["bookmarks"]["summary"]["partitions"]
    assert "replication_key_value" not in partition


def test_totals_are_not_requested_if_off(serve: Serve) -> None:
    server = serve(world_of_an_hour())
    lie(server, None)
    run_tap(server, select=["summary"], verify_totals="off")
    assert server.requests.count("/reports/summary") == 0
    assert server.requests.count("/reports/detailed") == 1


@pytest.mark.parametrize(
    "group",
    [
        {"duration": 3600, "amount": 12000.4},
        {"duration": 3600, "amount": None},
        {"duration": 3600, "amounts": [{"type": "EARNED", "value": 12001}], "amount": 1},
        {"duration": 3600, "amounts": []},
    ],
    ids=str,
)
def test_hidden_and_rounded_amounts_are_no_difference(
    serve: Serve, caplog: pytest.LogCaptureFixture, group: dict[str, Any]
) -> None:
    server = serve(world_of_an_hour())
    if group.get("amounts") == []:
        group["amount"] = None
    lie(server, None, **group)
    run_tap(server, select=["summary"])
    assert warnings(caplog) == []


@pytest.mark.parametrize(
    "group",
    [
        {"duration": 3601, "amount": 12000.0},
        {"duration": 3600, "amount": 12002.0},
        {"duration": 3600, "amount": 12000.0, "_id": "somebody else"},
    ],
    ids=str,
)
def test_small_differences_are_differences(serve: Serve, group: dict[str, Any]) -> None:
    server = serve(world_of_an_hour())
    lie(server, None, **group)
    assert isinstance(failure(server, verify_totals="fail"), TotalsDifferError)


def test_summary_report_without_its_groups(server: Server) -> None:
    server.faults.add("status", match="/reports/summary", status=200, body="{}")
    assert str(failure(server)) == (
        "Clockify's summary report has no groups, so the totals cannot be verified. Set"
        " verify_totals to off to run without them."
    )
