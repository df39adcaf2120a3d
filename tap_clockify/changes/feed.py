"""Clockify's change feed: which entries were created, updated or deleted since an instant.

The feed is experimental. docs/change-feed.md says what is known about it and what is not.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from clockify_client.client import workspace_path
from clockify_client.errors import ClockifyError
from clockify_client.http.errors import BAD_REQUEST, RequestError
from clockify_client.paging import Forms, is_last_page

from tap_clockify.dates.zones import timestamp

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future

    from clockify_client.client import ClockifyClient
    from clockify_client.http.workers import Workers

    Items = list[dict[str, Any]]
    Form = tuple[int, int]
    Part = tuple[str, dt.datetime, dt.datetime]

TYPES = ("TIME_ENTRY", "TIME_ENTRY_RATE", "TIME_ENTRY_CUSTOM_FIELD_VALUE")
LONGEST_WINDOW = dt.timedelta(days=30)
ZONE_SLACK = dt.timedelta(hours=14)
"""It is unconfirmed in which time zone the feed reads the bounds of a window, so every window is
widened by this much."""

LAG = dt.timedelta(minutes=10)
"""Deletions appear about a minute late, so the next window begins this much earlier."""

PAGE_LIMIT = 1000
DEFAULT_LIMIT = 50

MAXIMA = 10
"""Whether the server has a maximum below ``PAGE_LIMIT`` is unconfirmed. A maximum below the
default, or one that is not a multiple of this, is improbable, so a page of any other length is the
last."""

FEED_FORMS = tuple(
    (first_page, limit) for first_page in (0, 1) for limit in (PAGE_LIMIT, DEFAULT_LIMIT)
)
"""Forms of a request, to try in turn: the number of the first page, and the page size."""

UNAVAILABLE = {402, 403, 404, 405}
"""Statuses that mean that a workspace has no feed; so does 400 in every form."""


@dataclass
class Changes:
    """What the feed says about entries: when they start, or started before they were deleted.

    Attributes:
        starts: The start of every entry created or updated; None if the feed does not say.
        deleted: The start of every deleted entry; None if the feed does not say.
        created: When each new entry was created; None if the feed does not say.
        valued: Entries whose rate or custom field changed, which does not move an entry.
    """

    starts: dict[str, str | None] = field(default_factory=dict)
    deleted: dict[str, str | None] = field(default_factory=dict)
    created: dict[str, str | None] = field(default_factory=dict)
    valued: set[str] = field(default_factory=set)


class ChangeFeed:
    """Reads all changes of one workspace between two instants.

    Attributes:
        first_page: 0 or 1, once a response has shown from which the feed counts its pages.
        parts: The kinds of changes and the windows to request.
    """

    def __init__(
        self,
        client: ClockifyClient,
        workspace_id: str,
        *,
        first_page: int | None,
        since: dt.datetime,
        until: dt.datetime,
        reads: Sequence[dt.datetime],
    ) -> None:
        """Prepare to read without sending a request.

        Args:
            client: Makes the requests.
            workspace_id: The workspace.
            first_page: The first page that an earlier run found, if any.
            since: Where the previous run's window ended (UTC).
            until: The end of this window (UTC).
            reads: When earlier runs started reading, if they may have found new entries from before
                the trailing window. An entry that was created before that time and deleted since
                appears only in a window that starts in between.
        """
        self._client = client
        self._path = workspace_path(workspace_id) + "/entities"
        self.first_page = first_page
        self._forms = Forms(FEED_FORMS[FEED_FORMS.index((first_page or 0, PAGE_LIMIT)) :])
        self.parts: list[Part] = [
            (kind, start, end)
            for kind in ("created", "updated", "deleted")
            for start, end in _cut(since - ZONE_SLACK, until + ZONE_SLACK)
        ]
        for read_at in reads:
            self.parts += [("deleted", *window) for window in _cut(read_at, until + ZONE_SLACK)]
        self._begun: list[tuple[Part, Form, Future[Items]]] = []

    def try_out(self) -> None:
        """Request the first page of one kind of changes.

        Raises:
            FeedUnavailableError: The workspace has no feed, or the key may not read it.
        """
        try:
            self._forms.ask(lambda form: self._page(self.parts[0], *form))
        except RequestError as error:
            if error.status == BAD_REQUEST:
                raise FeedUnavailableError(str(error)) from None
            raise

    def begin(self, workers: Workers) -> None:
        """Request all parts concurrently, without waiting for them."""
        form = self._forms.current
        self._begun = [
            (part, form, workers.submit(partial(self._items, part, form))) for part in self.parts
        ]

    def changes(self) -> Changes:
        """Wait for the requested changes.

        Raises:
            FeedUnavailableError: The workspace has no feed, or the key may not read it.
        """
        items = [self._settled(*begun) for begun in self._begun]
        if self.first_page is None:
            items = self._items_from_1(items)
        changes = Changes()
        for (kind, _, _), found in zip(self.parts, items, strict=True):
            for item in found:
                _note(changes, kind, item)
        return changes

    def _settled(self, part: Part, form: Form, begun: Future[Items]) -> Items:
        """Wait for a part; repeat it in other forms if Clockify rejected the first one."""
        try:
            items = self._forms.settle(form, begun, partial(self._items, part))
        except RequestError as error:
            if error.status == BAD_REQUEST:
                raise FeedUnavailableError(str(error)) from None
            raise
        first_page, _ = self._forms.current
        if first_page != form[0]:
            self.first_page = first_page
        return items

    def _items_from_1(self, from_0: list[Items]) -> list[Items]:
        """Read page 1 if every page 0 was empty: the feed may count its pages from 1.

        One kind of changes is enough to find out; created entries are the most frequent.
        """
        form = 1, self._forms.current[1]
        found = self._items(self.parts[0], form)
        return [found, *(self._items(part, form) for part in self.parts[1:])] if found else from_0

    def _items(self, part: Part, form: Form) -> Items:
        """Read all pages of a part."""
        number, limit = form
        items: Items = []
        before: Items | None = None
        while True:
            page = self._page(part, number, limit)
            if page and self.first_page is None:
                # This holds for the other kinds of changes too, which are read concurrently.
                self.first_page = form[0]
            if page != before:
                items += page  # A feed that counts from 1 may send page 1 as page 0, too.
            if is_last_page(len(page), limit, maxima=MAXIMA):
                return items
            before = page
            number += 1

    def _page(self, part: Part, number: int, limit: int) -> Items:
        kind, start, end = part
        params = {
            "type": list(TYPES),
            "start": timestamp(start, "seconds"),
            "end": timestamp(end, "seconds"),
            "page": number,
            "limit": limit,
        }
        try:
            answer = self._client.get(f"{self._path}/{kind}", params)
        except RequestError as error:
            if error.status in UNAVAILABLE:
                raise FeedUnavailableError(str(error)) from None
            raise
        if not isinstance(answer.body, list):
            raise FeedUnavailableError(f"The change feed ({kind}) did not send a list.")
        return answer.body


class FeedUnavailableError(ClockifyError):
    """The workspace has no change feed, or the key may not read it."""


def _cut(start: dt.datetime, end: dt.datetime) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    while start < end:
        stop = min(end, start + LONGEST_WINDOW)
        yield start, stop
        start = stop


def _kind_of(item: dict[str, Any]) -> str:
    """Return the kind; the feed sends ``documentCode``, the documentation has ``documentType``."""
    return str(item.get("documentCode") or item.get("documentType") or "TIME_ENTRY")


def _entry_of(item: dict[str, Any]) -> str:
    """Return the id of the entry; rates and custom field values have it in ``timeEntryId``."""
    return str(item.get("timeEntryId") or item.get("id") or item.get("_id"))


def _start_of(item: dict[str, Any]) -> str | None:
    interval = item.get("timeInterval")
    return interval.get("start") if isinstance(interval, dict) else None


def _note(changes: Changes, kind: str, item: dict[str, Any]) -> None:
    if kind == "deleted":
        _note_deleted(changes, item)
        return
    entry = _entry_of(item)
    if _kind_of(item) != "TIME_ENTRY":
        changes.valued.add(entry)
        return
    changes.starts[entry] = _start_of(item) or changes.starts.get(entry)
    if kind == "created":
        changes.created[entry] = (item.get("auditMetadata") or {}).get("createdAt")


def _note_deleted(changes: Changes, item: dict[str, Any]) -> None:
    document = item.get("document") or {}
    if _kind_of(item) != "TIME_ENTRY":
        # A deleted rate or custom field value is a change of its entry.
        entry = document.get("timeEntryId")
        if entry:
            changes.valued.add(str(entry))
        return
    deleted = str(document.get("id") or document.get("_id") or item.get("id"))
    changes.deleted[deleted] = _start_of(document) or _start_of(item)
