"""Declarations of a list of the core API, and of its table."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tap_clockify.records.flatten import kinds_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Object = dict[str, Any]


@dataclass(frozen=True)
class Listing:
    """A list of the core API.

    Attributes:
        path: Its path below the workspace, such as ``/clients``.
        params: Query parameters, besides those of the page.
        has_roles: Whether the objects are people with their roles.
    """

    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    has_roles: bool = False


@dataclass(frozen=True)
class ListTable:
    """The table made from a list.

    Attributes:
        name: The name of the stream.
        listing: The list.
        schema: The JSON schema of the table.
        identity: Columns besides the key to keep when an object is gone.
        reshaped: Reshapes an object of a workspace so that flattening it yields the columns.
    """

    name: str
    listing: Listing
    schema: Mapping[str, Any]
    identity: tuple[str, ...]
    reshaped: Callable[[Object, str], Object]

    @cached_property
    def kinds(self) -> dict[str, str]:
        """The type of every column, apart from null."""
        return kinds_of(self.schema)
