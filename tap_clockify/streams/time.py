"""Tracked time: sums by day, and single entries."""

from __future__ import annotations

from clockify_client.subscription import Needs

from tap_clockify.reports.tables import (
    EntriesTable,
    EntryFieldsTable,
    EntryTagsTable,
    SummaryTable,
)
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
    field_values_of = "TIMEENTRY"
    table_class = EntriesTable
    primary_keys = ("id",)
    replication_key = "start"


class TimeEntryTags(TimeStream):
    """Which tags a time entry has."""

    name = "time_entry_tags"
    table_class = EntryTagsTable
    primary_keys = ("workspace_id", "time_entry_id", "tag_id")
    replication_key = "start"


class TimeEntryCustomFieldValues(TimeStream):
    """Values of custom fields of time entries."""

    name = "time_entry_custom_field_values"
    table_class = EntryFieldsTable
    primary_keys = ("workspace_id", "time_entry_id", "custom_field_id")
    replication_key = "start"
    needs = Needs(feature="CUSTOM_FIELDS")
    selected_by_default = False
