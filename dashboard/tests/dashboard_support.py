"""Marts with few rows, so that every figure of a page is known."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from clockify_dashboard.filters import monday
from streamlit.testing.v1 import AppTest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clockify_sandbox.bigquery import LocalBigQuery

TODAY = datetime.now(UTC).astimezone().date()
WEEK = monday(TODAY)
LAST_WEEK = WEEK - timedelta(weeks=1)
LONG_AGO = WEEK - timedelta(weeks=40)
MONTH = LAST_WEEK.replace(day=1)
RUN = datetime.now(UTC) - timedelta(minutes=12)
NASTY = "<b>Ünï</b> *x* $5$ :red[no] [a](http://b) 東京 🦊"

_TIMES = {"started_at": RUN, "last_run_at": RUN}
_PERSON = {"workspace_id": "w1", "user_id": "u1", "user_name": NASTY, "week": LAST_WEEK}
_PROJECT = {
    "workspace_id": "w1",
    "project_id": "p1",
    "project_name": "Site",
    "client_id": "c1",
    "client_name": NASTY,
    "currency": "EUR",
}
_OTHER = _PROJECT | {
    "project_id": "p2",
    "project_name": "App",
    "client_id": "c2",
    "client_name": "Elephant",
    "currency": "GBP",
}
_SUMS = {"cost_amount": 60.0, "billable_hours_without_rate": 0.5, "hours_without_cost": 1.5}


def _entry(of: Mapping[str, Any], user: str, day: Any, hours: float, rate: float) -> dict[str, Any]:
    return {
        **of,
        "user_id": user,
        "date": day,
        "week": monday(day),
        "hours": hours,
        "billable_hours": hours if rate else 0.0,
        "is_billable": bool(rate),
        "rate": rate,
        "cost_rate": 20.0,
        "amount": hours * rate,
        "cost_amount": hours * 20.0,
        "profit": hours * (rate - 20.0),
    }


def _client_month(of: Mapping[str, Any], amount: float) -> dict[str, Any]:
    sums = _SUMS | {"amount": amount, "profit": amount - 60.0}
    return {**of, **sums, "month": MONTH, "hours": 3.0, "billable_hours": 2.0}


def _health(stream: str, status: str, difference: float | None) -> dict[str, Any]:
    return {
        "workspace_id": "w1",
        "workspace_name": "Acme",
        "stream": stream,
        "status": status,
        "reason": "plan `FREE` has none" if status == "skipped" else "",
        "last_run_at": RUN,
        "hours_clockify": 10.0,
        "hours_table": 10.0,
        "hours_difference": difference,
        "amount_difference": 0.0,
        "rows_left_behind": 0,
        "is_complete": status == "succeeded" and difference == 0.0,
        "requests": 7,
        "rows_sent": 40,
        "rows_removed": 2,
    }


def _burn(of: Mapping[str, Any], name: str, status: str, ratio: float | None) -> dict[str, Any]:
    return {
        **of,
        "project_id": name,
        "project_name": name,
        "status": status,
        "is_archived": name == "Old",
        "is_template": False,
        "estimate_hours": 100.0,
        "hours_in_period": 100 * (ratio or 0.4),
        "burn_ratio": ratio,
        "remaining_hours": None if ratio is None else 100 - 100 * ratio,
        "budget_amount": 1000.0,
        "amount_in_period": 300.0,
        "budget_burn_ratio": 0.3,
        "remaining_amount": 700.0,
        "weeks_left": 4.0,
        "history_first": LONG_AGO,
        "is_burn_complete": ratio is not None,
        "is_budget_burn_complete": True,
    }


MARTS: dict[str, list[dict[str, Any]]] = {
    "clockify__time_entries": [
        _entry(_PROJECT, "u1", LAST_WEEK, 2.0, 100.0),
        _entry(_PROJECT, "u2", LAST_WEEK, 1.0, 0.0),
        _entry(_OTHER, "u1", LAST_WEEK, 1.0, 70.0),
        _entry(_PROJECT, "u1", LONG_AGO, 8.0, 1000.0),
    ],
    "clockify__person_weeks": [
        _PERSON
        | {
            "worked_hours": 42.0,
            "billable_hours": 30.0,
            "capacity_hours": 40.0,
            "overtime_hours": 2.0,
        },
        _PERSON
        | {"user_id": "u2", "user_name": "Bo", "worked_hours": 5.0, "billable_hours": 0.0}
        | {"capacity_hours": 20.0, "overtime_hours": 0.0},
    ],
    "clockify__missing_timesheets": [
        _PERSON
        | {"user_id": "u2", "user_name": "Bo", "date": LAST_WEEK, "capacity_hours": 8.0}
        | {"hours": 1.5, "missing_hours": 6.5},
    ],
    "clockify__projects": [
        _burn(_PROJECT, "Fine", "ok", 0.5),
        _burn(_PROJECT, NASTY, "over", 1.2),
        _burn(_OTHER, "Unsure", "unknown", None),
        _burn(_OTHER, "Old", "over", 3.0),
    ],
    "clockify__client_months": [_client_month(_PROJECT, 200.0), _client_month(_OTHER, 70.0)],
    "clockify__uninvoiced": [
        {**of, "hours": 3.0, "amount": amount, "amount_0_30": amount - 40.0, "amount_31_60": 0.0}
        | {"amount_61_90": 0.0, "amount_over_90": 40.0, "hours_without_rate": 0.0}
        | {"oldest_date": LONG_AGO}
        for of, amount in ((_PROJECT, 200.0), (_OTHER, 70.0))
    ],
    "clockify__rate_leakage": [
        {**_PROJECT, "reason": "no cost rate", "date": LAST_WEEK, "hours": 3.0}
        | {"amount_at_risk": 90.0},
        {**_OTHER, "reason": "no cost rate", "date": LAST_WEEK, "hours": 4.0}
        | {"amount_at_risk": 50.0},
    ],
    "clockify__sync_health": [
        _health("summary", "succeeded", 0.0),
        _health("time_entries", "succeeded", 0.0),
        _health("expenses", "skipped", None),
    ],
    "clockify__sync_runs": [
        {"workspace_id": "w1", "run_id": "r1", "stream": stream, "status": "succeeded"}
        | {"started_at": RUN, "date": TODAY, "duration_seconds": 3.0, "requests": 7}
        | {"retries": 1, "rows_sent": 40, "rows_removed": 2}
        for stream in ("summary", "time_entries")
    ],
}


def build(bigquery: LocalBigQuery, marts: Mapping[str, list[dict[str, Any]]]) -> None:
    """Make the marts anew."""
    bigquery.query("DROP SCHEMA IF EXISTS clockify_marts CASCADE")
    bigquery.query("CREATE SCHEMA clockify_marts")
    for mart, rows in marts.items():
        make(bigquery, mart, rows)


def make(bigquery: LocalBigQuery, mart: str, rows: list[dict[str, Any]]) -> None:
    """Make a mart with these rows."""
    selects = (", ".join(f"{_sql(value)} AS {name}" for name, value in row.items()) for row in rows)
    union = " UNION ALL SELECT ".join(selects)
    bigquery.query(f"CREATE OR REPLACE TABLE clockify_marts.{mart} AS SELECT {union}")


def _sql(value: Any) -> str:
    match value:
        case None:
            return "CAST(NULL AS FLOAT64)"
        case bool() | int():
            return str(value).upper()
        case float():
            return f"CAST({value} AS FLOAT64)"
        case datetime():
            return f"TIMESTAMP '{value:%Y-%m-%d %H:%M:%S}+00:00'"
        case str():
            return "'" + value.replace("'", "\\'") + "'"
        case _:
            return f"DATE '{value}'"


def _script(path: str) -> None:
    from clockify_dashboard import app  # noqa: PLC0415 - Streamlit runs the lines of this function

    app.show(next(page for page in app.PAGES if page.path == path))


def page(path: str, **chosen: Any) -> AppTest:
    """Show a page, with filters that are chosen already."""
    test = AppTest.from_function(_script, default_timeout=300, args=(path,))
    for key, value in chosen.items():
        test.session_state[key] = value
    test.run()
    assert not test.exception, test.exception[0].stack_trace
    return test


def tiles(test: AppTest) -> dict[str, str]:
    """Return the tiles of a page by their label."""
    return {tile.label: tile.value for tile in test.metric}


def texts(test: AppTest) -> str:
    """Return the texts of a page."""
    kinds = (test.error, test.warning, test.info, test.success, test.caption, test.subheader)
    return "\n".join(str(item.value) for kind in (*kinds, test.markdown) for item in kind)
