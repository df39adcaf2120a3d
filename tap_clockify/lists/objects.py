"""Read lists of which every object has one, such as the tasks of every project."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from clockify_client.http.errors import BAD_REQUEST, FORBIDDEN, NOT_FOUND, RequestError

from tap_clockify.lists.requests import ListRequests
from tap_clockify.records.parts import PARENT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from clockify_client.client import ClockifyClient

    from tap_clockify.clockify.workspaces import Workspace
    from tap_clockify.context import RunContext
    from tap_clockify.lists.listing import Listing, Object
    from tap_clockify.lists.requests import Page

UNREADABLE = {BAD_REQUEST, FORBIDDEN, NOT_FOUND}
"""Statuses of a request for an object that does not exist any more (facts sheet, section 2), or
that the key may not read."""

SURE_AFTER = 5
"""If so many lists are refused, and none was read, the others are not requested."""

ROUND_SIZES = {50, 100, 200, 250, 500, 1000, 5000}
"""As many items in the longest list may mean that Clockify sent no more of it."""

MOST_PROBES = 5
"""How many objects to ask for their lists, at most, in order to find out whether items that earlier
runs saw are gone, or only left out."""


@dataclass(frozen=True)
class Unread:
    """A list that could not be read.

    Attributes:
        parent_id: The object whose list it is; None if not even the objects are known.
        reason: Why it could not be read.
    """

    parent_id: str | None
    reason: str


class ObjectLists:
    """The lists of all objects of another list, such as the payments of every invoice."""

    def __init__(
        self, client: ClockifyClient, listing: Listing, workspace: Workspace, context: RunContext
    ) -> None:
        """Prepare without sending a request."""
        self._requests = ListRequests(client, listing, workspace)
        self._bulk = listing.bulk
        self._context = context

    def pages(
        self, parents: Mapping[str, Object] | None, places: Mapping[str, str]
    ) -> Iterator[Page | Unread]:
        """Yield the lists of some objects; they are requested unless Clockify sent them in bulk.

        Each item has its object under ``PARENT``.

        Args:
            parents: The objects by id; None if they are not known.
            places: The keys of rows that earlier runs saw, and the objects in whose lists they are.

        Raises:
            RequestError: Clockify refuses all lists.
        """
        if parents is None:
            yield Unread(None, "the objects were not all listed")
        elif self._bulk is not None and self._is_complete(parents, self._bulk, places):
            for parent in parents.values():
                yield [{**item, PARENT: parent} for item in parent[self._bulk]]
        else:
            yield from self._requested(parents)

    def try_out(self, parents: Iterable[Object]) -> None:
        """Request the lists of a few objects, until one is not refused.

        Raises:
            RequestError: Clockify refuses all of them.
        """
        refusal: RequestError | None = None
        for parent in itertools.islice(parents, SURE_AFTER):
            try:
                self._requests.try_out(str(parent.get("id")))
            except RequestError as error:
                if error.status not in UNREADABLE:
                    raise
                refusal = error
            else:
                return
        if refusal is not None:
            raise refusal

    def _requested(self, parents: Mapping[str, Object]) -> Iterator[Page | Unread]:
        refused: list[RequestError] = []
        tasks = (partial(self._list_of, item) for item in parents)
        lists = self._context.workers.in_order(tasks)
        for number, ((parent_id, parent), found) in enumerate(
            zip(parents.items(), lists, strict=True), start=1
        ):
            if not isinstance(found, RequestError):
                yield [{**item, PARENT: parent} for item in found]
                continue
            refused.append(found)
            if len(refused) == number and number in {SURE_AFTER, len(parents)}:
                raise refused[0]
            yield Unread(parent_id, f"status {found.status}")

    def _list_of(self, parent_id: str) -> Page | RequestError:
        try:
            return [item for page in self._requests.pages(parent_id) for item in page]
        except RequestError as error:
            if error.status not in UNREADABLE:
                raise
            return error

    def _is_complete(
        self, parents: Mapping[str, Object], bulk: str, places: Mapping[str, str]
    ) -> bool:
        """Return whether what Clockify sent in bulk is all.

        That is not documented (facts sheet, 6.4), so doubt is settled by a request for the list of
        the object in doubt.
        """
        if not all(isinstance(parent.get(bulk), list) for parent in parents.values()):
            return False
        for parent_id in self._doubtful(parents, bulk, places):
            listed = self._list_of(parent_id)
            sent = {item.get("id") for item in parents[parent_id][bulk]}
            if isinstance(listed, list) and any(item.get("id") not in sent for item in listed):
                return False
        return True

    def _doubtful(
        self, parents: Mapping[str, Object], bulk: str, places: Mapping[str, str]
    ) -> list[str]:
        """Return the objects whose lists may not be complete.

        Clockify may leave out items that are done, or those of a very long list.
        """
        sent = {item.get("id") for parent in parents.values() for item in parent[bulk]}
        left_out = {place for key, place in places.items() if key.partition(",")[0] not in sent}
        doubtful = sorted(left_out & parents.keys())[:MOST_PROBES]
        sizes = {parent_id: len(parent[bulk]) for parent_id, parent in parents.items()}
        longest = max(sizes, key=sizes.__getitem__, default=None)
        if longest is not None and sizes[longest] in ROUND_SIZES:
            doubtful.append(longest)
        statuses = {item.get("status") for parent in parents.values() for item in parent[bulk]}
        if "ACTIVE" in statuses and "DONE" not in statuses:
            # One request a run, for another object every day, finds out in time.
            candidates = sorted(sizes)
            doubtful.append(candidates[self._context.today.toordinal() % len(candidates)])
        return list(dict.fromkeys(doubtful))
