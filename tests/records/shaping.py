"""Rows of the detailed report as the tap shapes them, in Berlin unless a test says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tap_clockify.records.entries import EntryShaper
from tap_clockify.records.report_rows import report_row

if TYPE_CHECKING:
    import datetime as dt

BERLIN = ZoneInfo("Europe/Berlin")
RUN = "2026-03-31T15:00:00.000000Z"


def shaped(row: dict[str, Any], tz: dt.tzinfo = BERLIN, **names: str) -> dict[str, Any]:
    return EntryShaper(workspace_id="w", tz=tz, tag_name=names.get, run_started=RUN)(
        report_row(row)
    )
