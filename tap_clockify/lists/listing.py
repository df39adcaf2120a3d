"""Declarations of what Clockify lists, and of the tables made from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from clockify_client.paging import LIST_PAGE_SIZES

from tap_clockify.records.flatten import Flattener

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clockify_client.client import Host
    from clockify_client.subscription import Needs

    from tap_clockify.records.custom_fields import FieldColumns
    from tap_clockify.records.parts import Rows

Object = dict[str, Any]

WORKSPACE = "workspaceId"
"""The column with the workspace of a row, which Clockify often leaves out."""


@dataclass(frozen=True, eq=False)
class Listing:
    """Something that Clockify lists in every workspace.

    Attributes:
        path: Its path below the workspace, such as ``/clients``. An empty path means the workspace
            itself, which every run has anyway. ``{id}`` is replaced by the id of an object of
            ``per``.
        params: Query parameters, besides those of the page.
        body: The body of a POST request, besides the page; None for a GET request.
        host: The host that has the list.
        paging: How a page is requested: ``hyphen`` with ``page-size`` and ``camel`` with
            ``pageSize`` in the query, ``body`` in the body; ``none`` if the response is complete.
        page_sizes: Page sizes to try in turn if Clockify rejects the previous one.
        items: The path to the objects in the response, as keys joined with a dot; an empty string
            if the response is the list.
        is_object: Whether the response is a single object.
        instead: What to read if the host does not have this list.
        state: The key, dotted inside nested objects, by whose value Clockify may filter the list
            unless a request names one.
        states: The values to request one by one if the first page has only one of them.
        per: The list whose objects each have a list of this kind.
        bulk: The key of an object of ``per`` under which Clockify sends this list, too, so that it
            takes no request. None if there is no such key.
        needs: What it needs of the workspace's plan or of the key's owner; None if every member of
            every workspace may read it.
        changed_at: The column of an instant by which Clockify can list the newest changes first.
        has_roles: Whether the objects are people with their roles.
    """

    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    host: Host = "core"
    paging: Literal["hyphen", "camel", "body", "none"] = "hyphen"
    page_sizes: tuple[int, ...] = LIST_PAGE_SIZES
    items: str = ""
    is_object: bool = False
    instead: Listing | None = None
    state: str = ""
    states: tuple[str, ...] = ()
    per: Listing | None = None
    bulk: str | None = None
    needs: Needs | None = None
    changed_at: str | None = None
    has_roles: bool = False

    @property
    def all_needs(self) -> Needs | None:
        """What it needs, or the list that it depends on."""
        return self.needs or (self.per.all_needs if self.per else None)

    @property
    def requests(self) -> str:
        """How many requests a run sends for it in a workspace, as a sentence."""
        if not self.path:
            return "None: every run lists the workspaces anyway."
        if self.per is not None:
            name = self.per.path.strip("/").split("/")[-2 if self.per.path.endswith("info") else -1]
            each = f"each of the {name.replace('-', ' ')}"
            return f"None: Clockify sends them with {each}." if self.bulk else f"1 for {each}."
        if self.paging == "none":
            return "1."
        return f"1 per {self.page_sizes[0]:,} objects."


@dataclass(frozen=True)
class ListTable:
    """A table made from a list.

    Attributes:
        name: The name of the stream.
        listing: The list.
        keys: The key columns.
        schema: The JSON schema of the table.
        identity: Columns besides the key to keep when a row is gone.
        parent_column: The column with the object in whose list the row is, if it is in one.
        rows: Returns the objects, to be flattened, that an object of the list has for the table.
        fields: The columns of custom fields, if they are wanted.
    """

    name: str
    listing: Listing
    keys: tuple[str, ...]
    schema: Mapping[str, Any]
    identity: tuple[str, ...]
    rows: Rows
    parent_column: str | None = None
    fields: FieldColumns | None = None

    @cached_property
    def flatten(self) -> Flattener:
        """Turns an object into a row."""
        return Flattener.of(self.schema)

    @cached_property
    def own_keys(self) -> tuple[str, ...]:
        """The key columns besides the workspace, which is known from the partition."""
        return tuple(key for key in self.keys if key != WORKSPACE)
