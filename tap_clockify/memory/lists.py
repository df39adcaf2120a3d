"""The objects of a list: what a run found, and which objects of earlier runs are gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_clockify.memory.snapshots import ListSnapshot
from tap_clockify.memory.state import readable
from tap_clockify.memory.tombstones import Tombstone, Tombstones

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_clockify.memory.state import Partition


class ListProgress:
    """Keeps track of a workspace's objects of one kind."""

    def __init__(self, stream: str, partition: Partition) -> None:
        """Load what the previous run remembered.

        Raises:
            UnreadableStateError: The snapshot cannot be unpacked.
        """
        self._before = partition
        self._present: dict[str, list[str | None]] = {}
        self._is_complete = False
        with readable(stream, "known"):
            self._snapshot = ListSnapshot(partition.get("known"))
        with readable(stream, "removed"):
            self._tombstones = Tombstones(partition.get("removed"))

    def take(self, item: str, identity: list[str | None]) -> None:
        """Record an object that exists."""
        self._present[item] = identity

    @property
    def known(self) -> int:
        """The number of objects that the previous run left."""
        return len(self._snapshot.known)

    def missing(self) -> Iterator[tuple[str, list[str | None]]]:
        """Yield the objects of the previous run that have not been recorded in this run yet."""
        return self._snapshot.gone(self._present)

    def tombstones(self, stamp: str) -> Iterator[tuple[str, Tombstone]]:
        """Yield the objects to mark as gone; call it only after all objects have been recorded."""
        self._is_complete = True
        found = (Tombstone(None, item, tuple(identity)) for item, identity in self.missing())
        return self._tombstones.renewed(stamp, found, lambda item: item.key in self._present)

    def reached(self) -> Partition:
        """Return what to remember: the objects that exist, if all of them were read."""
        if not self._is_complete:
            return self.interrupted()
        return {"known": ListSnapshot.packed(self._present), "removed": self._tombstones.packed()}

    def interrupted(self) -> Partition:
        """Return what to remember after a failed run: all objects that may have been loaded."""
        return {
            **self._before,
            "known": ListSnapshot.packed({**self._snapshot.known, **self._present}),
        }
