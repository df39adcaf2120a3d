"""A small world whose figures were worked out by hand.

Olga, the owner, works full time at 120 an hour and has no cost rate. Ben works six hours from
Monday to Thursday at 80 an hour, and costs 50. Both are in New York; now is Tuesday, 31 March 2026.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from clockify_sandbox.world import edits
from clockify_sandbox.world.model import BudgetEstimate, TimeEstimate
from queries_of_docs import queries
from support import empty, only_workspace

if TYPE_CHECKING:
    from clockify_sandbox.world import World
    from conftest import Warehouse

pytestmark = [pytest.mark.bigquery, pytest.mark.timeout(2400)]

NEW_YORK = ZoneInfo("America/New_York")
Row = dict[str, Any]


class Office:
    """The two people, what they work on, and when they did."""

    def __init__(self) -> None:
        """Set up the workspace and let them work."""
        self.world: World = empty(timezone=NEW_YORK.key)
        self.workspace_id = only_workspace(self.world)
        self.olga = self.world.owner_id
        self.ben = edits.add_user(
            self.world, self.workspace_id, "Ben", hourly_rate=8000, cost_rate=5000
        ).id
        self.site = self._project("Anvil", "EUR", "Site")
        self.shop = self._project("Bolt", "USD", "Shop", hourly_rate=15000)
        self.old = self._project("Cog", "EUR", "Old")
        self._plan()
        self._track()

    def _project(self, client: str, currency: str, name: str, **rates: int) -> str:
        made = edits.add_client(self.world, self.workspace_id, client, currency=currency)
        return edits.add_project(self.world, self.workspace_id, name, client_id=made.id, **rates).id

    def _plan(self) -> None:
        """Plan 20 hours for the site, 2,000 USD a month for the shop, and days off."""
        world, workspace_id = self.world, self.workspace_id
        projects = world[workspace_id].projects
        time = TimeEstimate(20 * 3600, manual=True, active=True)
        world.change(replace(projects[self.site], time_estimate=time))
        budget = BudgetEstimate(200_000, reset="MONTHLY")
        world.change(replace(projects[self.shop], budget_estimate=budget))
        part_time = {
            "id": self.ben,
            "workCapacity": "PT6H",
            "workingDays": ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY"],
        }
        world.put_object(workspace_id, "member_profiles", self.ben, part_time)
        edits.add_object(
            world,
            workspace_id,
            "holidays",
            name="Founders' day",
            datePeriod={"startDate": "2026-03-25", "endDate": "2026-03-25"},
            occursAnnually=False,
            everyoneIncludingNew=True,
        )
        self._half_a_day_off("2026-03-26")
        edits.add_object(
            world,
            workspace_id,
            "scheduling_assignments",
            userId=self.ben,
            projectId=self.site,
            hoursPerDay=4.0,
            period={"start": "2026-03-30T00:00:00.000Z", "end": "2026-04-03T00:00:00.000Z"},
        )

    def _half_a_day_off(self, day: str) -> None:
        policy = edits.add_object(self.world, self.workspace_id, "time_off_policies", name="Free")
        edits.add_object(
            self.world,
            self.workspace_id,
            "time_off_requests",
            policyId=policy["id"],
            userId=self.ben,
            timeUnit="DAYS",
            balanceDiff=0.5,
            status__statusType="APPROVED",
            timeOffPeriod__halfDay=True,
            timeOffPeriod__halfDayPeriod="FIRST_HALF",
            timeOffPeriod__period={
                "start": f"{day}T00:00:00.000Z",
                "end": f"{day}T23:59:59.999Z",
            },
        )

    def _track(self) -> None:
        """Track time; the second one is on the next day in UTC."""
        self._entry(self.ben, "2026-02-27T08", 10, self.shop)
        self._entry(self.ben, "2026-03-23T10", 6, self.site)
        self._entry(self.ben, "2026-03-24T22", 4, self.shop)
        self._entry(self.ben, "2026-03-26T13", 2, self.site, billable=False)
        self._entry(self.ben, "2026-03-27T13", 1, self.site)
        self._entry(self.olga, "2026-03-23T09", 8, self.site)
        self._entry(self.olga, "2026-03-24T09", 10, self.old)
        invoiced = self._entry(self.olga, "2026-03-27T09", 8, self.shop)
        edits.invoice_entry(self.world, self.workspace_id, invoiced, "an-invoice")
        self._entry(self.olga, "2026-03-30T09", 7, self.site)
        pause = self._entry(self.olga, "2026-03-30T16", 1, self.site, billable=False)
        entries = self.world[self.workspace_id].entries
        self.world.change(replace(entries[pause], type="BREAK"))
        edits.start_timer(self.world, self.workspace_id, self.olga, project_id=self.site)

    def _entry(
        self, user_id: str, start: str, hours: int, project_id: str, *, billable: bool = True
    ) -> str:
        at = dt.datetime.fromisoformat(f"{start}:00:00").replace(tzinfo=NEW_YORK)
        return edits.add_entry(
            self.world,
            self.workspace_id,
            user_id,
            at,
            at + dt.timedelta(hours=hours),
            project_id=project_id,
            billable=billable,
        ).id

    def delete_old(self) -> None:
        """Delete a project; its entries stay, without a project."""
        edits.archive_project(self.world, self.workspace_id, self.old)
        edits.delete_project(self.world, self.workspace_id, self.old)


@pytest.fixture(scope="module")
def marts(warehouse: Warehouse) -> dict[str, list[Row]]:
    """Run the tap before and after a project is deleted, and build the marts once."""
    office = Office()
    warehouse.sync(office.world)
    office.delete_old()
    office.world.clock.advance(dt.timedelta(minutes=5))
    warehouse.sync(office.world)
    return build(warehouse)


def build(warehouse: Warehouse) -> dict[str, list[Row]]:
    """Build the marts and read them."""
    warehouse.dbt.build()
    names = ("person_days", "person_weeks", "project_months", "client_months", "projects")
    names += ("missing_timesheets", "uninvoiced", "rate_leakage", "forecast_weeks", "time_entries")
    return {name: warehouse.dbt.mart(name) for name in names}


@pytest.fixture(scope="module")
def later(warehouse: Warehouse, marts: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """Let Clockify no longer have Ben and Site, though entries still name them.

    In the sandbox, entries lose a project that is deleted, and nobody vanishes from a workspace.
    """
    assert marts
    for table, column, name in (
        ("users", "name", "Ben"),
        ("member_profiles", "name", "Ben"),
        ("projects", "name", "Site"),
    ):
        warehouse.bigquery.query(
            f"UPDATE dl_clockify.{table} SET is_deleted = true WHERE {column} = '{name}'"
        )
    return build(warehouse)


def the(rows: list[Row], **wanted: object) -> Row:
    """Find the one row with these values, dates in ISO 8601."""
    texts = {name: str(value) for name, value in wanted.items()}
    (found,) = (
        row for row in rows if all(str(row[name]) == value for name, value in texts.items())
    )
    return found


def figures(row: Row, *names: str) -> tuple[Any, ...]:
    """Take some columns of a row, numbers rounded to a hundredth."""
    values = (row[name] for name in names)
    return tuple(round(each, 2) if isinstance(each, float) else each for each in values)


@pytest.mark.parametrize(
    ("person", "day", "wanted"),
    [
        ("Ben", "2026-03-23", (True, 6, 6, 0, 6, 0)),
        ("Ben", "2026-03-24", (True, 4, 4, 0, 6, 2)),
        ("Ben", "2026-03-25", (False, 0, 0, 6, 0, 0)),
        ("Ben", "2026-03-26", (True, 2, 0, 3, 3, 1)),
        ("Ben", "2026-03-27", (False, 1, 1, 0, 0, 0)),
        ("Ben", "2026-03-28", (False, 0, 0, 0, 0, 0)),
        ("Ben", "2026-03-31", (True, 0, 0, 0, 6, 6)),
        ("Olga Owner", "2026-03-24", (True, 10, 10, 0, 8, 0)),
        ("Olga Owner", "2026-03-25", (False, 0, 0, 8, 0, 0)),
        ("Olga Owner", "2026-03-30", (True, 7, 7, 0, 8, 1)),
    ],
)
def test_days(marts: dict[str, list[Row]], person: str, day: str, wanted: tuple[int, ...]) -> None:
    row = the(marts["person_days"], user_name=person, date=day)
    names = ("worked_hours", "billable_hours", "absence_hours", "capacity_hours", "missing_hours")
    assert figures(row, "is_working_day", *names) == wanted


def test_a_day_has_breaks_apart(marts: dict[str, list[Row]]) -> None:
    row = the(marts["person_days"], user_name="Olga Owner", date="2026-03-30")
    assert figures(row, "hours", "break_hours", "worked_hours") == (8, 1, 7)


@pytest.mark.parametrize(
    ("person", "wanted"),
    [
        ("Ben", (13, 9, 15, 3, 2, 0, 0.73, 0.85)),
        ("Olga Owner", (26, 8, 32, 8, 1, 0, 0.81, 1.0)),
    ],
)
def test_weeks(marts: dict[str, list[Row]], person: str, wanted: tuple[float, ...]) -> None:
    row = the(marts["person_weeks"], user_name=person, week="2026-03-23")
    names = ("worked_hours", "absence_hours", "capacity_hours", "missing_hours", "missing_days")
    names += ("overtime_hours", "utilisation", "billable_ratio")
    assert figures(row, *names) == wanted


@pytest.mark.parametrize(
    ("mart", "name", "month", "currency", "wanted"),
    [
        ("project_months", "Site", "2026-03-01", "EUR", (25, 22, 2360, 450, 1910, 94.4, 16)),
        ("project_months", "Shop", "2026-03-01", "USD", (12, 12, 1800, 200, 1600, 150, 8)),
        ("project_months", "Shop", "2026-02-01", "USD", (10, 10, 1500, 500, 1000, 150, 0)),
        ("project_months", "(no project)", "2026-03-01", "EUR", (10, 10, 1200, 0, 1200, 120, 10)),
        ("client_months", "Anvil", "2026-03-01", "EUR", (25, 22, 2360, 450, 1910, 94.4, 16)),
        ("client_months", "Bolt", "2026-03-01", "USD", (12, 12, 1800, 200, 1600, 150, 8)),
        ("client_months", "(no client)", "2026-03-01", "EUR", (10, 10, 1200, 0, 1200, 120, 10)),
    ],
)
def test_months(
    marts: dict[str, list[Row]],
    mart: str,
    name: str,
    month: str,
    currency: str,
    wanted: tuple[float, ...],
) -> None:
    by = mart.replace("_months", "_name")
    row = the(marts[mart], **{by: name}, month=month, currency=currency)
    names = ("hours", "billable_hours", "amount", "cost_amount", "profit", "effective_rate")
    assert figures(row, *names, "hours_without_cost") == wanted


def test_the_months_are_all(marts: dict[str, list[Row]]) -> None:
    assert len(marts["project_months"]) == 4
    assert len(marts["client_months"]) == 4


def test_an_estimate_is_exceeded(marts: dict[str, list[Row]]) -> None:
    row = the(marts["projects"], project_name="Site")
    names = ("status", "estimate_hours", "hours_in_period", "burn_ratio", "remaining_hours")
    assert figures(row, *names) == ("over", 20, 25, 1.25, -5)


def test_a_budget_begins_anew_each_month(marts: dict[str, list[Row]]) -> None:
    row = the(marts["projects"], project_name="Shop")
    names = ("status", "currency", "budget_amount", "amount_in_period", "budget_burn_ratio")
    assert figures(row, *names) == ("at risk", "USD", 2000, 1800, 0.9)
    assert str(row["budget_period_start"]) == "2026-03-01"


def test_a_deleted_project_is_gone(marts: dict[str, list[Row]]) -> None:
    assert {row["project_name"] for row in marts["projects"]} == {"Site", "Shop"}


def test_missing_timesheets(marts: dict[str, list[Row]]) -> None:
    missing = {(row["user_name"], str(row["date"])): row for row in marts["missing_timesheets"]}
    ben = [2, 3, 4, 5, 9, 10, 11, 12, 16, 17, 18, 19, 24, 26, 30]
    assert missing.keys() == {
        *(("Ben", f"2026-03-{day:02}") for day in ben),
        ("Olga Owner", "2026-03-26"),
        ("Olga Owner", "2026-03-30"),
    }
    found = missing["Ben", "2026-03-24"]
    assert figures(found, "hours", "missing_hours", "days_ago") == (4, 2, 7)


def test_uninvoiced(marts: dict[str, list[Row]]) -> None:
    row = the(marts["uninvoiced"], project_name="Shop")
    ages = ("amount_0_30", "amount_31_60", "amount_61_90", "amount_over_90")
    assert figures(row, "hours", "amount", *ages) == (14, 2100, 600, 1500, 0, 0)
    assert str(row["oldest_date"]) == "2026-02-27"


def test_rate_leakage(marts: dict[str, list[Row]]) -> None:
    found = sorted(
        (row["reason"], row["user_name"], str(row["date"]), row["amount_at_risk"])
        for row in marts["rate_leakage"]
    )
    assert found == [
        ("billable without project", "Olga Owner", "2026-03-24", 1200),
        ("no cost rate", "Olga Owner", "2026-03-23", None),
        ("no cost rate", "Olga Owner", "2026-03-24", None),
        ("no cost rate", "Olga Owner", "2026-03-27", None),
        ("no cost rate", "Olga Owner", "2026-03-30", None),
        ("not billable on a billable project", "Ben", "2026-03-26", 160),
    ]


def test_a_schedule_leaves_time_free(marts: dict[str, list[Row]]) -> None:
    row = the(marts["forecast_weeks"], user_name="Ben", week="2026-03-30")
    names = ("project_name", "scheduled_hours", "tracked_hours", "capacity_hours", "free_hours")
    assert figures(row, *names) == ("Site", 16, 0, 24, 8)


def test_a_timer_that_runs_has_no_hours(marts: dict[str, list[Row]]) -> None:
    row = the(marts["time_entries"], is_running=True)
    assert figures(row, "hours", "amount", "ended_at") == (0, 0, None)


@pytest.mark.parametrize(
    ("question", "names", "wanted"),
    [
        (
            "What have we not invoiced yet?",
            ("client_name", "currency", "hours", "amount", "amount_over_90"),
            ("Bolt", "USD", 14, 2100, 0),
        ),
        (
            "Who is used how much?",
            ("user_name", "worked", "capacity", "utilisation_percent", "billable_percent"),
            ("Ben", 13, 87, 15, 85),
        ),
        (
            "Which project uses up its estimate or budget?",
            ("project_name", "status", "hours_percent", "hours_left", "budget_percent"),
            ("Site", "over", 125, -5, None),
        ),
        (
            "Which project uses up its estimate or budget?",
            ("project_name", "status", "budget_percent", "amount_left", "currency"),
            ("Shop", "at risk", 90, 200, "USD"),
        ),
        (
            "Who has forgotten the timesheet?",
            ("user_name", "days", "missing_hours"),
            ("Ben", 6, 27),
        ),
        (
            "What do clients bring, month by month?",
            ("client_name", "hours", "amount", "cost", "margin_percent", "hours_without_cost"),
            ("Bolt", 12, 1800, 200, 89, 8),
        ),
        ("Without the marts", ("client", "project", "hours"), ("Bolt", "Shop", 22)),
    ],
)
@pytest.mark.usefixtures("marts")
def test_the_queries_of_the_documentation_answer(
    warehouse: Warehouse, question: str, names: tuple[str, ...], wanted: tuple[Any, ...]
) -> None:
    rows = warehouse.bigquery.query(queries("questions.md")[question])
    assert wanted in [figures(row, *names) for row in rows]


@pytest.mark.usefixtures("marts")
def test_the_proof_of_the_documentation_finds_no_difference(warehouse: Warehouse) -> None:
    (row,) = warehouse.bigquery.query(queries("marts.md")["The proof in SQL"])
    hours = ("clockify_hours", "hours", "hours_loaded", "hours_in_table")
    assert figures(row, *hours, "rows_left_behind") == (57, 57, 57, 57, 0)


def test_a_project_that_is_gone_keeps_its_hours(later: dict[str, list[Row]]) -> None:
    row = the(later["projects"], project_name="Site")
    names = ("is_removed", "is_archived", "client_name", "currency", "hours_in_warehouse", "status")
    assert figures(row, *names) == (True, True, "Anvil", "EUR", 25, "no estimate")
    month = the(later["project_months"], project_name="Site")
    assert figures(month, "hours", "amount", "client_name") == (25, 2360, "Anvil")


def test_somebody_who_is_gone_has_days_until_the_last_tracked(later: dict[str, list[Row]]) -> None:
    days = [row for row in later["person_days"] if row["user_name"] == "Ben"]
    assert {row["is_active"] for row in days} == {False}
    first, last = (str(pick(row["date"] for row in days)) for pick in (min, max))
    assert (first, last, len(days)) == ("2026-02-27", "2026-03-27", 29)
    assert {row["user_name"] for row in later["missing_timesheets"]} == {"Olga Owner"}


def test_a_schedule_of_somebody_who_is_gone(later: dict[str, list[Row]]) -> None:
    row = the(later["forecast_weeks"], user_name="Ben", week="2026-03-30")
    assert figures(row, "scheduled_hours", "capacity_hours", "free_hours") == (20, 0, -20)
