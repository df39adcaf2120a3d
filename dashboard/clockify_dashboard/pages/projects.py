"""Projects: how much of estimates and budgets is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import streamlit as st

from clockify_dashboard import charts
from clockify_dashboard.page import Page
from clockify_dashboard.parts import chart, table, tiles
from clockify_dashboard.statements import Section
from clockify_dashboard.words import labels, literal

if TYPE_CHECKING:
    from clockify_dashboard.filters import Filters
    from clockify_dashboard.warehouse import Answer

STATUSES = {
    "over": "Over",
    "at risk": "At risk",
    "unknown": "Unknown",
    "ok": "OK",
    "no estimate": "No estimate",
}
"""The statuses, the most urgent first."""
NOTES = 10
"""Notes below the table; the table has the others."""

PROJECTS = Section(
    "projects",
    "project_id project_name client_name status currency estimate_hours:number"
    " hours_in_period:number burn_ratio:number remaining_hours:number budget_amount:number"
    " amount_in_period:number budget_burn_ratio:number remaining_amount:number weeks_left:number"
    " history_first:date is_burn_complete is_budget_burn_complete",
    """
    select project_id, project_name, client_name, status, currency, estimate_hours, hours_in_period,
        burn_ratio, remaining_hours, budget_amount, amount_in_period, budget_burn_ratio,
        remaining_amount, weeks_left, history_first, is_burn_complete, is_budget_burn_complete
    from {clockify__projects}
    where {in_workspaces} and {of_clients} and (@archived or not is_archived)
        and not is_template
    """,
)


def show(answer: Answer, _filters: Filters) -> None:
    """Show the page."""
    projects = answer["projects"]
    if projects.empty:
        st.info("No project matches the filters.")
        return
    projects = projects.assign(
        project=labels(projects, "project_id", "project_name", "client_name")
    )
    counts = projects["status"].value_counts()
    tiles((label, str(counts.get(status, 0))) for status, label in STATUSES.items())
    _show_burn(projects, "burn_ratio", "Which projects use up their estimate?", "Hours used")
    _show_burn(projects, "budget_burn_ratio", "Which projects use up their budget?", "Money used")
    _show_table(projects)


def _show_burn(projects: Any, ratio: str, question: str, title: str) -> None:
    known = projects.dropna(subset=[ratio])
    known = known.assign(state=known[ratio].map(_state))
    if not known.empty:
        chart(question, charts.used(known, "project", ratio, title, "state"))


def _state(ratio: float) -> str:
    if ratio > 1:
        return "over"
    return "at risk" if ratio >= 0.8 else "ok"  # noqa: PLR2004 - the default of clockify__at_risk


def _show_table(projects: Any) -> None:
    st.subheader("What remains, and for how long?", anchor=False)
    st.caption("Weeks left is a forecast: the remaining hours at the pace of the last four weeks.")
    order = {status: place for place, status in enumerate(STATUSES)}
    ranked = projects.assign(
        note=projects.apply(_note, axis=1), place=projects["status"].map(order)
    ).sort_values(["place", "burn_ratio", "budget_burn_ratio"], ascending=[True, False, False])
    titles = {
        "status": "Status",
        "project": "Project",
        "client_name": "Client",
        "burn_ratio": "Hours used",
        "remaining_hours": "Hours left",
        "estimate_hours": "Estimate (hours)",
        "weeks_left": "Weeks left",
        "budget_burn_ratio": "Money used",
        "remaining_amount": "Money left",
        "budget_amount": "Budget",
        "currency": "Currency",
        "note": "Note",
    }
    table(ranked, "projects", titles, {"Hours used": "percent", "Money used": "percent"})
    for row in ranked[ranked["note"] != ""].head(NOTES).to_dict("records"):
        st.caption(f"{literal(row['project'])}: {literal(row['note'])}.")


def _note(row: Any) -> str:
    """Say why a share is not shown."""
    notes = []
    first = row["history_first"]
    since = "of incomplete data" if pd.isna(first) else f"since {first:%Y-%m-%d}"
    if row["estimate_hours"] > 0 and row["is_burn_complete"] is not True:
        notes.append(f"{row['hours_in_period']:,.1f} h {since}, so no share is shown")
    if row["budget_amount"] > 0 and row["is_budget_burn_complete"] is not True:
        amount = f"{row['amount_in_period']:,.0f} {row['currency']}"
        notes.append(f"{amount} {since}, so no share of the budget is shown")
    return "; ".join(notes)


PAGE = Page(
    "Projects",
    "projects",
    frozenset({"workspaces", "clients", "archived"}),
    (PROJECTS,),
    show,
)
