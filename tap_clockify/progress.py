"""How far the streams have come: what was read, what is gone, what to remember next."""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from tap_clockify import settings
from tap_clockify.entries import summary_key
from tap_clockify.errors import ClockifyError
from tap_clockify.memory import EntryMemory, RowMemory, ThingMemory
from tap_clockify.windows import ONE_DAY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from singer_sdk.helpers.types import Record

    from tap_clockify.state import Partition
    from tap_clockify.windows import Window

Gone = tuple[dt.date | None, Any]
"""The day, if known, and the key of a row that is gone."""


class UnreadableStateError(ClockifyError):
    """The state holds something that this version of the tap did not write."""

    def __init__(self, stream: str, part: str) -> None:
        """Name the part and the mend."""
        super().__init__(
            f"The state of {stream} has an unreadable {part!r}. Restore an earlier state, or run"
            " with --full-refresh to read everything again."
        )


class Trail:
    """The trailing window of a stream: from its bookmark, less the lookback, to the present."""

    def __init__(
        self,
        stream: str,
        partition: Partition,
        config: Mapping[str, Any],
        today: dt.date,
        zone: str,
    ) -> None:
        """Decide on the first day to read.

        Raises:
            UnreadableStateError: The bookmark is not a date.
        """
        self.today = today
        self.zone = zone
        self.exact_from = today - config["lookback_days"] * ONE_DAY
        self.first, self.history_start = self._start(stream, partition, config)

    def _start(
        self, stream: str, partition: Partition, config: Mapping[str, Any]
    ) -> tuple[dt.date, dt.date]:
        asked = settings.start_day(config, dt.UTC)
        bookmark = _day(stream, partition, "replication_key_value")
        if bookmark is None:
            first = asked or self.exact_from
            return first, first
        known = _day(stream, partition, "history_start")
        lookback = min(bookmark, self.today) - config["lookback_days"] * ONE_DAY
        history_start = min(day for day in (known, asked, lookback) if day is not None)
        if known is not None:
            history_start = min(day for day in (known, asked) if day is not None)
        moved_back = asked is not None and known is not None and asked < known
        moved_zone = partition.get("timezone") not in (None, self.zone)
        if moved_back or moved_zone:
            return history_start, history_start
        return max(lookback, history_start), history_start


class ReportProgress(ABC):
    """How far a stream made from the reports has come in one workspace.

    Attributes:
        trail: The trailing window.
        feed: Where the change feed was read up to; replaced when it has been read again.
    """

    def __init__(self, partition: Partition, trail: Trail, feed_start: dict[str, Any]) -> None:
        """Take up what the run before remembered; without it, the feed starts at this run."""
        self.trail = trail
        self._before = partition
        self.feed: dict[str, Any] = dict(partition.get("feed") or feed_start)
        self.is_first_run = "replication_key_value" not in partition

    @abstractmethod
    def take(self, window: Window, entries: Iterable[Record]) -> None:
        """Note a window read whole."""

    def take_running(self, entry: Record) -> None:  # noqa: B027 - only entries have timers
        """Note an entry whose timer runs."""

    @abstractmethod
    def gone(self) -> Iterator[Gone]:
        """Name the rows that were sent before and are not in Clockify any more."""

    @abstractmethod
    def reached(self) -> Partition:
        """Remember the rows that are there."""

    @abstractmethod
    def interrupted(self) -> Partition:
        """Keep the old bookmark, and remember all rows that may have been loaded."""

    def _at(self, replication_key: str, value: str) -> Partition:
        """Form the part of the state that is the same for all streams with a calendar."""
        return {
            "replication_key": replication_key,
            "replication_key_value": value,
            "history_start": self.trail.history_start.isoformat(),
            "timezone": self.trail.zone,
            "feed": self.feed,
        }


class SummaryProgress(ReportProgress):
    """Which rows of ``summary`` a workspace has."""

    def __init__(
        self,
        stream: str,
        partition: Partition,
        trail: Trail,
        feed_start: dict[str, Any],
        rows_kept: int,
    ) -> None:
        """Take up what the run before remembered.

        Raises:
            UnreadableStateError: The memory cannot be unpacked.
        """
        super().__init__(partition, trail, feed_start)
        self._rows_kept = rows_kept
        self._gone: dict[int, set[tuple[str, ...]]] = {}
        try:
            self._memory = RowMemory(partition.get("rows"))
            self._all_sent = RowMemory(partition.get("rows"))
        except (ValueError, TypeError, KeyError) as error:
            raise UnreadableStateError(stream, "rows") from error

    def take(self, window: Window, entries: Iterable[Record]) -> None:
        """Note a window read whole."""
        present: dict[int, set[tuple[str, ...]]] = {}
        for entry in entries:
            date, *key = summary_key(entry)
            present.setdefault(dt.date.fromisoformat(date).toordinal(), set()).add(tuple(key))
        for day in range(window.first.toordinal(), window.last.toordinal() + 1):
            keys = present.get(day, set())
            self._gone[day] = (self._gone.get(day, set()) | self._memory.replace(day, keys)) - keys
            self._all_sent.add(day, keys)
        for memory in (self._memory, self._all_sent):
            memory.trim(self.trail.exact_from.toordinal(), self._rows_kept)

    def gone(self) -> Iterator[Gone]:
        """Name the rows that were sent before and are not in Clockify any more."""
        for day, keys in sorted(self._gone.items()):
            for key in sorted(keys):
                yield dt.date.fromordinal(day), key

    def reached(self) -> Partition:
        """Remember the rows that are there."""
        return {
            **self._at("date", self.trail.today.isoformat()),
            "rows": self._memory.packed(),
        }

    def interrupted(self) -> Partition:
        """Keep the old bookmark, and remember all rows that may have been loaded."""
        return {**self._before, "rows": self._all_sent.packed()}


