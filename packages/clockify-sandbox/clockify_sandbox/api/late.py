"""Writes that do not show at once, as in a store that is only eventually consistent."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from clockify_sandbox.world.entries import by_start

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from clockify_sandbox.world.model import Entry
    from clockify_sandbox.world.world import Contents


class Late:
    """Remembers how entries looked before recent writes, until the writes show.

    It counts real seconds, since a client that waits for a write to show waits in real time.
    """

    def __init__(self) -> None:
        """Start with nothing to hide."""
        self._before: dict[tuple[str, str], tuple[float, Entry | None]] = {}

    def hide(self, seconds: float, key: tuple[str, str], before: Entry | None) -> None:
        """Let reads see an entry (by workspace and id) as it was `before` for some seconds."""
        if seconds > 0:
            if key in self._before:
                _, before = self._before[key]
            self._before[key] = time.monotonic() + seconds, before

    def shown(
        self, contents: Contents, entries: Sequence[Entry], fits: Callable[[Entry], bool]
    ) -> list[Entry]:
        """Replace what was just written by what was there before, if that `fits` the list."""
        held = self._held(contents)
        if not held:
            return list(entries)
        kept = [entry for entry in entries if entry.id not in held]
        before = [entry for entry in held.values() if entry is not None and fits(entry)]
        return sorted([*kept, *before], key=by_start)

    def one(self, contents: Contents, entry_id: str) -> Entry | None:
        """Find an entry as it was before what was just written."""
        held = self._held(contents)
        return held[entry_id] if entry_id in held else contents.entries.get(entry_id)

    def state(self, contents: Contents) -> tuple[str, ...]:
        """Say which entries are held back, for keys of caches."""
        return tuple(self._held(contents))

    def _held(self, contents: Contents) -> dict[str, Entry | None]:
        now = time.monotonic()
        for key in [key for key, (until, _) in self._before.items() if until <= now]:
            del self._before[key]
        workspace_id = contents.workspace.id
        return {key[1]: each for key, (_, each) in self._before.items() if key[0] == workspace_id}
