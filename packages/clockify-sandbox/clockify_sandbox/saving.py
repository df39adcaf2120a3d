"""Simulated worlds that outlive the process."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

import click

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from pathlib import Path


class Savable(Protocol):
    """A world that can be saved, all but its lock."""

    lock: threading.RLock

    @property
    def version(self) -> int:
        """A number that grows with every change."""


W = TypeVar("W", bound=Savable)


class SavedWorld(Generic[W]):
    """A world and the file that it is saved in."""

    def __init__(
        self,
        path: Path,
        empty: Callable[[], W],
        build: Callable[[], W],
        check: Callable[[W], object] | None = None,
    ) -> None:
        """Load the saved world, or build one.

        `check` fails on a world that lacks what newer ones have.

        Raises:
            ClickException: The file is of another version of the sandbox.
        """
        self._path = path
        self._saved = -1
        self.world = self._load(empty, check) if path.exists() else build()
        self.save()

    def _load(self, empty: Callable[[], W], check: Callable[[W], object] | None) -> W:
        world = empty()
        try:
            # We wrote the file ourselves, into our own folder.
            vars(world).update(pickle.loads(self._path.read_bytes()))  # noqa: S301
            if check:
                check(world)
        except Exception as error:
            msg = (
                f"{self._path} was written by another version of the sandbox ({error}). Start"
                " afresh: clockify-sandbox up --fresh"
            )
            raise click.ClickException(msg) from error
        return world

    def save(self) -> None:
        """Write the world if it has changed; a kill meanwhile leaves the old file intact."""
        with self.world.lock:
            version = self.world.version
            if version == self._saved:
                return
            kept = {name: value for name, value in vars(self.world).items() if name != "lock"}
            packed = pickle.dumps(kept)
        unfinished = self._path.with_suffix(".part")
        unfinished.write_bytes(packed)
        unfinished.replace(self._path)
        self._saved = version
