"""The report at the end of the demo: what is loaded, and whether it equals Clockify."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import requests
from rich.table import Table

from clockify_sandbox.supervisor import SandboxError, require
from clockify_sandbox.world.agency import API_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from clockify_sandbox.bigquery_rows import Row
    from clockify_sandbox.places import Places

SUMMARY = "dl_clockify.summary_time_entry_report"
TOP = 5
TIMEOUT_SECONDS = 60
SECONDS_PER_HOUR = 3600
NEXT = """
Edit the simulated Clockify, and load the edits: the difference is 0.00 h again.
  uv run clockify-sandbox edit --count 20
  uv run meltano run demo
Look at a row:
  uv run clockify-sandbox sql "SELECT * FROM dl_clockify.time_entries LIMIT 1"
Prove that the tables equal Clockify, build the marts, and look at them:
  uv run meltano run marts
  uv run meltano run dashboard"""

# S608, here and below: these contain only constants.
TOTALS = f"""
SELECT COUNT(*) AS n, MIN(date) AS first_day, MAX(date) AS last_day,
  COALESCE(SUM(duration_decimal), 0) AS hours
FROM {SUMMARY} WHERE _sdc_deleted_at IS NULL
"""  # noqa: S608
MONEY = f"""
SELECT currency, SUM(amount_decimal) AS amount
FROM {SUMMARY} GROUP BY currency HAVING SUM(amount_decimal) <> 0 ORDER BY amount DESC
"""  # noqa: S608
PROJECTS = f"""
SELECT project, client, currency, SUM(duration_decimal) AS hours, SUM(amount_decimal) AS amount
FROM {SUMMARY} GROUP BY project_id, project, client, currency
ORDER BY hours DESC, project LIMIT {TOP}
"""  # noqa: S608
WINDOW = f"""
SELECT runs.workspace_id, runs.timezone, CAST(runs.window_first AS STRING) AS first_day,
  CAST(runs.window_last AS STRING) AS last_day, COALESCE(SUM(rows.duration_decimal), 0) AS hours
FROM (
  SELECT * FROM dl_clockify.sync_runs WHERE stream = 'summary' AND status = 'succeeded'
  ORDER BY started_at DESC LIMIT 1
) AS runs
LEFT JOIN {SUMMARY} AS rows ON rows.workspace_id = runs.workspace_id
  AND rows.date BETWEEN runs.window_first AND runs.window_last
GROUP BY runs.workspace_id, runs.timezone, runs.window_first, runs.window_last
"""  # noqa: S608
"""The days that the last run read, and the hours that the table has for them."""


def report(places: Places) -> Iterator[RenderableType]:
    """Say what is in the summary table, how it differs from Clockify now, and what to do next.

    Raises:
        SandboxError: The sandbox is down, or the simulated Clockify does not report.
    """
    require(places)
    bigquery = places.bigquery
    total = bigquery.query(TOTALS)[0]
    yield (
        f"[bold]{total['hours']:,.2f}[/] hours in {total['n']:,} rows,"
        f" {total['first_day']} to {total['last_day']}"
    )
    money = [
        f"[bold]{row['amount']:,.2f} {row['currency'] or ''}[/]" for row in bigquery.query(MONEY)
    ]
    if money:
        yield f"{' and '.join(money)} billable"
    for window in bigquery.query(WINDOW):
        yield _compared(window, _reported(places, window))
    yield _projects(bigquery.query(PROJECTS))
    yield NEXT


def _projects(rows: list[Row]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(f"Top {TOP} projects")
    table.add_column("Client")
    for name in ("Hours", "Amount"):
        table.add_column(name, justify="right")
    for row in rows:
        table.add_row(
            str(row["project"] or "(no project)"),
            str(row["client"] or ""),
            f"{row['hours']:,.2f}",
            f"{row['amount'] or 0:,.2f} {row['currency'] or ''}",
        )
    return table


def _compared(window: Row, reported: float) -> str:
    hours = float(str(window["hours"]))
    return (
        f"Clockify's own report: {reported:,.2f} h; the table: {hours:,.2f} h;"
        f" difference [bold]{abs(hours - reported):,.2f} h[/]"
    )


def _reported(places: Places, window: Row) -> float:
    """Ask the simulated Clockify's summary report, as anybody can, for the hours of some days."""
    asked = {
        "dateRangeStart": f"{window['first_day']}T00:00:00.000Z",
        "dateRangeEnd": f"{window['last_day']}T23:59:59.999Z",
        "timeZone": window["timezone"],
        "summaryFilter": {"groups": ["PROJECT"]},
    }
    answer = requests.post(
        f"{places.clockify_url}/report/v1/workspaces/{window['workspace_id']}/reports/summary",
        json=asked,
        headers={"X-Api-Key": API_KEY},
        timeout=TIMEOUT_SECONDS,
    )
    if not answer.ok:
        raise SandboxError(f"The simulated Clockify does not report: {answer.text}")
    totals: list[dict[str, Any] | None] = answer.json()["totals"]
    return float(sum(each["totalTime"] for each in totals if each)) / SECONDS_PER_HOUR
