"""What the marts must say that look at plans: capacity, absence, estimates, budgets, schedules.

As `truth_of_marts`, it is computed from a world by the descriptions alone.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clockify_sandbox.world import truth
from truth_of_bills import expenses
from truth_of_marts import (
    ALWAYS,
    CENTS,
    Known,
    Row,
    days_of,
    grouped,
    iso_hours,
    monday,
    ratio,
    totals,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clockify_sandbox.world.model import Project

DAY = dt.timedelta(days=1)
AT_RISK = 0.8
TINY = 1e-6
HOURS = ("hours", "billable_hours", "break_hours", "worked_hours", "absence_hours")
HOURS += ("capacity_hours", "missing_hours")


class Calendar:
    """When the people of a workspace plan to work."""

    def __init__(self, known: Known, workspace_id: str) -> None:
        """Read profiles, holidays and time off."""
        kinds = ("member_profiles", "holidays", "time_off_requests", "user_groups")
        held = {kind: truth.object_rows(known.world, workspace_id, kind) for kind in kinds}
        self.profiles = {row["userId"]: row for row in held["member_profiles"]}
        self.groups = {row["id"]: set(row["userIds"]) for row in held["user_groups"]}
        self.holidays = held["holidays"]
        self.time_off = [
            row for row in held["time_off_requests"] if row["status"]["statusType"] == "APPROVED"
        ]

    def planned(self, user_id: str, day: dt.date) -> float:
        """Hours that a person plans to work on such a weekday."""
        profile = self.profiles[user_id]
        works = f"{day:%A}".upper() in profile["workingDays"]
        return iso_hours(profile["workCapacity"]) if works else 0.0

    def is_holiday(self, user_id: str, day: dt.date) -> bool:
        """Tell whether a day is a holiday of a person."""
        return any(_falls_on(row, day) and self._is_for(row, user_id) for row in self.holidays)

    def is_working_day(self, user_id: str, day: dt.date) -> bool:
        """Tell whether a person works on a day: on that weekday, and it is no holiday."""
        return self.planned(user_id, day) > 0 and not self.is_holiday(user_id, day)

    def absence(self, user_id: str, day: dt.date) -> float:
        """Hours of the planned time that are a holiday or approved time off."""
        planned = self.planned(user_id, day)
        if self.is_holiday(user_id, day):
            return planned
        mine = (row for row in self.time_off if row["userId"] == user_id)
        return min(planned, sum(_away(row, day, planned) for row in mine))

    def capacity(self, user_id: str, day: dt.date) -> float:
        """Hours that a person is there on a day."""
        return self.planned(user_id, day) - self.absence(user_id, day)

    def _is_for(self, holiday: Row, user_id: str) -> bool:
        return bool(
            holiday["everyoneIncludingNew"]
            or user_id in holiday["userIds"]
            or any(user_id in self.groups[each] for each in holiday["userGroupIds"])
        )


def _falls_on(holiday: Row, day: dt.date) -> bool:
    first, last = (
        dt.date.fromisoformat(holiday["datePeriod"][name]) for name in ("startDate", "endDate")
    )
    years = range(first.year, day.year + 1) if holiday["occursAnnually"] else (first.year,)
    length = last - first
    return any(
        first.replace(year=year) <= day <= first.replace(year=year) + length for year in years
    )


def _away(request: Row, day: dt.date, planned: float) -> float:
    period = request["timeOffPeriod"]
    first, last = days_of(period["period"], request["userTimeZone"])
    if not first <= day <= last:
        return 0.0
    if request["timeUnit"] == "HOURS":
        return float(request["balanceDiff"]) / ((last - first).days + 1)
    return planned / 2 if period["halfDay"] else planned


def person_days(known: Known) -> list[Row]:
    """List people's days, those without time included."""
    calendars = {each: Calendar(known, each) for each in known.world.workspaces}
    found = []
    for workspace_id, user_id in _people(known):
        calendar, active = calendars[workspace_id], known.is_active(workspace_id, user_id)
        rows = known.entries_of(workspace_id, user_id=user_id)
        if not rows and not active:
            continue
        key = {"workspace_id": workspace_id, **known.person(user_id)}
        days = {row["date"] for row in rows} or {known.began}
        last = known.today if active else max(days)
        span = range((last - min(days)).days + 1)
        days |= {min(days) + number * DAY for number in span}
        found += [
            {**key, "is_active": active, **_day(calendar, user_id, day, rows, known.today)}
            for day in sorted(days)
        ]
    return found


def _people(known: Known) -> list[tuple[str, str]]:
    return [
        (workspace_id, user_id)
        for workspace_id, contents in known.world.workspaces.items()
        for user_id in contents.members
    ]


