"""How far the streams have come: what was read, what is gone, what to remember next."""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from tap_clockify.entries import summary_key
from tap_clockify.memory import EntryMemory, Removals, RowMemory, ThingMemory, TraceMemory
from tap_clockify.trail import readable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from singer_sdk.helpers.types import Record

    from tap_clockify.state import Partition
    from tap_clockify.trail import Trail
    from tap_clockify.windows import Window

Gone = tuple[dt.date | None, Any]
"""The day, if known, and the key of a row that is gone."""


class ReportProgress(ABC):
    """How far a stream made from the reports has come in one workspace.

    Attributes:
        trail: The trailing window.
        feed: Where the change feed was read up to, None before the first run; replaced when it
            has been read again.
        has_forgotten: Whether entries of the history may be too old for the memory.
    """

    replication_key: ClassVar[str]

    def __init__(
        self,
        stream: str,
        partition: Partition,
        trail: Trail,
        interrupted_feed: Callable[[dict[str, Any] | None], dict[str, Any]],
        traces_kept: int,
    ) -> None:
        """Take up what the run before remembered.

        Args:
            stream: The stream, to name it in errors.
            partition: What the run before left.
            trail: The trailing window.
            interrupted_feed: Says what a run that fails is to note of the feed.
            traces_kept: How many entries from before the window to remember.

        Raises:
            UnreadableStateError: The memory cannot be unpacked.
        """
        self.trail = trail
        with readable(stream, "feed"):
            self.feed: dict[str, Any] | None = _mark(partition.get("feed"))
        self._interrupted_feed = interrupted_feed
        self._is_paused = False
        self._paused_at: dt.date | None = None
        self._exact_from = trail.exact_from.toordinal()
        self._before = partition
        self._traces_kept = traces_kept
        with readable(stream, "traces"):
            self._traces = TraceMemory(partition.get("traces"))
        self.has_forgotten = 0 < traces_kept <= len(self._traces)
        with readable(stream, "removed"):
            self._removed = Removals(partition.get("removed"))

    def days_of(self, entry_id: str) -> set[int]:
        """Tell on which days an entry may have been at the run before, as ordinals."""
        return self._traces.days_of(entry_id)

    def take(self, window: Window, entries: list[Record]) -> None:
        """Note a window read whole."""
        if self._traces_kept and window.first < self.trail.exact_from:
            old: dict[int, list[str]] = {}
            for entry in entries:
                old.setdefault(_ordinal(entry["date"]), []).append(entry["id"])
            for day in _days(window):
                if day < self._exact_from:
                    self._traces.replace(day, old.get(day, ()))
            self._traces.trim(self._traces_kept)

    def take_running(self, entry: Record) -> None:  # noqa: B027 - only entries have timers
        """Note an entry whose timer runs."""

    def pause(self, last_day: dt.date | None) -> None:
        """Note that the run stops before the window's end; its days up to ``last_day`` are read."""
        self._is_paused = True
        self._paused_at = last_day

    @abstractmethod
    def gone(self) -> Iterator[Gone]:
        """Name the rows that were sent before and are not in Clockify any more."""

    def reached(self) -> Partition:
        """Remember the rows that are there, and how far the reading came."""
        if not self._is_paused:
            return {**self._at(self.trail.reached), **self._present()}
        kept = self.interrupted()
        if self._paused_at is None:
            return kept
        return {**self._at(self._paused_at.isoformat()), **_without_bookmark(kept)}

    def _at(self, bookmark: str) -> Partition:
        return {
            "replication_key": self.replication_key,
            "replication_key_value": bookmark,
            "history_start": self.trail.history_start.isoformat(),
            "timezone": self.trail.zone,
            "feed": self.feed,
        }

    def _present(self) -> Partition:
        """Form the memory of the rows that are there, and of those just removed."""
        return {"traces": self._traces.packed(), "removed": self._removed.packed()}

    def removals(self, stamp: str) -> Iterator[tuple[str, Gone]]:
        """Name the rows to mark as gone, with the start of the run that found each to be gone.

        Those of the last runs are named again: a loader may have lost them with a run that it
        reported as complete.
        """
        found = list(self.gone())
        yield from ((stamp, item) for item in found)
        # What has come back, or is gone once more, is no matter of earlier runs any more.
        self._removed.keep(lambda item: item not in found and not self._is_there(*item))
        yield from self._removed.before()
        self._removed.add(stamp, found)

    @abstractmethod
    def _is_there(self, day: dt.date | None, key: Any) -> bool:
        """Tell whether a row that was gone has come back."""

    def interrupted(self) -> Partition:
        """Keep the old bookmark, and remember all rows that may have been loaded."""
        return {**self._before, "feed": self._interrupted_feed(_mark(self._before.get("feed")))}


