"""The agency of the demo: its figures answer the questions that the marts ask."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from clockify_sandbox.world import truth
from clockify_sandbox.world.demo import FORGETFUL, HARD_WORKER, build_demo
from clockify_sandbox.world.oddities import is_odd, odd_entries

if TYPE_CHECKING:
    from datetime import date

    from clockify_sandbox.world import Contents, World

NOW = datetime(2026, 8, 14, 15, tzinfo=UTC)
NIGHT = datetime(2026, 3, 1, 1, tzinfo=UTC)
HOUR = 3600
TWO_WEEKS = timedelta(days=14)


@pytest.fixture(scope="module", params=[NOW, NIGHT], ids=["afternoon", "night"])
def demo(request: pytest.FixtureRequest) -> World:
    return build_demo(now=request.param)


def agency(world: World) -> Contents:
    return next(iter(world.workspaces.values()))


def user_id(world: World, name: str) -> str:
    return next(user.id for user in world.users.values() if user.name == name)


def seconds_by_day(world: World, name: str) -> Counter[date]:
    user = world.users[user_id(world, name)]
    assert user.settings is not None
    zone = ZoneInfo(user.settings.time_zone)
    days: Counter[date] = Counter()
    for entry in agency(world).entries.of_user(user.id):
        if entry.type != "BREAK" and not is_odd(entry):
            days[entry.start.astimezone(zone).date()] += entry.seconds
    return days


def working_days(world: World, count: int) -> list[date]:
    day = world.now().date()
    found: list[date] = []
    while len(found) < count:
        day -= timedelta(days=1)
        if day.weekday() < 5:
            found.append(day)
    return found


def test_equal_seeds_make_equal_demos() -> None:
    one, other, different = (build_demo(seed=seed, now=NOW) for seed in (1, 1, 2))
    assert list(agency(one).entries) == list(agency(other).entries)
    assert agency(one).projects == agency(other).projects
    assert list(agency(one).entries) != list(agency(different).entries)


def test_projects_have_used_up_some_of_their_plans(demo: World) -> None:
    contents = agency(demo)
    hours, money = [], []
    for project in contents.projects.values():
        entries = [entry for entry in contents.entries if entry.project_id == project.id]
        amount = sum((e.hourly_rate or 0) * e.seconds / HOUR for e in entries if e.billable)
        estimate, budget = project.time_estimate, project.budget_estimate
        assert not (estimate.active and budget)
        if estimate.active:
            hours.append(sum(entry.seconds for entry in entries) / estimate.seconds)
        if budget and budget.reset is None:
            money.append(amount / budget.amount)
    assert len(hours) >= 4
    assert len(money) >= 3
    for used in (hours, money):
        assert min(used) > 0.6
        assert 1 < max(used) < 1.1


def test_people_fill_their_days_but_for_one(demo: World) -> None:
    recent = working_days(demo, 8)
    for name in ("Anna Öztürk", HARD_WORKER):
        assert sum(day in seconds_by_day(demo, name) for day in recent) >= 5
    assert sum(day not in seconds_by_day(demo, FORGETFUL) for day in recent) >= 5
    # Days that are not forgotten are filled: eight hours and more, seven at times.
    hours = Counter(seconds // HOUR for seconds in seconds_by_day(demo, FORGETFUL).values())
    assert set(hours) <= {3, 4, 7, 8}
    assert hours[8] > hours[7]


def test_one_works_more_than_the_others(demo: World) -> None:
    per_day = {
        name: sum(days.values()) / len(days) / HOUR
        for name in ("Anna Öztürk", FORGETFUL, HARD_WORKER)
        if (days := seconds_by_day(demo, name))
    }
    assert per_day[HARD_WORKER] - 0.5 > max(per_day["Anna Öztürk"], per_day[FORGETFUL])


def test_nobody_works_on_days_off_or_in_the_future(demo: World) -> None:
    contents = agency(demo)
    for row in truth.object_rows(demo, contents.workspace.id, "time_off_requests"):
        whole = row["timeUnit"] == "DAYS" and not row["timeOffPeriod"]["halfDay"]  # type: ignore[index]
        if row["status"]["statusType"] == "APPROVED" and whole:  # type: ignore[index]
            days = seconds_by_day(demo, str(row["userName"]))
            period = row["timeOffPeriod"]["period"]  # type: ignore[index]
            assert not [d for d in days if period["start"][:10] <= str(d) <= period["end"][:10]]
    late = [e for e in contents.entries if not is_odd(e) and (e.end is None or e.end > demo.now())]
    assert late == []


def test_old_billable_work_for_clients_is_invoiced(demo: World) -> None:
    contents = agency(demo)
    invoices = {row["id"] for row in contents.objects["invoices"].values()}
    invoiced = [entry for entry in contents.entries if entry.invoice_id]
    assert invoiced
    assert {entry.invoice_id for entry in invoiced} <= invoices
    assert all(entry.billable for entry in invoiced)
    recent = [e for e in contents.entries if e.start > demo.now() - TWO_WEEKS and e.billable]
    assert recent
    assert not any(entry.invoice_id for entry in recent)


def test_odd_entries_are_kept(demo: World) -> None:
    contents = agency(demo)
    odd = list(odd_entries(demo, contents, demo.owner_id))
    assert all(is_odd(entry) for entry in odd)
    kept = {(e.description, e.start) for e in contents.entries if is_odd(e)}
    assert {(entry.description, entry.start) for entry in odd} <= kept
