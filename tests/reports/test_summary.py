"""The stream that an agency bills from, compared row by row with what happened."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from clockify_sandbox.world import edits, truth
from support import (
    KEYS,
    NOW,
    UpsertStore,
    agency,
    differences,
    empty,
    only_workspace,
    run_tap,
    serving,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clockify_sandbox.server import Server
    from clockify_sandbox.world import World
    from conftest import Serve

KEY = KEYS["summary"]
LOOKBACK = dt.timedelta(days=84)
FAR = dt.date(2030, 1, 1)
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "Asia/Kathmandu",
    "Asia/Beirut",
    "Australia/Lord_Howe",
    "Pacific/Kiritimati",
)


@pytest.fixture(scope="module", params=["STANDARD_2021", "FREE"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    with serving(agency(plan=request.param)) as server:
        yield server


def wanted(
    world: World, zone: str, *, first: dt.date | None = None, workspaces: Any = None
) -> list[dict[str, Any]]:
    """List what the table must hold after a first run."""
    first = first or world.now().astimezone(ZoneInfo(zone)).date() - LOOKBACK
    return [
        row
        for workspace in workspaces or world.workspaces
        for row in truth.summary_rows(world, workspace, timezone=zone, first=first, last=FAR)
    ]


def reports(server: Server, kind: str = r"(detailed|summary)") -> list[dict[str, Any]]:
    return [json.loads(seen.body) for seen in server.requests.matching(rf"/reports/{kind}$")]


# Truth


@pytest.mark.parametrize("zone", ZONES)
def test_every_row_equals_the_truth(server: Server, zone: str) -> None:
    store = UpsertStore().apply(run_tap(server, select=["summary"], timezone=zone))
    rows = wanted(server.world, zone)
    assert len(rows) > 300
    assert differences(store.rows("summary"), rows, KEY) == []


def test_calendar_is_that_of_the_account_by_default(serve: Serve, store: UpsertStore) -> None:
    world = agency()
    edits.set_timezone(world, world.owner_id, "Pacific/Auckland")
    store.apply(run_tap(serve(world), select=["summary"]))
    rows = wanted(world, "Pacific/Auckland")
    assert differences(store.rows("summary"), rows, KEY) == []
    assert differences(store.rows("summary"), wanted(world, "UTC"), KEY) != []


def test_setting_precedes_the_account(serve: Serve, store: UpsertStore) -> None:
    server = serve()
    store.apply(run_tap(server, select=["summary"], timezone="Asia/Tokyo"))
    assert differences(store.rows("summary"), wanted(server.world, "Asia/Tokyo"), KEY) == []
    assert {body["timeZone"] for body in reports(server)} == {"Asia/Tokyo"}


def test_second_run_changes_nothing(server: Server) -> None:
    store = UpsertStore().apply(run_tap(server, select=["summary"], timezone="UTC"))
    hours, rows = store.total("summary", "duration_decimal"), len(store.rows("summary"))
    store.apply(run_tap(server, store.state, select=["summary"], timezone="UTC"))
    assert (store.total("summary", "duration_decimal"), len(store.rows("summary"))) == (hours, rows)
    assert differences(store.rows("summary"), wanted(server.world, "UTC"), KEY) == []


def test_archived_projects_and_people_who_left_are_there(
    server: Server, store: UpsertStore
) -> None:
    (contents,) = server.world.workspaces.values()
    store.apply(run_tap(server, select=["summary"], timezone="UTC"))
    archived = {item.id for item in contents.projects.values() if item.archived}
    left = {item.user_id for item in contents.members.values() if item.status == "INACTIVE"}
    limited = {item.id for item in server.world.users.values() if item.status != "ACTIVE"}
    rows = store.rows("summary")
    assert archived & {row["project_id"] for row in rows}
    assert left & {row["user_id"] for row in rows}
    assert limited & {row["user_id"] for row in rows}


@pytest.mark.parametrize(
    "options",
    [
        {"report_times": "utc", "zoned_fields": False},
        {"running_in_detailed": True},
        {"running_in_summary": True},
        {"totals_null": "always"},
        {"totals_null": "never"},
        {"report_users_default_status": "ACTIVE"},
        {"empty_ids_accepted": False},
        {"empty_ids_accepted": False, "detailed_max_page_size": 200},
        {"tag_keys": "tag_ids_only"},
        {"tag_keys": "both", "untagged": "empty_list"},
        {"untagged": "absent", "missing_project": "absent"},
        {"missing_project": "empty"},
        {"row_amounts": "amount_only"},
        {"row_amounts": "earned_only", "unbilled_amount": "zero"},
        {"uninvoiced": "empty_list", "missing_group_id": "null"},
        {"last_page_header": False},
        {"last_page_header": False, "totals_null": "always", "detailed_max_page_size": 200},
        {"detailed_max_page_size": 200, "detailed_over_max": "clamp"},
        {
            "detailed_max_page_size": 200,
            "detailed_over_max": "clamp",
            "last_page_header": False,
            "totals_null": "always",
        },
        {"free_limit_counts_reports": False, "templates_listed": False},
    ],
    ids=str,
)
def test_truth_where_nobody_has_confirmed_what_clockify_does(
    serve: Serve, options: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    world = agency(people=4)
    store = UpsertStore().apply(run_tap(serve(world, **options), select=["summary"]))
    assert differences(store.rows("summary"), wanted(world, "Europe/Berlin"), KEY) == []
    assert [record for record in caplog.records if record.levelname == "WARNING"] == []


# Single rows


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def test_entry_with_several_tags_is_counted_once(serve: Serve, store: UpsertStore) -> None:
    world = empty()
    workspace = only_workspace(world)
    tags = [edits.add_tag(world, workspace, name).id for name in ("zebra", "ant", "bee, red")]
    for chosen in (tags, tags[::-1], tags[:1]):
        edits.add_entry(
            world,
            workspace,
            world.owner_id,
            at("2026-03-30T09:00Z"),
            at("2026-03-30T10:00Z"),
            tag_ids=chosen,
        )
    store.apply(run_tap(serve(world), select=["summary"]))
    found = [(row["tag_id"], row["tags"], row["duration_decimal"]) for row in store.rows("summary")]
    assert found == [
        (tags[0], "zebra", 1.0),
        (",".join(tags), "zebra, ant, bee, red", 2.0),
    ]
    assert store.total("summary", "duration_decimal") == 3.0


def test_no_project_and_no_tag_are_empty_strings_in_the_key(
    serve: Serve, store: UpsertStore
) -> None:
    world = empty()
    edits.add_entry(
        world,
        only_workspace(world),
        world.owner_id,
        at("2026-03-30T09:00Z"),
        at("2026-03-30T09:20Z"),
    )
    store.apply(run_tap(serve(world), select=["summary"]))
    (row,) = store.rows("summary")
    del row["import_timestamp"]
    assert row == {
        "workspace_id": only_workspace(world),
        "user": "Olga Owner",
        "user_id": world.owner_id,
        "project": None,
        "project_id": "",
        "client": None,
        "client_id": None,
        "tags": "",
        "tag_id": "",
        "date": "2026-03-30",
        "duration_decimal": pytest.approx(1 / 3),
        "amount_decimal": pytest.approx(40.0),  # 120.00 an hour
        "currency": "EUR",
        "_sdc_deleted_at": None,
        "is_deleted": False,
    }


def test_running_timer_is_left_out_until_it_is_stopped(serve: Serve, store: UpsertStore) -> None:
    world = empty()
    workspace = only_workspace(world)
    edits.start_timer(world, workspace, world.owner_id)
    server = serve(world)
    store.apply(run_tap(server, select=["summary"]))
    assert store.rows("summary") == []
    world.clock.advance(dt.timedelta(hours=2))
    edits.stop_timer(world, workspace, world.owner_id)
    store.apply(run_tap(server, store.state, select=["summary"]))
    assert [row["duration_decimal"] for row in store.rows("summary")] == [2.0]


def test_edits_in_place_change_the_rows_to_the_new_truth(serve: Serve, store: UpsertStore) -> None:
    world = agency()
    workspace = only_workspace(world)
    server = serve(world)
    store.apply(run_tap(server, select=["summary"]))
    before = store.total("summary", "duration_decimal")
    recent = [e for e in world[workspace].entries if e.end and e.start > NOW - LOOKBACK / 2]
    for entry in recent[:20]:
        edits.resize_entry(world, workspace, entry.id, entry.seconds + 600)
    for entry in recent[20:30]:
        edits.set_billable(world, workspace, entry.id, billable=not entry.billable)
    project = next(iter(world[workspace].projects))
    edits.rename_project(world, workspace, project, "Renamed, again")
    edits.add_entry(world, workspace, world.owner_id, NOW - dt.timedelta(hours=3), NOW)
    world.clock.advance(dt.timedelta(days=1))
    store.apply(run_tap(server, store.state, select=["summary"]))
    first = NOW.date() - LOOKBACK
    assert (
        differences(store.rows("summary"), wanted(world, "Europe/Berlin", first=first), KEY) == []
    )
    assert store.total("summary", "duration_decimal") == pytest.approx(before + 20 / 6 + 3)


# Workspaces


@pytest.mark.parametrize("chosen", [[1], [2, 0], None])
def test_one_some_or_all_workspaces(chosen: list[int] | None) -> None:
    world = agency(workspaces=3)
    every = list(world.workspaces)
    ids = None if chosen is None else [every[number] for number in chosen]
    with serving(world) as server:
        store = UpsertStore().apply(run_tap(server, select=["summary"], workspace_ids=ids))
        asked = {seen.path.split("/")[4] for seen in server.requests.matching("/reports/")}
    assert asked == set(ids or every)
    rows = wanted(world, "Europe/Berlin", workspaces=ids)
    assert differences(store.rows("summary"), rows, KEY) == []


def test_workspace_named_twice_is_read_once(serve: Serve, store: UpsertStore) -> None:
    server = serve()
    workspace = only_workspace(server.world)
    store.apply(run_tap(server, select=["summary"], workspace_ids=[workspace, workspace]))
    assert server.requests.count("/reports/summary") == 1


# Windows


def test_first_run_reads_the_lookback(serve: Serve) -> None:
    server = serve()
    run_tap(server, select=["summary"], timezone="UTC", lookback_days=10)
    assert reports(server)[0]["dateRangeStart"] == "2026-03-21T00:00:00.000"


@pytest.mark.parametrize(
    ("start", "first"),
    [
        ("2026-03-10", dt.date(2026, 3, 10)),
        ("2026-03-10T00:00:00Z", dt.date(2026, 3, 10)),
        ("2025-12-25T00:00:00Z", dt.date(2025, 12, 25)),
    ],
)
def test_start_date_bounds_the_first_run(start: str, first: dt.date) -> None:
    world = agency(days=110)
    with serving(world) as server:
        store = UpsertStore().apply(
            run_tap(server, select=["summary"], timezone="UTC", start_date=start)
        )
        assert reports(server)[0]["dateRangeStart"] == f"{first}T00:00:00.000"
    assert differences(store.rows("summary"), wanted(world, "UTC", first=first), KEY) == []


def test_later_run_reads_from_its_bookmark_less_the_lookback(serve: Serve) -> None:
    server = serve()
    settings = {"timezone": "UTC", "lookback_days": 20, "start_date": "2026-01-01"}
    store = UpsertStore().apply(run_tap(server, select=["summary"], **settings))
    server.world.clock.advance(dt.timedelta(days=9))
    server.requests.clear()
    run_tap(server, store.state, select=["summary"], **settings)
    # 20 days before 2026-03-31, although the run is on 2026-04-09.
    assert reports(server)[0]["dateRangeStart"] == "2026-03-11T00:00:00.000"


@pytest.mark.parametrize(
    ("check", "hours"), [({"history_check": "off"}, 1.0), ({}, 2.0)], ids=["off", "default"]
)
def test_edit_before_the_lookback_is_seen_only_with_the_history_check(
    serve: Serve, check: dict[str, str], hours: float
) -> None:
    """Without the change feed and the check, only the lookback window is read."""
    world = empty()
    workspace = only_workspace(world)
    old, new = (
        edits.add_entry(world, workspace, world.owner_id, at(f"{day}T09:00Z"), at(f"{day}T10:00Z"))
        for day in ("2026-03-10", "2026-03-25")
    )
    server = serve(world)
    settings: dict[str, Any] = {"lookback_days": 10, "change_feed": "off", **check}
    store = UpsertStore().apply(
        run_tap(server, select=["summary"], start_date="2026-03-01", **settings)
    )
    for entry in (old, new):
        edits.resize_entry(world, workspace, entry.id, 7200)
    store.apply(run_tap(server, store.state, select=["summary"], **settings))
    found = {row["date"]: row["duration_decimal"] for row in store.rows("summary")}
    assert found == {"2026-03-10": hours, "2026-03-25": 2.0}


def test_time_planned_for_the_coming_days_is_there(serve: Serve, store: UpsertStore) -> None:
    world = empty()
    start = NOW + dt.timedelta(days=20)
    edits.add_entry(world, only_workspace(world), world.owner_id, start, start + LOOKBACK / 84)
    store.apply(run_tap(serve(world), select=["summary"]))
    assert [row["date"] for row in store.rows("summary")] == ["2026-04-20"]


# Requests


def test_84_days_take_one_report_of_each_kind(serve: Serve) -> None:
    server = serve()
    run_tap(server, select=["summary"])
    assert [seen.path.rsplit("/", 1)[1] for seen in server.requests.matching("/reports/")] == [
        "detailed",
        "summary",
    ]


def test_84_days_of_more_than_a_thousand_entries_take_three_reports(
    serve: Serve, store: UpsertStore
) -> None:
    world = agency(people=9, entries_per_day=4.0, days=84)
    server = serve(world)
    store.apply(run_tap(server, select=["summary"]))
    assert sum(entry.end is not None for entry in world[only_workspace(world)].entries) > 1000
    assert len(reports(server)) == 3
    assert differences(store.rows("summary"), wanted(world, "Europe/Berlin"), KEY) == []


def test_free_windows_are_a_month_at_most_and_none_is_refused(serve: Serve) -> None:
    world = agency(plan="FREE", people=3)
    server = serve(world, enforce_rate_limits=True)
    messages = run_tap(server)
    assert messages[-1]["type"] == "STATE"
    for body in reports(server):
        first, last = (at(body[f"dateRange{end}"]).date() for end in ("Start", "End"))
        assert (last - first).days + 1 <= 31
    assert {seen.status for seen in server.requests} == {200}
    assert server.requests.total <= 30, "a Free workspace has 30 requests an hour"


def test_free_windows_even_where_the_plan_is_not_named(serve: Serve, store: UpsertStore) -> None:
    """If the plan was assumed to be a paid one, a refused range is read in shorter ones."""
    from dataclasses import replace  # noqa: PLC0415

    world = agency(plan="FREE", people=3)
    contents = world[only_workspace(world)]
    plan = replace(contents.workspace.plan, features=("UNLIMITED_REPORTS",))
    world.change_workspace(replace(contents.workspace, plan=plan))
    server = serve(world)
    store.apply(run_tap(server, select=["summary"], requests_per_hour=1000))
    assert [seen.status for seen in server.requests.matching("/reports/")].count(400) < 10
    assert differences(store.rows("summary"), wanted(world, "Europe/Berlin"), KEY) == []


@pytest.mark.parametrize("exceeded", ["error", "clamp"])
def test_free_range_whatever_clockify_does_with_longer_ones(exceeded: str) -> None:
    world = agency(plan="FREE", people=3)
    with serving(world, free_range_exceeded=exceeded) as server:
        store = UpsertStore().apply(run_tap(server, select=["summary"], start_date="2025-12-25"))
    rows = wanted(world, "Europe/Berlin", first=dt.date(2025, 12, 25))
    assert differences(store.rows("summary"), rows, KEY) == []
