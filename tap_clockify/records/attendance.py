"""Convert rows of the attendance report. Pure functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_clockify.records.units import SECONDS_AN_HOUR

if TYPE_CHECKING:
    from collections.abc import Mapping

    from singer_sdk.helpers.types import Record

COLUMNS = {
    "userId": "user_id",
    "userName": "user",
    "imageUrl": "image_url",
    "date": "date",
    "startTime": "start_time",
    "endTime": "end_time",
    "hasRunningEntry": "has_running_entry",
    "totalDuration": "total_duration_seconds",
    "break": "break_seconds",
    "capacity": "capacity_seconds",
    "remainingCapacity": "remaining_capacity_seconds",
    "overtime": "overtime_seconds",
    "timeOff": "time_off_seconds",
}
"""The columns of the report's fields."""


def attendance_fields(item: Mapping[str, Any]) -> Record:
    """Give the fields of one person's day the names of their columns."""
    return {COLUMNS.get(name, name): value for name, value in item.items()}


def with_hours(row: Record) -> Record:
    """Add the hours beside the seconds."""
    for column in COLUMNS.values():
        if column.endswith("_seconds"):
            seconds = row[column]
            hours = None if seconds is None else seconds / SECONDS_AN_HOUR
            row[f"{column.removesuffix('_seconds')}_hours"] = hours
    return row
