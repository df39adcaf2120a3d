"""Sum up time entries by person, project, set of tags and day. Pure functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_clockify.records.units import SECONDS_AN_HOUR

if TYPE_CHECKING:
    from collections.abc import Iterable

    from singer_sdk.helpers.types import Record


def summed_up(entries: Iterable[Record], run_started: str) -> list[Record]:
    """Sum up entries to rows of ``summary``: one per user, project, set of tags and day.

    Running timers have no duration yet and are left out.
    """
    rows: dict[tuple[str, str, str, str], Record] = {}
    seconds: dict[tuple[str, str, str, str], int] = {}
    for entry in entries:
        if entry["is_running"]:
            continue
        key = summary_key(entry)
        row = rows.get(key)
        if row is None:
            rows[key] = row = _summary_row(entry, run_started)
            seconds[key] = 0
        seconds[key] += entry["duration_seconds"]
        row["amount_decimal"] += entry["amount"]
    for key, row in rows.items():
        row["duration_decimal"] = seconds[key] / SECONDS_AN_HOUR
    return [rows[key] for key in sorted(rows)]


def summary_key(entry: Record) -> tuple[str, str, str, str]:
    """Return the day, user, project and set of tags that an entry counts towards."""
    return (
        entry["date"],
        entry["user_id"],
        entry["project_id"] or "",
        entry["tag_ids"],
    )


def _summary_row(entry: Record, run_started: str) -> Record:
    return {
        "workspace_id": entry["workspace_id"],
        "user": entry["user"],
        "user_id": entry["user_id"],
        "project": entry["project"],
        "project_id": entry["project_id"] or "",
        "client": entry["client"],
        "client_id": entry["client_id"],
        "tags": entry["tags"],
        "tag_id": entry["tag_ids"],
        "date": entry["date"],
        "duration_decimal": 0.0,
        "amount_decimal": 0.0,
        "currency": entry["currency"],
        "import_timestamp": run_started,
        "_sdc_deleted_at": None,
        "is_deleted": False,
    }
