"""Every mart says what its description says, computed apart from the simulated Clockify's world."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
import truth_of_bills
import truth_of_marts
import truth_of_plans
from support import KEYS, NOW, differences
from truth_of_marts import Known
from worlds_of_marts import busy_agency, work_on

if TYPE_CHECKING:
    from collections.abc import Callable

    from clockify_sandbox.world import World
    from conftest import Warehouse

# The marts are built three times in the first test.
pytestmark = [pytest.mark.bigquery, pytest.mark.timeout(2400)]

Row = dict[str, Any]
Marts = dict[str, list[Row]]

ZONE = "Europe/Berlin"
LOOKBACK = dt.timedelta(days=84)
BEGAN = NOW.date() - LOOKBACK
ROUNDS = ("first", "edited", "again")
MARTS: dict[str, tuple[tuple[str, ...], Callable[[Known], list[Row]]]] = {
    "time_entries": (("time_entry_id",), truth_of_marts.time_entries),
    "person_days": (("workspace_id", "user_id", "date"), truth_of_plans.person_days),
    "person_weeks": (("workspace_id", "user_id", "week"), truth_of_plans.person_weeks),
    "project_months": (
        ("workspace_id", "project_id", "month", "currency"),
        truth_of_marts.project_months,
    ),
    "client_months": (
        ("workspace_id", "client_id", "month", "currency"),
        truth_of_marts.client_months,
    ),
    "projects": (("workspace_id", "project_id"), truth_of_plans.projects),
    "missing_timesheets": (("workspace_id", "user_id", "date"), truth_of_plans.missing_timesheets),
    "uninvoiced": (
        ("workspace_id", "client_id", "project_id", "currency"),
        truth_of_marts.uninvoiced,
    ),
    "rate_leakage": (("workspace_id", "time_entry_id", "reason"), truth_of_marts.rate_leakage),
    "forecast_weeks": (
        ("workspace_id", "user_id", "project_id", "week"),
        truth_of_plans.forecast_weeks,
    ),
    "approvals": (("workspace_id", "approval_request_id"), truth_of_bills.approvals),
    "invoices": (("workspace_id", "invoice_id"), truth_of_bills.invoices),
    "expenses": (("workspace_id", "expense_id"), truth_of_bills.expenses),
}
"""Each mart with its key and the function that computes it."""


class Round:
    """The marts after a run, and what they must say."""

    def __init__(self, warehouse: Warehouse, world: World, window_first: dt.date) -> None:
        """Run the tap, build the marts, and compute them apart."""
        warehouse.sync(world)
        warehouse.dbt.build()
        known = Known(world, BEGAN, ZONE)
        self.found: Marts = {name: warehouse.dbt.mart(name) for name in (*MARTS, "sync_health")}
        self.wanted: Marts = {name: of(known) for name, (_, of) in MARTS.items()}
        self.wanted["sync_health"] = truth_of_marts.sync_health(known, window_first)
        self.really = truth_of_plans.projects(Known(world, dt.date(2000, 1, 1), ZONE))


@pytest.fixture(scope="module")
def rounds(warehouse: Warehouse) -> dict[str, Round]:
    """Build the marts of an agency, after edits on the next day, and again without any."""
    world = busy_agency()
    found = {"first": Round(warehouse, world, BEGAN)}
    work_on(world)
    # A window begins 84 days before the run that was before.
    found["edited"] = Round(warehouse, world, BEGAN)
    # Two runs of the same instant have no order.
    world.clock.advance(dt.timedelta(minutes=1))
    found["again"] = Round(warehouse, world, BEGAN + dt.timedelta(days=1))
    return found


@pytest.mark.parametrize("name", MARTS)
@pytest.mark.parametrize("when", ROUNDS)
def test_a_mart_says_what_the_world_says(rounds: dict[str, Round], when: str, name: str) -> None:
    key, _ = MARTS[name]
    wanted = rounds[when].wanted[name]
    assert len(wanted) > 5, "there is something to compare"
    said = differences(rounds[when].found[name], wanted, key, tolerance=0.01)
    assert not said, "\n".join(said[:20])


@pytest.mark.parametrize("name", MARTS)
def test_all_columns_are_compared(rounds: dict[str, Round], name: str) -> None:
    assert rounds["first"].found[name][0].keys() == rounds["first"].wanted[name][0].keys()


@pytest.mark.parametrize("when", ROUNDS)
def test_totals_of_the_newest_run(rounds: dict[str, Round], when: str) -> None:
    found = rounds[when].found["sync_health"]
    wanted = rounds[when].wanted["sync_health"]
    streams = {row["stream"] for row in wanted}
    compared = [row for row in found if row["stream"] in streams]
    said = differences(compared, wanted, ("workspace_id", "stream"), tolerance=0.01)
    assert not said, "\n".join(said[:20])


@pytest.mark.parametrize("when", ROUNDS)
def test_all_streams_were_read_in_the_newest_run(rounds: dict[str, Round], when: str) -> None:
    found = rounds[when].found["sync_health"]
    read = {(row["workspace_id"], row["stream"]) for row in found if row["is_complete"]}
    workspaces = {row["workspace_id"] for row in rounds[when].wanted["sync_health"]}
    assert read == {
        (each, stream) for each in workspaces for stream in KEYS if stream != "sync_runs"
    }


@pytest.mark.parametrize("when", ROUNDS)
def test_a_burn_that_is_called_complete_is_that_of_the_whole_world(
    rounds: dict[str, Round], when: str
) -> None:
    really = {row["project_id"]: row for row in rounds[when].really}
    for row in rounds[when].found["projects"]:
        truth = really[row["project_id"]]
        if row["is_burn_complete"]:
            assert row["hours_in_period"] == pytest.approx(truth["hours_in_period"], abs=0.01)
        if row["is_budget_burn_complete"]:
            assert row["amount_in_period"] == pytest.approx(truth["amount_in_period"], abs=0.01)


def test_every_case_occurs(rounds: dict[str, Round]) -> None:
    wanted = {name: rounds["first"].wanted[name] for name in MARTS}
    statuses = {row["status"] for row in wanted["projects"]}
    assert statuses == {"over", "at risk", "unknown", "ok", "no estimate"}
    assert {row["is_burn_complete"] for row in wanted["projects"]} == {True, False}
    assert {row["is_budget_burn_complete"] for row in wanted["projects"]} == {True, False}
    assert len({row["reason"] for row in wanted["rate_leakage"]}) == 6
    assert {row["type"] for row in wanted["time_entries"]} == {
        *("REGULAR", "BREAK", "HOLIDAY", "TIME_OFF")
    }
    ages = ("amount_0_30", "amount_31_60", "amount_61_90")
    assert all(any(row[age] for row in wanted["uninvoiced"]) for age in ages)
    assert any(row["days_overdue"] for row in wanted["invoices"])
    assert any(0 < row["absence_hours"] < row["capacity_hours"] for row in wanted["person_days"])
    assert any(row["is_working_day"] for row in wanted["person_days"] if row["date"] > NOW.date())
    assert any(row["free_hours"] < 0 for row in wanted["forecast_weeks"])
    assert len({row["currency"] for row in wanted["client_months"]}) == 3


@pytest.mark.parametrize("name", MARTS)
def test_without_edits_a_mart_stays_the_same(rounds: dict[str, Round], name: str) -> None:
    key, _ = MARTS[name]
    assert not differences(rounds["again"].found[name], rounds["edited"].found[name], key)
