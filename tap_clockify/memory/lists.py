"""The rows of a list: what a run found, and which rows of earlier runs are gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_clockify.memory.snapshots import ListSnapshot
from tap_clockify.memory.state import readable
from tap_clockify.memory.tombstones import Tombstone, Tombstones

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tap_clockify.memory.state import Partition

    Identity = list[str | None]


class ListProgress:
    """Keeps track of a workspace's rows of one table.

    Attributes:
        newest_change: The newest change that the last complete run saw, if the table has a cursor;
            None before the first complete run.
    """

    def __init__(self, stream: str, partition: Partition, cursor: str | None = None) -> None:
        """Load what the previous run remembered.

        Args:
            stream: The name of the stream, for errors.
            partition: What the previous run left.
            cursor: The column of the newest change, which is what identifies a row besides its key;
                None if the table has no such column.

        Raises:
            UnreadableStateError: The snapshot cannot be unpacked.
        """
        self._before = partition
        self._cursor = cursor
        self._present: dict[str, Identity] = {}
        self._is_complete = False
        self._read_back_to: str | None = None
        self._is_kept: Callable[[str, Identity], bool] = lambda *_: False
        self.newest_change: str | None = partition.get("replication_key_value")
        with readable(stream, "known"):
            self._snapshot = ListSnapshot(partition.get("known"))
        with readable(stream, "removed"):
            self._tombstones = Tombstones(partition.get("removed"))

    def take(self, item: str, identity: Identity) -> None:
        """Record a row that exists."""
        self._present[item] = identity

    def stop_at(self, change: str) -> None:
        """Record that the list was read only down to a change, newest first.

        The rows with older changes are as earlier runs saw them.
        """
        self._read_back_to = change

    def keep(self, is_kept: Callable[[str, Identity], bool]) -> None:
        """Keep the rows of earlier runs of which this run cannot say whether they exist.

        Args:
            is_kept: Returns whether to keep a row, by its key and what identifies it besides.
        """
        self._is_kept = is_kept

    @property
    def known(self) -> int:
        """The number of rows that the previous run left."""
        return len(self._snapshot.known)

    @property
    def found(self) -> int:
        """The number of rows that this run has recorded."""
        return len(self._present)

    @property
    def has_missing(self) -> bool:
        """Whether a row of the previous run has not been recorded in this run yet."""
        return any(True for _ in self.missing())

    def remembered(self) -> Iterator[tuple[str, Identity]]:
        """Yield the rows of the previous run."""
        return iter(self._snapshot.known.items())

    def missing(self) -> Iterator[tuple[str, Identity]]:
        """Yield the rows of the previous run that have not been recorded in this run yet."""
        return (item for item in self._snapshot.gone(self._present) if not self._is_unread(*item))

    def _is_unread(self, key: str, identity: Identity) -> bool:
        is_older = self._read_back_to is not None and str(identity[0] or "") <= self._read_back_to
        return is_older or self._is_kept(key, identity)

    def tombstones(self, stamp: str) -> Iterator[tuple[str, Tombstone]]:
        """Yield the rows to mark as gone; call it only after all rows have been recorded."""
        self._is_complete = True
        found = (Tombstone(None, item, tuple(identity)) for item, identity in self.missing())
        return self._tombstones.renewed(stamp, found, lambda item: item.key in self._present)

    def reached(self) -> Partition:
        """Return what to remember: the rows that exist, if all of them were read."""
        if not self._is_complete:
            return self.interrupted()
        unread = {key: of for key, of in self._snapshot.known.items() if self._is_unread(key, of)}
        present = {**unread, **self._present}
        return {
            **self._bookmark(present),
            "known": ListSnapshot.packed(present),
            "removed": self._tombstones.packed(),
        }

    def _bookmark(self, present: dict[str, Identity]) -> dict[str, Any]:
        newest = max((str(of[0]) for of in present.values() if of and of[0]), default=None)
        if self._cursor is None or newest is None:
            return {}
        return {"replication_key": self._cursor, "replication_key_value": newest}

    def interrupted(self) -> Partition:
        """Return what to remember after a failed run: all rows that may have been loaded."""
        return {
            **self._before,
            "known": ListSnapshot.packed({**self._snapshot.known, **self._present}),
        }
