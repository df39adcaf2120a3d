"""Snapshots: which rows the tap has sent on which days, so that it can find those that are gone.

Days are ordinals (``date.toordinal``). The lookback window is remembered exactly. To keep the state
small, only part of the older days is remembered: the newest ``ROWS_KEPT`` rows of ``summary`` and
``ENTRIES_KEPT`` time entries, over all workspaces.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_clockify.memory import packing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

ROWS_KEPT = 60_000
"""Maximum rows of ``summary`` to remember from before the lookback window."""

ENTRIES_KEPT = 60_000
"""Maximum time entries to remember from before the lookback window."""

RowKey = tuple[str, ...]


class RowSnapshot:
    """The keys of rows by day, such as user, project and set of tags of ``summary``."""

    def __init__(self, packed: str | None, *, width: int = 3) -> None:
        """Unpack what an earlier run remembered, if any; a key has ``width`` ids."""
        self._width = width
        self._rows = {} if packed is None else packing.unpack_rows(packed, width=width)

    def __len__(self) -> int:
        """Return the number of rows."""
        return sum(map(len, self._rows.values()))

    def by_day(self) -> Iterator[tuple[int, set[RowKey]]]:
        """Yield each day with its rows."""
        yield from sorted(self._rows.items())

    def replace(self, day: int, keys: AbstractSet[RowKey]) -> set[RowKey]:
        """Replace the rows of a day; return the keys that were remembered before."""
        before = self._rows.pop(day, set())
        if keys:
            self._rows[day] = set(keys)
        return before

    @property
    def last_day(self) -> int:
        """The last day with a row; 0 without any."""
        return max(self._rows, default=0)

    @property
    def per_day(self) -> int:
        """The average number of rows of the days that have any."""
        return _per_day(self._rows)

    def rows_on(self, day: int) -> int:
        """Return the number of rows of a day."""
        return len(self._rows.get(day, ()))

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
        return packing.pack_rows(self._rows, width=self._width)


class IdSnapshot:
    """Ids of time entries by day. After a failed run, an entry may be on more than one day."""

    def __init__(self, packed: str | None) -> None:
        """Unpack what an earlier run remembered, if any."""
        self._ids = {} if packed is None else packing.unpack_ids(packed)

    def __len__(self) -> int:
        """Return the number of entries, each counted once per day."""
        return sum(map(len, self._ids.values()))

    @property
    def per_day(self) -> int:
        """The average number of entries of the days that have any."""
        return _per_day(self._ids)

    def united_with(self, other: IdSnapshot) -> IdSnapshot:
        """Return a snapshot of the entries of both."""
        both = IdSnapshot(None)
        for snapshot in (self, other):
            for day, items in snapshot._ids.items():  # noqa: SLF001 - its own class
                both.add(day, items)
        return both

    @property
    def all(self) -> set[str]:
        """All entries."""
        return set().union(*self._ids.values())

    def in_order(self) -> Iterator[str]:
        """Yield the entries day by day, those of a day in order; one may be on several days."""
        for day in sorted(self._ids):
            yield from sorted(self._ids[day])

    def days_of(self, item: str) -> set[int]:
        """Return the days on which an entry may have been."""
        return {day for day, items in self._ids.items() if item in items}

    @property
    def last_day(self) -> int:
        """The last day with an entry; 0 without any."""
        return max(self._ids, default=0)

    def replace(self, day: int, items: AbstractSet[str]) -> set[str]:
        """Replace the entries of a day; return those that were remembered before."""
        before = self._ids.pop(day, set())
        if items:
            self._ids[day] = set(items)
        return before

    def add(self, day: int, items: AbstractSet[str]) -> None:
        """Add entries to those of a day."""
        if items:
            self._ids.setdefault(day, set()).update(items)

    def trim(self, exact_from: int, most: int) -> bool:
        """Remove the oldest days before ``exact_from`` until at most ``most`` entries are left.

        Returns:
            Whether a day had to be removed.
        """
        days = len(self._ids)
        _trim(self._ids, exact_from, most)
        return len(self._ids) < days

    def packed(self) -> str:
        """Pack the snapshot for the state."""
        return packing.pack_ids(self._ids)


def _per_day(by_day: Mapping[int, AbstractSet[object]]) -> int:
    return -(-sum(map(len, by_day.values())) // len(by_day)) if by_day else 0


def _trim(by_day: dict[int, set[RowKey]] | dict[int, set[str]], exact_from: int, most: int) -> None:
    """Remove the oldest days; days from ``exact_from`` on neither count nor go."""
    kept = 0
    for day in sorted(by_day, reverse=True):
        if day < exact_from:
            kept += len(by_day[day])
            if kept > most:
                del by_day[day]


class ListSnapshot:
    """Objects of one kind in one workspace: their ids, and columns that identify them, if any."""

    def __init__(self, packed: str | None) -> None:
        """Unpack what an earlier run remembered, if any."""
        known = {} if packed is None else packing.unpack(packed)
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
