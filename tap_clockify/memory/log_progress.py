"""Progress of tables that only grow: what happened until when has been read."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from tap_clockify.dates import zones
from tap_clockify.memory.state import readable

if TYPE_CHECKING:
    from tap_clockify.memory.state import Partition


class LogProgress:
    """The progress of a log in one workspace.

    Attributes:
        read_until: Until when earlier runs have read the log (UTC); None before the first run.
    """

    def __init__(self, stream: str, replication_key: str, partition: Partition) -> None:
        """Load what the previous run remembered.

        Raises:
            UnreadableStateError: The bookmark is not an instant.
        """
        self._before = partition
        self._replication_key = replication_key
        self._reached: dt.datetime | None = None
        with readable(stream, "replication_key_value"):
            value = partition.get("replication_key_value")
            self.read_until = None if value is None else zones.instant(str(value), dt.UTC)

    def finish(self, until: dt.datetime) -> None:
        """Record that everything until an instant (UTC) has been read."""
        self._reached = until

    def reached(self) -> Partition:
        """Return the bookmark that this run has reached, or the old one if it read not all."""
        if self._reached is None:
            return self.interrupted()
        return {
            "replication_key": self._replication_key,
            "replication_key_value": zones.timestamp(self._reached),
        }

    def interrupted(self) -> Partition:
        """Return the old bookmark."""
        return dict(self._before)
