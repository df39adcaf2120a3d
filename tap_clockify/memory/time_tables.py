"""Progress of the tables made from time entries: what was read, is gone, and is remembered."""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from tap_clockify.memory.snapshots import EntrySnapshot, RowSnapshot, TraceSnapshot
from tap_clockify.memory.state import readable
from tap_clockify.memory.tombstones import Tombstone, Tombstones

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from singer_sdk.helpers.types import Record

    from tap_clockify.dates.windows import Window
    from tap_clockify.memory.feed_mark import FeedMark
    from tap_clockify.memory.state import Partition
    from tap_clockify.memory.trailing_window import TrailingWindow


class TimeProgress(ABC):
    """The progress of a table made from time entries, in one workspace.

    Attributes:
        trailing: The trailing window.
        feed: The watermark of the change feed, None before the first run; replaced when the feed
            has been read.
        has_forgotten: Whether some entries of the history may be too old for the snapshots.
    """

    replication_key: ClassVar[str]

    def __init__(
        self,
        stream: str,
        partition: Partition,
        trailing: TrailingWindow,
        *,
        feed: FeedMark | None,
        feed_if_interrupted: FeedMark,
        traces_kept: int,
    ) -> None:
        """Load what the previous run remembered.

        Args:
            stream: The name of the stream, for errors.
            partition: What the previous run left.
            trailing: The trailing window.
            feed: The watermark of the feed that the previous run left.
            feed_if_interrupted: The watermark of the feed to leave if this run fails.
            traces_kept: How many entries from before the lookback window to remember.

        Raises:
            UnreadableStateError: A snapshot cannot be unpacked.
        """
        self.trailing = trailing
        self.feed = feed
        self._feed_if_interrupted = feed_if_interrupted
        self._is_paused = False
        self._paused_at: dt.date | None = None
        self._exact_from = trailing.exact_from.toordinal()
        self._before = partition
        self._traces_kept = traces_kept
        with readable(stream, "traces"):
            self._traces = TraceSnapshot(partition.get("traces"))
        self.has_forgotten = 0 < traces_kept <= len(self._traces)
        with readable(stream, "removed"):
            self._tombstones = Tombstones(partition.get("removed"))

    def days_of(self, entry_id: str) -> set[int]:
        """Return the days, as ordinals, on which the previous run may have seen an entry."""
        return self._traces.days_of(entry_id)

    def take(self, window: Window, entries: list[Record]) -> None:
        """Record a window that was read completely."""
        if self._traces_kept and window.first < self.trailing.exact_from:
            old: dict[int, list[str]] = {}
            for entry in entries:
                old.setdefault(_ordinal(entry["date"]), []).append(entry["id"])
            for day in _days(window):
                if day < self._exact_from:
                    self._traces.replace(day, old.get(day, ()))
            self._traces.trim(self._traces_kept)

    def take_running(self, entry: Record) -> None:  # noqa: B027 - only entries have timers
        """Record a running timer."""

    def pause(self, last_day: dt.date | None) -> None:
        """Record that the run stops early, with the window read only up to ``last_day``."""
        self._is_paused = True
        self._paused_at = last_day

    @abstractmethod
    def gone(self) -> Iterator[Tombstone]:
        """Yield the rows that earlier runs sent and that no longer exist."""

    def tombstones(self, stamp: str) -> Iterator[tuple[str, Tombstone]]:
        """Yield the rows to mark as gone; call it only after everything has been read."""
        return self._tombstones.renewed(stamp, self.gone(), self._is_there)

    @abstractmethod
    def _is_there(self, row: Tombstone) -> bool:
        """Return whether a row that was gone exists again."""

    def reached(self) -> Partition:
        """Return what to remember: the rows that exist, and the bookmark reached."""
        if not self._is_paused:
            return {**self._at(self.trailing.reached), **self._present()}
        kept = self.interrupted()
        if self._paused_at is None:
            return kept
        return {**self._at(self._paused_at.isoformat()), **_without_bookmark(kept)}

    def _at(self, bookmark: str) -> Partition:
        return {
            "replication_key": self.replication_key,
            "replication_key_value": bookmark,
            "history_start": self.trailing.history_start.isoformat(),
            "timezone": self.trailing.zone,
            "feed": None if self.feed is None else self.feed.to_state(),
        }

    def _present(self) -> Partition:
        """Return what to remember about the rows that exist, and about those just removed."""
        return {"traces": self._traces.packed(), "removed": self._tombstones.packed()}

    def interrupted(self) -> Partition:
        """Return the old bookmark, and all rows that may have been loaded."""
        return {**self._before, "feed": self._feed_if_interrupted.to_state()}


