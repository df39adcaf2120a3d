"""What a run reads from and leaves in the Singer state: one partition per stream and workspace.

The bookmarks in a state never run ahead of the data: a run writes one STATE message, its last
message, after every row. A run that fails writes the bookmarks it started with, and remembers
what it has sent in addition, since a target may well load the rows of a run that failed.
"""

from __future__ import annotations

import copy
import datetime as dt
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

HOUR = dt.timedelta(hours=1)
CONTEXT_KEYS = ("workspaceId", "workspace_id")

Partition = dict[str, Any]


class Progress(Protocol):
    """How far a stream has come in one workspace."""

    def reached(self) -> Partition:
        """Tell what to remember after a complete run."""

    def interrupted(self) -> Partition:
        """Tell what to remember after a run that failed: the old bookmark, and all rows sent."""


class RunState:
    """The state that a run was given, and the progress of its streams."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        """Take the state of the run before, or an empty one."""
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
        self._spent[workspace_id] = [now.isoformat(timespec="seconds"), count]

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
        return {"bookmarks": bookmarks, **({"spent": self._spent} if self._spent else {})}


def _context_values(partition: Mapping[str, Any]) -> list[Any]:
    context = partition.get("context") or {}
    return [context[key] for key in CONTEXT_KEYS if key in context]
