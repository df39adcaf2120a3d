"""Shape time entries, and sum them up by day. Pure functions.

Rows come from the detailed report; what varies in them over time and between plans is listed in
Clockify's documentation of the report and in the comments here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_clockify.shaping import MINOR_UNITS, json_text
from tap_clockify.windows import LocalClock, seconds_between

if TYPE_CHECKING:
    import datetime as dt
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


class EntryShaper:
    """Turns rows of the detailed report into rows of ``time_entries``."""

    def __init__(
        self,
        *,
        workspace_id: str,
        tz: dt.tzinfo,
        tag_name: Callable[[str], str | None],
        run_started: str,
    ) -> None:
        """Fix what is the same for all rows.

        Args:
            workspace_id: The workspace, which the report leaves out.
            tz: The zone whose calendar decides ``date``.
            tag_name: Finds the name of a tag where the report has only its id.
            run_started: The value of ``import_timestamp``.
        """
        self._workspace_id = workspace_id
        self._clock = LocalClock(tz)
        self._tag_name = tag_name
        self._run_started = run_started

    def __call__(self, row: Mapping[str, Any]) -> Record:
        """Shape one row: money in minor units, instants in whatever zone they name."""
        get = row.get
        interval = row["timeInterval"]
        start, date = self._clock.read(interval["start"])
        end = interval.get("end")
        running = not end
        seconds = 0
        if not running:
            end, _ = self._clock.read(end)
            duration = interval.get("duration")
            # The core host writes ISO 8601 where the report writes seconds.
            is_number = isinstance(duration, (int, float))
            seconds = int(duration) if is_number else seconds_between(start, end)
        tag_ids, tags = _tags(row, self._tag_name)
        is_invoiced, invoice_id = _invoiced(get("invoicingInfo"))
        fields = get("customFields")
        rate = get("earnedRate")
        rate = get("rate") if rate is None else rate
        cost_rate = get("costRate")
        cost = 0.0 if running else _amount(row, "COST", "costAmount") or 0.0
        return {
            "id": get("_id") or get("id"),
            "workspace_id": self._workspace_id,
            "user_id": get("userId"),
            "user": get("userName"),
            "project_id": get("projectId") or None,
            "project": get("projectName") or None,
            "task_id": get("taskId") or None,
            "task": get("taskName") or None,
            "client_id": get("clientId") or None,
            "client": get("clientName") or None,
            "tag_ids": tag_ids,
            "tags": tags,
            "description": get("description"),
            "billable": get("billable"),
            "start": start,
            "end": end or None,
            "date": date,
            "duration_seconds": seconds,
            "duration_decimal": seconds / SECONDS_AN_HOUR,
            "rate": None if rate is None else rate / MINOR_UNITS,
            "amount": 0.0 if running else earned(row) / MINOR_UNITS,
            "cost_rate": None if cost_rate is None else cost_rate / MINOR_UNITS,
            "cost_amount": cost / MINOR_UNITS,
            "currency": get("currency"),
            "type": get("type"),
            "is_locked": get("isLocked", get("locked")),
            "is_running": running,
            "approval_request_id": get("approvalRequestId") or None,
            "is_invoiced": is_invoiced,
            "invoice_id": invoice_id,
            "custom_fields": json_text(fields) if fields else None,
            "import_timestamp": self._run_started,
            "_sdc_deleted_at": None,
        }


def earned(row: Mapping[str, Any]) -> float:
    """Tell the billable amount in minor units; 0 where Clockify names none."""
    named = _amount(row, "EARNED", "earnedAmount")
    return named if named is not None else float(row.get("amount") or 0.0)


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


def _tags(row: Mapping[str, Any], tag_name: Callable[[str], str | None]) -> tuple[str, str]:
    """Join the ids and the names of the entry's tags, both in ascending order of the ids.

    Tagged rows have ``tags``; only ``tagIds`` was seen on rows without tags, but is read as well.
    """
    named, bare = row.get("tags"), row.get("tagIds")
    if not named and not bare:
        return "", ""
    tags = {str(tag.get("_id") or tag.get("id")): tag.get("name") for tag in named or ()}
    for item in bare or ():
        tags.setdefault(str(item), None)
    ids = sorted(tags)
    return ",".join(ids), ", ".join([tags[item] or tag_name(item) or item for item in ids])


def _amount(row: Mapping[str, Any], kind: str, column: str) -> float | None:
    """Find an amount under its own name or in the list ``amounts``, in minor units."""
    value = row.get(column)
    if value is not None:
        return float(value)
    for amount in row.get("amounts") or ():
        if isinstance(amount, dict) and amount.get("type") == kind:
            return amount.get("value")
    return None


def _invoiced(invoicing: object) -> tuple[bool, str | None]:
    """Tell whether and on which invoice: absent and empty mean on none, an object says how."""
    if not invoicing or not isinstance(invoicing, dict):
        return False, None
    invoice_id = invoicing.get("invoiceId")
    return bool(invoicing.get("manuallyInvoiced") or invoice_id), invoice_id
