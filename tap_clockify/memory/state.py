"""What a run reads from the Singer state and leaves in it: one partition per stream and workspace.

The bookmarks in a state are never ahead of the data: a run writes its STATE as its last message,
after every row. A failed run writes the bookmarks that it started with, and also remembers what it
has sent, since a target may load the rows of a failed run.
"""

from __future__ import annotations

import copy
import datetime as dt
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from tap_clockify.dates.zones import timestamp
from tap_clockify.errors import ClockifyError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

VERSION = 1
"""The version of the state's format. States without a version have an older format, which the tap
can still read."""

HOUR = dt.timedelta(hours=1)
CONTEXT_KEYS = ("workspaceId", "workspace_id")

Partition = dict[str, Any]


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
        metered: Workspaces with an hourly limit, whose requests the state counts.
    """

    def __init__(self, given: Mapping[str, Any]) -> None:
        """Load the state of the previous run, or an empty one.

        Raises:
            ClockifyError: A newer version of the tap wrote the state.
        """
        _check_version(given.get("version"))
        bookmarks = given.get("bookmarks")
        self._spent: dict[str, Any] = dict(given.get("spent") or {})
        self._given: dict[str, Any] = copy.deepcopy(bookmarks) if bookmarks else {}
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

    def spent_within_the_hour(self, workspace_id: str, now: dt.datetime) -> int:
        """Return how many requests earlier runs made for a workspace in the last hour."""
        at, count = self._spent.get(workspace_id) or (None, 0)
        is_recent = at is not None and dt.datetime.fromisoformat(at) > now - HOUR
        return int(count) if is_recent else 0

    def note_spent(self, workspace_id: str, now: dt.datetime, count: int) -> None:
        """Remember the requests made for a workspace, including those of the last hour's runs."""
        count += self.spent_within_the_hour(workspace_id, now)
        self._spent[workspace_id] = [timestamp(now, "seconds", utc="+00:00"), count]

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
        state: dict[str, Any] = {"version": VERSION, "bookmarks": bookmarks}
        return {**state, "spent": self._spent} if self._spent else state


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
