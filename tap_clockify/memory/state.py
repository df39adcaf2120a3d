"""What a run reads from and leaves in the Singer state: one partition per stream and workspace.

The bookmarks in a state never run ahead of the data: a run writes one STATE message, its last
message, after every row. A run that fails writes the bookmarks it started with, and remembers
what it has sent in addition, since a target may well load the rows of a run that failed.
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
"""The form of the state. A state without a version is of the form before, which is read as well."""

HOUR = dt.timedelta(hours=1)
CONTEXT_KEYS = ("workspaceId", "workspace_id")

Partition = dict[str, Any]


class UnreadableStateError(ClockifyError):
    """The state holds something that this version of the tap did not write."""

    def __init__(self, stream: str, part: str) -> None:
        """Name the part, and say what to do."""
        super().__init__(
            f"The state of {stream} has an unreadable {part!r}. Restore an earlier state, or run"
            " with --full-refresh to read everything again."
        )


@contextmanager
def readable(stream: str, part: str) -> Iterator[None]:
    """Turn what is wrong with a part of the state into an error that names it."""
    try:
        yield
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise UnreadableStateError(stream, part) from error


class Progress(Protocol):
    """How far a stream has come in one workspace."""

    def reached(self) -> Partition:
        """Form what to remember after a complete run."""

    def interrupted(self) -> Partition:
        """Form what to remember after a run that failed: the old bookmark, and all rows sent."""


class RunState:
    """The state that a run was given, and the progress of its streams."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        """Take the state of the run before, or an empty one.

        Raises:
            ClockifyError: A newer version of the tap wrote the state.
        """
        _check_version(given.get("version"))
        bookmarks = given.get("bookmarks")
        self._spent: dict[str, Any] = dict(given.get("spent") or {})
        self._given: dict[str, Any] = copy.deepcopy(bookmarks) if bookmarks else {}
        self._progress: dict[tuple[str, str], tuple[str, Progress]] = {}

    def partition(self, stream: str, workspace_id: str) -> Partition:
        """Look up what the run before remembered of a stream in a workspace.

        A bookmark without partitions, as other versions of the tap wrote, holds for all.
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
        """Tell how many requests earlier runs made for a workspace in the last hour."""
        at, count = self._spent.get(workspace_id) or (None, 0)
        is_recent = at is not None and dt.datetime.fromisoformat(at) > now - HOUR
        return int(count) if is_recent else 0

    def note_spent(self, workspace_id: str, now: dt.datetime, count: int) -> None:
        """Remember the requests made for a workspace, those of the last hour's runs included."""
        count += self.spent_within_the_hour(workspace_id, now)
        self._spent[workspace_id] = [timestamp(now, "seconds", utc="+00:00"), count]

    def after_success(self) -> dict[str, Any]:
        """Form the state to leave after a complete run."""
        return self._formed({key: item.reached() for key, (_, item) in self._progress.items()})

    def after_failure(self) -> dict[str, Any]:
        """Form the state to leave after a run that did not come to its end."""
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
