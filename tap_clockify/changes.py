"""Clockify's change feed: which entries were created, updated or deleted since an instant.

The feed is experimental. What is known of it, and what is not, is in docs/change-feed.md.
"""

from __future__ import annotations

import datetime as dt
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from tap_clockify.api import BAD_REQUEST
from tap_clockify.errors import ClockifyError, RequestError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_clockify.api import ClockifyAPI
    from tap_clockify.workers import Workers

    Items = list[dict[str, Any]]

TYPES = ("TIME_ENTRY", "TIME_ENTRY_RATE", "TIME_ENTRY_CUSTOM_FIELD_VALUE")
LONGEST_WINDOW = dt.timedelta(days=30)
ZONE_SLACK = dt.timedelta(hours=14)
"""It is unconfirmed in which zone the feed reads its bounds, so every window is wider by it."""

LAG = dt.timedelta(minutes=10)
"""Deletions show up about a minute late, so the next window begins this much earlier."""

PAGE_LIMIT = 1000
DEFAULT_LIMIT = 50
"""The feed's own page size; a maximum below ``PAGE_LIMIT`` is unconfirmed but would not be less."""

UNAVAILABLE = {400, 402, 403, 404, 405}
"""Statuses by which a workspace may say that it has no feed."""


@dataclass
class Changes:
    """What the feed told of entries: where they are now, or were when they were deleted.

    Attributes:
        starts: The start of every entry created or updated; None where the feed did not say.
        deleted: The start of every deleted entry; None where the feed did not say.
        created: Ids of the entries that were created.
    """

    starts: dict[str, str | None] = field(default_factory=dict)
    deleted: dict[str, str | None] = field(default_factory=dict)
    created: set[str] = field(default_factory=set)


class ChangeFeed:
    """Reads all changes of one workspace between two instants.

    Attributes:
        first_page: 0 or 1, once an answer has shown which of them the feed counts from.
        parts: The kinds of changes and the windows to ask for.
    """

    def __init__(
        self,
        api: ClockifyAPI,
        workspace_id: str,
        *,
        first_page: int | None,
        since: dt.datetime,
        until: dt.datetime,
        reads: list[dt.datetime],
    ) -> None:
        """Prepare to read; nothing is asked yet.

        Args:
            api: The way to Clockify.
            workspace_id: The workspace.
            first_page: What an earlier run found out, if any.
            since: Where the window of the run before ended (UTC).
            until: The present (UTC).
            reads: When earlier runs began to read, if they may have found new entries from before
                the trailing window: one that was created before then and deleted since shows only
                in a window that starts in between.
        """
        self._api = api
        self._path = f"/workspaces/{workspace_id}/entities"
        self.first_page = first_page
        self.parts = [
            (kind, start, end)
            for kind in ("created", "updated", "deleted")
            for start, end in _cut(since - ZONE_SLACK, until + ZONE_SLACK)
        ]
        for read_at in reads:
            self.parts += [("deleted", *window) for window in _cut(read_at, until + ZONE_SLACK)]
        self._begun: Future[list[Items]] | list[Future[Items]] = []

    def begin(self, workers: Workers) -> None:
        """Ask for all parts: side by side, once it is known from where the feed counts pages."""
        if self.first_page is None:
            self._begun = workers.submit(self._items_of_all)
        else:
            parts = [workers.submit(partial(self._items, *part)) for part in self.parts]
            self._begun = parts

    def changes(self) -> Changes:
        """Wait for the changes asked for.

        Raises:
            FeedUnavailableError: The workspace has no feed, or the key may not read it.
        """
        if isinstance(self._begun, Future):
            items = self._begun.result()
        else:
            items = [part.result() for part in self._begun]
        changes = Changes()
        for (kind, _, _), found in zip(self.parts, items, strict=True):
            for item in found:
                _note(changes, kind, item)
        return changes

    def _items_of_all(self) -> list[Items]:
        return [self._items(*part) for part in self.parts]

    def _items(self, kind: str, start: dt.datetime, end: dt.datetime) -> Items:
        return [item for page in self._pages(kind, start, end) for item in page]

    def _pages(self, kind: str, start: dt.datetime, end: dt.datetime) -> Iterator[list[Any]]:
        """Read pages until one is short; a feed that counts from 1 may have no page 0."""
        known = self.first_page
        number = known or 0
        before: list[Any] | None = None
        while True:
            page = self._page(kind, start, end, number)
            if page:
                # What is learnt on the way serves the other kinds, which are read side by side.
                self.first_page = known = number if known is None else known
            if page is not None and page != before:
                yield page  # A feed that counts from 1 may also take page 0 for page 1.
            # One kind of changes is enough to find out, and most entries are only created.
            is_open = number == 0 and not page and known is None and kind == "created"
            if len(page or ()) < DEFAULT_LIMIT and not is_open:
                return
            before = page
            number += 1

    def _page(
        self, kind: str, start: dt.datetime, end: dt.datetime, number: int
    ) -> list[Any] | None:
        """Read one page; None where the feed has no page 0."""
        params = {"type": list(TYPES), "start": _text(start), "end": _text(end), "page": number}
        for limit in (PAGE_LIMIT, DEFAULT_LIMIT):
            try:
                answer = self._api.get(f"{self._path}/{kind}", {**params, "limit": limit})
            except RequestError as error:
                if error.status == BAD_REQUEST and limit != DEFAULT_LIMIT:
                    continue
                if error.status == BAD_REQUEST and number == 0:
                    return None
                if error.status in UNAVAILABLE:
                    raise FeedUnavailableError(str(error)) from None
                raise
            if not isinstance(answer.body, list):
                raise FeedUnavailableError(f"The change feed ({kind}) came without its list.")
            return answer.body
        raise AssertionError  # The loop returns or raises.


class FeedUnavailableError(ClockifyError):
    """The workspace has no change feed, or the key may not read it."""


def _cut(start: dt.datetime, end: dt.datetime) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    while start < end:
        stop = min(end, start + LONGEST_WINDOW)
        yield start, stop
        start = stop


def _text(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _kind_of(item: dict[str, Any]) -> str:
    """The wire says ``documentCode`` where the documentation says ``documentType``."""
    return str(item.get("documentCode") or item.get("documentType") or "TIME_ENTRY")


def _entry_of(item: dict[str, Any]) -> str:
    """Find the entry: rates and custom field values name theirs in ``timeEntryId``."""
    return str(item.get("timeEntryId") or item.get("id") or item.get("_id"))


def _start_of(item: dict[str, Any]) -> str | None:
    interval = item.get("timeInterval")
    return interval.get("start") if isinstance(interval, dict) else None


def _note(changes: Changes, kind: str, item: dict[str, Any]) -> None:
    if kind == "deleted":
        _note_deleted(changes, item)
        return
    entry = _entry_of(item)
    changes.starts[entry] = _start_of(item) or changes.starts.get(entry)
    if kind == "created" and _kind_of(item) == "TIME_ENTRY":
        changes.created.add(entry)


def _note_deleted(changes: Changes, item: dict[str, Any]) -> None:
    document = item.get("document") or {}
    if _kind_of(item) != "TIME_ENTRY":
        # A deleted rate or field value changes its entry.
        entry = document.get("timeEntryId")
        if entry:
            changes.starts.setdefault(str(entry), None)
        return
    deleted = str(document.get("id") or document.get("_id") or item.get("id"))
    changes.deleted[deleted] = _start_of(document) or _start_of(item)
