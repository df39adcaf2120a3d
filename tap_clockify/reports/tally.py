"""Totals of the trailing window: what a reading found, and what Clockify's own totals say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_clockify.records.units import MINOR_UNITS, SECONDS_AN_HOUR

if TYPE_CHECKING:
    from singer_sdk.helpers.types import Record

    from tap_clockify.dates.windows import Window
    from tap_clockify.reports.history_check import HistoryCheck
    from tap_clockify.reports.reading import Reading


@dataclass
class Tally:
    """The totals of one workspace's trailing window, and how far its history was checked.

    Attributes:
        window: The trailing window.
        history: The check of the history.
        days_reread: Days before it that were read again.
        feed_used: Whether the change feed was read.
        entries: Number of entries read.
        seconds: Time of the entries read, in seconds.
        amount: Billable amount of the entries read, in units of the currency.
        clockify_seconds: Time in Clockify's own totals; None if they were not requested.
        clockify_minor: Amount in Clockify's own totals, in minor units; None in the same case.
    """

    window: Window
    history: HistoryCheck
    days_reread: int = 0
    feed_used: bool = False
    entries: int = 0
    seconds: float = 0.0
    amount: float = 0.0
    clockify_seconds: float | None = None
    clockify_minor: float | None = None

    def add(self, reading: Reading) -> None:
        """Add the reading of a part of the window."""
        self.entries += len(reading.entries)
        self.seconds += sum(entry["duration_seconds"] for entry in reading.entries)
        self.amount += sum(entry["amount"] for entry in reading.entries)
        if reading.totals is not None:
            whole = reading.totals.whole
            self.clockify_seconds = (self.clockify_seconds or 0.0) + whole.seconds
            self.clockify_minor = (self.clockify_minor or 0.0) + (whole.minor or 0.0)

    def columns(self) -> Record:
        """Return the columns of ``sync_runs`` that describe the window."""
        checked = self.history.checked
        columns: Record = {
            "window_first": self.window.first.isoformat(),
            "window_last": self.window.last.isoformat(),
            "days_reread": self.days_reread,
            "change_feed_used": self.feed_used,
            "hours": self.seconds / SECONDS_AN_HOUR,
            "amount": self.amount,
            "history_first": self.history.first.isoformat(),
            "history_checked_first": None if checked is None else checked.first.isoformat(),
            "history_checked_last": None if checked is None else checked.last.isoformat(),
            "history_days_differed": len(self.history.differed),
            "history_days_unread": self.history.unread_days,
        }
        if self.clockify_seconds is not None:
            hours = self.clockify_seconds / SECONDS_AN_HOUR
            amount = (self.clockify_minor or 0.0) / MINOR_UNITS
            columns["clockify_hours"] = hours
            columns["hours_difference"] = columns["hours"] - hours
            columns["clockify_amount"] = amount
            columns["amount_difference"] = self.amount - amount
        return columns
