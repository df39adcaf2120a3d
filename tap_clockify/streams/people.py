"""The people of a workspace, their groups, memberships and profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clockify_client.people import EVERYBODY
from clockify_client.subscription import Needs

from tap_clockify.lists.listing import Listing
from tap_clockify.records.parts import Each, Whole
from tap_clockify.streams.base import ListStream

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

USERS = Listing("/users", params={**EVERYBODY, "memberships": "ALL"}, has_roles=True)
GROUPS = Listing(
    "/user-groups",
    params={"sort-column": "ID", "includeTeamManagers": "true"},
    needs=Needs(by_admin=True),
)


def _with_workspace_membership(user: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a person with the membership in the workspace, which has the rates and the status."""
    memberships = user.get("memberships") or ()
    yield {**user, "memberships": _membership_of(memberships, user["workspaceId"])}


def _membership_of(
    memberships: Iterable[Mapping[str, Any]], workspace_id: str
) -> Mapping[str, Any]:
    of_type = [item for item in memberships if item and item.get("membershipType") == "WORKSPACE"]
    of_this = [item for item in of_type if item.get("targetId") == workspace_id]
    return next(iter(of_this or of_type), {})


def _manager(manager: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the manager of a person; nothing more of the account than identifies it."""
    columns = {"managerId": "id", "managerName": "name", "managerEmail": "email"}
    yield {
        "userId": manager["_parent"].get("id"),
        "managerStatus": manager.get("status"),
        **{column: manager.get(key) for column, key in columns.items()},
    }


class Users(ListStream):
    """People, whatever their status: invited, limited, deactivated and deleted ones included."""

    name = "users"
    field_values_of = "USER"
    listing = USERS
    rows = staticmethod(_with_workspace_membership)


class Memberships(ListStream):
    """Memberships of people in workspaces, projects and groups, with their rates."""

    name = "memberships"
    listing = USERS
    primary_keys = ("workspaceId", "userId", "targetId")
    rows = Each("memberships", {"userId": "id"})


class UserCustomFieldValues(ListStream):
    """Values of custom fields of people."""

    name = "user_custom_field_values"
    listing = USERS
    primary_keys = ("workspaceId", "userId", "customFieldId")
    needs = Needs(feature="USER_CUSTOM_FIELDS")
    rows = Each("customFields", {"userId": "id"})


class UserGroups(ListStream):
    """Groups of people."""

    name = "user_groups"
    listing = GROUPS
    rows = Whole(without=("userIds",))


class UserGroupMembers(ListStream):
    """Which people belong to which group."""

    name = "user_group_members"
    listing = GROUPS
    primary_keys = ("workspaceId", "userGroupId", "userId")
    rows = Each("userIds", {"userGroupId": "id"}, id_column="userId")


class UserManagers(ListStream):
    """Which people manage which person."""

    name = "user_managers"
    listing = Listing("/users/{id}/managers", per=USERS, needs=Needs(by_admin=True))
    primary_keys = ("workspaceId", "userId", "managerId")
    parent_column = "userId"
    rows = staticmethod(_manager)


class MemberProfiles(ListStream):
    """Working days and capacity of each person."""

    name = "member_profiles"
    listing = Listing(
        "/member-profile/{id}", paging="none", is_object=True, per=USERS, needs=Needs(by_admin=True)
    )
    primary_keys = ("workspaceId", "userId")
    parent_column = "userId"
    rows = Whole(of_parent={"userId": "id"})
