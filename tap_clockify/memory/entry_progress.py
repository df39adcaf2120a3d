"""Progress of the table of time entries, whose rows have an id and move from day to day."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_clockify.memory.state import readable
from tap_clockify.memory.time_progress import TimeProgress
from tap_clockify.memory.tombstones import Tombstone

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from singer_sdk.helpers.types import Record

    from tap_clockify.memory.state import Partition


class EntriesProgress(TimeProgress):
    """The progress of the table of time entries.

    Attributes:
        running_before: Timers that ran during the previous run, with the days they started on.
    """

    replication_key = "start"

    @override
    def __init__(self, stream: str, partition: Partition, *args: Any, **kwargs: Any) -> None:
        super().__init__(stream, partition, *args, **kwargs)
        running = partition.get("running")
        with readable(stream, "running"):
            if running is not None and not isinstance(running, dict):
                message = "not a mapping"
                raise TypeError(message)
        self.running_before: dict[str, str] = dict(running or {})
        self._running: dict[str, str] = {}
        self._alive: dict[str, int] = {}
        self._missing: dict[str, int] = {}
        self._deleted: dict[str, dt.date | None] = {}
        self._confirmed: set[str] = set()
        # An entry may be seen on its new day before it is missed on its old one.
        self._known = self._ids.all | self.running_before.keys()
        self._awaited = {str(item.key) for _, item in self._tombstones}

    @override
    def _take_ids(self, day: int, before: set[str], found: set[str]) -> None:
        self._rows_before.setdefault(day, len(before))
        for item in before - found:
            self._missing[item] = day
            if self._alive.get(item) == day:
                del self._alive[item]
        if day >= self._exact_from:
            self._alive.update(dict.fromkeys(found, day))
        else:
            awaited = (found & self._known) | (found & self._awaited)
            self._alive.update(dict.fromkeys(awaited, day))

    @override
    def tombstones(self, stamp: str) -> Iterator[tuple[str, Tombstone]]:
        # The feed reports a deletion to several runs, since its windows overlap.
        return self._tombstones.renewed(
            stamp, self.gone(), self._is_there, lambda row: row.key in self._known
        )

    @override
    def _is_there(self, row: Tombstone) -> bool:
        return row.key in self._alive or row.key in self._running

    @override
    def take_running(self, entry: Record) -> None:
        self._running[entry["id"]] = entry["date"]

    def note_deleted(self, entry_id: str, day: dt.date | None) -> None:
        """Record an entry that the change feed reports as deleted."""
        self._awaited.add(entry_id)
        self._deleted[entry_id] = day

    @override
    def missing_in(self, days: range) -> tuple[int, int]:
        rows = sum(rows for day, rows in self._rows_before.items() if day in days)
        missing = sum(
            day is not None and day.toordinal() in days for day in self.missing().values()
        )
        return missing, rows

    @override
    def confirm(self) -> None:
        self._confirmed.update(self._missing, self.running_before)

    def note_looked_up(self, found: Mapping[str, dt.date | None]) -> None:
        """Record where entries are that were missing, or that they do not exist any more."""
        for item, day in found.items():
            if day is None:
                self._confirmed.add(item)
            elif day >= self.trailing.history_start:
                self._ids.add(day.toordinal(), {item})
                if day < self.trailing.exact_from:
                    self.history.leave_unread(day.toordinal())

    def missing(self) -> dict[str, dt.date | None]:
        """Return the entries that are not where they were, with their last known days."""
        missing: dict[str, dt.date | None] = dict.fromkeys(self.running_before)
        missing.update((item, dt.date.fromordinal(day)) for item, day in self._missing.items())
        missing.update(self._deleted)
        return {
            item: day
            for item, day in sorted(missing.items())
            if item not in self._alive
            and item not in self._running
            and not self._is_elsewhere(item)
        }

    def _is_elsewhere(self, item: str) -> bool:
        """Return whether an entry has moved to a day that another run has read since."""
        return item not in self._deleted and bool(self._ids.days_of(item))

    @override
    def gone(self) -> Iterator[Tombstone]:
        for item, day in self.missing().items():
            if self.is_sure(item):
                yield Tombstone(day, item)

    @override
    def _present(self) -> Partition:
        unsure = {item: day for item, day in self.missing().items() if not self.is_sure(item)}
        for item, day in unsure.items():
            if day is not None:
                self._ids.add(day.toordinal(), {item})
                if day < self.trailing.exact_from:
                    self.history.leave_unread(day.toordinal())
        running = {
            item: day for item, day in self.running_before.items() if item in unsure
        } | self._running
        return {**super()._present(), "running": running}

    @override
    def postpone(self) -> None:
        self._confirmed.clear()
        for item, day in self._deleted.items():
            if day is not None:
                self._missing.setdefault(item, day.toordinal())
        self._deleted.clear()

    def is_sure(self, item: str) -> bool:
        """Return whether an entry that is missing is known to be gone."""
        return item in self._confirmed or item in self._deleted

    @override
    def interrupted(self) -> Partition:
        return {**super().interrupted(), "running": {**self.running_before, **self._running}}
