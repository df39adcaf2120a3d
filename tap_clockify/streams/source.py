"""What a stream is read from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from singer_sdk.helpers.types import Record

    from tap_clockify.clockify.workspaces import Workspace


class Source(Protocol):
    """Reads the rows of one or more tables.

    Attributes:
        tables: The names of the tables, which are those of their streams.
    """

    tables: tuple[str, ...]

    def begin(self, workspace: Workspace) -> None:
        """Ask for what a workspace needs first, to be read later."""

    def live(self) -> Iterator[tuple[str, list[Record]]]:
        """Yield the rows that are there, each batch with the name of its table."""

    def gone(self) -> Iterator[tuple[str, list[Record]]]:
        """Yield tombstones; only to be asked once all live rows have been taken."""
