"""Snapshots: which rows the tap has sent on which days, so that it can find those that are gone.

Days are ordinals (``date.toordinal``). The lookback window is remembered exactly. To keep the state
small, only part of the older days is remembered: the newest ``ROWS_KEPT`` rows of ``summary`` and
``TRACES_KEPT`` time entries, over all workspaces.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from tap_clockify.memory import packing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

ROWS_KEPT = 60_000
"""Maximum rows of ``summary`` to remember from before the lookback window."""

TRACES_KEPT = 30_000
"""Maximum time entries to remember from before the lookback window."""

RowKey = tuple[str, ...]


class RowSnapshot:
    """The keys of the rows of ``summary``: user, project and set of tags, by day."""

    def __init__(self, packed: str | None) -> None:
        """Unpack what an earlier run remembered, if any."""
        self._rows = packing.unpack_rows(packed) if packed else {}

    def replace(self, day: int, keys: AbstractSet[RowKey]) -> set[RowKey]:
        """Replace the rows of a day; return the keys that were remembered before."""
        before = self._rows.pop(day, set())
        if keys:
            self._rows[day] = set(keys)
        return before

    def has(self, day: int, key: RowKey) -> bool:
        """Return whether a row of a day is remembered."""
        return key in self._rows.get(day, ())

    def add(self, day: int, keys: Iterable[RowKey]) -> None:
        """Add rows to those of a day."""
        if keys:
            self._rows.setdefault(day, set()).update(keys)

    def trim(self, exact_from: int, most: int) -> None:
        """Remove the oldest days before ``exact_from`` until at most ``most`` rows are left."""
        _trim(self._rows, exact_from, most)

    def packed(self) -> str:
        """Pack the snapshot for the state."""
        return packing.pack_rows(self._rows, width=3)


class TraceSnapshot:
    """Hashed ids of time entries by day, for the days before the lookback window."""

    def __init__(self, packed: str | None) -> None:
        """Unpack what an earlier run remembered, if any."""
        self._traces = packing.unpack_traces(packed) if packed else {}

    def __len__(self) -> int:
        """Return the number of entries."""
        return sum(map(len, self._traces.values()))

    def days_of(self, item: str) -> set[int]:
        """Return the days on which an entry may have been; two entries may share a trace."""
        trace = packing.trace(item)
        return {day for day, traces in self._traces.items() if trace in traces}

    def replace(self, day: int, items: Iterable[str]) -> None:
        """Replace the entries of a day."""
        self._traces.pop(day, None)
        self.add(day, items)

    def add(self, day: int, items: Iterable[str]) -> None:
        """Add entries to those of a day."""
        traces = {packing.trace(item) for item in items}.union(self._traces.get(day, ()))
        if traces:
            self._traces[day] = array("I", sorted(traces))

    def trim(self, most: int) -> None:
        """Remove the oldest days until at most ``most`` entries are left."""
        _trim(self._traces, max(self._traces, default=0) + 1, most)

    def packed(self) -> str:
        """Pack the snapshot for the state."""
        return packing.pack_traces(self._traces)


class EntrySnapshot:
    """The ids of time entries in the lookback window, and the day on which each started."""

    def __init__(self, packed: str | None) -> None:
        """Unpack what an earlier run remembered, if any."""
        ids = packing.unpack_ids(packed) if packed else {}
        self.day_of = {item: day for day, items in ids.items() for item in items}

    def leaving(self, exact_from: int) -> dict[int, list[str]]:
        """Remove the entries before ``exact_from``, and return them by day."""
        left: dict[int, list[str]] = {}
        for item, day in self.day_of.items():
            if day < exact_from:
                left.setdefault(day, []).append(item)
        for items in left.values():
            for item in items:
                del self.day_of[item]
        return left

    def packed(self) -> str:
        """Pack the snapshot for the state."""
        ids: dict[int, list[str]] = {}
        for item, day in self.day_of.items():
            ids.setdefault(day, []).append(item)
        return packing.pack_ids(ids)


def _trim(
    by_day: dict[int, set[RowKey]] | dict[int, array[int]], exact_from: int, most: int
) -> None:
    kept = 0
    for day in sorted(by_day, reverse=True):
        kept += len(by_day[day])
        if kept > most and day < exact_from:
            del by_day[day]


class ListSnapshot:
    """Objects of one kind in one workspace: their ids, and the columns that identify them."""

    def __init__(self, packed: str | None) -> None:
        """Unpack what an earlier run remembered, if any."""
        known = packing.unpack(packed) if packed else {}
        if not isinstance(known, dict):
            message = "not a packed value"
            raise ValueError(message)  # noqa: TRY004 - a state that cannot be read, not a bug
        self.known: dict[str, list[str | None]] = known

    def gone(self, present: Mapping[str, object]) -> Iterator[tuple[str, list[str | None]]]:
        """Yield the known objects that are not present any more."""
        for item in sorted(self.known):
            if item not in present:
                yield item, self.known[item]

    @staticmethod
    def packed(objects: Mapping[str, list[str | None]]) -> str:
        """Pack objects for the state."""
        return packing.pack(dict(sorted(objects.items())))
