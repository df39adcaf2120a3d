"""Tombstones: the rows that runs marked as gone.

The next runs send each tombstone again: a loader may have lost it although it reported success, and
no later run would notice.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple

from tap_clockify.memory import packing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

RUNS_KEPT = 2
"""How many later runs send a tombstone again."""

TOMBSTONES_KEPT = 5_000
"""Maximum tombstones of one run to remember, so that the state stays small."""

Key = str | tuple[str, ...]


class Tombstone(NamedTuple):
    """A row that is gone.

    Attributes:
        day: The day of the row, if it has a known day.
        key: The row's key, apart from the day.
        identity: Columns to keep besides the key, such as the name.
    """

    day: dt.date | None
    key: Key
    identity: tuple[str | None, ...] = ()

    @property
    def row(self) -> tuple[dt.date | None, Key]:
        """The identity of the row."""
        return self.day, self.key


class Tombstones:
    """The tombstones of the last runs, each with the start of the run that found the row gone."""

    def __init__(self, found: Any) -> None:
        """Unpack what an earlier run remembered, if any: pairs of a run's start and its rows.

        Raises:
            ValueError, TypeError: The tap did not write it.
        """
        self._runs = [
            (str(stamp), _unpacked(packing.unpack(packed))) for stamp, packed in found or ()
        ]

    def __iter__(self) -> Iterator[tuple[str, Tombstone]]:
        """Iterate over the tombstones, those of the newest run first."""
        for stamp, items in self._runs:
            for item in items:
                yield stamp, item

    def renewed(
        self, stamp: str, found: Iterable[Tombstone], is_back: Callable[[Tombstone], bool]
    ) -> Iterator[tuple[str, Tombstone]]:
        """Yield the rows to mark as gone, each with the start of the run that found it gone.

        Args:
            stamp: The start of this run (UTC).
            found: The rows that this run found gone.
            is_back: Returns whether a row of an earlier tombstone exists again.
        """
        newly_gone = list(found)
        for item in newly_gone:
            yield stamp, item
        rows = {item.row for item in newly_gone}
        # Rows that exist again, or that this run marks itself, need no earlier tombstone.
        self._runs = [
            (run, [item for item in items if item.row not in rows and not is_back(item)])
            for run, items in self._runs
        ]
        yield from self
        self._runs = [(stamp, newly_gone[:TOMBSTONES_KEPT]), *self._runs][:RUNS_KEPT]

    def packed(self) -> list[list[str]]:
        """Pack the tombstones for the state."""
        return [
            [stamp, packing.pack([_packable(item) for item in items])]
            for stamp, items in self._runs
        ]


def _packable(item: Tombstone) -> list[Any]:
    key = [item.key, item.identity] if item.identity else item.key
    return [None if item.day is None else item.day.toordinal(), key]


def _unpacked(items: object) -> list[Tombstone]:
    if not isinstance(items, list):
        message = "not a packed value"
        raise ValueError(message)  # noqa: TRY004 - a state that cannot be read, not a bug
    return [_tombstone(day, key) for day, key in items]


def _tombstone(ordinal: int | None, key: Any) -> Tombstone:
    """Restore the tuples that packing turned into lists."""
    day = None if ordinal is None else dt.date.fromordinal(ordinal)
    if isinstance(key, list) and isinstance(key[-1], list):
        item, identity = key
        return Tombstone(day, item, tuple(identity))
    return Tombstone(day, tuple(key) if isinstance(key, list) else key)
