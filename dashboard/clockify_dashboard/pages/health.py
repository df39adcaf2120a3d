"""Data health: what the runs read, and what they cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from clockify_dashboard import charts
from clockify_dashboard.page import Page
from clockify_dashboard.parts import chart, table, tiles
from clockify_dashboard.proof import skipped
from clockify_dashboard.statements import Section

if TYPE_CHECKING:
    from clockify_dashboard.filters import Filters
    from clockify_dashboard.warehouse import Answer

HEALTH = Section(
    "health",
    "workspace_id workspace_name stream status reason last_run_at:time hours_clockify:number"
    " hours_table:number hours_difference:number amount_difference:number rows_left_behind:count"
    " is_complete requests:count rows_sent:count rows_removed:count",
    """
    select workspace_id, workspace_name, stream, status, reason, last_run_at, hours_clockify,
        hours_table, hours_difference, amount_difference, rows_left_behind, is_complete,
        requests, rows_sent, rows_removed
    from {clockify__sync_health}
    where {in_workspaces}
    """,
)
RUNS = Section(
    "runs",
    "run_id started_at:time streams:count skipped:count requests:count retries:count"
    " rows_sent:count rows_removed:count seconds:number",
    """
    select run_id, min(started_at) as started_at, count(distinct stream) as streams,
        countif(status = 'skipped') as skipped, sum(requests) as requests, sum(retries) as retries,
        sum(rows_sent) as rows_sent, sum(rows_removed) as rows_removed,
        max(duration_seconds) as seconds
    from {clockify__sync_runs}
    where {in_workspaces} and date between @first and @last
    group by run_id
    """,
)


def show(answer: Answer, _filters: Filters) -> None:
    """Show the page."""
    _show_streams(answer["health"])
    _show_runs(answer["runs"].sort_values("started_at"))


def _show_streams(health: Any) -> None:
    st.subheader("Does every table equal Clockify?", anchor=False)
    if health.empty:
        st.info("No run has been recorded yet.")
        return
    left_out = health[health["status"] == "skipped"]
    complete = sum(value is True for value in health["is_complete"])
    tiles(
        [
            ("Streams complete", str(complete)),
            ("Incomplete", str(len(health) - complete - len(left_out))),
            ("Skipped", str(len(left_out))),
        ]
    )
    if text := skipped(left_out):
        st.warning(text)
    titles = {
        "stream": "Stream",
        "is_complete": "Complete",
        "hours_difference": "Hours differ by",
        "amount_difference": "Amounts differ by",
        "rows_left_behind": "Rows left behind",
        "last_run_at": "Last run (UTC)",
        "rows_sent": "Rows sent",
        "rows_removed": "Rows removed",
        "requests": "Requests",
        "reason": "Reason",
        "workspace_name": "Workspace",
    }
    rounded = health.assign(
        hours_difference=health["hours_difference"].round(6) + 0.0,
        amount_difference=health["amount_difference"].round(4) + 0.0,
    )
    table(rounded.sort_values(["is_complete", "stream"]), "streams", titles)


def _show_runs(runs: Any) -> None:
    if runs.empty:
        st.info("No run in this period: choose a longer one.")
        return
    runs = runs.assign(run=runs["started_at"].dt.strftime("%Y-%m-%d %H:%M"))
    requests = charts.columns(runs, "run", "requests", "Requests")
    chart("How many requests does a run take?", requests)
    if runs["rows_removed"].sum():
        removed = charts.columns(runs, "run", "rows_removed", "Rows removed")
        chart("How many rows did a run find to be gone?", removed)
    else:
        st.info("No run of this period found that rows are gone.")
    titles = {
        "started_at": "Run (UTC)",
        "streams": "Streams",
        "skipped": "Skipped",
        "requests": "Requests",
        "retries": "Retries",
        "rows_sent": "Rows sent",
        "rows_removed": "Rows removed",
        "seconds": "Seconds",
    }
    table(runs.iloc[::-1], "runs", titles)


PAGE = Page(
    "Data health",
    "health",
    frozenset({"workspaces", "period"}),
    (HEALTH, RUNS),
    show,
)
