"""Reports agree with each other and with the truth, in any time zone."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from math import isclose
from typing import TYPE_CHECKING, Any

import pytest
from clockify_sandbox.api import Options
from clockify_sandbox.world import build_agency, build_empty, edits, truth
from clockify_sandbox.world.random_edits import random_edit

if TYPE_CHECKING:
    from collections.abc import Callable

    from clockify_sandbox.world import World
    from sandbox_support import Caller

HOUR = timedelta(hours=1)
DAYS = ("2026-06-01", "2026-08-31")
ZONES = ("UTC", "Europe/Berlin", "America/Sao_Paulo", "Pacific/Kiritimati", "Australia/Lord_Howe")


def summed(rows: list[Any]) -> tuple[int, float]:
    seconds = sum(row["timeInterval"]["duration"] for row in rows)
    return seconds, sum(row["amount"] or 0 for row in rows)


def agrees(caller: Caller, zone: str, first: str = DAYS[0], last: str = DAYS[1]) -> None:
    """Compare the detailed rows, both totals, every day and person, and the truth."""
    rows = caller.rows(first, last, timeZone=zone)
    groups = {"groups": ["DATE", "USER"]}
    summary = caller.report("summary", first, last, timeZone=zone, summaryFilter=groups).json()
    seconds, cents = summed(rows)
    total = summary["totals"][0]
    assert (total["totalTime"], total["entriesCount"]) == (seconds, len(rows))
    assert isclose(total["totalAmount"], cents)
    days = {
        (day["_id"], user["_id"]): user for day in summary["groupOne"] for user in day["children"]
    }
    true = truth.summary_rows(
        caller.world,
        caller.workspace_id,
        timezone=zone,
        first=date.fromisoformat(first),
        last=date.fromisoformat(last),
    )
    by_day: dict[tuple[str, str], list[float]] = {}
    for row in true:
        sums = by_day.setdefault((str(row["date"]), str(row["user_id"])), [0.0, 0.0])
        sums[0] += row["duration_decimal"] * 3600  # type: ignore[operator]
        sums[1] += row["amount_decimal"] * 100  # type: ignore[operator]
    assert set(by_day) == set(days)
    for key, (true_seconds, true_cents) in by_day.items():
        assert isclose(days[key]["duration"], true_seconds, abs_tol=1e-6)
        assert isclose(days[key]["amount"], true_cents, abs_tol=1e-6)
    from_rows = {(row["timeInterval"]["start"][:10], row["userId"]) for row in rows}
    assert from_rows == set(by_day)


@pytest.mark.parametrize("zone", ZONES)
def test_reports_agree_with_the_truth(agency: Caller, zone: str) -> None:
    agrees(agency, zone)


def test_reports_agree_after_edits(serve: Callable[..., Caller]) -> None:
    world = build_agency(seed=3, people=6, days=60, now=datetime(2026, 8, 14, 15, tzinfo=UTC))
    caller = serve(world, Options(enforce_rate_limits=False))
    rng = random.Random(11)  # noqa: S311 -- made-up data
    for _ in range(5):
        for _ in range(20):
            assert random_edit(world, rng)
        agrees(caller, "Europe/Berlin")


@pytest.mark.parametrize("size", [1, 3, 4, 6, 7])
def test_pages_of_a_report(serve: Callable[..., Caller], empty: World, size: int) -> None:
    caller = serve(empty, Options(enforce_rate_limits=False))
    start = datetime(2026, 7, 1, 9, tzinfo=UTC)
    made = [
        edits.add_entry(
            empty, caller.workspace_id, empty.owner_id, start + n * HOUR, start + (n + 1) * HOUR
        ).id
        for n in range(6)
    ]
    rows = caller.rows("2026-07-01", "2026-07-31", size=size, sortOrder="ASCENDING")
    assert [row["_id"] for row in rows] == made
    # A page that ends with the last row is marked as the last.
    assert caller.server.requests.count("detailed") == -(-6 // size)
    asked = {"page": 6 // size + 2, "pageSize": size}
    beyond = caller.report("detailed", "2026-07-01", "2026-07-31", detailedFilter=asked)
    assert beyond.json()["timeentries"] == []
    assert beyond.headers["last-page"] == "true"
    assert beyond.json()["totals"][0]["entriesCount"] == 6


@pytest.mark.parametrize(
    ("zone", "day", "start", "inside"),
    [
        # Spring forward in Berlin: the day has 23 hours.
        ("Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00+00:00", True),
        ("Europe/Berlin", "2026-03-29", "2026-03-29T21:59:59+00:00", True),
        ("Europe/Berlin", "2026-03-29", "2026-03-29T22:00:00+00:00", False),
        # And back: 25 hours.
        ("Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00+00:00", True),
        ("Europe/Berlin", "2026-10-25", "2026-10-25T22:59:59+00:00", True),
        ("Europe/Berlin", "2026-10-25", "2026-10-24T21:59:59+00:00", False),
        # East and west of UTC, and a zone 14 hours ahead.
        ("Pacific/Kiritimati", "2026-08-08", "2026-08-07T10:00:00+00:00", True),
        ("Pacific/Kiritimati", "2026-08-08", "2026-08-08T10:00:00+00:00", False),
        ("America/Los_Angeles", "2026-08-08", "2026-08-09T06:59:59+00:00", True),
        ("America/Los_Angeles", "2026-08-08", "2026-08-08T06:59:59+00:00", False),
        ("UTC", "2024-02-29", "2024-02-29T00:00:00+00:00", True),
    ],
)
def test_a_window_is_a_wall_clock(
    serve: Callable[..., Caller],
    empty: World,
    zone: str,
    day: str,
    start: str,
    inside: bool,  # noqa: FBT001
) -> None:
    caller = serve(empty)
    begin = datetime.fromisoformat(start)
    edits.add_entry(empty, caller.workspace_id, empty.owner_id, begin, begin + HOUR)
    asked = {"page": 1, "pageSize": 10}
    # The Z is ignored: it is still a wall clock.
    body = {
        "dateRangeStart": f"{day}T00:00:00.000Z",
        "dateRangeEnd": f"{day}T23:59:59.999Z",
        "timeZone": zone,
        "detailedFilter": asked,
    }
    rows = caller.report("detailed", day, day, **body).json()["timeentries"]
    assert bool(rows) == inside
    if inside:
        rendered = rows[0]["timeInterval"]["start"]
        assert rendered.startswith(day)
        assert datetime.fromisoformat(rendered) == begin


def test_details_of_a_row(serve: Callable[..., Caller], empty: World) -> None:
    caller = serve(empty)
    w = caller.workspace_id
    start = datetime(2026, 8, 10, 9, tzinfo=UTC)
    tag = edits.add_tag(empty, w, "urgent, really")
    bare = edits.add_entry(empty, w, empty.owner_id, start, start + HOUR, billable=False)
    project = edits.add_project(empty, w, "Film", hourly_rate=20000)
    edits.add_task(empty, w, project.id, "Cut")
    full = edits.add_entry(
        empty,
        w,
        empty.owner_id,
        start,
        start + HOUR / 2,
        project_id=project.id,
        task_id=next(iter(caller.contents.tasks)),
        tag_ids=[tag.id],
    )
    rows = {row["_id"]: row for row in caller.rows(*DAYS, amounts=["EARNED", "COST"])}
    row = rows[bare.id]
    assert (row["projectId"], row["clientId"], row["clientName"]) == (None, "", "")
    assert (row["tagIds"], row["amount"], row["rate"]) == (None, None, None)
    assert "tags" not in row
    assert "taskName" not in row
    assert "invoicingInfo" not in row
    row = rows[full.id]
    assert row["tags"] == [{"_id": tag.id, "name": "urgent, really"}]
    assert "tagIds" not in row
    assert (row["taskName"], row["rate"], row["amount"]) == ("Cut", 20000, 10000)
    assert (row["earnedAmount"], row["currency"]) == (10000, "EUR")
    assert row["timeInterval"]["duration"] == 1800
    plain = caller.rows(*DAYS)
    assert all("earnedAmount" not in each for each in plain)
    hidden = caller.rows(*DAYS, amountShown="HIDE_AMOUNT")
    assert {(each["amount"], each["rate"]) for each in hidden} == {(None, None)}


@pytest.mark.parametrize(
    ("options", "bare", "absent"),
    [
        (Options(missing_project="absent"), {}, {"projectId", "projectName", "clientId"}),
        (Options(missing_project="empty"), {"projectId": "", "projectName": ""}, set()),
        (Options(untagged="empty_list"), {"tagIds": []}, {"tags"}),
        (Options(untagged="absent"), {}, {"tagIds", "tags"}),
        (Options(unbilled_amount="zero"), {"amount": 0, "rate": 0}, set()),
        (Options(row_amounts="earned_only"), {"earnedAmount": None}, {"amount"}),
        (Options(row_amounts="amount_only"), {"amount": None}, {"earnedAmount"}),
        (Options(uninvoiced="empty_list"), {"invoicingInfo": []}, set()),
    ],
)
def test_options_for_rows(
    serve: Callable[..., Caller],
    empty: World,
    options: Options,
    bare: dict[str, Any],
    absent: set[str],
) -> None:
    caller = serve(empty, options)
    start = datetime(2026, 8, 10, 9, tzinfo=UTC)
    edits.add_entry(empty, caller.workspace_id, empty.owner_id, start, start + HOUR, billable=False)
    (row,) = caller.rows(*DAYS, amounts=["EARNED"])
    assert {key: row[key] for key in bare} == bare
    assert not absent & set(row)


def test_options_for_running_entries_in_reports(serve: Callable[..., Caller], empty: World) -> None:
    groups = {"groups": ["DATE"]}
    w = next(iter(empty.workspaces))
    edits.start_timer(empty, w, empty.owner_id)
    empty.clock.advance(HOUR)
    plain = serve(empty)
    assert plain.rows(*DAYS) == []
    answer = plain.report("summary", *DAYS, summaryFilter=groups).json()
    assert (answer["totals"], answer["groupOne"]) == ([None], [])
    open_ended = serve(empty, Options(running_in_detailed=True, running_in_summary=True))
    (row,) = open_ended.rows(*DAYS)
    assert row["timeInterval"]["end"] is None
    answer = open_ended.report("summary", *DAYS, summaryFilter=groups).json()
    assert answer["totals"][0]["totalTime"] == 3600
    empty.clock.advance(HOUR)
    answer = open_ended.report("summary", *DAYS, summaryFilter=groups).json()
    assert answer["totals"][0]["totalTime"] == 7200


def test_several_tags_under_tag_grouping(serve: Callable[..., Caller], empty: World) -> None:
    w = next(iter(empty.workspaces))
    tags = [edits.add_tag(empty, w, name).id for name in ("a", "b")]
    start = datetime(2026, 8, 10, 9, tzinfo=UTC)
    edits.add_entry(empty, w, empty.owner_id, start, start + HOUR, tag_ids=tags)
    asked = {"summaryFilter": {"groups": ["DATE", "TAG"]}}
    apart = serve(empty).report("summary", *DAYS, **asked).json()
    assert [child["duration"] for child in apart["groupOne"][0]["children"]] == [3600, 3600]
    assert apart["totals"][0]["totalTime"] == apart["groupOne"][0]["duration"] == 3600
    together = serve(empty, Options(tag_groups="combined")).report("summary", *DAYS, **asked).json()
    assert [child["_id"] for child in together["groupOne"][0]["children"]] == [",".join(tags)]


def test_filters(agency: Caller) -> None:
    owner = agency.world.owner_id
    everything = agency.rows(*DAYS)
    mine = agency.rows(*DAYS, users={"ids": [owner], "contains": "CONTAINS", "status": "ALL"})
    others = agency.rows(*DAYS, users={"ids": [owner], "contains": "DOES_NOT_CONTAIN"})
    assert mine
    assert {row["userId"] for row in mine} == {owner}
    assert len(mine) + len(others) == len(everything)
    active = agency.rows(*DAYS, users={"ids": [], "contains": "CONTAINS", "status": "ACTIVE"})
    assert 0 < len(active) < len(everything)
    loose = {"page": 1, "pageSize": 1000, "auditFilter": {"withoutProject": True}}
    rows = agency.report("detailed", *DAYS, detailedFilter=loose).json()["timeentries"]
    assert rows
    assert all(row["projectId"] is None for row in rows)
    assert all(row["billable"] for row in agency.rows(*DAYS, billable=True))


def test_empty_filter_of_people_may_select_nobody(
    serve: Callable[..., Caller], empty: World
) -> None:
    start = datetime(2026, 8, 10, 9, tzinfo=UTC)
    edits.add_entry(empty, next(iter(empty.workspaces)), empty.owner_id, start, start + HOUR)
    found = {}
    for nobody in (False, True):
        caller = serve(empty, Options(users_filter_nobody=nobody))
        filters = [
            {"ids": [], "contains": "CONTAINS", "status": "ALL"},
            {"ids": [], "contains": "DOES_NOT_CONTAIN", "status": "ALL"},
            {"status": "ALL"},
        ]
        grouped = {"summaryFilter": {"groups": ["USER"]}}
        found[nobody] = [
            (
                len(caller.rows(*DAYS, users=users)),
                len(caller.report("summary", *DAYS, users=users, **grouped).json()["groupOne"]),
            )
            for users in filters
        ]
    assert found == {False: [(1, 1), (1, 1), (1, 1)], True: [(0, 0), (1, 1), (1, 1)]}


@pytest.mark.parametrize(
    "body",
    [
        {"detailedFilter": None},
        {"timeZone": "Mars/Olympus"},
        {"dateRangeStart": "yesterday"},
        {"dateRangeStart": "2026-09-01T00:00:00", "dateRangeEnd": "2026-08-01T00:00:00"},
        {"detailedFilter": {"page": 0}},
        {"detailedFilter": {"pageSize": 0}},
        {"detailedFilter": {"pageSize": 1001}},
        {"detailedFilter": {"sortColumn": "COLOUR"}},
        {"amounts": ["GOLD"]},
    ],
)
def test_impossible_requests(agency: Caller, body: dict[str, Any]) -> None:
    answer = agency.report("detailed", *DAYS, **{"detailedFilter": {"page": 1}, **body})
    assert answer.status_code == 400
    assert set(answer.json()) == {"message", "code"}


def test_a_page_size_above_the_maximum_may_be_cut(
    serve: Callable[..., Caller], empty: World
) -> None:
    start = datetime(2026, 8, 10, 9, tzinfo=UTC)
    for n in range(5):
        begin = start + n * HOUR
        edits.add_entry(empty, next(iter(empty.workspaces)), empty.owner_id, begin, begin + HOUR)
    caller = serve(empty, Options(detailed_max_page_size=2, detailed_over_max="clamp"))
    asked = {"page": 1, "pageSize": 1000}
    answer = caller.report("detailed", *DAYS, detailedFilter=asked)
    assert len(answer.json()["timeentries"]) == 2
    assert answer.headers["last-page"] == "false"


def test_free_reports_span_31_days(serve: Callable[..., Caller]) -> None:
    world = build_empty(plan="FREE", now=datetime(2026, 8, 14, tzinfo=UTC))
    w = next(iter(world.workspaces))
    for day in (1, 31):
        begin = datetime(2026, 7, day, 9, tzinfo=UTC)
        edits.add_entry(world, w, world.owner_id, begin, begin + HOUR)
    begin = datetime(2026, 8, 1, 9, tzinfo=UTC)
    edits.add_entry(world, w, world.owner_id, begin, begin + HOUR)
    caller = serve(world)
    assert len(caller.rows("2026-07-01", "2026-07-31")) == 2
    asked = {"detailedFilter": {"page": 1}}
    refused = caller.report("detailed", "2026-07-01", "2026-08-01", **asked)
    assert (refused.status_code, refused.json()["code"]) == (400, 501)
    cut = serve(world, Options(free_range_exceeded="clamp"))
    assert len(cut.rows("2026-07-01", "2026-08-01")) == 2
