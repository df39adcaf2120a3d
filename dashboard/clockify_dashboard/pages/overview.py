"""Overview: whether the numbers can be trusted, and then the numbers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from clockify_dashboard import charts
from clockify_dashboard.page import Page
from clockify_dashboard.parts import NO_ENTRIES, chart, table, tiles
from clockify_dashboard.proof import proof, skipped
from clockify_dashboard.statements import Section
from clockify_dashboard.words import hours, literal, money, share

if TYPE_CHECKING:
    from clockify_dashboard.filters import Filters
    from clockify_dashboard.warehouse import Answer

HEALTH = Section(
    "health",
    "workspace_id workspace_name stream status reason last_run_at:time hours_difference:number"
    " rows_left_behind:count is_complete",
    """
    select workspace_id, workspace_name, stream, status, reason, last_run_at, hours_difference,
        rows_left_behind, is_complete
    from {clockify__sync_health}
    where {in_workspaces} and (stream in ('summary', 'time_entries') or status = 'skipped')
    """,
)
WEEKS = Section(
    "weeks",
    "week:date currency hours:number billable_hours:number amount:number cost_amount:number"
    " profit:number hours_without_cost:number billable_hours_without_rate:number",
    """
    select week, currency, sum(hours) as hours, sum(billable_hours) as billable_hours,
        sum(amount) as amount, sum(cost_amount) as cost_amount, sum(profit) as profit,
        sum(if(cost_rate is null, hours, 0.0)) as hours_without_cost,
        sum(if(is_billable and coalesce(rate, 0) = 0, hours, 0.0)) as billable_hours_without_rate
    from {clockify__time_entries}
    where {in_workspaces} and {of_clients} and {of_people} and date between @first and @last
    group by week, currency
    """,
)


def show(answer: Answer, _filters: Filters) -> None:
    """Show the page."""
    _show_proof(answer["health"])
    weeks = answer["weeks"].sort_values("week")
    if weeks.empty:
        st.info(NO_ENTRIES)
        return
    total, billable = weeks["hours"].sum(), weeks["billable_hours"].sum()
    tiles(
        [
            ("Hours", hours(total)),
            ("Billable hours", hours(billable)),
            ("Billable share", share(billable, total)),
        ]
    )
    money_of = weeks.groupby("currency").sum(numeric_only=True)
    money_of = money_of.sort_values("hours", ascending=False).reset_index()
    for row in money_of.to_dict("records"):
        _show_money(row)
    _show_trends(weeks, list(money_of.loc[money_of["amount"] != 0, "currency"]))


def _show_proof(health: Any) -> None:
    result = proof(health[health["stream"].isin(["summary", "time_entries"])], datetime.now(UTC))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.metric("Difference to Clockify", result.difference, border=True, width="content")
        with st.container(width=520):
            (st.success if result.is_equal else st.warning)(result.sentence)
    if text := skipped(health[health["status"] == "skipped"]):
        st.warning(text)


def _show_money(row: dict[str, Any]) -> None:
    currency = str(row["currency"])
    tiles(
        (f"{label} in {currency}", money(row[column], currency))
        for label, column in (("Amount", "amount"), ("Cost", "cost_amount"), ("Profit", "profit"))
    )
    notes = []
    if row["hours_without_cost"]:
        without = hours(row["hours_without_cost"])
        notes.append(f"The profit is too high: {without} have no cost rate.")
    if row["billable_hours_without_rate"]:
        without = hours(row["billable_hours_without_rate"])
        notes.append(f"The amount is too low: {without} are billable but have no rate.")
    if notes:
        st.caption(f"{literal(currency)}: {' '.join(notes)}")


def _show_trends(weeks: Any, currencies: list[str]) -> None:
    by_week = weeks.groupby("week", as_index=False).sum(numeric_only=True)
    rest = by_week["hours"] - by_week["billable_hours"]
    kinds = {"billable": charts.BLUE, "not billable": charts.GREY}
    stacked = pd.concat(
        [
            by_week[["week"]].assign(kind="billable", hours=by_week["billable_hours"]),
            by_week[["week"]].assign(kind="not billable", hours=rest),
        ]
    )
    drawn = charts.parts(stacked, "week", "hours", "kind", "Hours", kinds)
    chart("How many hours are tracked in a week?", drawn)
    for currency in currencies:
        drawn = charts.columns(
            weeks[weeks["currency"] == currency], "week", "amount", f"Amount ({currency})"
        )
        chart(f"How much is billable in a week, in {literal(currency)}?", drawn)
    titles = {
        "week": "Week from",
        "currency": "Currency",
        "hours": "Hours",
        "billable_hours": "Billable hours",
        "amount": "Amount",
        "cost_amount": "Cost",
        "profit": "Profit",
    }
    table(weeks, "weeks", titles)


PAGE = Page(
    "Overview",
    "overview",
    frozenset({"workspaces", "period", "clients", "people"}),
    (HEALTH, WEEKS),
    show,
)
