"""Who and what a workspace consists of: people, clients, projects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from typing_extensions import override

from tap_clockify.shaping import major_units
from tap_clockify.streams.base import DirectoryStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Clients(DirectoryStream):
    """Clients, archived ones included."""

    name = "clients"
    path = "/workspaces/{workspaceId}/clients"
    primary_keys = ("id",)


class Projects(DirectoryStream):
    """Projects, archived ones and templates included."""

    name = "projects"
    path = "/workspaces/{workspaceId}/projects"
    params: ClassVar = {"sort-column": "ID"}
    primary_keys = ("id",)

    @override
    def reshaped(self, row: dict[str, Any], workspace_id: str) -> dict[str, Any]:
        budget = dict(row.get("budgetEstimate") or {})
        budget["estimate"] = major_units(budget.get("estimate"))
        return {
            **row,
            # "No client" is an empty string in answers of the API.
            "clientId": row.get("clientId") or None,
            "clientName": row.get("clientName") or None,
            "budgetEstimate": budget,
            "membership": next(iter(row.get("memberships") or ()), None) or {},
        }


class Users(DirectoryStream):
    """People, whatever their status: invited, limited, deactivated and deleted ones included."""

    name = "users"
    path = "/workspaces/{workspaceId}/users"
    params: ClassVar = {
        "status": "ALL",
        # Left out, limited and deleted accounts would be missing.
        "account-statuses": (
            "ACTIVE,PENDING_EMAIL_VERIFICATION,NOT_REGISTERED,LIMITED,DELETED,LIMITED_DELETED"
        ),
        "memberships": "ALL",
        "include-roles": "false",
        "sort-column": "ID",
    }
    primary_keys = ("workspaceId", "id")
    identity = ("name", "email")

    @override
    def reshaped(self, row: dict[str, Any], workspace_id: str) -> dict[str, Any]:
        return {**row, "memberships": _membership_of(row.get("memberships") or (), workspace_id)}


def _membership_of(
    memberships: Iterable[Mapping[str, Any]], workspace_id: str
) -> Mapping[str, Any]:
    """Find the membership in the workspace itself: it holds the person's rates and status."""
    of_type = [item for item in memberships if item.get("membershipType") == "WORKSPACE"]
    of_this = [item for item in of_type if item.get("targetId") == workspace_id]
    return next(iter(of_this or of_type), {})
