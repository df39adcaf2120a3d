"""Progress of a table that sums up time entries by day, whose rows belong to a day for ever."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_clockify.memory.snapshots import RowSnapshot
from tap_clockify.memory.state import readable
from tap_clockify.memory.time_progress import TimeProgress, days_in, ordinal
from tap_clockify.memory.tombstones import Tombstone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from singer_sdk.helpers.types import Record

    from tap_clockify.dates.windows import Window
    from tap_clockify.memory.state import Partition


class SummaryProgress(TimeProgress):
    """The progress of a table that sums up entries by day."""

    replication_key = "date"

    @override
    def __init__(
        self,
        stream: str,
        partition: Partition,
        *args: Any,
        key_of: Callable[[Record], tuple[str, ...]],
        rows_kept: int,
        **kwargs: Any,
    ) -> None:
        """Load what the previous run remembered; see the base class.

        Args:
            stream: The name of the stream, for errors.
            partition: What the previous run left.
            args: For the base class.
            key_of: Returns the day of an entry, followed by the rest of the key of its row.
            rows_kept: How many rows from before the lookback window to remember.
            kwargs: For the base class.
        """
        super().__init__(stream, partition, *args, **kwargs)
        self._key_of = key_of
        self._rows_kept = rows_kept
        self._gone: dict[int, set[tuple[str, ...]]] = {}
        with readable(stream, "rows"):
            self._snapshot = RowSnapshot(partition.get("rows"))
            self._all_sent = RowSnapshot(partition.get("rows"))

    @property
    @override
    def last_day(self) -> int:
        return self._all_sent.last_day

    @property
    @override
    def rows_per_day(self) -> int:
        return self._all_sent.per_day

    @override
    def missing_in(self, days: range) -> tuple[int, int]:
        if self.trailing.moved_zone:
            return 0, 0  # Many rows have moved to other days.
        # Entries that move to another project or tag replace one row by another.
        before = {day: rows for day, rows in self._rows_before.items() if day in days}
        after = sum(self._snapshot.rows_on(day) for day in before)
        return max(0, sum(before.values()) - after), sum(before.values())

    @override
    def people_missing(self) -> set[str]:
        return {key[0] for keys in self._gone.values() for key in keys}

    @override
    def take(self, window: Window, entries: list[Record], answers: Mapping[int, bytes]) -> None:
        super().take(window, entries, answers)
        present: dict[int, set[tuple[str, ...]]] = {}
        for entry in entries:
            date, *key = self._key_of(entry)
            present.setdefault(ordinal(date), set()).add(tuple(key))
        for day in days_in(window):
            keys = present.get(day, set())
            before = self._snapshot.replace(day, keys)
            self._rows_before.setdefault(day, len(before))
            self._gone[day] = (self._gone.get(day, set()) | before) - keys
            self._all_sent.add(day, keys)
        for snapshot in (self._snapshot, self._all_sent):
            snapshot.trim(self._exact_from, self._rows_kept)

    @override
    def _is_there(self, row: Tombstone) -> bool:
        return row.day is not None and self._snapshot.has(row.day.toordinal(), tuple(row.key))

    @override
    def postpone(self) -> None:
        for day, keys in self._gone.items():
            self._snapshot.add(day, keys)
            if keys and day < self._exact_from:
                self.history.leave_unread(day)
        self._gone.clear()

    @override
    def gone(self) -> Iterator[Tombstone]:
        for day, keys in sorted(self._gone.items()):
            for key in sorted(keys):
                yield Tombstone(dt.date.fromordinal(day), key)

    @override
    def _present(self) -> Partition:
        return {**super()._present(), "rows": self._snapshot.packed()}

    @override
    def interrupted(self) -> Partition:
        return {**super().interrupted(), "rows": self._all_sent.packed()}
