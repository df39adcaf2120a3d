"""All changes that Clockify's feed still holds, of every kind of object, for ``entity_changes``."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from clockify_client.client import workspace_path
from clockify_client.http.errors import BAD_REQUEST, RequestError
from clockify_client.paging import Forms, is_last_page, listed

from tap_clockify.changes.feed import LONGEST_WINDOW, MAXIMA, PAGE_LIMIT, ZONE_SLACK
from tap_clockify.dates import zones
from tap_clockify.dates.zones import timestamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clockify_client.client import ClockifyClient

    from tap_clockify.clockify.workspaces import Workspace
    from tap_clockify.context import RunContext

KINDS = ("created", "updated", "deleted")

DOCUMENTED = (
    "CLIENTS",
    "PROJECTS",
    "TAGS",
    "TASKS",
    "SCHEDULED_ASSIGNMENT",
    "TIME_ENTRY",
    "TIME_ENTRY_RATE",
    "TIME_ENTRY_CUSTOM_FIELD_VALUE",
)
"""Types of objects that Clockify documents for the feed."""

SEEN = (
    "APPROVAL_REQUESTS",
    "BALANCE",
    "CUSTOM_FIELDS",
    "HOLIDAYS",
    "INVOICES",
    "PTO_POLICY",
    "TIME_OFF_REQUEST",
    "USER",
    "USER_GROUPS",
)
"""Types that the feed has accepted, too (facts sheet, 8.1)."""

FORMS = tuple(
    (types, limit) for types in ((*DOCUMENTED, *SEEN), DOCUMENTED) for limit in (PAGE_LIMIT, 50)
)
"""Forms of a request, to try in turn: the types, and the page size."""

MOST_WINDOWS = 24
"""How many windows the first run reads at most, going back in time."""

EMPTY_WINDOWS = 3
"""After so many windows without a change, the first run assumes that there are none before."""

UNKNOWN_TIME = "1970-01-01T00:00:00Z"
"""The time of a change of which the feed does not say when it happened: a key is never null."""


def entity_changes(
    client: ClockifyClient, workspace: Workspace, context: RunContext, since: dt.datetime | None
) -> Iterator[list[dict[str, Any]]]:
    """Read the changes of a workspace, in windows of time.

    Args:
        client: Makes the requests.
        workspace: The workspace.
        context: The run; the feed is read until it began.
        since: From when on (UTC); None for the first run, which goes back until nothing is
            found: how long the feed holds changes is not documented.
    """
    reader = _Reader(client, workspace)
    empty = 0
    # It is unconfirmed in which time zone the feed reads the bounds.
    end = context.began + ZONE_SLACK
    for number in range(MOST_WINDOWS):
        start = end - LONGEST_WINDOW
        if since is not None:
            start = max(start, since - ZONE_SLACK)
        try:
            changes = [change for kind in KINDS for change in reader.changes(kind, start, end)]
        except RequestError as error:
            if error.status != BAD_REQUEST or number == 0:
                raise
            return  # The feed does not go back further.
        yield changes
        end = start
        empty = 0 if changes else empty + 1
        if empty == EMPTY_WINDOWS if since is None else start <= since - ZONE_SLACK:
            return


class _Reader:
    def __init__(self, client: ClockifyClient, workspace: Workspace) -> None:
        self._client = client
        self._path = workspace_path(workspace.id, "entities")
        self._forms = Forms(FORMS)

    def changes(self, kind: str, start: dt.datetime, end: dt.datetime) -> Iterator[dict[str, Any]]:
        """Yield the changes of one kind in a window."""
        window = {"start": timestamp(start, "seconds"), "end": timestamp(end, "seconds")}
        before: list[Any] | None = None
        # Whether pages are counted from 0 or from 1 is unconfirmed: a feed that counts from 1 may
        # send its first page for both, or nothing for page 0.
        number = 0
        while True:

            def page(form: tuple[tuple[str, ...], int], number: int = number) -> list[Any]:
                types, limit = form
                params = {"type": list(types), **window, "page": number, "limit": limit}
                path = f"{self._path}/{kind}"
                return _items(self._client.get(path, params).body, path)

            found = self._forms.ask(page)
            if found != before:
                yield from (_change(kind, item) for item in found)
            _, limit = self._forms.current
            is_first_empty = number == 0 and not found
            if is_last_page(len(found), limit, maxima=MAXIMA) and not is_first_empty:
                return
            before = found
            number += 1


def _items(body: Any, path: str) -> list[Any]:
    found = body.get("response") if isinstance(body, dict) else body
    return listed(found, f"GET {path}")


def _change(kind: str, item: dict[str, Any]) -> dict[str, Any]:
    """Turn an item of the feed into a row's columns."""
    document = item.get("document")
    if not isinstance(document, dict):
        own = {"auditMetadata", "documentCode", "documentType", "deletionBinId", "deletedAt"}
        document = {key: value for key, value in item.items() if key not in own}
    audit = item.get("auditMetadata") or {}
    times = {
        "createdAt": audit.get("createdAt"),
        "updatedAt": audit.get("updatedAt"),
        "deletedAt": item.get("deletedAt"),
    }
    changed_at = {"created": "createdAt", "updated": "updatedAt", "deleted": "deletedAt"}[kind]
    entity = document.get("id") or document.get("_id") or item.get("id")
    if not document.get("id") and document.get("timeEntryId"):
        entity = "/".join(
            str(document.get(key)) for key in ("timeEntryId", "customFieldId") if document.get(key)
        )
    return {
        **times,
        "change": kind,
        "documentType": str(item.get("documentCode") or item.get("documentType") or ""),
        "documentId": str(entity or ""),
        "changedAt": _instant(times[changed_at]),
        "deletionBinId": item.get("deletionBinId"),
        "document": document,
    }


def _instant(text: Any) -> str:
    """Return an instant in one form, since it is part of a key."""
    try:
        return timestamp(zones.instant(str(text), dt.UTC))
    except ValueError:
        return UNKNOWN_TIME
