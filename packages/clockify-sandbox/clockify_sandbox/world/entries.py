"""The entries of one workspace, indexed so that a window is found without a full scan."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from clockify_sandbox.world.model import Entry


def _start(entry: Entry) -> datetime:
    return entry.start


def by_start(entry: Entry) -> tuple[datetime, str]:
    """Order entries by start, then id: a total order, since ids differ."""
    return entry.start, entry.id


class Entries:
    """Entries by id and in the order of their start, with the totals that projects and tasks show.

    A window costs a bisection and its own rows; adding and removing cost a bisection and moving
    pointers.
    """

    def __init__(self) -> None:
        """Start without entries."""
        self._by_id: dict[str, Entry] = {}
        self._by_start: list[Entry] = []
        self._by_user: dict[str, list[Entry]] = {}
        self._running: dict[str, Entry] = {}
        self.project_seconds: Counter[str] = Counter()
        self.task_seconds: Counter[str] = Counter()

    def __len__(self) -> int:
        """Count the entries."""
        return len(self._by_id)

    def __iter__(self) -> Iterator[Entry]:
        """Iterate over all entries by start."""
        return iter(self._by_start)

    def __contains__(self, entry_id: object) -> bool:
        """Tell whether an entry has this id."""
        return entry_id in self._by_id

    def __getitem__(self, entry_id: str) -> Entry:
        """Find an entry by its id."""
        return self._by_id[entry_id]

    def get(self, entry_id: str) -> Entry | None:
        """Find an entry by its id; None if there is none."""
        return self._by_id.get(entry_id)

    def ids(self) -> list[str]:
        """List the ids, oldest record first."""
        return list(self._by_id)

    def add(self, entry: Entry) -> None:
        """Add one entry."""
        insort(self._by_start, entry, key=by_start)
        insort(self._by_user.setdefault(entry.user_id, []), entry, key=by_start)
        self._count(entry, 1)

    def extend(self, entries: Iterable[Entry]) -> None:
        """Add many entries with a single sort."""
        added = list(entries)
        self._by_start.extend(added)
        self._by_start.sort(key=by_start)
        for entry in added:
            self._by_user.setdefault(entry.user_id, []).append(entry)
            self._count(entry, 1)
        for user_id in {entry.user_id for entry in added}:
            self._by_user[user_id].sort(key=by_start)

    def remove(self, entry_id: str) -> Entry:
        """Remove one entry and return it."""
        entry = self._by_id[entry_id]
        for ordered in (self._by_start, self._by_user[entry.user_id]):
            del ordered[bisect_left(ordered, by_start(entry), key=by_start)]
        self._count(entry, -1)
        return entry

    def window(self, first: datetime, last: datetime) -> list[Entry]:
        """List the entries that start from `first` to `last`, both inclusive."""
        return _between(self._by_start, first, last)

    def of_user(
        self, user_id: str, first: datetime | None = None, last: datetime | None = None
    ) -> list[Entry]:
        """List a person's entries: all of them, or those that start in a window."""
        return _between(self._by_user.get(user_id, []), first, last)

    def running(self) -> list[Entry]:
        """List the entries with a running timer, by start."""
        return sorted(self._running.values(), key=by_start)

    def _count(self, entry: Entry, sign: int) -> None:
        if sign > 0:
            self._by_id[entry.id] = entry
            if entry.end is None:
                self._running[entry.id] = entry
        else:
            del self._by_id[entry.id]
            self._running.pop(entry.id, None)
        if entry.project_id:
            self.project_seconds[entry.project_id] += sign * entry.seconds
        if entry.task_id:
            self.task_seconds[entry.task_id] += sign * entry.seconds


def _between(
    ordered: Sequence[Entry], first: datetime | None, last: datetime | None
) -> list[Entry]:
    low = 0 if first is None else bisect_left(ordered, first, key=_start)
    high = len(ordered) if last is None else bisect_right(ordered, last, key=_start)
    return list(ordered[low:high])
