"""The audit: what every run read, sent and verified, to be queried in SQL."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from clockify_client.errors import ClockifyError
from clockify_sandbox.world import edits, truth
from support import KEYS, NOW, UpsertStore, agency, only_workspace, records, run_tap, serving

from tap_clockify.tap import TapClockify

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clockify_sandbox.world import World
    from conftest import Serve
    from support import Message

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
LOOKBACK = 84
SINCE = (NOW - LOOKBACK * DAY).date()
REPORTS = ("summary", "time_entries")
LISTS = ("clients", "projects", "users")
STREAMS = sorted({*REPORTS, *LISTS})
WINDOW = ("window_first", "window_last", "days_reread", "change_feed_used", "hours", "amount")


def lines(messages: Iterable[Message], world: World | None = None) -> dict[str, dict[str, Any]]:
    """Return the audit rows by stream, only of the first workspace of a world if one is given."""
    return {
        row["stream"]: row
        for row in records(messages, "sync_runs")
        if world is None or row["workspace_id"] == only_workspace(world)
    }


def truth_of(world: World, first: dt.date = SINCE) -> tuple[float, float]:
    rows = truth.summary_rows(
        world, only_workspace(world), timezone="UTC", first=first, last=dt.date(2030, 1, 1)
    )
    return (
        sum(float(str(row["duration_decimal"])) for row in rows),
        sum(float(str(row["amount_decimal"])) for row in rows),
    )


@pytest.mark.parametrize("plan", ["STANDARD_2021", "FREE"])
def test_first_run(serve: Serve, plan: str) -> None:
    world = agency(plan=plan)
    server = serve(world)
    messages = run_tap(server, timezone="UTC")
    rows = lines(messages)
    assert sorted(rows) == STREAMS
    hours, amount = truth_of(world)
    for stream, row in rows.items():
        assert row["rows_sent"] == len(records(messages, stream)) > 0
        assert row["rows_removed"] == 0
        assert row["retries"] == 0
        assert row["plan"] == plan
        assert row["timezone"] == "UTC"
        assert row["workspace_id"] == only_workspace(world)
        assert row["tap_version"] == TapClockify.plugin_version
        assert row["duration_seconds"] > 0
        assert row["started_at"] <= row["finished_at"]
        assert row["started_at"].startswith("2026-03-31T15:00:0")
    for stream in REPORTS:
        row = rows[stream]
        assert row["window_first"] == SINCE.isoformat()
        assert row["window_last"] > "2026-03-31"
        assert row["days_reread"] == 0
        assert row["change_feed_used"] is False
        assert row["hours"] == pytest.approx(hours, abs=1e-6)
        assert row["clockify_hours"] == pytest.approx(hours, abs=1e-6)
        assert row["hours_difference"] == pytest.approx(0, abs=1e-6)
        assert row["amount"] == pytest.approx(amount, abs=1e-4)
        assert row["clockify_amount"] == pytest.approx(amount, abs=1e-2)
        assert row["amount_difference"] == pytest.approx(0, abs=1e-2)
    for stream in LISTS:
        assert {rows[stream].get(name) for name in WINDOW} == {None}


def test_one_row_a_run_workspace_and_stream() -> None:
    world = agency(workspaces=2, people=3)
    with serving(world) as server:
        store = UpsertStore().apply(run_tap(server, timezone="UTC"))
        world.clock.advance(HOUR)
        store.apply(run_tap(server, store.state, timezone="UTC"))
    rows = store.rows("sync_runs")
    assert len(rows) == 2 * 2 * len(STREAMS)
    keys = {tuple(row[name] for name in KEYS["sync_runs"]) for row in rows}
    assert len(keys) == len(rows)
    runs = {row["run_id"]: row["import_timestamp"] for row in rows}
    assert len(runs) == 2
    for table in (*REPORTS, *LISTS):
        assert {row["import_timestamp"] for row in store.rows(table)} <= set(runs.values())


def test_audit_comes_last() -> None:
    """It covers all other streams."""
    with serving(agency()) as server:
        messages = run_tap(server, timezone="UTC")
    streams = [message["stream"] for message in messages if message["type"] == "RECORD"]
    assert streams[-len(STREAMS) :] == ["sync_runs"] * len(STREAMS)
    assert streams.index("sync_runs") == len(streams) - len(STREAMS)


def test_audit_of_some_streams(serve: Serve) -> None:
    rows = lines(run_tap(serve(), select=["clients", "sync_runs"], timezone="UTC"))
    assert sorted(rows) == ["clients"]


def test_requests_are_counted_for_the_stream_that_made_them(serve: Serve) -> None:
    world = agency(workspaces=2, people=3)
    server = serve(world)
    messages = run_tap(server, timezone="UTC")
    home = only_workspace(world)
    rows = lines(messages, world)
    for stream in LISTS:
        asked = server.requests.count(f"/workspaces/{home}/{stream}")
        assert rows[stream]["requests"] == asked == 1
    asked = server.requests.count(f"/workspaces/{home}/(reports|time-entries|entities|tags)")
    for stream in REPORTS:
        assert rows[stream]["requests"] == asked == 3


def test_retries_are_counted(serve: Serve) -> None:
    server = serve()
    server.faults.add("5xx", match="/projects", times=2)
    server.faults.add("429", match="/reports/detailed", times=1)
    rows = lines(run_tap(server, timezone="UTC"))
    assert (rows["projects"]["requests"], rows["projects"]["retries"]) == (3, 2)
    assert rows["clients"]["retries"] == 0
    for stream in REPORTS:
        assert rows[stream]["retries"] == 1


def test_later_run_counts_what_it_removed(serve: Serve) -> None:
    world = agency()
    home = only_workspace(world)
    server = serve(world)
    store = UpsertStore().apply(run_tap(server, timezone="UTC", change_feed="off"))
    assert {row["rows_removed"] for row in store.rows("sync_runs")} == {0}
    recent = [
        entry for entry in world[home].entries if NOW - 20 * DAY < entry.start < NOW and entry.end
    ]
    for entry in recent[:5]:
        edits.delete_entry(world, home, entry.id)
    client = edits.add_client(world, home, "Short-lived")
    world.clock.advance(HOUR)
    store.apply(run_tap(server, store.state, timezone="UTC", change_feed="off"))
    edits.archive_client(world, home, client.id)
    edits.delete_client(world, home, client.id)
    world.clock.advance(HOUR)
    first = lines(_rows_as_messages(store))
    assert first["time_entries"]["rows_removed"] == 5
    assert 1 <= first["summary"]["rows_removed"] <= 5
    messages = run_tap(server, store.state, timezone="UTC", change_feed="off")
    rows = lines(messages)
    # Tombstones of an earlier run may be sent again, but count once.
    assert {stream: row["rows_removed"] for stream, row in rows.items()} == {
        **dict.fromkeys(STREAMS, 0),
        "clients": 1,
    }
    for stream, row in rows.items():
        live = [item for item in records(messages, stream) if not item["_sdc_deleted_at"]]
        assert row["rows_sent"] == len(live)


def _rows_as_messages(store: UpsertStore) -> list[Message]:
    """Return the audit of the last run in a store."""
    rows = store.rows("sync_runs")
    last = max(row["import_timestamp"] for row in rows)
    return [
        {"type": "RECORD", "stream": "sync_runs", "record": row}
        for row in rows
        if row["import_timestamp"] == last
    ]


def test_feed_used_and_days_read_again(serve: Serve) -> None:
    world = agency()
    home = only_workspace(world)
    server = serve(world)
    config: dict[str, Any] = {
        "timezone": "UTC",
        "lookback_days": 30,
        "start_date": (NOW - 95 * DAY).date().isoformat(),
    }
    store = UpsertStore().apply(run_tap(server, **config))
    old = next(entry for entry in world[home].entries if entry.start > NOW - 90 * DAY)
    edits.resize_entry(world, home, old.id, 77)
    world.clock.advance(HOUR)
    rows = lines(run_tap(server, store.state, **config))
    for stream in REPORTS:
        assert rows[stream]["change_feed_used"] is True
        assert rows[stream]["days_reread"] == 1
        # The figures are those of the trailing window alone.
        assert rows[stream]["window_first"] == "2026-03-01"
        hours, _ = truth_of(world, dt.date(2026, 3, 1))
        assert rows[stream]["hours"] == pytest.approx(hours, abs=1e-6)
        assert rows[stream]["hours_difference"] == pytest.approx(0, abs=1e-6)
    rows = lines(run_tap(server, store.state, **config, change_feed="off"))
    assert {rows[stream]["change_feed_used"] for stream in REPORTS} == {False}


def test_clockifys_figures_come_from_its_own_totals(serve: Serve) -> None:
    """Otherwise the difference would prove nothing."""
    server = serve()
    server.faults.add(
        "status",
        match="/reports/summary",
        status=200,
        times=None,
        body=json.dumps(
            {
                "totals": [{"totalTime": 36_000, "totalAmount": 123_400}],
                "groupOne": [{"_id": "2026-03-30", "children": [{"_id": "x", "duration": 36_000}]}],
            }
        ),
    )
    rows = lines(run_tap(server, timezone="UTC"))
    hours, amount = truth_of(server.world)
    for stream in REPORTS:
        assert rows[stream]["clockify_hours"] == pytest.approx(10)
        assert rows[stream]["hours_difference"] == pytest.approx(hours - 10, abs=1e-6)
        assert rows[stream]["clockify_amount"] == pytest.approx(1234)
        assert rows[stream]["amount_difference"] == pytest.approx(amount - 1234, abs=1e-2)


@pytest.mark.parametrize("totals", ["always", "when_empty", "never"])
def test_difference_is_none_whatever_the_totals_look_like(serve: Serve, totals: str) -> None:
    rows = lines(run_tap(serve(totals_null=totals), timezone="UTC"))
    for stream in REPORTS:
        assert rows[stream]["hours_difference"] == pytest.approx(0, abs=1e-6)
        # Without a total, the groups are added up, each of them rounded to a cent.
        rounding = 0.005 * rows[stream]["rows_sent"] if totals == "always" else 0.01
        assert rows[stream]["amount_difference"] == pytest.approx(0, abs=rounding)


def test_without_verification_there_are_no_figures_of_clockify(serve: Serve) -> None:
    rows = lines(run_tap(serve(), timezone="UTC", verify_totals="off"))
    for stream in REPORTS:
        assert rows[stream]["hours"] > 0
        for name in ("clockify_hours", "hours_difference", "clockify_amount"):
            assert rows[stream].get(name) is None


@pytest.mark.parametrize("match", ["/reports/detailed", "/users"])
def test_failed_run_claims_nothing(serve: Serve, match: str) -> None:
    server = serve()
    server.faults.add("status", match=match, status=405, body="", times=None)
    messages: list[Message] = []
    with pytest.raises(ClockifyError):
        run_tap(server, into=messages, timezone="UTC")
    assert records(messages, "sync_runs") == []
