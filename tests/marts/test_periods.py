"""The periods of estimates and budgets that begin anew, for more days than the sandbox has."""

from __future__ import annotations

import calendar
import datetime as dt
import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Warehouse

pytestmark = pytest.mark.bigquery

DAY = dt.timedelta(days=1)
TODAYS = ("2024-02-29", "2025-12-31", "2026-01-01", "2026-02-28", "2026-03-31", "2026-07-15")
RESETS = (
    *(("WEEKLY", name.upper(), None, None) for name in calendar.day_name),
    *(("MONTHLY", None, day, None) for day in (None, 1, 15, 29, 30, 31)),
    ("YEARLY", None, None, None),
    ("YEARLY", None, 31, "DECEMBER"),
    ("YEARLY", None, 29, "FEBRUARY"),
    ("YEARLY", None, 15, "JULY"),
    (None, None, None, None),
)
CASES = [
    (dt.date.fromisoformat(today), *reset) for today, reset in itertools.product(TODAYS, RESETS)
]
QUERY = """
select
    id,
    {{{{ clockify.period_start('reset', 'today', 'weekday', 'day', 'month') }}}} as first,
    {{{{ clockify.next_period_start(
        'reset', clockify.period_start('reset', 'today', 'weekday', 'day', 'month'), 'day', 'month'
    ) }}}} as following
from ({cases})
"""


def test_periods(warehouse: Warehouse) -> None:
    cases = " union all ".join(
        f"select {number} as id, {_text(reset)} as reset, date '{today}' as today,"
        f" {_text(weekday)} as weekday, cast({day or 'null'} as int64) as day,"
        f" {_text(month)} as month"
        for number, (today, reset, weekday, day, month) in enumerate(CASES)
    )
    query = QUERY.format(cases=cases)
    done = warehouse.dbt("--quiet", "show", "--inline", query, "--output", "json", "--limit", "999")
    assert done.code == 0, done.printed[-2000:]
    shown, _ = json.JSONDecoder().raw_decode(done.printed, done.printed.index("{"))
    found = {row["id"]: (_day(row["first"]), _day(row["following"])) for row in shown["show"]}
    assert found == {number: _period(*case) for number, case in enumerate(CASES)}


def _text(value: str | None) -> str:
    return f"'{value}'" if value else "cast(null as string)"


def _day(value: Any) -> dt.date | None:
    return value and dt.date.fromisoformat(value[:10])


def _period(
    today: dt.date, reset: str | None, weekday: str | None, day: int | None, month: str | None
) -> tuple[dt.date | None, dt.date | None]:
    """Find the first day of the period and that of the next one, day by day."""
    if reset is None:
        return None, None

    def begins(on: dt.date) -> bool:
        if reset == "WEEKLY":
            return f"{on:%A}".upper() == weekday
        of_month = on.day == min(day or 1, calendar.monthrange(on.year, on.month)[1])
        return of_month and (reset == "MONTHLY" or f"{on:%B}".upper() == (month or "JANUARY"))

    days = (today + number * DAY for number in itertools.count(0, -1))
    first = next(each for each in days if begins(each))
    later = (first + number * DAY for number in itertools.count(1))
    return first, next(each for each in later if begins(each))
