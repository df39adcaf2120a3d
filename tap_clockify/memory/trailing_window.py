"""The trailing window of a stream: the days that a run reads, according to the state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_clockify.dates import zones
from tap_clockify.memory.state import readable

if TYPE_CHECKING:
    import datetime as dt

    from tap_clockify.memory.state import Partition

MIXED_ZONES = "several"
"""The time zone in the state of a run that failed after it had sent rows of another calendar."""


class TrailingWindow:
    """The trailing window of a stream: from its bookmark minus the lookback to the present.

    A run whose requests are used up leaves the rest of its window to the next run, which resumes
    where it stopped, and then reads the days before. The bookmark moves once the last day of the
    window has been read: to the start of the run that began to read the window.

    Attributes:
        first: The first day to read in this run.
        history_start: The first day that was ever read, or is to be read.
        exact_from: The first day of the lookback window, which the state remembers exactly.
        lookback_days: The length of the lookback window.
        zone: The IANA name of the calendar's time zone.
        moved_zone: Whether earlier runs sent rows of another calendar.
        bookmark: The day up to which everything has been read; None before the first run.
        reached: The value of the bookmark once the window has been read.
        moved_back: Whether the history is to begin earlier than before.
        reaches_back: Whether days from before the lookback window may be read for the first time.
        is_first: Whether the history is read for the first time, by this run or several.
        lookback_from: The first day of the last run's lookback window.
        last_known: The last future day of which an earlier run sent rows, if there is one.
        resume: The day where to begin, if earlier runs have read the days before.
        resumed_reached: The value of the bookmark once the days from there on have been read.
    """

    def __init__(
        self,
        stream: str,
        partition: Partition,
        *,
        today: dt.date,
        exact_from: dt.date,
        start: dt.date | None,
        zone: str,
        reached: str,
    ) -> None:
        """Decide on the first day to read.

        Args:
            stream: The name of the stream, for errors.
            partition: What the previous run left.
            today: The local day on which the run began.
            exact_from: The first day of the lookback window that ends today.
            start: The local day of the setting start_date, if it is set.
            zone: The IANA name of the calendar's time zone.
            reached: The value of the bookmark once the window has been read.

        Raises:
            UnreadableStateError: The bookmark is not a date.
        """
        self.zone = zone
        self.exact_from = exact_from
        self.lookback_days = (today - exact_from).days
        tz = zones.zone(zone)
        self.bookmark = _day(stream, partition, "replication_key_value", tz)
        known = _day(stream, partition, "history_start", tz)
        resume = _day(stream, partition, "resume", tz)
        _day(stream, partition, "reached", tz)  # It becomes the bookmark.
        self.moved_zone = partition.get("timezone") not in {None, zone}
        self.reached = reached
        self.resume: dt.date | None = None
        self.resumed_reached: str | None = None
        self.last_known = _day(stream, partition, "last_day", tz)
        self.lookback_from = _day(stream, partition, "lookback_from", tz)
        self.is_first = self.bookmark is None or bool(partition.get("is_first"))
        if self.bookmark is None:
            # A first run that failed may have sent rows from before.
            first = start or exact_from
            self.first = self.history_start = first if known is None else min(known, first)
            self.moved_back = False
            self.reaches_back = self.first < exact_from
            return
        since = min(self.bookmark, today) - (today - exact_from)
        # A state without a start of history is from another tap, so it sets no limit.
        self.history_start = min(day for day in (known or since, start) if day is not None)
        self.moved_back = known is not None and self.history_start < known
        self.first = max(since, self.history_start)
        if resume is not None and self.first < resume and not self.moved_zone:
            self.resume = min(resume, today)
            self.resumed_reached = str(partition.get("reached") or reached)
        self.reaches_back = self.moved_back or self.moved_zone or self.resume is not None


def _day(stream: str, partition: Partition, name: str, tz: dt.tzinfo) -> dt.date | None:
    """Return a date of the state, or the local day of an instant."""
    value = partition.get(name)
    if value is None:
        return None
    with readable(stream, name):
        return zones.local_day(zones.instant(str(value), tz), tz)
