"""The filters in the sidebar, kept while pages change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import streamlit as st

from clockify_dashboard.filters import Days, Filters, Period, days_of
from clockify_dashboard.statements import Section
from clockify_dashboard.words import labels

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from clockify_dashboard.warehouse import Answer

KEYS = ("workspaces", "period", "between", "clients", "people", "archived")

CHOICES = (
    Section(
        "people",
        "id name",
        """
        select user_id as id, any_value(user_name) as name from {clockify__person_weeks}
        group by user_id
        """,
    ),
    Section(
        "clients",
        "id name",
        """
        select client_id as id, any_value(client_name) as name
        from {clockify__client_months} group by client_id
        """,
    ),
    Section(
        "workspaces",
        "id name first_day:date last_day:date",
        """
        select entries.workspace_id as id, max(health.workspace_name) as name,
            min(entries.date) as first_day, max(entries.date) as last_day
        from {clockify__time_entries} as entries
        left join {clockify__sync_health} as health
            on health.workspace_id = entries.workspace_id and health.stream = 'time_entries'
        group by entries.workspace_id
        """,
    ),
)
"""What there is to choose from."""


@dataclass(frozen=True)
class _Choice:
    """A filter with several values: its key, label, and the name of each value."""

    key: str
    label: str
    names: dict[str, str]


def everything(today: date) -> Filters:
    """Return filters that limit nothing."""
    return Filters(Days(date.min, date.max), today)


def today() -> date:
    """Return the calendar day of this machine."""
    return datetime.now(UTC).astimezone().date()


def chosen(answer: Answer, applying: AbstractSet[str]) -> Filters:
    """Show the filters that apply to the page, and return what is chosen."""
    for key in KEYS:  # Streamlit forgets what is chosen in a filter that a page does not show.
        if key in st.session_state:
            st.session_state[key] = st.session_state[key]
    now = today()
    workspaces = answer["workspaces"]
    with st.sidebar:
        days = _days(workspaces, now) if "period" in applying else everything(now).days
        picked = {
            choice.key: _several(choice)
            for choice in (
                _Choice("workspaces", "Workspace", _names(workspaces)),
                _Choice("clients", "Client", _names(answer["clients"])),
                _Choice("people", "Person", _names(answer["people"])),
            )
            if choice.key in applying and len(choice.names) > 1
        }
        archived = "archived" in applying and st.toggle("Archived projects too", key="archived")
    return Filters(days, now, archived=archived, **picked)


def _names(frame: Any) -> dict[str, str]:
    named = frame.assign(name=labels(frame, "id", "name")).sort_values("name")
    return dict(zip(named["id"], named["name"], strict=True))


def _several(choice: _Choice) -> tuple[str, ...]:
    kept = [value for value in st.session_state.get(choice.key, []) if value in choice.names]
    st.session_state[choice.key] = kept
    return tuple(
        st.multiselect(
            choice.label,
            list(choice.names),
            format_func=lambda value: choice.names.get(value, value),
            key=choice.key,
            placeholder="All",
        )
    )


def _days(workspaces: Any, now: date) -> Days:
    st.session_state.setdefault("period", Period.WEEKS_12.value)
    period = Period(st.selectbox("Period", [item.value for item in Period], key="period"))
    known = Days(now, now)
    if not workspaces.empty:
        first, last = workspaces["first_day"].min().date(), workspaces["last_day"].max().date()
        known = Days(min(first, now), max(last, now))
    if period is not Period.CUSTOM:
        return days_of(period, now, known)
    st.session_state.setdefault("between", (known.first, known.last))
    between: Any = st.date_input("First and last day", key="between")
    match between:
        case (first, last):
            return Days(first, last)
        case (first,):  # the reader has not chosen the last day yet
            return Days(first, known.last)
        case _:
            return known
