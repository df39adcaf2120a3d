"""Time entries of the destination: read them, and write one or many."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from clockify_client.client import workspace_path
from clockify_client.http.errors import (
    BAD_REQUEST,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    RequestError,
    UnansweredError,
)
from clockify_client.paging import listed, pages

from target_clockify.content import Content, instant, stamp
from target_clockify.custom_fields import NULL, value_text
from target_clockify.errors import MirrorError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from clockify_client.client import ClockifyClient

PAGE_SIZES = (1000, 200, 50)
MARGIN = dt.timedelta(hours=14)
"""The list's filter reads instants as a wall clock of the account's zone (facts sheet, 9.1)."""

GAP = dt.timedelta(days=14)
"""Instants that are further apart are read in windows of their own."""

AT_ONCE = 50
"""Entries to change or to delete in one request; Clockify documents no maximum."""

IDS_AT_ONCE = 200
"""Entries to request by their ids at once (facts sheet, 6.7)."""

NO_ROUTE = {NOT_FOUND, METHOD_NOT_ALLOWED}


class _Interval(msgspec.Struct):
    start: str
    end: str | None = None


class _Row(msgspec.Struct, rename="camel"):
    """A time entry as Clockify sends it (OpenAPI, TimeEntryDtoImplV1)."""

    id: str
    user_id: str
    time_interval: _Interval
    project_id: str | None = None
    task_id: str | None = None
    tag_ids: list[str] | None = None
    description: str | None = None
    billable: bool | None = None
    type: str | None = None
    is_locked: bool | None = None
    custom_field_values: list[dict[str, Any]] | None = None


@dataclass(frozen=True)
class Entry:
    """A time entry of the destination.

    Attributes:
        id: Its id.
        content: What it says.
        is_locked: Whether members may not change it.
    """

    id: str
    content: Content
    is_locked: bool = False


def entry_of(body: Any) -> Entry:
    """Read a time entry as Clockify sends it.

    Raises:
        msgspec.ValidationError, ValueError: It is none.
    """
    row = msgspec.convert(body, _Row)
    end = row.time_interval.end
    content = Content(
        user=row.user_id,
        start=instant(row.time_interval.start),
        end=instant(end) if end else None,
        project=row.project_id or "",
        task=row.task_id or "",
        tags=tuple(sorted(row.tag_ids or ())),
        description=row.description or "",
        billable=bool(row.billable),
        type=row.type or "REGULAR",
        custom_fields=tuple(
            sorted(
                (str(each["customFieldId"]), value_text(each.get("value")))
                for each in row.custom_field_values or ()
                if each.get("customFieldId")
            )
        ),
    )
    return Entry(row.id, content, bool(row.is_locked))


def body_of(content: Content) -> dict[str, Any]:
    """Return an entry as Clockify wants it: whole, since what is left out is cleared.

    What is empty is left out, since Clockify refuses null.
    """
    body: dict[str, Any] = {
        "start": stamp(content.start),
        "billable": content.billable,
        "description": content.description,
        "type": content.type,
        "tagIds": list(content.tags),
    }
    if content.end is not None:
        body["end"] = stamp(content.end)
    if content.project:
        body["projectId"] = content.project
    if content.task:
        body["taskId"] = content.task
    fields = [
        {"customFieldId": key, "value": msgspec.json.decode(value)}
        for key, value in content.custom_fields
        if value != NULL
    ]
    if fields:
        body["customFields"] = fields
    return body


def windows(moments: Iterable[dt.datetime]) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    """Yield windows that contain all instants, and a margin at both ends."""
    ordered = sorted(moments)
    if not ordered:
        return
    first = last = ordered[0]
    for moment in ordered[1:]:
        if moment - last > GAP:
            yield first - MARGIN, last + MARGIN
            first = moment
        last = moment
    yield first - MARGIN, last + MARGIN


class Entries:
    """Reads and writes time entries of the destination."""

    def __init__(self, client: ClockifyClient, workspace_id: str, owner_id: str) -> None:
        """Set up without sending a request.

        Args:
            client: Makes the requests.
            workspace_id: The destination.
            owner_id: The id of the key's owner.
        """
        self._client = client
        self._id = workspace_id
        self._owner = owner_id

    def read(self, user: str, moments: Iterable[dt.datetime] | None) -> Iterator[Entry]:
        """Read a person's entries around some instants, or all of them.

        Raises:
            RequestError, ClockifyError: They cannot be read.
        """
        spans: Iterable[Any] = [None] if moments is None else windows(moments)
        path = workspace_path(self._id, "user", user, "time-entries")
        for span in spans:
            limits = {"start": stamp(span[0]), "end": stamp(span[1])} if span else {}
            for page in pages(self._client, path, limits, sizes=PAGE_SIZES):
                yield from map(_entry_in, page)

    def read_by_ids(self, ids: Collection[str]) -> Iterator[Entry]:
        """Read the entries that still exist, wherever they are.

        Raises:
            RequestError, ClockifyError: They cannot be read.
        """
        path = workspace_path(self._id, "time-entries", "batch")
        for some in _chunks(sorted(ids), IDS_AT_ONCE):
            try:
                body = self._client.post(path, {"timeEntryIds": some}).body
            except RequestError as error:
                if error.status not in {*NO_ROUTE, BAD_REQUEST}:
                    raise
                yield from filter(None, map(self._read_one, some))
            else:
                yield from map(_entry_in, listed(body, f"POST {path}"))

    def _read_one(self, entry_id: str) -> Entry | None:
        try:
            return _entry_in(
                self._client.get(workspace_path(self._id, "time-entries", entry_id)).body
            )
        except RequestError as error:
            if error.status not in {NOT_FOUND, BAD_REQUEST}:  # how Clockify says "unknown id"
                raise
            return None

    def create(self, content: Content) -> str:
        """Create an entry once, and return its id.

        Raises:
            RequestError: Clockify refuses it.
            UnansweredError: Nobody knows whether it was created.
        """
        own = content.user == self._owner
        parts = ("time-entries",) if own else ("user", content.user, "time-entries")
        path = workspace_path(self._id, *parts)
        body = self._client.write("POST", path, body_of(content)).body
        created = body.get("id") if isinstance(body, dict) else None
        if not isinstance(created, str) or not created:
            raise UnansweredError(f"POST {path}: Clockify sent no id.")
        return created

    def update(self, entry_id: str, content: Content) -> None:
        """Replace an entry; errors as of ``create``."""
        path = workspace_path(self._id, "time-entries", entry_id)
        self._client.write("PUT", path, body_of(content))

    def update_many(self, user: str, contents: dict[str, Content]) -> None:
        """Replace entries of a person, by their ids; errors as of ``create``."""
        path = workspace_path(self._id, "user", user, "time-entries")
        self._client.write(
            "PUT", path, [{"id": key, **body_of(each)} for key, each in contents.items()]
        )

    def delete(self, entry_id: str) -> None:
        """Delete an entry; errors as of ``create``."""
        self._client.write("DELETE", workspace_path(self._id, "time-entries", entry_id))

    def delete_many(self, user: str, ids: Iterable[str]) -> None:
        """Delete entries of a person; errors as of ``create``."""
        path = workspace_path(self._id, "user", user, "time-entries")
        self._client.write("DELETE", path, params={"time-entry-ids": ",".join(ids)})


def _entry_in(body: Any) -> Entry:
    """Read a time entry of an answer.

    Raises:
        MirrorError: It is not what Clockify documents.
    """
    try:
        return entry_of(body)
    except (msgspec.ValidationError, ValueError, TypeError, AttributeError, OverflowError):
        raise MirrorError(
            "Clockify sent a time entry that is not what it documents. Check that api_url points to"
            " Clockify."
        ) from None


def _chunks(items: Sequence[str], size: int) -> Iterator[list[str]]:
    for first in range(0, len(items), size):
        yield list(items[first : first + size])