class SummaryProgress(TimeProgress):
    """The progress of a table that sums up entries by day."""

    replication_key = "date"

    @override
    def __init__(
        self,
        stream: str,
        partition: Partition,
        *args: Any,
        key_of: Callable[[Record], tuple[str, ...]],
        rows_kept: int,
        **kwargs: Any,
    ) -> None:
        """Load what the previous run remembered; see the base class.

        Args:
            stream: The name of the stream, for errors.
            partition: What the previous run left.
            args: For the base class.
            key_of: Returns the day of an entry, followed by the rest of the key of its row.
            rows_kept: How many rows from before the lookback window to remember.
            kwargs: For the base class.
        """
        super().__init__(stream, partition, *args, **kwargs)
        self._key_of = key_of
        self._rows_kept = rows_kept
        self._gone: dict[int, set[tuple[str, ...]]] = {}
        with readable(stream, "rows"):
            self._snapshot = RowSnapshot(partition.get("rows"))
            self._all_sent = RowSnapshot(partition.get("rows"))

    @override
    def take(self, window: Window, entries: list[Record]) -> None:
        super().take(window, entries)
        present: dict[int, set[tuple[str, ...]]] = {}
        for entry in entries:
            date, *key = self._key_of(entry)
            present.setdefault(_ordinal(date), set()).add(tuple(key))
        for day in _days(window):
            keys = present.get(day, set())
            before = self._snapshot.replace(day, keys)
            self._gone[day] = (self._gone.get(day, set()) | before) - keys
            self._all_sent.add(day, keys)
        for snapshot in (self._snapshot, self._all_sent):
            snapshot.trim(self._exact_from, self._rows_kept)

    @override
    def _is_there(self, row: Tombstone) -> bool:
        return row.day is not None and self._snapshot.has(row.day.toordinal(), tuple(row.key))

    @override
    def gone(self) -> Iterator[Tombstone]:
        for day, keys in sorted(self._gone.items()):
            for key in sorted(keys):
                yield Tombstone(dt.date.fromordinal(day), key)

    @override
    def _present(self) -> Partition:
        return {**super()._present(), "rows": self._snapshot.packed()}

    @override
    def interrupted(self) -> Partition:
        return {**super().interrupted(), "rows": self._all_sent.packed()}


class EntriesProgress(TimeProgress):
    """The progress of the table of time entries.

    Attributes:
        running_before: Timers that ran during the previous run, with the days they started on.
    """

    replication_key = "start"

    @override
    def __init__(self, stream: str, partition: Partition, *args: Any, **kwargs: Any) -> None:
        super().__init__(stream, partition, *args, **kwargs)
        self.running_before: dict[str, str] = dict(partition.get("running") or {})
        self._running: dict[str, str] = {}
        self._read_days: set[int] = set()
        self._alive: dict[str, int] = {}
        self._deleted: dict[str, dt.date | None] = {}
        self._removed_ids = {item.key for _, item in self._tombstones}
        with readable(stream, "entries"):
            self._snapshot = EntrySnapshot(partition.get("entries"))

    @override
    def days_of(self, entry_id: str) -> set[int]:
        day = self._snapshot.day_of.get(entry_id)
        return super().days_of(entry_id) if day is None else {day}

    @override
    def take(self, window: Window, entries: list[Record]) -> None:
        super().take(window, entries)
        for entry in entries:
            day = _ordinal(entry["date"])
            if day >= self._exact_from or self._is_awaited(entry["id"]):
                self._alive[entry["id"]] = day
        self._read_days.update(_days(window))

    def _is_awaited(self, item: str) -> bool:
        """Return whether an old entry would count as gone if this run did not record it."""
        return (
            item in self._snapshot.day_of
            or item in self._deleted
            or item in self.running_before
            or item in self._removed_ids
        )

    @override
    def _is_there(self, row: Tombstone) -> bool:
        return row.key in self._alive or row.key in self._running

    @override
    def take_running(self, entry: Record) -> None:
        self._running[entry["id"]] = entry["date"]

    def note_deleted(self, entry_id: str, day: dt.date | None) -> None:
        """Record an entry that the change feed reports as deleted."""
        self._deleted[entry_id] = day

    @override
    def gone(self) -> Iterator[Tombstone]:
        gone: dict[str, dt.date | None] = {
            item: dt.date.fromordinal(day)
            for item, day in self._snapshot.day_of.items()
            if day in self._read_days
        }
        gone.update(self._deleted)
        for item in self.running_before:
            gone.setdefault(item, None)
        for item in sorted(gone):
            if item not in self._alive and item not in self._running:
                yield Tombstone(gone[item], item)

    @override
    def _present(self) -> Partition:
        kept = {
            item: day for item, day in self._snapshot.day_of.items() if day not in self._read_days
        }
        self._snapshot.day_of = {**kept, **self._alive}
        for day, items in self._snapshot.leaving(self._exact_from).items():
            self._traces.add(day, items)
        self._traces.trim(self._traces_kept)
        return {**super()._present(), "entries": self._snapshot.packed(), "running": self._running}

    @override
    def interrupted(self) -> Partition:
        self._snapshot.day_of = {**self._alive, **self._snapshot.day_of}
        return {
            **super().interrupted(),
            "entries": self._snapshot.packed(),
            "running": {**self.running_before, **self._running},
        }


def _without_bookmark(partition: Partition) -> Partition:
    return {key: partition[key] for key in partition if not key.startswith("replication_key")}


@lru_cache(maxsize=4096)
def _ordinal(date: str) -> int:
    return dt.date.fromisoformat(date).toordinal()


def _days(window: Window) -> range:
    return range(window.first.toordinal(), window.last.toordinal() + 1)
