"""Convert rows of the detailed report, and running timers of the core host, to time entries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_clockify.dates.zones import LocalClock, seconds_between
from tap_clockify.records.flatten import json_text
from tap_clockify.records.units import MINOR_UNITS, SECONDS_AN_HOUR

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    from singer_sdk.helpers.types import Record

    from tap_clockify.records.report_rows import ReportRow


class EntryShaper:
    """Converts rows of the detailed report to rows of ``time_entries``.

    Attributes:
        tag_names: The names of the tags of all entries so far, by id.
    """

    def __init__(
        self,
        *,
        workspace_id: str,
        tz: dt.tzinfo,
        tag_name: Callable[[str], str | None],
        run_started: str,
    ) -> None:
        """Set what is the same for all rows.

        Args:
            workspace_id: The workspace, which the report leaves out.
            tz: The time zone of ``date``.
            tag_name: Returns the name of a tag, for rows that have only its id.
            run_started: The value of ``import_timestamp``.
        """
        self._workspace_id = workspace_id
        self._clock = LocalClock(tz)
        self._tag_name = tag_name
        self._run_started = run_started
        self.tag_names: dict[str, str] = {}
        self._strings: dict[Any, Any] = {}

    def __call__(self, row: ReportRow) -> Record:
        """Convert one row."""
        # A window has many rows but few distinct strings: keeping one copy of each saves memory.
        one = self._strings.setdefault
        interval = row.time_interval
        start, date = self._clock.read(interval.start)
        end = interval.end
        running = not end
        seconds = 0
        if end:
            end, _ = self._clock.read(end)
            duration = interval.duration
            # The core host sends ISO 8601, the report sends seconds.
            is_number = isinstance(duration, (int, float))
            seconds = int(duration) if is_number else seconds_between(start, end)
        tag_ids, tags = self._tags(row)
        is_invoiced, invoice_id = _invoiced(row.invoicing_info)
        fields = row.custom_fields
        rate = row.rate if row.earned_rate is None else row.earned_rate
        cost = 0.0 if running else _amount(row.cost_amount, "COST", row) or 0.0
        project_id, client_id, task_id = row.project_id, row.client_id, row.task_id
        return {
            "id": row.id or row.core_id,
            "workspace_id": self._workspace_id,
            "user_id": one(row.user_id, row.user_id),
            "user": one(row.user_name, row.user_name),
            "project_id": one(project_id, project_id) or None,
            "project": one(row.project_name, row.project_name) or None,
            "task_id": one(task_id, task_id) or None,
            "task": one(row.task_name, row.task_name) or None,
            "client_id": one(client_id, client_id) or None,
            "client": one(row.client_name, row.client_name) or None,
            "tag_ids": one(tag_ids, tag_ids),
            "tags": one(tags, tags),
            "description": row.description,
            "billable": row.billable,
            "start": start,
            "end": end or None,
            "date": date,
            "duration_seconds": seconds,
            "duration_decimal": seconds / SECONDS_AN_HOUR,
            "rate": None if rate is None else rate / MINOR_UNITS,
            "amount": 0.0 if running else _earned(row) / MINOR_UNITS,
            "cost_rate": None if row.cost_rate is None else row.cost_rate / MINOR_UNITS,
            "cost_amount": cost / MINOR_UNITS,
            "currency": one(row.currency, row.currency),
            "type": one(row.type, row.type),
            "is_locked": row.locked if row.is_locked is None else row.is_locked,
            "is_running": running,
            "approval_request_id": row.approval_request_id or None,
            "is_invoiced": is_invoiced,
            "invoice_id": invoice_id,
            "custom_fields": json_text(fields) if fields else None,
            "import_timestamp": self._run_started,
            "_sdc_deleted_at": None,
            "is_deleted": False,
        }

    def _tags(self, row: ReportRow) -> tuple[str, str]:
        """Join the ids and the names of the entry's tags, both in ascending order of the ids."""
        if not row.tags and not row.tag_ids:
            return "", ""
        tags = {str(tag.get("_id") or tag.get("id")): tag.get("name") for tag in row.tags or ()}
        for item in row.tag_ids or ():
            tags.setdefault(str(item), None)
        ids = sorted(tags)
        named = {item: tags[item] or self._tag_name(item) or item for item in ids}
        self.tag_names.update(named)
        return ",".join(ids), ", ".join(named.values())


def _earned(row: ReportRow) -> float:
    """Return the billable amount in minor units; 0 if Clockify sends none."""
    named = _amount(row.earned_amount, "EARNED", row)
    return named if named is not None else float(row.amount or 0.0)


def _amount(named: float | None, kind: str, row: ReportRow) -> float | None:
    """Return an amount from its own field or from the list ``amounts``, in minor units."""
    if named is not None:
        return float(named)
    for amount in row.amounts or ():
        if isinstance(amount, dict) and amount.get("type") == kind:
            return amount.get("value")
    return None


def _invoiced(invoicing: object) -> tuple[bool, str | None]:
    """Return whether the entry is invoiced, and the invoice's id if there is one."""
    if not invoicing or not isinstance(invoicing, dict):
        return False, None
    invoice_id = invoicing.get("invoiceId")
    return bool(invoicing.get("manuallyInvoiced") or invoice_id), invoice_id
