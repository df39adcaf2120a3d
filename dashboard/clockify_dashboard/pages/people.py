"""People: who is busy, who has room, and whose time is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from clockify_dashboard import charts
from clockify_dashboard.page import Page
from clockify_dashboard.parts import NO_ENTRIES, chart, table, tiles
from clockify_dashboard.statements import Section
from clockify_dashboard.words import count, hours, labels, share

if TYPE_CHECKING:
    from clockify_dashboard.filters import Filters
    from clockify_dashboard.warehouse import Answer

WEEKS = Section(
    "weeks",
    "user_id user_name week:date worked_hours:number billable_hours:number capacity_hours:number"
    " overtime_hours:number",
    """
    select user_id, any_value(user_name) as user_name, week, sum(worked_hours) as worked_hours,
        sum(billable_hours) as billable_hours, sum(capacity_hours) as capacity_hours,
        sum(overtime_hours) as overtime_hours
    from {clockify__person_weeks}
    where {in_workspaces} and {of_people} and week between @first and @last
    group by user_id, week
    """,
)
MISSING = Section(
    "missing",
    "user_id user_name date:date capacity_hours:number hours:number missing_hours:number",
    """
    select user_id, user_name, date, capacity_hours, hours, missing_hours
    from {clockify__missing_timesheets}
    where {in_workspaces} and {of_people} and date between @first and @last
    """,
)
FORECAST = Section(
    "forecast",
    "workspace_id user_id user_name week:date scheduled_hours:number capacity_hours:number"
    " free_hours:number",
    """
    select workspace_id, user_id, any_value(user_name) as user_name, week,
        sum(scheduled_hours) as scheduled_hours, max(capacity_hours) as capacity_hours,
        max(free_hours) as free_hours
    from {clockify__forecast_weeks}
    where {in_workspaces} and {of_people} and week >= cast(date_trunc(@today, week(monday)) as date)
    group by workspace_id, user_id, week
    having sum(scheduled_hours) > 0
    """,
    optional=True,
)


def show(answer: Answer, _filters: Filters) -> None:
    """Show the page."""
    weeks = answer["weeks"]
    if weeks.empty:
        st.info(NO_ENTRIES)
    else:
        _show_utilisation(weeks.assign(person=labels(weeks, "user_id", "user_name")))
    _show_missing(answer["missing"])
    _show_forecast(answer["forecast"])


def _show_utilisation(weeks: Any) -> None:
    people = weeks.groupby(["user_id", "person"], as_index=False).sum(numeric_only=True)
    for frame in (weeks, people):
        capacity = frame["capacity_hours"]
        frame["utilisation"] = (frame["billable_hours"] / capacity).where(capacity > 0)
    billable, capacity = people["billable_hours"].sum(), people["capacity_hours"].sum()
    tiles(
        [
            ("Utilisation", share(billable, capacity)),
            ("Billable hours", hours(billable)),
            ("Capacity", hours(capacity)),
            ("Overtime", hours(people["overtime_hours"].sum())),
        ]
    )
    st.caption(
        "Utilisation is billable hours divided by capacity. Weeks that begin in the period count;"
        " the current week has capacity until today."
    )
    with_capacity = people.dropna(subset=["utilisation"])
    if not with_capacity.empty:
        drawn = charts.used(with_capacity, "person", "utilisation", "Billable share of capacity")
        chart("Who is fully used, and who has room?", drawn)
        cells = weeks.dropna(subset=["utilisation"])
        cells = cells[
            cells["person"].isin(with_capacity.nlargest(charts.MOST, "utilisation").person)
        ]
        drawn_grid = charts.grid(cells, "person", "week", "utilisation", "Utilisation")
        chart("In which weeks was there room?", drawn_grid)
    titles = {
        "person": "Person",
        "utilisation": "Utilisation",
        "billable_hours": "Billable hours",
        "worked_hours": "Worked hours",
        "capacity_hours": "Capacity (hours)",
        "overtime_hours": "Overtime (hours)",
    }
    people = people.sort_values("utilisation", ascending=False)
    table(people, "people", titles, {"Utilisation": "percent"})


def _show_missing(missing: Any) -> None:
    st.subheader("Whose timesheets have gaps?", anchor=False)
    if missing.empty:
        st.success("No working day of the period lacks hours.")
        return
    missing = missing.assign(person=labels(missing, "user_id", "user_name"))
    people = missing["user_id"].nunique()
    total = missing["missing_hours"].sum()
    noun = "person" if people == 1 else "people"
    st.write(f"{hours(total)} are missing, of {people} {noun}.")
    titles = {
        "person": "Person",
        "date": "Day",
        "missing_hours": "Missing hours",
        "hours": "Worked hours",
        "capacity_hours": "Capacity (hours)",
    }
    ranked = missing.assign(all=missing.groupby("user_id")["missing_hours"].transform("sum"))
    by_person = missing.groupby(["user_id", "person"], as_index=False)["missing_hours"].sum()
    drawn = charts.bars(by_person, "person", "missing_hours", "Missing hours", color=charts.ORANGE)
    st.altair_chart(drawn, width="stretch", alt="Missing hours by person")
    ranked = ranked.sort_values(["all", "person", "date"], ascending=[False, True, False])
    table(ranked, "missing_timesheets", titles)


def _show_forecast(forecast: Any) -> None:
    st.subheader("Who has capacity left this week and later?", anchor=False)
    if forecast.empty:
        st.info("No time is scheduled for this week or later, so there is no forecast.")
        return
    forecast = forecast.assign(person=labels(forecast, "user_id", "user_name"))
    over = forecast[forecast["free_hours"] < 0]
    if over.empty:
        st.success("Nobody is overbooked.")
    else:
        weeks, people = len(over), over["user_id"].nunique()
        booked = "person is" if people == 1 else "people are"
        st.warning(f"{people} {booked} overbooked, in {count(weeks, 'week')} in all.")
    titles = {
        "week": "Week from",
        "person": "Person",
        "free_hours": "Free hours",
        "scheduled_hours": "Scheduled hours",
        "capacity_hours": "Capacity (hours)",
    }
    table(forecast.sort_values(["week", "free_hours"]), "forecast", titles)


PAGE = Page(
    "People",
    "people",
    frozenset({"workspaces", "period", "people"}),
    (WEEKS, MISSING, FORECAST),
    show,
)
