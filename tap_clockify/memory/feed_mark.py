"""The watermark of a change feed, from which the next run continues to read."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tap_clockify.dates.zones import timestamp

if TYPE_CHECKING:
    from collections.abc import Mapping

READS_KEPT = 2
"""Runs to keep in ``FeedMark.reads``. A feed shows deletions late: one that the last run missed may
be of an entry that the run before it sent."""

FIRST_PAGES = (None, 0, 1)


@dataclass(frozen=True)
class FeedRead:
    """When a run began to read (UTC), and whether it may have found old entries."""

    at: dt.datetime
    found_old: bool


@dataclass(frozen=True)
class FeedMark:
    """The watermark of a feed.

    Attributes:
        until: The instant up to which the feed was read (UTC).
        reads: When the last runs read, newest first. If one may have found new entries from before
            the lookback window, the next runs need its time: an entry that was created before it
            and deleted since appears only in a window that starts in between.
        first_page: The number of the feed's first page, 0 or 1; None until a response shows it.
    """

    until: dt.datetime
    reads: tuple[FeedRead, ...]
    first_page: int | None

    @classmethod
    def from_state(cls, found: Mapping[str, Any] | None) -> FeedMark | None:
        """Parse the watermark that an earlier run left, if any.

        Raises:
            ValueError, TypeError, KeyError: The tap did not write it.
        """
        if found is None:
            return None
        if found["first_page"] not in FIRST_PAGES:
            message = "not the number of a first page"
            raise ValueError(message)
        reads = tuple(
            FeedRead(dt.datetime.fromisoformat(at), bool(found_old))
            for at, found_old in found["reads"]
        )
        return cls(dt.datetime.fromisoformat(found["until"]), reads, found["first_page"])

    def to_state(self) -> dict[str, Any]:
        """Return the watermark in the form of the state."""
        return {
            "until": _text(self.until),
            "reads": [[_text(read.at), read.found_old] for read in self.reads],
            "first_page": self.first_page,
        }

    def after_reading(
        self, read: FeedRead, *, until: dt.datetime, first_page: int | None
    ) -> FeedMark:
        """Return the watermark after a run that read the whole feed.

        Until the feed's first page number is known, an empty response proves nothing, so the next
        run reads from the same instant again.
        """
        reached = self.until if first_page is None else until
        return FeedMark(reached, self._with(read), first_page)

    def after_interruption(self, began: dt.datetime) -> FeedMark:
        """Return the watermark after a failed run, which may have found old entries."""
        return replace(self, reads=self._with(FeedRead(began, found_old=True)))

    def _with(self, read: FeedRead) -> tuple[FeedRead, ...]:
        return (read, *self.reads)[:READS_KEPT]


def _text(moment: dt.datetime) -> str:
    return timestamp(moment, "seconds", utc="+00:00")
