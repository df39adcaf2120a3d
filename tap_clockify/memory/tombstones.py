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
"""Maximum tombstones of one run to remember, so that the state stays small; of those that are no
longer sent, maximum in all."""

REPEATED_FOR = dt.timedelta(days=2)
"""How long a removal may be reported again after a run has marked the row. The windows of a change
feed overlap by less than a day."""

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
    """The tombstones of the last runs, each with the start of the run that found the row gone.

    Those of the last runs are sent again. Older ones are remembered only in order to recognize a
    removal that is reported again.
    """

    def __init__(self, found: Any) -> None:
        """Unpack what an earlier run remembered, if any: pairs of a run's start and its rows.

        Raises:
            ValueError, TypeError: The tap did not write it.
        """
        self._runs = [
            (str(stamp), _unpacked(packing.unpack(packed))) for stamp, packed in found or ()
        ]
        for stamp, _ in self._runs:
            dt.datetime.fromisoformat(stamp)

    def __iter__(self) -> Iterator[tuple[str, Tombstone]]:
        """Iterate over all tombstones, those of the newest run first."""
        return _each(self._runs)

    def renewed(
        self,
        stamp: str,
        found: Iterable[Tombstone],
        is_back: Callable[[Tombstone], bool],
        was_there: Callable[[Tombstone], bool] | None = None,
    ) -> Iterator[tuple[str, Tombstone]]:
        """Yield the rows to mark as gone, each with the start of the run that found it gone.

        Args:
            stamp: The start of this run (UTC).
            found: The rows that this run found gone.
            is_back: Returns whether a row of an earlier tombstone exists again.
            was_there: Returns whether a row that this run found gone had been seen after any
                earlier tombstone; otherwise its removal is only reported again, so it keeps the
                tombstone that it has. None if removals are not reported.
        """
        newly_gone = list(found)
        if was_there is not None:
            marked = {item.key for _, item in self}
            newly_gone = [item for item in newly_gone if item.key not in marked or was_there(item)]
        for item in newly_gone:
            yield stamp, item
        rows = {item.row for item in newly_gone}
        # Rows that exist again, or that this run marks itself, need no earlier tombstone.
        self._runs = [
            (run, [item for item in items if item.row not in rows and not is_back(item)])
            for run, items in self._runs
        ]
        yield from _each(self._runs[:RUNS_KEPT])
        runs = [(stamp, newly_gone[:TOMBSTONES_KEPT]), *self._runs]
        unsent = () if was_there is None else _recent(runs[RUNS_KEPT:], stamp)
        self._runs = [*runs[:RUNS_KEPT], *unsent]

    def forget_identities(self) -> None:
        """Keep of each row only its day and its key."""
        self._runs = [
            (run, [item._replace(identity=()) for item in items]) for run, items in self._runs
        ]

    def packed(self) -> list[list[str]]:
        """Pack the tombstones for the state."""
        return [
            [stamp, packing.pack([_packable(item) for item in items])]
            for stamp, items in self._runs
        ]


def _each(runs: Iterable[tuple[str, list[Tombstone]]]) -> Iterator[tuple[str, Tombstone]]:
    return ((stamp, item) for stamp, items in runs for item in items)


def _recent(
    runs: Iterable[tuple[str, list[Tombstone]]], stamp: str
) -> Iterator[tuple[str, list[Tombstone]]]:
    """Yield the tombstones whose removals may still be reported to later runs."""
    now = dt.datetime.fromisoformat(stamp)
    left = TOMBSTONES_KEPT
    for run, items in runs:
        kept = items[:left]
        if kept and now - dt.datetime.fromisoformat(run) <= REPEATED_FOR:
            left -= len(kept)
            yield run, kept


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
