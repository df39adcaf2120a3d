"""The report at the end of the demo: what the run has loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from clockify_sandbox.bigquery import LocalBigQuery

SUMMARY = "dl_clockify.summary_time_entry_report"
TOP = 5
# S608, here and below: these contain only constants.
QUERY = f"SELECT user, SUM(duration_decimal) AS hours FROM {SUMMARY} GROUP BY user"  # noqa: S608
NEXT = f"""
Prove that the tables equal Clockify, build the marts, and look at them:
  uv run meltano run marts
  uv run meltano run dashboard

Query the tables, make edits in the simulated Clockify, and load them:
  uv run clockify-sandbox sql "{QUERY}"
  uv run clockify-sandbox edit --count 20
  uv run meltano run demo"""

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


def report(bigquery: LocalBigQuery) -> Iterator[RenderableType]:
    """Report on the summary table: hours, money, the largest projects, and what to do next."""
    total = bigquery.query(TOTALS)[0]
    yield (
        f"[bold]{total['hours']:,.2f}[/] hours in {total['n']:,} rows,"
        f" {total['first_day']} to {total['last_day']}"
    )
    for row in bigquery.query(MONEY):
        yield f"[bold]{row['amount']:,.2f} {row['currency'] or ''}[/] billable"
    table = Table(title=f"Top {TOP} projects", title_justify="left")
    for name in ("Project", "Client"):
        table.add_column(name)
    for name in ("Hours", "Amount"):
        table.add_column(name, justify="right")
    for row in bigquery.query(PROJECTS):
        table.add_row(
            str(row["project"] or "(no project)"),
            str(row["client"] or ""),
            f"{row['hours']:,.2f}",
            f"{row['amount'] or 0:,.2f} {row['currency'] or ''}",
        )
    yield table
    yield NEXT
