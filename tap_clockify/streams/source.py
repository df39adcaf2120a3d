"""The interface between a run and whatever reads a stream."""

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
        is_shown: Whether the display counts its rows as rows sent.
    """

    tables: tuple[str, ...]
    is_shown: bool

    def planned_requests(self, workspace: Workspace) -> int:
        """Return the least number of requests that a workspace takes, as far as it is known."""

    def try_out(self, workspace: Workspace) -> None:
        """Send a small request, if any is needed, to see whether a workspace can be read.

        Raises:
            ClockifyError: It cannot be read.
        """

    def begin(self) -> None:
        """Send the first requests without waiting for responses."""

    def live(self) -> Iterator[tuple[str, list[Record]]]:
        """Yield live rows in batches, each with the name of its table."""

    def gone(self) -> Iterator[tuple[str, list[Record]]]:
        """Yield tombstones; valid only after all live rows have been consumed."""
