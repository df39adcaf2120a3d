"""Progress of tables made from time entries: what was read, is gone, and is remembered."""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

from tap_clockify.memory.snapshots import IdSnapshot
from tap_clockify.memory.state import readable
from tap_clockify.memory.tombstones import Tombstone, Tombstones
from tap_clockify.memory.trailing_window import MIXED_ZONES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from singer_sdk.helpers.types import Record

    from tap_clockify.dates.windows import Window
    from tap_clockify.memory.feed_mark import FeedMark
    from tap_clockify.memory.history import History
    from tap_clockify.memory.state import Partition
    from tap_clockify.memory.trailing_window import TrailingWindow


class TimeProgress(ABC):
    """The progress of a table made from time entries, in one workspace.

    A run ends in one of three ways. It was complete: the state has the rows that exist and the new
    bookmark. Its requests were used up: the days that were read are settled, and the next run
    resumes where this one stopped. Or it failed: the state has the old bookmark, and all rows that
    a target may have loaded.

    Attributes:
        stream: The name of the stream.
        trailing: The trailing window.
        feed: The watermark of the change feed, None before the first run; replaced when the feed
            has been read.
        history: The days that were read.
        has_forgotten: Whether some entries of the history may be too old for the snapshots.
    """

    replication_key: ClassVar[str]

    def __init__(
        self,
        stream: str,
        partition: Partition,
        trailing: TrailingWindow,
        history: History,
        *,
        feed: FeedMark | None,
        feed_if_interrupted: FeedMark,
        ids_kept: int,
    ) -> None:
        """Load what the previous run remembered.

        Args:
            stream: The name of the stream, for errors.
            partition: What the previous run left.
            trailing: The trailing window.
            history: The days that were read.
            feed: The watermark of the feed that the previous run left.
            feed_if_interrupted: The watermark of the feed to leave if this run fails.
            ids_kept: How many entries from before the lookback window to remember.

        Raises:
            UnreadableStateError: A part of the state cannot be unpacked.
        """
        self.stream = stream
        self.trailing = trailing
        self.feed = feed
        self._feed_if_interrupted = feed_if_interrupted
        self._before = partition
        self._feed_at_stop = feed_if_interrupted
        self._exact_from = trailing.exact_from.toordinal()
        self._is_complete = False
        self._is_held = False
        self._resume: dt.date | None = None
        self._is_end_read = False
        self._ids_kept = ids_kept
        self.history = history
        with readable(stream, "entries"):
            self._ids = IdSnapshot(partition.get("entries"))
        self._dropped = IdSnapshot(None)
        # An earlier version of the tap remembered less.
        is_of_earlier_version = bool(partition) and "answers" not in partition
        self.has_forgotten = bool(partition.get("has_forgotten")) or is_of_earlier_version
        self._rows_before: dict[int, int] = {}
        with readable(stream, "removed"):
            self._tombstones = Tombstones(partition.get("removed"))

    def days_of(self, entry_id: str) -> set[int]:
        """Return the days, as ordinals, on which earlier runs may have seen an entry."""
        return self._ids.days_of(entry_id) | self._dropped.days_of(entry_id)

    @property
    def last_day(self) -> int:
        """The last day, as an ordinal, with a row that earlier runs sent; 0 without any."""
        return max(self._ids.last_day, self._dropped.last_day)

    @property
    def rows_per_day(self) -> int:
        """About how many rows a day has, as far as the state tells."""
        return self._ids.per_day

    @abstractmethod
    def missing_in(self, days: range) -> tuple[int, int]:
        """Return how many rows of some days are missing, and how many there were before."""

    def people_missing(self) -> set[str]:
        """Return the ids of the people whose rows are missing, if the rows say whose they are."""
        return set()

    def take(self, window: Window, entries: list[Record], answers: Mapping[int, bytes]) -> None:
        """Record a window that was read completely.

        Args:
            window: The window.
            entries: Its entries.
            answers: Clockify's answers about its days that were given before it was read.
        """
        days = days_in(window)
        self.history.take(days, answers)
        if self._ids_kept:
            found: dict[int, set[str]] = {}
            for entry in entries:
                found.setdefault(ordinal(entry["date"]), set()).add(entry["id"])
            for day in days:
                ids = found.get(day, set())
                before = self._ids.replace(day, ids)
                self._dropped.add(day, before - ids)
                self._take_ids(day, before, ids)
            self.has_forgotten |= self._ids.trim(self._exact_from, self._ids_kept)

    def _take_ids(  # noqa: B027 - only entries have ids for keys
        self, day: int, before: set[str], found: set[str]
    ) -> None:
        """Record the entries of a day, of which others were remembered before."""

    def take_running(self, entry: Record) -> None:  # noqa: B027 - only entries have timers
        """Record a running timer."""

    def settle_feed(self, mark: FeedMark) -> None:
        """Record that all changes that the feed reported have been read."""
        self.feed = self._feed_at_stop = mark

    def confirm(self) -> None:  # noqa: B027 - the rows of a day need no other evidence
        """Record that whatever is missing so far is gone, not only moved."""

    def complete(self) -> None:
        """Record that everything has been read."""
        self.confirm()
        self._is_complete = True

    def stop(self, resume: dt.date | None, *, is_end_read: bool) -> None:
        """Record that the run stops early.

        Args:
            resume: The day of the trailing window to resume from; None if all of it was read.
            is_end_read: Whether the last days of the trailing window were read.
        """
        self._resume = resume
        self._is_end_read = is_end_read

    def hold(self) -> None:
        """Record that reading failed, or that what is missing may only be out of sight."""
        self._is_held = True

    @abstractmethod
    def postpone(self) -> None:
        """Mark nothing as gone, and let the next run find out again what is missing."""

    @abstractmethod
    def gone(self) -> Iterator[Tombstone]:
        """Yield the rows that earlier runs sent and that no longer exist."""

    def tombstones(self, stamp: str) -> Iterator[tuple[str, Tombstone]]:
        """Yield the rows to mark as gone, as far as the days that were read show it."""
        return self._tombstones.renewed(stamp, self.gone(), self._is_there)

    @abstractmethod
    def _is_there(self, row: Tombstone) -> bool:
        """Return whether a row that was gone exists again."""

    def reached(self) -> Partition:
        """Return what to remember: the rows that exist, and the bookmark reached."""
        if self._is_held or not (self._is_complete or self.history.has_taken):
            return self.interrupted()
        return {
            "replication_key": self.replication_key,
            **(self._at_end() if self._is_complete else self._at_stop()),
            "history_start": self.trailing.history_start.isoformat(),
            "timezone": self.trailing.zone,
            "lookback_from": self.trailing.exact_from.isoformat(),
            **self._present(),
            **self._planned(),
            **self.history.to_state(),
        }

    def _planned(self) -> Partition:
        """Return the last day with rows if it is in the future: people cancel what they plan."""
        last = self.last_day
        is_planned = last > self._exact_from + self.trailing.lookback_days
        return {"last_day": dt.date.fromordinal(last).isoformat()} if is_planned else {}

    def _at_end(self) -> Partition:
        feed = None if self.feed is None else self.feed.to_state()
        return {"replication_key_value": self.trailing.reached, "feed": feed}

    def _at_stop(self) -> Partition:
        """Return the bookmarks of a run that stopped, from which the next one resumes."""
        feed = self._feed_at_stop.to_state()
        if self._resume is None:
            return {"replication_key_value": self.trailing.reached, "feed": feed}
        stopped = {"feed": feed, "resume": self._resume.isoformat()}
        if self._is_end_read:
            # Earlier runs have read the other days.
            bookmark = self.trailing.resumed_reached
            return {**stopped, "replication_key_value": bookmark, "reached": self.trailing.reached}
        stopped["reached"] = self.trailing.resumed_reached or self.trailing.reached
        if self.trailing.is_first:
            # Everything before this day has been read, and nothing after it.
            bookmark = (self._resume - dt.timedelta(days=1)).isoformat()
            return {**stopped, "replication_key_value": bookmark, "is_first": True}
        return {**stopped, "replication_key_value": self._before.get("replication_key_value")}

    def _earliest(self) -> Partition:
        """Return the start of the history if the rows that were sent begin before that known."""
        taken = self.history.first_taken
        if taken is None:
            return {}
        known = self._before.get("history_start")
        first = dt.date.fromordinal(taken).isoformat()
        return {"history_start": first if known is None else min(known, first)}

    def _present(self) -> Partition:
        """Return what to remember about the rows that exist, and about those just removed."""
        return {**self._remembered(self._ids), "removed": self._tombstones.packed()}

    def _remembered(self, ids: IdSnapshot) -> Partition:
        if not self._ids_kept:
            return {}
        forgotten = {"has_forgotten": True} if self.has_forgotten else {}
        return {"entries": ids.packed(), **forgotten}

    def interrupted(self) -> Partition:
        """Return the old bookmark, and all rows that may have been loaded."""
        is_mixed = self.trailing.moved_zone and self.history.has_taken
        return {
            **self._before,
            **({"timezone": MIXED_ZONES} if is_mixed else {}),
            **self._earliest(),
            "feed": self._feed_if_interrupted.to_state(),
            **self._remembered(self._ids.united_with(self._dropped)),
            **self._planned(),
            **self.history.after_failure(),
        }


@lru_cache(maxsize=4096)
def ordinal(date: str) -> int:
    """Return a day, given in ISO 8601, as an ordinal."""
    return dt.date.fromisoformat(date).toordinal()


def days_in(window: Window) -> range:
    """Return the days of a window as ordinals."""
    return range(window.first.toordinal(), window.last.toordinal() + 1)
