"""The agency of the demo, whose figures answer questions.

People fill their working days, but for absences; one works overtime, and one forgot a week.
Projects have used up some of their estimates and budgets.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from clockify_sandbox.api import durations
from clockify_sandbox.world.agency import build_agency
from clockify_sandbox.world.model import BudgetEstimate, TimeEstimate
from clockify_sandbox.world.oddities import is_odd

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Mapping

    from clockify_sandbox.resources.base import Making
    from clockify_sandbox.world.model import Entry, Json, Project
    from clockify_sandbox.world.world import Contents, World

DAYS = 80
"""Days of history: fewer than the 84 that the first run of a tap reads by default."""
ZONES = ("Europe/Berlin", "Europe/London", "Asia/Kolkata", "Africa/Cairo", "Asia/Kathmandu")
"""A working day in one of these is the same day in all of them, and in UTC."""
HARD_WORKER = "Inés Núñez"
FORGETFUL = "Kateřina Dvořáková"
FORGOTTEN = slice(-8, -2)
"""Which of the working days of the forgetful are empty."""
NOT_BILLED = ("Internal", "Pitch")
SHORT_DAYS = 0.03
"""Share of the working days that people leave early."""
HOUR = 3600

HOURS_USED = {0: 0.88, 3: 1.07, 11: 0.64, 12: 0.93}
"""Share of the estimate, in hours, that projects have used up, by their number in the list."""
MONEY_USED = {1: 1.04, 7: 0.97, 8: 0.71}
"""The same of a budget."""
MONTHLY_USED = {2: 1.02, 10: 0.85}
"""The same of a budget for each month, in the last 30 days."""
HOUR_STEP = 5
MONEY_STEP = 500_00
MONTH = timedelta(days=30)


def build_demo(*, seed: int = 1, now: datetime | None = None) -> World:
    """Build the agency of the demo, whose history ends at `now` (default: the real now)."""
    return build_agency(seed=seed, days=DAYS, now=now, zones=ZONES, arrange=arrange)


def arrange(making: Making) -> None:
    """Let people fill their days, and give projects estimates and budgets that fit."""
    contents = making.contents
    unbilled = {each.id for each in contents.projects.values() if each.name in NOT_BILLED}
    for project_id in unbilled:
        contents.projects[project_id] = replace(contents.projects[project_id], billable=False)
    arranged: list[Entry] = []
    for user_id in contents.members:
        arranged += _filled_days(making, user_id)
    contents.entries.extend(
        replace(entry, billable=False) if entry.project_id in unbilled else entry
        for entry in arranged
    )
    for number, project in enumerate(list(contents.projects.values())):
        contents.projects[project.id] = _planned(making, project, number)


def _filled_days(making: Making, user_id: str) -> Iterator[Entry]:
    """Take a person's usual entries away, and make those of the days that the person filled."""
    contents, user = making.contents, making.world.users[user_id]
    zone = ZoneInfo(user.settings.time_zone if user.settings else contents.workspace.time_zone)
    days: dict[date, list[Entry]] = defaultdict(list)
    for entry in contents.entries.of_user(user_id):
        if not is_odd(entry):
            contents.entries.remove(entry.id)
            days[entry.start.astimezone(zone).date()].append(entry)
    capacity = {day: _capacity(contents, user_id, day) for day in sorted(days)}
    working = [day for day, seconds in capacity.items() if seconds]
    forgotten = working[FORGOTTEN] if user.name == FORGETFUL else []
    for day in working:
        if day not in forgotten:
            extra = _extra(making.rng, hard=user.name == HARD_WORKER)
            begin = datetime.combine(day, time(8), zone).astimezone(UTC)
            yield from _stretched(days[day], begin, capacity[day] + extra)


def _extra(rng: random.Random, *, hard: bool) -> int:
    """Draw by how many seconds a day is longer than it has to be."""
    if rng.random() < SHORT_DAYS:
        return -HOUR
    return HOUR // 4 * rng.choice((3, 4, 5, 8) if hard else (0, 0, 0, 1, 2))


def _stretched(entries: list[Entry], begin: datetime, wanted: int) -> Iterator[Entry]:
    """Stretch or shorten the work of a day to `wanted` seconds; pauses and breaks are kept."""
    work = [entry for entry in entries if entry.type == "REGULAR"]
    factor = wanted / sum(entry.seconds for entry in work)
    left, before, at = wanted, begin, begin
    for entry in entries:
        at += max(entry.start - before, timedelta())
        seconds = entry.seconds
        if entry.type == "REGULAR":
            seconds = left if entry is work[-1] else round(seconds * factor / 60) * 60
            left -= seconds
        end = at + timedelta(seconds=seconds)
        yield replace(entry, start=at, end=end, created_at=end, updated_at=end)
        before, at = entry.end or entry.start, end


def _capacity(contents: Contents, user_id: str, day: date) -> int:
    """Return the seconds that a person should work on a day: the profile's, less absences."""
    profile = contents.objects["member_profiles"][user_id]
    if f"{day:%A}".upper() not in profile["workingDays"] or _is_holiday(contents, user_id, day):
        return 0
    usual = durations.seconds(profile["workCapacity"])
    away = 0.0
    for row in contents.objects["time_off_requests"].values():
        if row["userId"] == user_id and row["status"]["statusType"] == "APPROVED":
            away += _absence(row, day) * usual
    return max(0, usual - round(away))


def _is_holiday(contents: Contents, user_id: str, day: date) -> bool:
    groups = contents.objects["user_groups"]
    return any(
        user_id in row["userIds"]
        or any(user_id in groups[each]["userIds"] for each in row["userGroupIds"])
        for row in contents.objects["holidays"].values()
        if row["datePeriod"]["startDate"] <= day.isoformat() <= row["datePeriod"]["endDate"]
    )


def _absence(request: Json, day: date) -> float:
    """Return which share of a day a request for time off covers."""
    period: Mapping[str, str] = request["timeOffPeriod"]["period"]
    if not period["start"][:10] <= day.isoformat() <= period["end"][:10]:
        return 0.0
    half = request["timeOffPeriod"]["halfDay"] or request["timeUnit"] == "HOURS"
    return 0.5 if half else 1.0


def _planned(making: Making, project: Project, number: int) -> Project:
    """Give a project the estimate or the budget of which it has used up a certain share."""
    bare = replace(project, time_estimate=TimeEstimate(), budget_estimate=None)
    entries = [entry for entry in making.contents.entries if entry.project_id == project.id]
    if number in HOURS_USED:
        hours = sum(entry.seconds for entry in entries) / HOUR / HOURS_USED[number]
        seconds = max(1, round(hours / HOUR_STEP)) * HOUR_STEP * HOUR
        return replace(bare, time_estimate=TimeEstimate(seconds, manual=True, active=True))
    if number in MONEY_USED:
        return replace(bare, budget_estimate=_budget(_cents(entries) / MONEY_USED[number]))
    if number in MONTHLY_USED:
        recent = [entry for entry in entries if entry.start > making.now - MONTH]
        monthly = _cents(recent) / MONTHLY_USED[number]
        return replace(bare, budget_estimate=_budget(monthly, reset="MONTHLY"))
    return bare


def _cents(entries: list[Entry]) -> float:
    return sum((each.hourly_rate or 0) * each.seconds / HOUR for each in entries if each.billable)


def _budget(cents: float, reset: str | None = None) -> BudgetEstimate:
    return BudgetEstimate(max(1, round(cents / MONEY_STEP)) * MONEY_STEP, reset=reset)
