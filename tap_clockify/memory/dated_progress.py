"""Progress of a table with at most one row per person and day, read by a trailing window."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from tap_clockify.memory.snapshots import ROWS_KEPT, RowSnapshot
from tap_clockify.memory.state import readable
from tap_clockify.memory.tombstones import Tombstone, Tombstones

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_clockify.dates.windows import Window
    from tap_clockify.memory.state import Partition
    from tap_clockify.memory.trailing_window import TrailingWindow


class DatedProgress:
    """The progress of such a table in one workspace."""

    def __init__(self, stream: str, partition: Partition, trailing: TrailingWindow) -> None:
        """Load what the previous run remembered.

        Raises:
            UnreadableStateError: A part of the state cannot be unpacked.
        """
        self._before = partition
        self._trailing = trailing
        self._is_complete = False
        self._read: set[int] = set()
        with readable(stream, "rows"):
            self._known = RowSnapshot(partition.get("rows"), width=1)
            self._rows = RowSnapshot(None, width=1)
        with readable(stream, "removed"):
            self._tombstones = Tombstones(partition.get("removed"))

    @property
    def known(self) -> int:
        """The number of rows that earlier runs left in the days that are read."""
        return sum(self._known.rows_on(day) for day in self._read)

    def take(self, person: str, day: dt.date) -> bool:
        """Record a row that exists; return whether it is new to this run."""
        if self._rows.has(day.toordinal(), (person,)):
            return False
        self._rows.add(day.toordinal(), {(person,)})
        return True

    def finish(self, window: Window) -> None:
        """Record that a window was read completely."""
        self._read.update(day.toordinal() for day in window)

    def missing(self) -> Iterator[Tombstone]:
        """Yield the rows that earlier runs sent, and that are not on the days that were read."""
        for day, keys in self._known.by_day():
            if day in self._read:
                for key in sorted(keys):
                    if not self._rows.has(day, key):
                        yield Tombstone(dt.date.fromordinal(day), key)

    def tombstones(self, stamp: str) -> Iterator[tuple[str, Tombstone]]:
        """Yield the rows to mark as gone; call it only after all days have been read."""
        self._is_complete = True
        return self._tombstones.renewed(stamp, self.missing(), self._is_there)

    def _is_there(self, row: Tombstone) -> bool:
        return row.day is not None and self._rows.has(row.day.toordinal(), tuple(row.key))

    def reached(self) -> Partition:
        """Return what to remember: the rows that exist, and the new bookmark."""
        if not self._is_complete:
            return self.interrupted()
        for day, keys in self._known.by_day():
            if day not in self._read:
                self._rows.add(day, keys)
        self._rows.trim(self._trailing.exact_from.toordinal(), ROWS_KEPT)
        return {
            "replication_key": "date",
            "replication_key_value": self._trailing.reached,
            "history_start": self._trailing.history_start.isoformat(),
            "timezone": self._trailing.zone,
            "rows": self._rows.packed(),
            "removed": self._tombstones.packed(),
        }

    def interrupted(self) -> Partition:
        """Return the old bookmark, and all rows that may have been loaded."""
        for day, keys in self._known.by_day():
            self._rows.add(day, keys)
        return {**self._before, "rows": self._rows.packed()}