class EntriesProgress(ReportProgress):
    """Which time entries a workspace has."""

    def __init__(
        self,
        stream: str,
        partition: Partition,
        trail: Trail,
        feed_start: dict[str, Any],
        traces_kept: int,
        run_started: str,
    ) -> None:
        """Take up what the run before remembered.

        Raises:
            UnreadableStateError: The memory cannot be unpacked.
        """
        super().__init__(partition, trail, feed_start)
        self._traces_kept = traces_kept
        self._run_started = run_started
        self._read_days: set[int] = set()
        self._alive: dict[str, int] = {}
        self._deleted: dict[str, dt.date | None] = {}
        self.running_before: dict[str, str] = dict(partition.get("running") or {})
        self.running: dict[str, str] = {}
        try:
            self.memory = EntryMemory(partition.get("entries"), partition.get("traces"))
        except (ValueError, TypeError, KeyError) as error:
            raise UnreadableStateError(stream, "entries") from error

    def take(self, window: Window, entries: Iterable[Record]) -> None:
        """Note a window read whole."""
        old: dict[int, list[str]] = {}
        exact_from = self.trail.exact_from.toordinal()
        for entry in entries:
            day = dt.date.fromisoformat(entry["date"]).toordinal()
            if day >= exact_from:
                self._alive[entry["id"]] = day
            else:
                if self._is_awaited(entry["id"]):
                    self._alive[entry["id"]] = day
                old.setdefault(day, []).append(entry["id"])
        days = range(window.first.toordinal(), window.last.toordinal() + 1)
        self._read_days.update(days)
        for day in days:
            if day < exact_from:
                self.memory.replace_traces(day, old.get(day, ()))

    def _is_awaited(self, item: str) -> bool:
        """Tell whether an entry before the window would count as gone, were it not seen."""
        return item in self.memory.day_of or item in self._deleted or item in self.running_before

    def take_running(self, entry: Record) -> None:
        """Note an entry whose timer runs."""
        self.running[entry["id"]] = entry["date"]

    def note_deleted(self, entry_id: str, day: dt.date | None) -> None:
        """Note an entry that the change feed says was deleted outside the trailing window."""
        self._deleted[entry_id] = day

    def gone(self) -> Iterator[Gone]:
        """Name the entries that were sent before and are not in Clockify any more."""
        gone: dict[str, dt.date | None] = {
            item: dt.date.fromordinal(day)
            for item, day in self.memory.day_of.items()
            if day in self._read_days
        }
        gone.update(self._deleted)
        for item in self.running_before:
            gone.setdefault(item, None)
        for item in sorted(gone):
            if item not in self._alive and item not in self.running:
                yield gone[item], item

    def reached(self) -> Partition:
        """Remember the entries that are there."""
        for item, day in list(self.memory.day_of.items()):
            if day in self._read_days:
                del self.memory.day_of[item]
        self.memory.day_of.update(self._alive)
        self.memory.trim(self.trail.exact_from.toordinal(), self._traces_kept)
        return {
            **self._at("start", self._run_started),
            **self._packed(),
            "running": self.running,
        }

    def interrupted(self) -> Partition:
        """Keep the old bookmark, and remember all entries that may have been loaded."""
        for item, day in self._alive.items():
            self.memory.day_of.setdefault(item, day)
        return {
            **self._before,
            **self._packed(),
            "running": {**self.running_before, **self.running},
        }

    def _packed(self) -> Partition:
        ids, traces = self.memory.packed()
        return {"entries": ids, "traces": traces}


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
        try:
            self._memory = ThingMemory(partition.get("known"))
        except (ValueError, TypeError) as error:
            raise UnreadableStateError(stream, "known") from error

    def take(self, item: str, identity: list[str | None]) -> None:
        """Note an object that is there."""
        self._present[item] = identity

    def gone(self) -> Iterator[tuple[str, list[str | None]]]:
        """Name the objects that are gone; call it once all have been taken."""
        self._is_complete = True
        return self._memory.gone(self._present)

    def reached(self) -> Partition:
        """Remember the objects that are there, if all were read."""
        if not self._is_complete:
            return self.interrupted()
        return {"known": ThingMemory.packed(self._present)}

    def interrupted(self) -> Partition:
        """Remember all objects that may have been loaded."""
        return {
            **self._before,
            "known": ThingMemory.packed({**self._memory.known, **self._present}),
        }


def _day(stream: str, partition: Partition, name: str) -> dt.date | None:
    value = partition.get(name)
    if value is None:
        return None
    try:
        return dt.date.fromisoformat(str(value)[:10])
    except ValueError as error:
        raise UnreadableStateError(stream, name) from error