def _day(calendar: Calendar, user_id: str, day: dt.date, rows: list[Row], today: dt.date) -> Row:
    mine = [row for row in rows if row["date"] == day]
    worked = sum(row["hours"] for row in mine if row["type"] == "REGULAR")
    planned = calendar.planned(user_id, day)
    entered = sum(row["hours"] for row in mine if row["type"] in {"HOLIDAY", "TIME_OFF"})
    absence = max(calendar.absence(user_id, day), min(planned, entered))
    capacity = planned - absence
    return {
        "date": day,
        "week": monday(day),
        "month": day.replace(day=1),
        "is_working_day": calendar.is_working_day(user_id, day),
        **totals(mine, ("hours", "billable_hours")),
        "break_hours": sum(row["hours"] for row in mine if row["type"] == "BREAK"),
        "worked_hours": worked,
        "absence_hours": absence,
        "capacity_hours": capacity,
        "missing_hours": max(0.0, capacity - worked) if day <= today else 0.0,
    }


def person_weeks(known: Known) -> list[Row]:
    """Add up people's days by week."""
    names = ("workspace_id", "user_id", "user_name", "week", "is_active")
    found = []
    for key, rows in grouped(person_days(known), names):
        sums = totals(rows, HOURS)
        figures: Row = {
            "missing_days": sum(row["missing_hours"] > TINY for row in rows),
            "overtime_hours": max(0.0, sums["worked_hours"] - sums["capacity_hours"]),
            "utilisation": ratio(sums["billable_hours"], sums["capacity_hours"]),
            "billable_ratio": ratio(sums["billable_hours"], sums["worked_hours"]),
        }
        found.append({**key, **sums, **figures})
    return found


def missing_timesheets(known: Known) -> list[Row]:
    """List active people's working days before today with too little time."""
    names = ("workspace_id", "user_id", "user_name", "date", "week", "capacity_hours")
    return [
        {
            **{name: row[name] for name in (*names, "missing_hours")},
            "hours": row["worked_hours"],
            "days_ago": (known.today - row["date"]).days,
        }
        for row in person_days(known)
        if row["is_active"]
        and row["is_working_day"]
        and row["date"] < known.today
        and row["missing_hours"] > TINY
    ]


def forecast_weeks(known: Known) -> list[Row]:
    """Compare scheduled with tracked time by person, project and week."""
    calendars = {each: Calendar(known, each) for each in known.world.workspaces}
    scheduled: dict[tuple[str, str, str, dt.date], float] = defaultdict(float)
    tracked: dict[tuple[str, str, str, dt.date], float] = defaultdict(float)
    for workspace_id, row in known.objects("scheduling_assignments"):
        for day in _scheduled_days(calendars[workspace_id], row, known.timezone):
            key = workspace_id, row["userId"], row["projectId"], monday(day)
            scheduled[key] += row["hoursPerDay"]
    for row in known.entries:
        key = row["workspace_id"], row["user_id"], row["project_id"], row["week"]
        tracked[key] += row["hours"]
    found = []
    for key in {*scheduled, *tracked}:
        workspace_id, user_id, project_id, week = key
        days = [week + number * DAY for number in range(7)]
        capacity = sum(
            calendars[workspace_id].capacity(user_id, day)
            for day in days
            if day <= _last_day(known, workspace_id, user_id)
        )
        planned = sum(
            hours
            for (where, who, _, when), hours in scheduled.items()
            if (where, who, when) == (workspace_id, user_id, week)
        )
        project = known.project(workspace_id, project_id)
        found.append(
            {
                "workspace_id": workspace_id,
                **known.person(user_id),
                **{name: project[name] for name in ("project_id", "project_name")},
                "week": week,
                "scheduled_hours": scheduled.get(key, 0.0),
                "tracked_hours": tracked.get(key, 0.0),
                "capacity_hours": capacity,
                "free_hours": capacity - planned,
            }
        )
    return found


def _last_day(known: Known, workspace_id: str, user_id: str) -> dt.date:
    """Return somebody's last day of planned work: the last tracked one of those who are gone."""
    if known.is_active(workspace_id, user_id):
        return ALWAYS[1]
    rows = known.entries_of(workspace_id, user_id=user_id)
    return max((row["date"] for row in rows), default=ALWAYS[0])


def _scheduled_days(calendar: Calendar, row: Row, zone: str) -> Iterator[dt.date]:
    first, last = days_of(row["period"], zone)
    excluded = {each["date"] for each in row.get("excludeDays") or ()}
    for number in range((last - first).days + 1):
        day = first + number * DAY
        works = row.get("includeNonWorkingDays") or calendar.is_working_day(row["userId"], day)
        if works and f"{day}" not in excluded:
            yield day


def projects(known: Known) -> list[Row]:
    """Compare each project's time and money with its estimate and budget."""
    return [
        _Burn(known, workspace_id, project).row()
        for workspace_id, contents in known.world.workspaces.items()
        for project in contents.projects.values()
    ]


