"""Agencies with all that the marts tell apart, and what people do to them afterwards."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from clockify_sandbox.resources.kept import instant
from clockify_sandbox.world import edits
from clockify_sandbox.world.model import BudgetEstimate, Entry, Project, TimeEstimate
from support import NOW, agency

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clockify_sandbox.world import World

DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)
MILLISECOND = dt.timedelta(milliseconds=1)
OLDER = 60 * DAY

PLANS: tuple[dict[str, Any], ...] = (
    {"time_estimate": TimeEstimate(30 * 3600, manual=True, active=True)},
    {"time_estimate": TimeEstimate(5 * 3600, active=True, reset="WEEKLY")},
    {"time_estimate": TimeEstimate(9000, active=True, reset="MONTHLY", include_non_billable=False)},
    {"time_estimate": TimeEstimate(500 * 3600, active=True, include_non_billable=False)},
    {"time_estimate": TimeEstimate(200 * 3600, active=True, reset="YEARLY")},
    {"budget_estimate": BudgetEstimate(300_000)},
    {"budget_estimate": BudgetEstimate(200_000, reset="MONTHLY", include_expenses=True)},
    {"budget_estimate": BudgetEstimate(10_000, reset="WEEKLY")},
    {"budget_estimate": BudgetEstimate(9_000_000, reset="YEARLY", include_expenses=True)},
    {"time_estimate": TimeEstimate(3600, reset="WEEKLY", include_non_billable=False)},
    {"budget_estimate": BudgetEstimate(100, active=False, reset="WEEKLY", include_expenses=True)},
    {
        "time_estimate": TimeEstimate(3600, active=True),
        "budget_estimate": BudgetEstimate(9_000_000, include_expenses=True),
    },
    {"time_estimate": TimeEstimate(9000 * 3600, active=True)},
    {"budget_estimate": BudgetEstimate(900_000_000, include_expenses=True)},
    {"time_estimate": TimeEstimate(90 * 3600, active=True, reset="MONTHLY")},
)
"""Estimates and budgets, one for each project of an agency."""


def busy_agency() -> World:
    """Build an agency with a side business whose work began before the lookback window."""
    world = agency(
        people=5, days=75, entries_per_day=2.0, plan="ENTERPRISE_2021", workspaces=2, seed=7
    )
    main, side = world.workspaces
    _age(world, side)
    for workspace_id, plans in ((main, PLANS), (side, PLANS[::-1])):
        _plan(world, workspace_id, plans)
        _vary(world, workspace_id)
        _take_off(world, workspace_id)
        _invoice(world, workspace_id)
        _schedule(world, workspace_id)
        edits.add_user(world, workspace_id, "Zoe, who tracks no time")
    return world


def _age(world: World, workspace_id: str) -> None:
    """Let people have done the same some months before, too."""
    old = [each for each in world[workspace_id].entries if each.end is not None]
    world.load(workspace_id, [_shifted(world, each) for each in old])


def _shifted(world: World, entry: Entry) -> Entry:
    end = (entry.end or entry.start) - OLDER
    start = entry.start - OLDER
    return replace(entry, id=world.new_id(end), start=start, end=end, created_at=end)


def _plan(world: World, workspace_id: str, plans: Sequence[dict[str, Any]]) -> None:
    none = {"time_estimate": TimeEstimate(), "budget_estimate": None}
    projects: list[Project] = list(world[workspace_id].projects.values())
    for project, plan in zip(projects, plans, strict=True):
        world.change(replace(project, **{**none, **plan}))


def _vary(world: World, workspace_id: str) -> None:
    """Let entries be of all types, without rates, in another currency, too long, running."""
    contents = world[workspace_id]
    entries = [each for each in contents.entries if each.end and each.end < world.now()][-90:]
    for number, entry in enumerate(entries):
        changes: dict[int, dict[str, Any]] = {
            0: {"type": "BREAK"},
            1: {"type": "HOLIDAY", "billable": False},
            2: {"type": "TIME_OFF", "billable": False},
            3: {"hourly_rate": None},
            4: {"hourly_rate": 0},
            5: {"billable": not entry.billable},
            6: {"cost_rate": 0},
            7: {"end": entry.start + 13 * HOUR},
            8: {"end": entry.start + 12 * HOUR},
            9: {"currency": "GBP"},
        }
        if number % 23 in changes:
            world.change(replace(entry, **changes[number % 23]))
    user_id = list(contents.members)[1]
    world.clock.advance(-30 * HOUR)
    project_id = next(iter(contents.projects))
    edits.start_timer(world, workspace_id, user_id, project_id=project_id)
    world.clock.advance(30 * HOUR)


def _take_off(world: World, workspace_id: str) -> None:
    """Put holidays and time off into the months that are looked at."""
    held = world[workspace_id].objects
    periods = (("2025-02-16", "2025-02-16"), ("2026-03-20", "2026-03-23"), ("2026-03-04",) * 2)
    for object_id, (first, last) in zip(list(held["holidays"])[:3], periods, strict=True):
        edits.edit_object(
            world,
            workspace_id,
            "holidays",
            object_id,
            datePeriod={"startDate": first, "endDate": last},
            occursAnnually=first < "2026",
        )
    days = (16, 18, 24, 26)
    for number, object_id in enumerate(held["time_off_requests"]):
        half = number == 1
        first = dt.datetime(2026, 3, days[number % 4], tzinfo=dt.UTC)
        hours = held["time_off_requests"][object_id]["timeUnit"] == "HOURS"
        length = 1 if half or hours else 2
        # The last one begins at midnight in New York.
        offset = -4 * HOUR if number == 4 else dt.timedelta()
        edits.edit_object(
            world,
            workspace_id,
            "time_off_requests",
            object_id,
            status__statusType="PENDING" if number == 3 else "APPROVED",
            balanceDiff=0.5 if half else 3.0 if hours else float(length),
            timeUnit="DAYS" if half else held["time_off_requests"][object_id]["timeUnit"],
            timeOffPeriod__period={
                "start": instant(first - offset),
                "end": instant(first - offset + length * DAY - MILLISECOND),
            },
            userTimeZone="America/New_York" if offset else "UTC",
            timeOffPeriod__halfDay=half,
            timeOffPeriod__halfDayPeriod="FIRST_HALF" if half else "NOT_DEFINED",
        )


def _invoice(world: World, workspace_id: str) -> None:
    """Put every fifth entry on an invoice."""
    invoice_id = next(iter(world[workspace_id].objects["invoices"]))
    for entry in list(world[workspace_id].entries)[::5]:
        if entry.end:
            edits.invoice_entry(world, workspace_id, entry.id, invoice_id)
    last = list(world[workspace_id].objects["invoices"])[-1]
    due = {"issuedDate": "2026-01-10T00:00:00Z", "dueDate": "2026-02-10T00:00:00Z"}
    edits.edit_object(world, workspace_id, "invoices", last, status="VOID", **due)
    edits.edit_object(world, workspace_id, "invoices", invoice_id, status="SENT", **due)


def _schedule(world: World, workspace_id: str) -> None:
    """Schedule somebody long ago, somebody far ahead, and somebody on a weekend.

    Days of the last are those of the tap's zone, and one is left out.
    """
    held = world[workspace_id].objects["scheduling_assignments"]
    for number, object_id in enumerate(list(held)[:3]):
        first = NOW.date() + (-200, 250, 10)[number] * DAY
        left_out = [{"date": f"{first + 3 * DAY}", "type": "HOLIDAY"}]
        extra = {"includeNonWorkingDays": True, "excludeDays": left_out, "hoursPerDay": 16.0}
        edits.edit_object(
            world,
            workspace_id,
            "scheduling_assignments",
            object_id,
            period__start=f"{first}T{'22' if number == 2 else '00'}:00:00.000Z",
            period__end=f"{first + 6 * DAY}T00:00:00.000Z",
            **(extra if number == 2 else {}),
        )


def work_on(world: World) -> None:
    """Let a day pass on which people change whatever can be changed."""
    rng = random.Random(20260331)  # noqa: S311 - made-up data
    for workspace_id in world.workspaces:
        _change_entries(world, workspace_id, rng)
        _change_objects(world, workspace_id)
    world.clock.advance(DAY)
    for number in range(60):
        edits.random_edit(world, rng, list(world.workspaces)[number % 2])


def _change_entries(world: World, workspace_id: str, rng: random.Random) -> None:
    """Delete, move, hand over, re-rate, re-date and invoice entries, recent and old ones."""
    contents = world[workspace_id]
    people, projects = sorted(contents.members), sorted(contents.projects)
    since = NOW - 110 * DAY
    invoice_id = next(iter(contents.objects["invoices"]))
    done = [each.id for each in contents.entries if each.end and since < each.start < NOW - DAY]
    for number, entry_id in enumerate(rng.sample(done, k=35)):
        at = contents.entries[entry_id].start
        match number % 6:
            case 0:
                edits.delete_entry(world, workspace_id, entry_id)
            case 1:
                edits.move_entry(world, workspace_id, entry_id, rng.choice([None, *projects]))
            case 2:
                edits.hand_over_entry(world, workspace_id, entry_id, rng.choice(people))
            case 3:
                edits.redate_entry(world, workspace_id, entry_id, at - 40 * HOUR)
            case 4:
                edits.invoice_entry(world, workspace_id, entry_id, invoice_id)
            case _:
                edits.set_billable(world, workspace_id, entry_id, billable=number % 4 > 1)
    edits.change_rate(
        world, workspace_id, "project", 7777, project_id=projects[2], since=NOW - 100 * DAY
    )
    edits.change_rate(
        world,
        workspace_id,
        "member",
        2222,
        kind="cost_rate",
        user_id=people[0],
        since=NOW - 30 * DAY,
    )


def _change_objects(world: World, workspace_id: str) -> None:
    """Rename and delete projects, clients and people, and change their plans."""
    contents = world[workspace_id]
    clients, projects, people = (
        list(each) for each in (contents.clients, contents.projects, contents.members)
    )
    edits.rename_client(world, workspace_id, clients[0], "Adler, renamed")
    edits.rename_project(world, workspace_id, projects[0], 'Website "2"')
    edits.rename_user(world, people[1], "Anna Renamed")
    edits.archive_project(world, workspace_id, projects[3])
    edits.delete_project(world, workspace_id, projects[3])
    edits.archive_client(world, workspace_id, clients[1])
    edits.delete_client(world, workspace_id, clients[1])
    edits.assign_client(world, workspace_id, projects[5], clients[2])
    edits.change_rate(world, workspace_id, "workspace", 9900)
    if len(people) > 3:
        edits.delete_user(world, people[3])
    for object_id in contents.objects["approval_requests"]:
        # East of the tap, that is tomorrow.
        edits.edit_object(
            world,
            workspace_id,
            "approval_requests",
            object_id,
            approvalRequest__status__updatedAt=(NOW + DAY).isoformat().replace("+00:00", "Z"),
        )
    budget = BudgetEstimate(400_000, reset="MONTHLY", include_expenses=True)
    world.change(replace(contents.projects[projects[6]], budget_estimate=budget))
    for kind in ("invoice_payments", "expenses", "scheduling_assignments", "time_off_requests"):
        held = contents.objects[kind]
        if len(held) > 1:
            edits.delete_object(world, workspace_id, kind, next(iter(held)))
    profile = next(iter(contents.objects["member_profiles"]))
    edits.edit_object(
        world,
        workspace_id,
        "member_profiles",
        profile,
        workCapacity="PT7H30M",
        workingDays=["MONDAY", "SUNDAY"],
    )