class SummaryProgress(ReportProgress):
    """Which rows of ``summary`` a workspace has."""

    replication_key = "date"

    @override
    def __init__(
        self,
        stream: str,
        partition: Partition,
        trail: Trail,
        interrupted_feed: Callable[[dict[str, Any] | None], dict[str, Any]],
        traces_kept: int,
        rows_kept: int,
    ) -> None:
        super().__init__(stream, partition, trail, interrupted_feed, traces_kept)
        self._rows_kept = rows_kept
        self._gone: dict[int, set[tuple[str, ...]]] = {}
        with readable(stream, "rows"):
            self._memory = RowMemory(partition.get("rows"))
            self._all_sent = RowMemory(partition.get("rows"))

    @override
    def take(self, window: Window, entries: list[Record]) -> None:
        super().take(window, entries)
        present: dict[int, set[tuple[str, ...]]] = {}
        for entry in entries:
            date, *key = summary_key(entry)
            present.setdefault(_ordinal(date), set()).add(tuple(key))
        for day in _days(window):
            keys = present.get(day, set())
            self._gone[day] = (self._gone.get(day, set()) | self._memory.replace(day, keys)) - keys
            self._all_sent.add(day, keys)
        for memory in (self._memory, self._all_sent):
            memory.trim(self._exact_from, self._rows_kept)

    @override
    def _is_there(self, day: dt.date | None, key: Any) -> bool:
        return day is not None and self._memory.has(day.toordinal(), tuple(key))

    @override
    def gone(self) -> Iterator[Gone]:
        for day, keys in sorted(self._gone.items()):
            for key in sorted(keys):
                yield dt.date.fromordinal(day), key

    @override
    def _present(self) -> Partition:
        return {**super()._present(), "rows": self._memory.packed()}

    @override
    def interrupted(self) -> Partition:
        return {**super().interrupted(), "rows": self._all_sent.packed()}


