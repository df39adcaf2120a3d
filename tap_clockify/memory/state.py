"""What a run reads from the Singer state and leaves in it: one partition per stream and workspace.

The bookmarks in a state are never ahead of the data: a run writes its STATE as its last message,
after every row. A failed run writes the bookmarks that it started with, and also remembers what it
has sent, since a target may load the rows of a failed run.
"""

from __future__ import annotations

import copy
import datetime as dt
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from clockify_client.errors import ClockifyError

from tap_clockify.dates.zones import ONE_MINUTE, timestamp
from tap_clockify.memory.identities import without_identities
from tap_clockify.memory.sharing import shared, unshared

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

VERSION = 3
"""The version of the state's format. States of version 1 and 2, and states without a version, have
older formats, which the tap can still read."""

HOUR = dt.timedelta(hours=1)
CONTEXT_KEYS = ("workspaceId", "workspace_id")

Partition = dict[str, Any]
Counted = list[tuple[dt.datetime, int]]
"""Numbers of requests, each with the minute as of which they count: the end of the minute in which
they were made."""


class UnreadableStateError(ClockifyError):
    """The state contains something that the tap did not write."""

    def __init__(self, stream: str, part: str) -> None:
        """Form the message from the stream and the unreadable part of its state."""
        super().__init__(
            f"The state of {stream} has an unreadable {part!r}. Restore an earlier state, or run"
            " with --full-refresh to read everything again."
        )


@contextmanager
def readable(stream: str, part: str) -> Iterator[None]:
    """Turn errors in parsing a part of the state into an ``UnreadableStateError``."""
    try:
        yield
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise UnreadableStateError(stream, part) from error


class Progress(Protocol):
    """The progress of a stream in one workspace."""

    def reached(self) -> Partition:
        """Return what to remember after a complete run."""

    def interrupted(self) -> Partition:
        """Return what to remember after a failed run: the old bookmark, and all rows sent."""


