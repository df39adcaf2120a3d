"""The trailing window of a stream, and what may be wrong with the state it starts from."""

from __future__ import annotations

import datetime as dt
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tap_clockify import settings, windows
from tap_clockify.errors import ClockifyError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tap_clockify.state import Partition


class UnreadableStateError(ClockifyError):
    """The state holds something that this version of the tap did not write."""

    def __init__(self, stream: str, part: str) -> None:
        """Name the part and the mend."""
        super().__init__(
            f"The state of {stream} has an unreadable {part!r}. Restore an earlier state, or run"
            " with --full-refresh to read everything again."
        )


@contextmanager
def readable(stream: str, part: str) -> Iterator[None]:
    """Turn what is wrong with a part of the state into an error that names it."""
    try:
        yield
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise UnreadableStateError(stream, part) from error


class Trail:
    """The trailing window of a stream: from its bookmark, less the lookback, to the present.

    Attributes:
        first: The first day to read.
        history_start: The first day that was ever read.
        exact_from: The first day that the memory holds exactly.
        reaches_back: Whether it begins before what the lookback asks for.
        zone: The calendar's time zone.
        reached: The value of the bookmark once the window has been read.
    """

    def __init__(
        self,
        stream: str,
        partition: Partition,
        config: Mapping[str, Any],
        *,
        today: dt.date,
        zone: str,
        reached: str,
    ) -> None:
        """Decide on the first day to read.

        Raises:
            UnreadableStateError: The bookmark is not a date.
        """
        self.zone = zone
        self.reached = reached
        lookback = dt.timedelta(days=config["lookback_days"])
        self.exact_from = today - lookback
        tz = windows.zone(zone)
        asked = settings.start_day(config, tz)
        bookmark = _day(stream, partition, "replication_key_value", tz)
        known = _day(stream, partition, "history_start", tz)
        if bookmark is None:
            self.first = self.history_start = asked or self.exact_from
            self.reaches_back = self.first < self.exact_from
            return
        since = min(bookmark, today) - lookback
        # A state that names no start of history is not this tap's: it bounds nothing.
        starts = [day for day in (known or since, asked) if day is not None]
        self.history_start = min(starts)
        moved_back = known is not None and self.history_start < known
        moved_zone = partition.get("timezone") not in {None, zone}
        is_whole = moved_back or moved_zone
        self.first = self.history_start if is_whole else max(since, self.history_start)
        self.reaches_back = self.first < since


def _day(stream: str, partition: Partition, name: str, tz: dt.tzinfo) -> dt.date | None:
    """Read a date, or the local day of an instant."""
    value = partition.get(name)
    if value is None:
        return None
    with readable(stream, name):
        return windows.local_day(windows.instant(str(value), tz), tz)