@dataclass(frozen=True)
class _Burn:
    """A project, and what counts towards its plans."""

    known: Known
    workspace_id: str
    project: Project

    def row(self) -> Row:
        mine, today = self._entries(), self.known.today
        total = self.known.world[self.workspace_id].entries.project_seconds[self.project.id] / 3600
        recent = [row["hours"] for row in mine if today - 28 * DAY < row["date"] <= today]
        time, money = self._time(total), self._money(total)
        left = time["remaining_hours"]
        weekly = sum(recent) / 4
        return {
            "workspace_id": self.workspace_id,
            **self.known.project(self.workspace_id, self.project.id),
            "is_removed": False,
            "is_archived": self.project.archived,
            "is_billable": self.project.billable,
            "is_template": self.project.template,
            "currency": self.known.world[self.workspace_id].currency_of(self.project.id),
            "tracked_hours_total": total,
            "hours_in_warehouse": sum(row["hours"] for row in mine),
            "history_first": self.known.began,
            **time,
            **money,
            "hours_last_4_weeks": sum(recent),
            "last_date": max((row["date"] for row in mine), default=None),
            "weeks_left": left / weekly if left and left > 0 and weekly else None,
            "status": _status(time, money),
        }

    def _time(self, total: float) -> Row:
        plan = self.project.time_estimate
        start = self._start(plan.reset if plan.active else None)
        mine = self._entries(start, plan.reset)
        column = "hours" if plan.include_non_billable else "billable_hours"
        of_clockify = not plan.active or (start is None and plan.include_non_billable)
        hours = total if of_clockify else sum(row[column] for row in mine)
        complete = of_clockify or self._is_whole(start, total)
        estimate = plan.seconds / 3600 if plan.active else None
        usable = estimate is not None and complete
        return {
            "estimate_hours": estimate,
            "estimate_reset": plan.reset if plan.active else None,
            "estimate_period_start": start,
            "hours_in_period": hours,
            "is_burn_complete": complete,
            "burn_ratio": hours / estimate if usable and estimate else None,
            "remaining_hours": estimate - hours if usable and estimate else None,
        }

    def _money(self, total: float) -> Row:
        plan = self.project.budget_estimate
        active = plan is not None and plan.active
        reset = plan.reset if plan and active else None
        start = self._start(reset)
        currency = self.known.world[self.workspace_id].currency_of(self.project.id)
        mine = self._entries(start, reset)
        amount = sum(row["amount"] for row in mine if row["currency"] == currency)
        if plan and active and plan.include_expenses:
            amount += sum(row["amount"] for row in self._expenses(start, reset))
        foreign = any(row["amount"] for row in mine if row["currency"] != currency)
        complete = self._is_whole(start, total) and not foreign
        budget = plan.amount / CENTS if plan and active else None
        usable = budget is not None and complete
        return {
            "budget_amount": budget,
            "budget_reset": reset,
            "budget_period_start": start,
            "amount_in_period": amount,
            "is_budget_burn_complete": complete,
            "budget_burn_ratio": amount / budget if usable and budget else None,
            "remaining_amount": budget - amount if usable and budget else None,
        }

    def _is_whole(self, start: dt.date | None, total: float) -> bool:
        """Tell whether the warehouse has all hours since a day."""
        if start is not None and start >= self.known.began:
            return True
        return abs(total - sum(row["hours"] for row in self._entries())) < TINY

    def _start(self, reset: str | None) -> dt.date | None:
        today = self.known.today
        return {
            "WEEKLY": monday(today),
            "MONTHLY": today.replace(day=1),
            "YEARLY": today.replace(month=1, day=1),
        }.get(reset or "")

    def _entries(self, start: dt.date | None = None, reset: str | None = None) -> list[Row]:
        first, last = _period(start, reset)
        rows = self.known.entries_of(self.workspace_id, project_id=self.project.id)
        return [row for row in rows if first <= row["date"] < last]

    def _expenses(self, start: dt.date | None, reset: str | None) -> list[Row]:
        first, last = _period(start, reset)
        return [
            row
            for row in expenses(self.known)
            if (row["workspace_id"], row["project_id"]) == (self.workspace_id, self.project.id)
            and first <= row["date"] < last
        ]


def _period(start: dt.date | None, reset: str | None) -> tuple[dt.date, dt.date]:
    """Return a period's first day and the day after its last one."""
    if start is None:
        return ALWAYS
    days = {"WEEKLY": 7, "MONTHLY": 32, "YEARLY": 366}[reset or ""]
    later = start + days * DAY
    following: dict[str, Any] = {
        "WEEKLY": {},
        "MONTHLY": {"day": 1},
        "YEARLY": {"day": 1, "month": 1},
    }
    return start, later.replace(**following[reset or ""])


def _status(time: Row, money: Row) -> str:
    plans = (
        (time["estimate_hours"], time["hours_in_period"], time["is_burn_complete"]),
        (money["budget_amount"], money["amount_in_period"], money["is_budget_burn_complete"]),
    )
    used = [(done / plan, complete) for plan, done, complete in plans if plan is not None]
    if not used:
        return "no estimate"
    if any(share > 1 for share, _ in used):
        return "over"
    if any(share >= AT_RISK for share, _ in used):
        return "at risk"
    return "ok" if all(complete for _, complete in used) else "unknown"
