"""What TimeCamp lists by day besides time entries: attendance, approvals."""

from __future__ import annotations

from singer_ledger.stream import Reading, Row
from typing_extensions import override

from tap_timecamp.client import WindowStream


class CalendarStream(WindowStream):
    """A stream of which a change is only seen by reading its days again."""

    selected_by_default = False

    @override
    def read(self, memory: Row) -> Reading:
        return Reading([thing for piece in self.pieces() for thing in self.between(piece)])


class Attendance(CalendarStream):
    """When people were present, by day."""

    name = "attendance"
    path = "/attendance"
    primary_keys = ("user_id", "date")
    day_column = "date"


class Approvals(CalendarStream):
    """Approvals of somebody's time."""

    name = "approvals"
    path = "/approval"
    primary_keys = ("id",)
    day_column = "from"
