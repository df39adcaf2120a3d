"""What the reader chose in the sidebar, and the days that a choice of a period means."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Period(StrEnum):
    """The periods to choose from."""

    WEEKS_4 = "Last 4 weeks"
    WEEKS_12 = "Last 12 weeks"
    THIS_MONTH = "This month"
    LAST_MONTH = "Last month"
    THIS_YEAR = "This year"
    ALL = "Everything"
    CUSTOM = "Between two days"


@dataclass(frozen=True)
class Days:
    """A period from its first to its last day, both included."""

    first: date
    last: date


@dataclass(frozen=True)
class Filters:
    """What a page is limited to; an empty tuple means no limit."""

    days: Days
    today: date
    workspaces: tuple[str, ...] = ()
    clients: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    archived: bool = False


def monday(day: date) -> date:
    """Return the first day of the week."""
    return day - timedelta(days=day.weekday())


def days_of(period: Period, today: date, known: Days) -> Days:
    """Return the days of a period; `known` are those that have data.

    Weeks are whole, so that a person's first and last week are comparable with the others.
    """
    sunday = monday(today) + timedelta(days=6)
    month = today.replace(day=1)
    next_month = (month + timedelta(days=31)).replace(day=1)
    match period:
        case Period.WEEKS_4:
            return Days(monday(today) - timedelta(weeks=3), sunday)
        case Period.WEEKS_12:
            return Days(monday(today) - timedelta(weeks=11), sunday)
        case Period.THIS_MONTH:
            return Days(month, next_month - timedelta(days=1))
        case Period.LAST_MONTH:
            last = month - timedelta(days=1)
            return Days(last.replace(day=1), last)
        case Period.THIS_YEAR:
            return Days(today.replace(month=1, day=1), today.replace(month=12, day=31))
        case Period.ALL | Period.CUSTOM:
            return known
