"""Read a list in all workspaces, once for all tables made from it."""

from __future__ import annotations

import itertools
import math
from functools import partial
from typing import TYPE_CHECKING, Any

from clockify_client.http.errors import RequestError
from clockify_client.http.limits import BudgetSpentError

from tap_clockify.lists.objects import ObjectLists, Unread
from tap_clockify.lists.requests import ListRequests
from tap_clockify.lists.table_reader import TableReader
from tap_clockify.permissions import without
from tap_clockify.removals import Removals

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from concurrent.futures import Future

    from clockify_client.client import ClockifyClient
    from singer_sdk.helpers.types import Record

    from tap_clockify.clockify.workspaces import Workspace
    from tap_clockify.context import RunContext
    from tap_clockify.lists.listing import Listing, ListTable, Object
    from tap_clockify.lists.requests import Page

FIRST_PAGES = 32
"""Most first pages to request before the first of them is processed."""


class ListReader:
    """Reads one list for its tables.

    Attributes:
        listing: The list.
        tables: The names of the tables that it feeds.
        is_shown: Whether the display counts the rows.
    """

    is_shown = True

    def __init__(
        self,
        context: RunContext,
        listing: Listing,
        tables: Sequence[ListTable],
        parent: ListReader | None = None,
        *,
        ahead: int = FIRST_PAGES,
    ) -> None:
        """Prepare to read without sending a request.

        Args:
            context: The run.
            listing: The list.
            tables: The tables.
            parent: Reads the list whose objects each take a request of this one.
            ahead: In how many workspaces to request the first page at once.
        """
        self.listing = listing
        self.tables = tuple(table.name for table in tables)
        self._context = context
        self._parent = parent
        self._ahead = max(1, ahead)
        self._readers = [TableReader(context, table) for table in tables]
        self._clients: dict[str, ClockifyClient] = {}
        self._begun: dict[str, tuple[Future[Page], Iterator[Page]]] = {}
        self._refusals: dict[str, RequestError] = {}
        self._whole: set[str] = set()
        self._kept: list[str | None] | None = None
        self._objects: dict[str, dict[str, Object]] = {}
        self._roles: dict[str, dict[str, Any]] = {}

    def keep_objects(self, bulk: str | None) -> None:
        """Keep the objects, for a list that every object has.

        Args:
            bulk: The only key that is needed besides the id; None if the whole object is.
        """
        self._kept = [*(self._kept or ()), bulk]

    def objects_of(self, workspace: Workspace) -> dict[str, Object] | None:
        """Return the objects by id; None if they could not all be read."""
        return self._objects[workspace.id] if workspace.id in self._whole else None

    def refusal_in(self, workspace: Workspace) -> RequestError | None:
        """Return Clockify's refusal of the list in a workspace, if there was one."""
        return self._refusals.get(workspace.id)

    def planned_requests(self, workspace: Workspace) -> int:
        """Return the number of pages, assuming the number of objects of the last run."""
        if not self.listing.path:
            return 0
        if self._parent is not None:
            parents = [reader.parents_in(workspace) for reader in self._readers]
            known = max([self._parent.known_in(workspace), *parents])
            return 0 if self.listing.bulk else max(1, known)
        return max(1, math.ceil(self.known_in(workspace) / self.listing.page_sizes[0]))

    def known_in(self, workspace: Workspace) -> int:
        """Return how many objects a workspace had, as far as earlier runs remember it."""
        objects = (reader for reader in self._readers if reader.has_the_objects)
        return max((reader.known_in(workspace) for reader in objects), default=0)

    def try_out(self, workspace: Workspace) -> None:
        """Request one page of the list; first of the other list, if its objects each have one."""
        client, listing = self._context.client, self.listing
        page = ListRequests(client, listing.per or listing, workspace).try_out()
        if listing.per is not None and listing.bulk is None:
            ObjectLists(client, listing, workspace, self._context).try_out(page)

    def begin(self) -> None:
        """Request the first pages of the first workspaces without waiting for them."""
        self._begin_from(0)

    def _begin_from(self, number: int) -> None:
        for workspace in self._context.workspaces[number : number + self._ahead]:
            if workspace.id not in self._clients:
                client = self._context.client.counted(", ".join(self.tables))
                self._clients[workspace.id] = client
                if self._parent is None:
                    pages = ListRequests(client, self.listing, workspace).pages()
                    begun = self._context.workers.submit(partial(next, pages))
                    self._begun[workspace.id] = begun, pages

    def live(self) -> Iterator[tuple[str, list[Record]]]:
        """Yield the rows of all workspaces, page by page."""
        for number, workspace in enumerate(self._context.workspaces):
            self._begin_from(number)
            for reader in self._readers:
                reader.begin(workspace, self._clients[workspace.id].usage)
            try:
                yield from self._live_in(workspace)
            except BudgetSpentError as error:
                self._context.notices.budget_spent(error)
            except RequestError as error:
                lines = [(reader.name, reader.line_of(workspace)) for reader in self._readers]
                without(self._context, workspace, lines, error, self.listing.all_needs)
                self._refusals[workspace.id] = error

    def gone(self) -> Iterator[tuple[str, list[Record]]]:
        """Yield tombstones of the rows that are gone from workspaces that were read completely.

        Anywhere else, a missing row proves nothing.
        """
        for workspace in self._context.workspaces:
            if workspace.id not in self._whole:
                continue
            lacks = workspace.subscription.lacks(self.listing.all_needs)
            for reader in self._readers:
                rows = reader.gone_from(workspace, lacks_feature=lacks)
                if rows:
                    yield reader.name, rows
            if self.listing.has_roles and self._readers:
                removals = Removals(self._context, workspace.id)
                removals.note_people(self._roles.get(workspace.id, {}))

    def _live_in(self, workspace: Workspace) -> Iterator[tuple[str, list[Record]]]:
        self._objects[workspace.id] = {}
        pages_read = 0
        is_whole = True
        unread: dict[str, str] = {}
        for page in self._pages(workspace):
            pages_read += 1
            if isinstance(page, Unread):
                is_whole &= page.parent_id is not None
                unread[page.parent_id or ""] = page.reason
                continue
            yield from self._rows(workspace, page)
            if self._is_old(workspace, page):
                break
        if self._parent is None and pages_read > 1 and self._may_have_shifted(workspace):
            # A deletion meanwhile may have moved an object to a page that was already read.
            for page in ListRequests(self._clients[workspace.id], self.listing, workspace).pages():
                yield from self._rows(workspace, page)
        for reader in self._readers if unread else ():
            reader.keep_those_of(workspace, unread)
        if is_whole:
            self._whole.add(workspace.id)

    def _pages(self, workspace: Workspace) -> Iterator[Page | Unread]:
        """Yield the pages, or the lists of all objects."""
        if self._parent is not None:
            refusal = self._parent.refusal_in(workspace)
            if refusal is not None:
                raise refusal
            client = self._clients[workspace.id]
            lists = ObjectLists(client, self.listing, workspace, self._context)
            places: dict[str, str] = {}
            for reader in self._readers:
                places.update(reader.places_in(workspace))
            return lists.pages(self._parent.objects_of(workspace), places)
        first, others = self._begun.pop(workspace.id)
        return itertools.chain([first.result()], others)

    def _rows(self, workspace: Workspace, page: Page) -> Iterator[tuple[str, list[Record]]]:
        for item in page:
            if self._kept is not None:
                self._objects[workspace.id][str(item.get("id"))] = self._needed(item)
            if self.listing.has_roles:
                self._roles.setdefault(workspace.id, {})[str(item.get("id"))] = item.get("roles")
        for reader in self._readers:
            rows = reader.rows_of(workspace, page)
            if rows:
                yield reader.name, rows

    def _needed(self, item: Object) -> Object:
        """Return what the lists of an object need of it: all of it would take much memory."""
        kept = self._kept or []
        if None in kept:
            return item
        return {key: item[key] for key in ("id", *kept) if key in item}

    def _is_old(self, workspace: Workspace, page: Page) -> bool:
        """Return whether only changes follow that earlier runs have seen, newest first."""
        is_old = [reader.is_read_back(workspace, page) for reader in self._readers]
        return self.listing.changed_at is not None and bool(is_old) and all(is_old)

    def _may_have_shifted(self, workspace: Workspace) -> bool:
        return any(reader.may_have_missed(workspace) for reader in self._readers)
