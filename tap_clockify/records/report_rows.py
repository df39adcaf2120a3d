"""A row of the detailed report, as Clockify sends it.

Undeclared keys are skipped at no cost; missing keys are None; the types of values are not checked.
These vary over time and between subscriptions: ``tags`` or ``tagIds`` on tagged rows; ``amount``
and ``rate``, with or without ``earnedAmount`` and ``earnedRate``; ``isLocked`` or ``locked``.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec


class Interval(msgspec.Struct):
    """When the entry started and ended; without an end, its timer is running."""

    start: str
    end: str | None = None
    duration: Any = None


class ReportRow(msgspec.Struct, rename="camel"):
    """A time entry in the report; money in minor units, instants in the report's time zone."""

    time_interval: Interval
    id: Any = msgspec.field(default=None, name="_id")
    core_id: Any = msgspec.field(default=None, name="id")
    user_id: Any = None
    user_name: Any = None
    project_id: Any = None
    project_name: Any = None
    client_id: Any = None
    client_name: Any = None
    task_id: Any = None
    task_name: Any = None
    tags: Any = None
    tag_ids: Any = None
    description: Any = None
    billable: Any = None
    amount: Any = None
    rate: Any = None
    earned_amount: Any = None
    earned_rate: Any = None
    cost_amount: Any = None
    cost_rate: Any = None
    amounts: Any = None
    currency: Any = None
    type: Any = None
    is_locked: Any = None
    locked: Any = None
    approval_request_id: Any = None
    invoicing_info: Any = None
    custom_fields: Any = None


class DetailedReport(msgspec.Struct):
    """A page of the detailed report; Clockify documents two names for its list."""

    totals: Any = None
    timeentries: list[ReportRow] | None = None
    other_entries: list[ReportRow] | None = msgspec.field(default=None, name="timeEntries")


class _Names(msgspec.Struct):
    """Only the names of the fields on a page."""

    timeentries: list[dict[str, msgspec.Raw]] | None = None
    other_entries: list[dict[str, msgspec.Raw]] | None = msgspec.field(
        default=None, name="timeEntries"
    )


KNOWN = {
    *ReportRow.__struct_encode_fields__,
    # Columns of ``users`` and ``projects``.
    "userEmail",
    "projectColor",
}


def unknown_fields(content: bytes) -> Counter[str]:
    """Count the fields of the entries on a page that no column has, by name.

    Args:
        content: The page, as Clockify sent it.
    """
    page = msgspec.json.decode(content, type=_Names)
    entries = page.timeentries or page.other_entries or ()
    return Counter(name for entry in entries for name in entry if name not in KNOWN)


def report_row(entry: object) -> ReportRow:
    """Convert a decoded entry to a row of the report.

    Raises:
        msgspec.ValidationError: It has no start.
    """
    return msgspec.convert(entry, ReportRow)
