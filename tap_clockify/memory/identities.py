"""Forget what identifies objects besides their ids, which older states hold of people, too."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from tap_clockify.memory.snapshots import ListSnapshot
from tap_clockify.memory.tombstones import Tombstones


def without_identities(bookmark: Any) -> Any:
    """Return a stream's part of a state with only the ids of its objects.

    A part that cannot be read stays as it is, for the run that needs it to refuse.
    """
    if not isinstance(bookmark, dict):
        return bookmark
    kept = dict(bookmark)
    if partitions := kept.get("partitions"):
        kept["partitions"] = [without_identities(partition) for partition in partitions]
    with suppress(ValueError, TypeError, KeyError, IndexError):
        if packed := kept.get("known"):
            ids = ListSnapshot(packed).known
            kept["known"] = ListSnapshot.packed({item: [] for item in ids})
    with suppress(ValueError, TypeError, KeyError, IndexError):
        if packed := kept.get("removed"):
            tombstones = Tombstones(packed)
            tombstones.forget_identities()
            kept["removed"] = tombstones.packed()
    return kept
