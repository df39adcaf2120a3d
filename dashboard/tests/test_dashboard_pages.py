"""What each page shows of marts whose rows are known."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from clockify_dashboard.app import answer_of
from dashboard_support import LAST_WEEK, MARTS, NASTY, build, make, page, texts, tiles
from google.cloud.bigquery import Client

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clockify_sandbox.bigquery import LocalBigQuery

PAGES = ("overview", "people", "projects", "money", "health")


@pytest.fixture
def other_marts(marts: LocalBigQuery) -> Iterator[LocalBigQuery]:
    """Marts that a test may change."""
    yield marts
    build(marts, MARTS)


@pytest.mark.usefixtures("marts")
def test_the_overview_proves_and_adds_up_by_currency() -> None:
    shown = page("overview")
    assert tiles(shown) == {
        "Difference to Clockify": "0.00 h",
        "Hours": "4.0 h",
        "Billable hours": "3.0 h",
        "Billable share": "75%",
        "Amount in EUR": "200 EUR",
        "Cost in EUR": "60 EUR",
        "Profit in EUR": "140 EUR",
        "Amount in GBP": "70 GBP",
        "Cost in GBP": "20 GBP",
        "Profit in GBP": "50 GBP",
    }
    assert "Equal to Clockify, " in texts(shown)
    assert r"Not read at the last run: expenses (plan \`FREE\` has none)." in texts(shown)


@pytest.mark.usefixtures("marts")
@pytest.mark.parametrize(
    ("chosen", "hours"),
    [
        ({"clients": ["c2"]}, "1.0 h"),
        ({"people": ["u2"]}, "1.0 h"),
        ({"clients": ["c1"], "people": ["u1"]}, "2.0 h"),
        ({"clients": ["gone"]}, "4.0 h"),
        ({"period": "Everything"}, "12.0 h"),
        ({"period": "Between two days", "between": (LAST_WEEK, LAST_WEEK)}, "4.0 h"),
    ],
)
def test_filters_limit_the_overview(chosen: dict[str, object], hours: str) -> None:
    assert tiles(page("overview", **chosen))["Hours"] == hours


@pytest.mark.usefixtures("marts")
def test_people_have_the_share_of_sums_not_the_mean_of_shares() -> None:
    shown = page("people")
    assert tiles(shown) == {
        "Utilisation": "50%",  # 30 of 60 hours; the mean of 75 % and 0 % is another number
        "Billable hours": "30.0 h",
        "Capacity": "60.0 h",
        "Overtime": "2.0 h",
    }
    assert "6.5 h are missing, of 1 person." in texts(shown)
    assert list(shown.dataframe[0].value["Person"]) == [NASTY, "Bo"]
    assert "so there is no forecast" in texts(shown)


def test_people_are_overbooked_when_hours_are_not_free(other_marts: LocalBigQuery) -> None:
    person = {"workspace_id": "w1", "user_id": "u1", "user_name": "Ada", "week": LAST_WEEK}
    week = person | {"week": LAST_WEEK.fromordinal(LAST_WEEK.toordinal() + 7)}
    hours = {"scheduled_hours": 22.0, "capacity_hours": 40.0, "free_hours": -4.0}
    rows = [week | hours | {"project_id": project} for project in ("p1", "p2")]
    make(other_marts, "clockify__forecast_weeks", rows)
    shown = page("people")
    assert "1 person is overbooked, in 1 week in all." in texts(shown)
    assert list(shown.dataframe[-1].value["Scheduled hours"]) == [44.0]
    assert list(shown.dataframe[-1].value["Capacity (hours)"]) == [40.0]


@pytest.mark.usefixtures("marts")
def test_projects_over_come_first_and_unknown_shares_are_explained() -> None:
    shown = page("projects")
    assert tiles(shown)["Over"] == "1"
    rows = shown.dataframe[0].value
    assert list(rows["Status"]) == ["over", "unknown", "ok"]
    assert rows["Project"][rows.index[0]] == NASTY
    assert "40.0 h since " in rows["Note"].iloc[1]
    assert "so no share is shown" in rows["Note"].iloc[1]
    assert "Unsure: 40" in texts(shown)
    assert tiles(page("projects", archived=True))["Over"] == "2"


@pytest.mark.usefixtures("marts")
def test_money_is_never_added_over_currencies() -> None:
    shown = page("money")
    said = texts(shown)
    assert "200 EUR; over 90 days old: 40 EUR." in said
    assert "70 GBP; over 90 days old: 40 GBP." in said
    assert "270" not in said
    assert "have no cost rate" in said
    leakage = shown.dataframe[2].value
    assert dict(zip(leakage["Currency"], leakage["Amount at risk"], strict=True)) == {
        "EUR": 90.0,
        "GBP": 50.0,
    }
    assert "Which invoices are open?" not in said


def test_invoices_and_expenses_are_shown_when_there_are_marts(other_marts: LocalBigQuery) -> None:
    client = {"workspace_id": "w1", "client_id": "c1", "client_name": "Ada", "currency": "EUR"}
    invoice = client | {"number": "7", "due_date": LAST_WEEK, "days_overdue": 3, "amount": 90.0}
    make(
        other_marts,
        "clockify__invoices",
        [
            invoice | {"status": "OVERDUE", "balance_amount": 30.0},
            invoice | {"status": "VOID", "balance_amount": 90.0},
        ],
    )
    expense = client | {"date": LAST_WEEK, "month": LAST_WEEK.replace(day=1)}
    sums = {"category_name": "Travel", "amount": 12.0, "billable_amount": 0.0}
    make(other_marts, "clockify__expenses", [expense | sums, expense | sums])
    shown = page("money")
    assert "Still to be paid: 30 EUR" in texts(shown)
    assert list(shown.dataframe[-1].value["Amount"]) == [24.0]


@pytest.mark.usefixtures("marts")
def test_data_health_has_the_runs_and_the_streams() -> None:
    shown = page("health")
    assert tiles(shown) == {"Streams complete": "2", "Incomplete": "0", "Skipped": "1"}
    assert list(shown.dataframe[1].value["Requests"]) == [14]
    assert list(shown.dataframe[1].value["Rows removed"]) == [4]


@pytest.mark.usefixtures("marts")
@pytest.mark.parametrize("path", PAGES)
def test_a_page_takes_one_query_and_is_kept(path: str) -> None:
    page(path)
    answer_of.clear()
    with patch.object(Client, "query", autospec=True, side_effect=Client.query) as query:
        page(path)
        assert query.call_count == 2, "one for what there is to choose from, one for the page"
        page(path)
        assert query.call_count == 2


@pytest.mark.usefixtures("marts")
@pytest.mark.parametrize("path", ["overview", "people", "money"])
def test_a_period_without_entries_says_so(path: str) -> None:
    day = LAST_WEEK.replace(year=LAST_WEEK.year - 5, day=1)
    shown = page(path, period="Between two days", between=(day, day))
    assert "No entries in this period: choose a longer one" in texts(shown)


@pytest.mark.parametrize("path", PAGES)
def test_without_marts_a_page_says_what_to_run(other_marts: LocalBigQuery, path: str) -> None:
    build(other_marts, {})
    said = texts(page(path))
    assert "The marts are not built yet." in said
    assert "uv run meltano run marts" in said


def test_marts_that_lack_a_column_are_refused_in_words(other_marts: LocalBigQuery) -> None:
    make(other_marts, "clockify__sync_health", [{"workspace_id": "w1"}])
    said = texts(page("overview"))
    assert "BigQuery refused the query" in said
    assert "the marts are older than the dashboard" in said


@pytest.mark.usefixtures("marts")
def test_a_bigquery_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", "http://127.0.0.1:9")
    said = texts(page("overview"))
    assert "BigQuery does not answer at `http://127.0.0.1:9`." in said
    assert "uv run clockify-sandbox up" in said


def test_without_a_project_the_page_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLOCKIFY_DASHBOARD_PROJECT", raising=False)
    monkeypatch.delenv("GCP_PROJECT_ID", raising=False)
    assert "GCP_PROJECT_ID" in texts(page("overview"))
