"""Tracked time: sums by day, and single entries."""

from __future__ import annotations

from tap_clockify.reports.tables import EntriesTable, SummaryTable
from tap_clockify.streams.base import TimeStream


class Summary(TimeStream):
    """Hours and amounts by person, project, set of tags and day."""

    name = "summary"
    table_class = SummaryTable
    primary_keys = ("workspace_id", "user_id", "project_id", "tag_id", "date")
    replication_key = "date"


class TimeEntries(TimeStream):
    """Time entries, including running timers."""

    name = "time_entries"
    table_class = EntriesTable
    primary_keys = ("id",)
    replication_key = "start"