class RunState:
    """The state that a run started with, and the progress of its streams.

    Attributes:
        metered: What has an hourly limit, and so has its requests counted in the state: workspaces,
            and the run itself.
        field_columns: The columns of custom fields, by the ids of the fields.
    """

    def __init__(self, given: Mapping[str, Any], remembered_by_id: Iterable[str] = ()) -> None:
        """Load the state of the previous run, or an empty one.

        Args:
            given: The state.
            remembered_by_id: The streams whose objects are remembered by their ids alone. Names
                that an older state has of them are forgotten at once, whether or not this run
                reads the streams, so that no state that it writes has them.

        Raises:
            ClockifyError: A newer version of the tap wrote the state.
        """
        _check_version(given.get("version"))
        bookmarks = given.get("bookmarks")
        with readable("the tap", "sights"):
            self._sights: dict[str, Any] = _mapping(given.get("sights"))
            self._given_sights = dict(self._sights)
            self._kept_sights: set[str] = set()
        with readable("the tap", "field_columns"):
            found = _mapping(given.get("field_columns"))
            self.field_columns = {str(key): [str(v) for v in value] for key, value in found.items()}
        with readable("the tap", "spent"):
            spent = dict(given.get("spent") or {})
            self._spent = {scope: _counted(found) for scope, found in spent.items()}
        self._given: dict[str, Any] = unshared(copy.deepcopy(bookmarks)) if bookmarks else {}
        for stream in remembered_by_id:
            if stream in self._given:
                self._given[stream] = without_identities(self._given[stream])
        self._progress: dict[tuple[str, str], tuple[str, Progress]] = {}
        self.metered: list[str] = []

    def partition(self, stream: str, workspace_id: str) -> Partition:
        """Return what the previous run remembered about a stream in a workspace.

        A bookmark without partitions, as other versions of the tap wrote it, applies to all.
        """
        bookmark = self._given.get(stream) or {}
        for partition in bookmark.get("partitions") or ():
            if workspace_id in _context_values(partition):
                return dict(partition)
        return {key: value for key, value in bookmark.items() if key != "partitions"}

    def track(self, stream: str, context_key: str, workspace_id: str, progress: Progress) -> None:
        """Include a stream's progress in the states written from now on."""
        self._progress[stream, workspace_id] = (context_key, progress)

    def sight(self, workspace_id: str) -> Any:
        """Return what earlier runs could see of a workspace, in the form of the state."""
        return self._given_sights.get(workspace_id)

    def latest_sight(self, workspace_id: str) -> Any:
        """Return the same, or what this run has noted."""
        return self._sights.get(workspace_id)

    def keep_sight(self, workspace_id: str) -> None:
        """Leave to the next run what earlier runs could see of a workspace, whatever is noted.

        This run did not believe that rows are gone, so neither must the next one.
        """
        self._kept_sights.add(workspace_id)

    def note_sight(self, workspace_id: str, sight: dict[str, Any]) -> None:
        """Remember what this run can see of a workspace."""
        self._sights[workspace_id] = sight

    def spent_within_the_hour(self, scope: str, now: dt.datetime) -> Counted:
        """Return the requests that earlier runs made in the last hour, of those that count."""
        counted = self._spent.get(scope, ())
        # If the clock has been set back, a request must not count for longer than an hour from now.
        return [(min(at, now), count) for at, count in counted if at >= now - HOUR]

    def note_spent(self, now: dt.datetime, made: Mapping[str, Iterable[dt.datetime]]) -> None:
        """Remember when a run made requests, by scope, besides those of the last hour's runs."""
        for scope in {*self._spent, *made}:
            counts: Counter[dt.datetime] = Counter()
            for at, count in self.spent_within_the_hour(scope, now):
                counts[_end_of_minute(at)] += count
            for at in made.get(scope, ()):
                counts[_end_of_minute(at)] += 1
            self._spent[scope] = sorted(counts.items())

    def after_success(self) -> dict[str, Any]:
        """Return the state to leave after a complete run."""
        return self._formed({key: item.reached() for key, (_, item) in self._progress.items()})

    def after_failure(self) -> dict[str, Any]:
        """Return the state to leave after a run that did not finish."""
        return self._formed({key: item.interrupted() for key, (_, item) in self._progress.items()})

    def _formed(self, partitions: dict[tuple[str, str], Partition]) -> dict[str, Any]:
        bookmarks = copy.deepcopy(self._given)
        for (stream, workspace_id), partition in partitions.items():
            context_key, _ = self._progress[stream, workspace_id]
            bookmark = bookmarks.setdefault(stream, {})
            others = [
                other
                for other in bookmark.get("partitions") or ()
                if workspace_id not in _context_values(other)
            ]
            this = {**partition, "context": {context_key: workspace_id}}
            bookmarks[stream] = {"partitions": [*others, this]}
        state: dict[str, Any] = {"version": VERSION, "bookmarks": shared(bookmarks)}
        kept = {key: self._given_sights.get(key) for key in self._kept_sights}
        sights = {key: sight for key, sight in (self._sights | kept).items() if sight is not None}
        if sights:
            state["sights"] = sights
        if self.field_columns:
            state["field_columns"] = self.field_columns
        spent = {
            scope: [[timestamp(at, "minutes", utc="+00:00"), count] for at, count in counted]
            for scope, counted in self._spent.items()
            if counted
        }
        return {**state, "spent": spent} if spent else state


def _mapping(found: Any) -> dict[str, Any]:
    if found is not None and not isinstance(found, dict):
        message = "not a mapping"
        raise TypeError(message)
    return dict(found or {})


def _counted(found: Any) -> Counted:
    """Parse counts of requests; a single count for a whole run is what earlier versions wrote."""
    pairs = [found] if found and isinstance(found[0], str) else found or ()
    counted = [(_end_of_minute(dt.datetime.fromisoformat(at)), int(count)) for at, count in pairs]
    if any(at.tzinfo is None for at, _ in counted):
        message = "an instant without an offset"
        raise ValueError(message)
    return counted


def _end_of_minute(moment: dt.datetime) -> dt.datetime:
    """Round up, so that a request counts for at least an hour."""
    minute = moment.replace(second=0, microsecond=0)
    return minute if minute == moment else minute + ONE_MINUTE


def _check_version(version: object) -> None:
    if version is None or (isinstance(version, int) and version <= VERSION):
        return
    if isinstance(version, int):
        raise ClockifyError(
            f"The state has version {version}; this version of the tap reads versions up to"
            f" {VERSION}. A newer tap wrote it: upgrade the tap, or restore an earlier state."
        )
    raise UnreadableStateError("the tap", "version")


def _context_values(partition: Mapping[str, Any]) -> list[Any]:
    context = partition.get("context") or {}
    return [context[key] for key in CONTEXT_KEYS if key in context]
