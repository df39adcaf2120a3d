"""What the owner of the key may see of a workspace."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from clockify_client.client import workspace_path
from clockify_client.paging import pages
from clockify_client.people import EVERYBODY

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from clockify_client.client import ClockifyClient

SEES_ALL = {"OWNER", "WORKSPACE_ADMIN"}
"""Roles that see everybody's time; a manager sees that of a team or project."""


@dataclass(frozen=True)
class Sight:
    """What the owner of a key may see.

    Attributes:
        key: The id of the key's owner; empty if unknown.
        roles: The owner's roles in the workspace; None if Clockify does not say.
        visible: How many people of the workspace are listed.
        tracked: The ids of the people of whom the last run saw entries.
    """

    key: str = ""
    roles: tuple[str, ...] | None = None
    visible: int = 0
    tracked: tuple[str, ...] = ()

    @classmethod
    def from_state(cls, found: Mapping[str, Any] | None) -> Sight:
        """Parse what an earlier run left, or start with nothing.

        Raises:
            ValueError, TypeError: The tap did not write it.
        """
        if found is None:
            return cls()
        if not isinstance(found, dict):
            message = "not a mapping"
            raise TypeError(message)
        roles = found.get("roles")
        return cls(
            str(found.get("key") or ""),
            None if roles is None else tuple(map(str, roles)),
            int(found.get("visible") or 0),
            tuple(map(str, found.get("tracked") or ())),
        )

    def to_state(self) -> dict[str, Any]:
        """Return it in the form of the state."""
        return {
            "key": self.key,
            "roles": None if self.roles is None else list(self.roles),
            "visible": self.visible,
            "tracked": list(self.tracked),
        }

    @property
    def sees_all(self) -> bool:
        """Whether the owner of the key is known to see everybody's time."""
        return self.roles is not None and not SEES_ALL.isdisjoint(self.roles)

    def tracking(self, people: Collection[str]) -> Sight:
        """Return the same sight, with other people of whom entries were seen."""
        return replace(self, tracked=tuple(sorted(people)))

    def covers(self, before: Sight, people: Collection[str]) -> bool:
        """Return whether nothing that was visible before can be hidden now.

        Args:
            before: What earlier runs saw.
            people: The people of whom this run has seen entries.
        """
        if self.sees_all:
            return True
        if self.roles != before.roles or self.visible < before.visible:
            return False
        return not set(people) <= {self.key}


def look(client: ClockifyClient, workspace_id: str, owner_id: str | None) -> Sight:
    """Request what the owner of the key may see of a workspace.

    Args:
        client: Makes the requests.
        workspace_id: The workspace.
        owner_id: The id of the key's owner, if it is known already.

    Raises:
        RequestError: Clockify does not say.
    """
    key = owner_id or str((client.get("/user").body or {}).get("id") or "")
    path = workspace_path(workspace_id, "users")
    people = [person for page in pages(client, path, EVERYBODY) for person in page]
    return sight_of(key, {str(person.get("id")): person.get("roles") for person in people})


def sight_of(owner_id: str, roles: Mapping[str, Any]) -> Sight:
    """Return what the owner of the key may see.

    Args:
        owner_id: The id of the key's owner.
        roles: The roles of everybody who is listed, as Clockify sends them, by id.
    """
    own = roles.get(owner_id)
    named = sorted(str(item.get("role")) for item in own if isinstance(item, dict)) if own else own
    return Sight(owner_id, None if named is None else tuple(named), len(roles))
