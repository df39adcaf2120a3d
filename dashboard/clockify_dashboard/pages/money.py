"""Money: what clients bring, what is not invoiced, and what may be lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from clockify_dashboard import charts
from clockify_dashboard.page import Page
from clockify_dashboard.pages import money_sections as ask
from clockify_dashboard.parts import NO_ENTRIES, chart, table
from clockify_dashboard.words import hours, labels, listed, literal, money

if TYPE_CHECKING:
    from clockify_dashboard.filters import Filters
    from clockify_dashboard.warehouse import Answer

AGES = {
    "amount_0_30": "0–30 days",  # noqa: RUF001 - a dash
    "amount_31_60": "31–60 days",  # noqa: RUF001
    "amount_61_90": "61–90 days",  # noqa: RUF001
    "amount_over_90": "over 90 days",
}


def show(answer: Answer, _filters: Filters) -> None:
    """Show the page."""
    months = answer["months"]
    if months.empty:
        st.info(NO_ENTRIES)
    else:
        _show_clients(months.assign(client=labels(months, "client_id", "client_name")))
    _show_uninvoiced(answer["uninvoiced"])
    _show_leakage(answer["leakage"])
    if "invoices" in answer.present:
        _show_invoices(answer["invoices"])
    if "expenses" in answer.present:
        _show_expenses(answer["expenses"])


def _show_clients(months: Any) -> None:
    st.caption("By client: whole months, from the first to the last of the period.")
    totals = months.groupby(["currency", "client_id", "client"], as_index=False)
    totals = totals.sum(numeric_only=True)
    for currency in _currencies(totals, "amount"):
        of_currency = totals[totals["currency"] == currency]
        drawn = charts.bars(of_currency, "client", "amount", f"Amount ({currency})")
        chart(f"Which clients bring the most, in {literal(currency)}?", drawn)
    for row in totals.groupby("currency", as_index=False).sum(numeric_only=True).to_dict("records"):
        _caption_gaps(row)
    titles = {
        "month": "Month",
        "client": "Client",
        "currency": "Currency",
        "amount": "Amount",
        "cost_amount": "Cost",
        "profit": "Profit",
        "hours": "Hours",
        "billable_hours": "Billable hours",
        "billable_hours_without_rate": "Billable hours without rate",
        "hours_without_cost": "Hours without cost rate",
    }
    ranked = months.sort_values(["month", "currency", "amount"], ascending=[False, True, False])
    table(ranked, "client_months", titles)


def _caption_gaps(row: dict[str, Any]) -> None:
    gaps = [
        f"{hours(row[column])} {text}"
        for column, text in (
            ("billable_hours_without_rate", "are billable but have no rate"),
            ("hours_without_cost", "have no cost rate"),
        )
        if row[column]
    ]
    if gaps:
        st.caption(f"{literal(row['currency'])}: {listed(gaps)}, and add nothing to these figures.")


def _show_uninvoiced(uninvoiced: Any) -> None:
    st.subheader("How much work is not invoiced yet?", anchor=False)
    if uninvoiced.empty:
        st.success("All billable work is invoiced.")
        return
    st.caption("Of all time: the period does not apply here.")
    totals = uninvoiced.groupby("currency").sum(numeric_only=True)
    for currency, row in totals.sort_values("amount", ascending=False).iterrows():
        ages = row[list(AGES)].rename(AGES).rename_axis("age").reset_index(name="amount")
        old = money(row["amount_over_90"], str(currency))
        st.write(
            f"{literal(money(row['amount'], str(currency)))}; over 90 days old: {literal(old)}."
        )
        title = f"Not invoiced ({currency})"
        drawn = charts.bars(ages, "age", "amount", title, sort=list(AGES.values()))
        st.altair_chart(drawn, width="stretch", alt=f"Not invoiced by age, in {currency}")
    titles = {"client_name": "Client", "project_name": "Project", "currency": "Currency"}
    titles |= {"amount": "Amount", "hours": "Hours", **AGES}
    titles |= {"hours_without_rate": "Hours without rate", "oldest_date": "Oldest entry"}
    table(uninvoiced.sort_values(["currency", "amount"], ascending=False), "uninvoiced", titles)


def _show_leakage(leakage: Any) -> None:
    st.subheader("Where may money be lost?", anchor=False)
    if leakage.empty:
        st.success("No entry of the period looks wrong.")
        return
    st.caption(
        "An entry can have several reasons, so these hours must not be added up. Without an amount,"
        " no rate is known."
    )
    titles = {
        "reason": "Reason",
        "currency": "Currency",
        "entries": "Entries",
        "hours": "Hours",
        "amount_at_risk": "Amount at risk",
    }
    table(leakage.sort_values("amount_at_risk", ascending=False), "leakage", titles)


def _show_invoices(invoices: Any) -> None:
    st.subheader("Which invoices are open?", anchor=False)
    if invoices.empty:
        st.info("No open invoice is in the warehouse.")
        return
    for currency, row in invoices.groupby("currency").sum(numeric_only=True).iterrows():
        st.write(f"Still to be paid: {literal(money(row['balance_amount'], str(currency)))}")
    titles = {
        "number": "Number",
        "client_name": "Client",
        "status": "Status",
        "due_date": "Due",
        "days_overdue": "Days overdue",
        "balance_amount": "Still to be paid",
        "amount": "Amount",
        "currency": "Currency",
    }
    table(invoices.sort_values("days_overdue", ascending=False), "invoices", titles)


def _show_expenses(expenses: Any) -> None:
    st.subheader("What was spent?", anchor=False)
    if expenses.empty:
        st.info("No expense of this period is in the warehouse.")
        return
    titles = {
        "month": "Month",
        "category_name": "Category",
        "currency": "Currency",
        "amount": "Amount",
        "billable_amount": "Billable amount",
    }
    table(expenses.sort_values("month", ascending=False), "expenses", titles)


def _currencies(frame: Any, column: str) -> list[str]:
    """Return the currencies with an amount, the one with most first."""
    totals = frame.groupby("currency")[column].sum().sort_values(ascending=False)
    return list(totals[totals != 0].index)


PAGE = Page(
    "Money",
    "money",
    frozenset({"workspaces", "period", "clients"}),
    ask.SECTIONS,
    show,
)
