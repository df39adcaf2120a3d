"""What a run found of the objects of a list, and what is gone of those that earlier runs sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_clockify.memory.snapshots import ListSnapshot
from tap_clockify.memory.state import readable
from tap_clockify.memory.tombstones import Tombstone, Tombstones

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_clockify.memory.state import Partition


class ListProgress:
    """Which objects of one kind a workspace has."""

    def __init__(self, stream: str, partition: Partition) -> None:
        """Take up what the run before remembered.

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
        """Note an object that is there."""
        self._present[item] = identity

    def missing(self) -> Iterator[tuple[str, list[str | None]]]:
        """Name the objects that were there before and have not been taken yet."""
        return self._snapshot.gone(self._present)

    def tombstones(self, stamp: str) -> Iterator[tuple[str, Tombstone]]:
        """Name the objects to mark as gone; only to be asked once all have been taken."""
        self._is_complete = True
        found = (Tombstone(None, item, tuple(identity)) for item, identity in self.missing())
        return self._tombstones.renewed(stamp, found, lambda item: item.key in self._present)

    def reached(self) -> Partition:
        """Remember the objects that are there, if all were read."""
        if not self._is_complete:
            return self.interrupted()
        return {"known": ListSnapshot.packed(self._present), "removed": self._tombstones.packed()}

    def interrupted(self) -> Partition:
        """Remember all objects that may have been loaded."""
        return {
            **self._before,
            "known": ListSnapshot.packed({**self._snapshot.known, **self._present}),
        }
