"""What `status` shows: jobs as a table for people, or as JSON for programs."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from clockify_fleet.jobs import Jobs, Status
from clockify_fleet.organizations import Found, Organization

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import RowMapping

COLUMNS = (
    "organization_id",
    "kind",
    "status",
    "job_id",
    "destination_dataset",
    "error_message",
    "created_at",
    "updated_at",
)
COLORS = {Status.SUCCESS: "green", Status.FAILED: "red", Status.IN_PROGRESS: "yellow"}

Row = dict[str, Any]


def history(jobs: Jobs, count: int) -> list[Row]:
    """Return the last jobs, the newest first."""
    return [_row(each) for each in jobs.history(count)]


def latest(jobs: Jobs, organizations: Sequence[Found]) -> list[Row]:
    """Return the last job of each organisation; those that never ran have no status."""
    found = {name: _row(each) for name, each in jobs.latest().items()}
    for each in organizations:
        if each.organization_id and each.organization_id not in found:
            found[each.organization_id] = dict.fromkeys(COLUMNS) | _configured(each)
    return [found[name] for name in sorted(found)]


def _configured(each: Found) -> Row:
    if isinstance(each, Organization):
        return {
            "organization_id": each.organization_id,
            "kind": str(each.kind),
            "destination_dataset": each.destination_dataset,
        }
    return {"organization_id": each.organization_id, "error_message": each.reason}


def _row(job: RowMapping) -> Row:
    return {name: job[name] for name in COLUMNS}


def show(rows: Iterable[Row], *, as_json: bool) -> None:
    """Print the rows; instants are in UTC."""
    if as_json:
        shown = [{name: _plain(value) for name, value in row.items()} for row in rows]
        click.echo(json.dumps(shown, ensure_ascii=False, indent=2))
        return
    table = Table(box=None, pad_edge=False)
    for name in ("organisation", "kind", "status", "dataset", "updated (UTC)"):
        table.add_column(name, no_wrap=True)
    failures = []
    for row in rows:
        updated = f"{row['updated_at']:%Y-%m-%d %H:%M}" if row["updated_at"] else ""
        table.add_row(
            Text(row["organization_id"]),
            Text(row["kind"] or ""),
            Text(row["status"] or "never ran", style=COLORS.get(row["status"], "dim")),
            Text(row["destination_dataset"] or ""),
            updated,
        )
        if row["error_message"]:
            failures.append(f"{row['organization_id']}: {row['error_message']}")
    console = Console(highlight=False)
    console.print(table)
    for failure in failures:
        console.print()
        console.print(failure, markup=False, soft_wrap=True)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.datetime) else value
