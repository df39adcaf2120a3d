"""Request a list, in the form in which Clockify offers it."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from clockify_client.client import workspace_path
from clockify_client.http.errors import METHOD_NOT_ALLOWED, NOT_FOUND, RequestError
from clockify_client.paging import listed, read_pages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clockify_client.client import ClockifyClient
    from clockify_client.http.session import Answer

    from tap_clockify.clockify.workspaces import Workspace
    from tap_clockify.lists.listing import Listing, Object

Page = list["Object"]

SEVERAL = 2

NOT_THERE = {NOT_FOUND, METHOD_NOT_ALLOWED}
"""Statuses of a request for a list that the host does not have."""

PAGE_FIELDS = {
    "hyphen": ("page", "page-size"),
    "camel": ("page", "pageSize"),
    "body": ("page", "pageSize"),
}


class ListRequests:
    """The requests for a list in one workspace."""

    def __init__(self, client: ClockifyClient, listing: Listing, workspace: Workspace) -> None:
        """Prepare without sending a request.

        Args:
            client: Makes the requests.
            listing: The list.
            workspace: The workspace.
        """
        self._client = client
        self._listing = listing
        self._workspace = workspace

    def pages(self, parent_id: str = "") -> Iterator[Page]:
        """Read the list page by page.

        Args:
            parent_id: The object whose list it is, if every object has one of its own.

        Raises:
            RequestError: Clockify answered with an error, and retrying did not help.
            ClockifyError: No usable response came.
        """
        if self._listing.instead is None:
            return self._own_pages(parent_id)
        return self._pages_or(self._listing.instead, parent_id)

    def try_out(self, parent_id: str = "") -> Page:
        """Request one page, of the smallest size.

        Args:
            parent_id: As for ``pages``.

        Raises:
            RequestError, ClockifyError: As ``pages``.
        """
        listing = self._listing
        names = PAGE_FIELDS.get(listing.paging, ())
        page = dict(zip(names, (1, listing.page_sizes[-1]), strict=False))
        try:
            return self._items(self._send(parent_id, page))
        except RequestError as error:
            if listing.instead is None or error.status not in NOT_THERE:
                raise
            return ListRequests(self._client, listing.instead, self._workspace).try_out(parent_id)

    def _pages_or(self, instead: Listing, parent_id: str) -> Iterator[Page]:
        """Read another list if the host does not have this one."""
        pages = self._own_pages(parent_id)
        try:
            first = next(pages)
        except RequestError as error:
            if error.status not in NOT_THERE:
                raise
            pages = ListRequests(self._client, instead, self._workspace).pages(parent_id)
        else:
            yield first
        yield from pages

    def _own_pages(self, parent_id: str) -> Iterator[Page]:
        listing = self._listing
        if not listing.path:
            return iter([[dict(self._workspace.body)]])
        if listing.paging == "none":
            return self._single(parent_id)
        return self._of_every_state() if listing.states else self._paged(parent_id)

    def _paged(self, parent_id: str = "", **filters: str) -> Iterator[Page]:
        names = PAGE_FIELDS[self._listing.paging]

        def ask(number: int, size: int) -> Answer:
            page = dict(zip(names, (number, size), strict=True))
            return self._send(parent_id, {**filters, **page})

        return read_pages(ask, self._items, self._listing.page_sizes)

    def _of_every_state(self) -> Iterator[Page]:
        """Read a list of which Clockify may leave out some states unless a request names one.

        If the first page has several states, nothing is left out. Otherwise the objects of each
        state are requested, and come first, as one page.
        """
        pages = self._paged()
        first = next(pages, [])
        if len({_value_at(item, self._listing.state) for item in first}) < SEVERAL:
            named = (page for state in self._listing.states for page in self._paged(status=state))
            if others := list(itertools.chain.from_iterable(named)):
                yield others
        yield first
        yield from pages

    def _single(self, parent_id: str) -> Iterator[Page]:
        """Yield the only page, once the response has come."""
        yield self._items(self._send(parent_id, {}))

    def _send(self, parent_id: str, page: dict[str, Any]) -> Answer:
        listing = self._listing
        path = workspace_path(self._workspace.id)
        path += listing.path.replace("{id}", quote(parent_id, safe=""))
        if listing.body is None:
            return self._client.get(path, {**listing.params, **page}, host=listing.host)
        return self._client.post(path, {**listing.body, **page}, host=listing.host)

    def _items(self, answer: Answer) -> Page:
        """Return the objects in a response; Clockify may also send the list without its frame."""
        listing, found = self._listing, answer.body
        if isinstance(found, dict):
            if listing.is_object:
                return [found]
            for key in listing.items.split(".") if listing.items else ():
                found = found.get(key) if isinstance(found, dict) else None
        method = "GET" if listing.body is None else "POST"
        request = f"{method} {workspace_path(self._workspace.id)}{listing.path}"
        return [item for item in listed(found, request) if isinstance(item, dict)]


def _value_at(item: Object, path: str) -> str:
    """Return a value inside nested objects as text."""
    found: Any = item
    for key in path.split("."):
        found = found.get(key) if isinstance(found, dict) else None
    return str(found)
