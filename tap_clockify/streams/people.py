"""The people of a workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_clockify.clockify.people import EVERYBODY
from tap_clockify.lists.listing import Listing
from tap_clockify.streams.base import ListStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Users(ListStream):
    """People, whatever their status: invited, limited, deactivated and deleted ones included."""

    name = "users"
    listing = Listing(
        "/users",
        params={**EVERYBODY, "memberships": "ALL"},
        has_roles=True,
    )
    primary_keys = ("workspaceId", "id")
    identity = ()
    """Neither the state nor the row of a person who is gone has personal data."""

    @override
    def reshaped(self, row: dict[str, Any], workspace_id: str) -> dict[str, Any]:
        return {**row, "memberships": _membership_of(row.get("memberships") or (), workspace_id)}


def _membership_of(
    memberships: Iterable[Mapping[str, Any]], workspace_id: str
) -> Mapping[str, Any]:
    """Return the membership in the workspace itself, which has the person's rates and status."""
    of_type = [item for item in memberships if item.get("membershipType") == "WORKSPACE"]
    of_this = [item for item in of_type if item.get("targetId") == workspace_id]
    return next(iter(of_this or of_type), {})