class EntriesProgress(ReportProgress):
    """Which time entries a workspace has.

    Attributes:
        running_before: The timers that ran at the run before, and the days on which they started.
    """

    replication_key = "start"

    @override
    def __init__(
        self,
        stream: str,
        partition: Partition,
        trail: Trail,
        interrupted_feed: Callable[[dict[str, Any] | None], dict[str, Any]],
        traces_kept: int,
    ) -> None:
        super().__init__(stream, partition, trail, interrupted_feed, traces_kept)
        self.running_before: dict[str, str] = dict(partition.get("running") or {})
        self._running: dict[str, str] = {}
        self._read_days: set[int] = set()
        self._alive: dict[str, int] = {}
        self._deleted: dict[str, dt.date | None] = {}
        self._removed_ids = {key for _, (_, key) in self._removed.before()}
        with readable(stream, "entries"):
            self._memory = EntryMemory(partition.get("entries"))

    @override
    def days_of(self, entry_id: str) -> set[int]:
        day = self._memory.day_of.get(entry_id)
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
        """Tell whether an entry before the window would count as gone, were it not seen."""
        return (
            item in self._memory.day_of
            or item in self._deleted
            or item in self.running_before
            or item in self._removed_ids
        )

    @override
    def _is_there(self, day: dt.date | None, key: Any) -> bool:
        return key in self._alive or key in self._running

    @override
    def take_running(self, entry: Record) -> None:
        self._running[entry["id"]] = entry["date"]

    def note_deleted(self, entry_id: str, day: dt.date | None) -> None:
        """Note an entry that the change feed says was deleted."""
        self._deleted[entry_id] = day

    @override
    def gone(self) -> Iterator[Gone]:
        gone: dict[str, dt.date | None] = {
            item: dt.date.fromordinal(day)
            for item, day in self._memory.day_of.items()
            if day in self._read_days
        }
        gone.update(self._deleted)
        for item in self.running_before:
            gone.setdefault(item, None)
        for item in sorted(gone):
            if item not in self._alive and item not in self._running:
                yield gone[item], item

    @override
    def _present(self) -> Partition:
        kept = {
            item: day for item, day in self._memory.day_of.items() if day not in self._read_days
        }
        self._memory.day_of = {**kept, **self._alive}
        for day, items in self._memory.leaving(self._exact_from).items():
            self._traces.add(day, items)
        self._traces.trim(self._traces_kept)
        return {**super()._present(), "entries": self._memory.packed(), "running": self._running}

    @override
    def interrupted(self) -> Partition:
        self._memory.day_of = {**self._alive, **self._memory.day_of}
        return {
            **super().interrupted(),
            "entries": self._memory.packed(),
            "running": {**self.running_before, **self._running},
        }


class ThingsProgress:
    """Which objects of one kind a workspace has."""

    def __init__(self, stream: str, partition: Partition) -> None:
        """Take up what the run before remembered.

        Raises:
            UnreadableStateError: The memory cannot be unpacked.
        """
        self._before = partition
        self._present: dict[str, list[str | None]] = {}
        self._is_complete = False
        with readable(stream, "known"):
            self._memory = ThingMemory(partition.get("known"))
        with readable(stream, "removed"):
            self._removed = Removals(partition.get("removed"))

    def take(self, item: str, identity: list[str | None]) -> None:
        """Note an object that is there."""
        self._present[item] = identity

    def removals(self, stamp: str) -> Iterator[tuple[str, str, list[str | None]]]:
        """Name the objects to mark as gone; call it once all have been taken.

        As with rows of time, those of the last runs are named again.
        """
        self._is_complete = True
        found = dict(self.missing())
        yield from ((stamp, item, identity) for item, identity in found.items())
        self._removed.keep(lambda item: item[1][0] not in found.keys() | self._present.keys())
        for before, (_, (item, identity)) in self._removed.before():
            yield before, item, identity
        self._removed.add(stamp, [(None, list(item)) for item in found.items()])

    def missing(self) -> Iterator[tuple[str, list[str | None]]]:
        """Name the objects that were there before and have not been taken yet."""
        return self._memory.gone(self._present)

    def reached(self) -> Partition:
        """Remember the objects that are there, if all were read."""
        if not self._is_complete:
            return self.interrupted()
        return {"known": ThingMemory.packed(self._present), "removed": self._removed.packed()}

    def interrupted(self) -> Partition:
        """Remember all objects that may have been loaded."""
        return {
            **self._before,
            "known": ThingMemory.packed({**self._memory.known, **self._present}),
        }


def _without_bookmark(partition: Partition) -> Partition:
    return {key: partition[key] for key in partition if not key.startswith("replication_key")}


def _mark(found: Any) -> dict[str, Any] | None:
    """Check where the feed was read up to."""
    if found is None:
        return None
    return {
        "until": str(found["until"]),
        "reads": [[str(at), bool(old)] for at, old in found["reads"]],
        "first_page": found["first_page"],
    }


@lru_cache(maxsize=4096)
def _ordinal(date: str) -> int:
    return dt.date.fromisoformat(date).toordinal()


def _days(window: Window) -> range:
    return range(window.first.toordinal(), window.last.toordinal() + 1)
