"""The trailing window of a stream: the days that a run reads, according to the state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_clockify.dates import zones
from tap_clockify.memory.state import readable

if TYPE_CHECKING:
    import datetime as dt

    from tap_clockify.memory.state import Partition


class TrailingWindow:
    """The trailing window of a stream: from its bookmark minus the lookback to the present.

    Attributes:
        first: The first day to read.
        history_start: The first day that was ever read.
        exact_from: The first day of the lookback window, which the state remembers exactly.
        reaches_back: Whether it begins before the lookback window.
        zone: The IANA name of the calendar's time zone.
        reached: The value of the bookmark once the window has been read.
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
        self.reached = reached
        self.exact_from = exact_from
        tz = zones.zone(zone)
        bookmark = _day(stream, partition, "replication_key_value", tz)
        known = _day(stream, partition, "history_start", tz)
        if bookmark is None:
            self.first = self.history_start = start or exact_from
            self.reaches_back = self.first < exact_from
            return
        since = min(bookmark, today) - (today - exact_from)
        # A state without a start of history is from another tap, so it sets no limit.
        self.history_start = min(day for day in (known or since, start) if day is not None)
        moved_back = known is not None and self.history_start < known
        moved_zone = partition.get("timezone") not in {None, zone}
        is_whole = moved_back or moved_zone
        self.first = self.history_start if is_whole else max(since, self.history_start)
        self.reaches_back = self.first < since


def _day(stream: str, partition: Partition, name: str, tz: dt.tzinfo) -> dt.date | None:
    """Return a date of the state, or the local day of an instant."""
    value = partition.get(name)
    if value is None:
        return None
    with readable(stream, name):
        return zones.local_day(zones.instant(str(value), tz), tz)
