"""Planned work, and approvals of work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clockify_client.subscription import Needs
from typing_extensions import override

from tap_clockify.lists.listing import Listing
from tap_clockify.records.parts import object_in
from tap_clockify.reports.attendance import AttendanceReader
from tap_clockify.streams.base import ClockifyStream, ListStream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_clockify.context import RunContext
    from tap_clockify.streams.source import Source

UPDATED_AT = "status_updatedAt"


def _approval(item: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a request for approval with the sums beside it, and the ids of what it contains."""
    parts = {"approvalRequest", "entries", "expenses"}
    yield {
        **{key: value for key, value in item.items() if key not in parts},
        **object_in(item, "approvalRequest"),
        "entryIds": [entry.get("id") for entry in item.get("entries") or () if entry],
        "expenseIds": [expense.get("id") for expense in item.get("expenses") or () if expense],
    }


class SchedulingAssignments(ListStream):
    """Planned work of people on projects."""

    name = "scheduling_assignments"
    listing = Listing(
        "/scheduling/assignments/all",
        # Clockify requires a period; this one includes every assignment.
        params={
            "start": "2000-01-01T00:00:00Z",
            "end": "2100-01-01T00:00:00Z",
            "sort-column": "ID",
        },
        needs=Needs(feature="SCHEDULING"),
    )


class ApprovalRequests(ListStream):
    """Requests to approve the time and the expenses of a person's week or month."""

    name = "approval_requests"
    listing = Listing(
        "/approval-requests",
        params={"sort-column": "UPDATED_AT", "sort-order": "DESCENDING"},
        # Each request has all of its entries.
        page_sizes=(200, 50),
        needs=Needs(feature="APPROVAL"),
        changed_at=UPDATED_AT,
        # Which requests are listed without a status is unconfirmed (facts sheet, 6.12).
        state="approvalRequest.status.state",
        states=("PENDING", "APPROVED", "WITHDRAWN_APPROVAL"),
    )
    replication_key = UPDATED_AT
    identity = (UPDATED_AT,)
    rows = staticmethod(_approval)


class Attendance(ClockifyStream):
    """When each person began and ended each day, with breaks, capacity and overtime."""

    name = "attendance"
    primary_keys = ("workspace_id", "user_id", "date")
    replication_key = "date"
    needs = Needs(feature="ATTENDANCE_REPORT")
    selected_by_default = False
    requests = "1 per 200 days of people in the days that are read."

    @override
    def source(self, context: RunContext) -> Source:
        return AttendanceReader(context, self.name, self.declared, self.needs)
