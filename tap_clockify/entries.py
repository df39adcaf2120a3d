"""Shape time entries, and sum them up by day. Pure functions.

Rows come from the detailed report; what varies in them over time and between plans is listed in
Clockify's documentation of the report and in the comments here.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from tap_clockify import windows
from tap_clockify.shaping import json_text, major_units

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from singer_sdk.helpers.types import Record

SECONDS_AN_HOUR = 3600


def entry_id(row: Mapping[str, Any]) -> str:
    """Tell the id of an entry in a report (``_id``) or on the core host (``id``)."""
    return str(row.get("_id") or row.get("id"))


def is_running(row: Mapping[str, Any]) -> bool:
    """Tell whether the entry's timer is still running."""
    interval = row.get("timeInterval") or {}
    return not interval.get("end")


def shape_entry(
    row: Mapping[str, Any],
    *,
    workspace_id: str,
    tz: dt.tzinfo,
    tag_name: Callable[[str], str | None],
    run_started: str,
) -> Record:
    """Turn a row of the detailed report into a row of ``time_entries``.

    Args:
        row: The entry as the report has it: money in minor units, instants in the report's zone.
        workspace_id: The workspace, which the report leaves out.
        tz: The zone whose calendar decides ``date``.
        tag_name: Finds the name of a tag where the report has only its id.
        run_started: The value of ``import_timestamp``.
    """
    interval = row.get("timeInterval") or {}
    start = windows.instant(interval["start"], tz)
    running = not interval.get("end")
    end = None if running else windows.instant(interval["end"], tz)
    seconds = 0 if end is None else _seconds(interval.get("duration"), start, end)
    tags = _tags(row, tag_name)
    invoicing = row.get("invoicingInfo") or {}
    rate = _first(row, "earnedRate", "rate")
    return {
        "id": entry_id(row),
        "workspace_id": workspace_id,
        "user_id": row.get("userId"),
        "user": row.get("userName"),
        "project_id": row.get("projectId") or None,
        "project": row.get("projectName") or None,
        "task_id": row.get("taskId") or None,
        "task": row.get("taskName") or None,
        "client_id": row.get("clientId") or None,
        "client": row.get("clientName") or None,
        "tag_ids": ",".join(tags),
        "tags": ", ".join(tags.values()),
        "description": row.get("description"),
        "billable": row.get("billable"),
        "start": _utc(start),
        "end": None if end is None else _utc(end),
        "date": windows.local_day(start, tz).isoformat(),
        "duration_seconds": seconds,
        "duration_decimal": seconds / SECONDS_AN_HOUR,
        "rate": major_units(rate),
        "amount": 0.0 if running else major_units(earned(row)),
        "cost_rate": major_units(row.get("costRate")),
        "cost_amount": 0.0 if running else major_units(_amount(row, "COST", "costAmount") or 0.0),
        "currency": row.get("currency"),
        "type": row.get("type"),
        "is_locked": row.get("isLocked", row.get("locked")),
        "is_running": running,
        "approval_request_id": row.get("approvalRequestId") or None,
        "is_invoiced": _is_invoiced(invoicing),
        "invoice_id": invoicing.get("invoiceId") if isinstance(invoicing, dict) else None,
        "custom_fields": json_text(row.get("customFields") or None),
        "import_timestamp": run_started,
        "_sdc_deleted_at": None,
    }


def earned(row: Mapping[str, Any]) -> float:
    """Tell the billable amount in minor units; 0 where Clockify names none."""
    named = _amount(row, "EARNED", "earnedAmount")
    return float(named if named is not None else row.get("amount") or 0.0)


def summed_up(entries: Iterable[Record], run_started: str) -> list[Record]:
    """Sum entries up to the rows of ``summary``: one per user, project, set of tags and day.

    Entries whose timer runs have no duration yet and are left out.
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
    """Tell the day, user, project and set of tags that an entry counts towards."""
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
    }


def _tags(row: Mapping[str, Any], tag_name: Callable[[str], str | None]) -> dict[str, str]:
    """Map the ids of the entry's tags, in ascending order, to their names.

    Tagged rows have ``tags``; only ``tagIds`` was seen on rows without tags, but is read as well.
    """
    tags = {str(tag.get("_id") or tag.get("id")): tag.get("name") for tag in row.get("tags") or ()}
    for item in row.get("tagIds") or ():
        tags.setdefault(str(item), None)
    return {item: tags[item] or tag_name(item) or item for item in sorted(tags)}


def _amount(row: Mapping[str, Any], kind: str, column: str) -> float | None:
    """Find an amount under its own name or in the list ``amounts``, in minor units."""
    if row.get(column) is not None:
        return float(row[column])
    for amount in row.get("amounts") or ():
        if isinstance(amount, dict) and amount.get("type") == kind:
            return amount.get("value")
    return None


def _first(row: Mapping[str, Any], *names: str) -> float | None:
    return next((row[name] for name in names if row.get(name) is not None), None)


def _is_invoiced(invoicing: object) -> bool:
    """Absent and empty mean not invoiced; an object says how."""
    if not isinstance(invoicing, dict):
        return False
    return bool(invoicing.get("manuallyInvoiced") or invoicing.get("invoiceId"))


def _seconds(duration: object, start: dt.datetime, end: dt.datetime) -> int:
    """Take the report's own seconds; other hosts write ISO 8601, so count there."""
    if isinstance(duration, (int, float)):
        return int(duration)
    return round((end - start).total_seconds())


def _utc(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
