"""The workspaces that a key can see."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from clockify_client.errors import ClockifyError
from clockify_client.subscription import Subscription, subscription_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clockify_client.client import ClockifyClient


@dataclass(frozen=True)
class Workspace:
    """A workspace to extract.

    Attributes:
        id: Its id.
        subscription: What its subscription allows.
        body: The workspace as Clockify sends it.
    """

    id: str
    subscription: Subscription
    body: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)


def visible_workspaces(client: ClockifyClient) -> dict[str, Workspace]:
    """Request the workspaces that the key can see; return them by id.

    Raises:
        ClockifyError: They cannot be listed.
    """
    try:
        found = {str(item["id"]): item for item in client.get("/workspaces").body}
    except (TypeError, KeyError) as error:
        raise ClockifyError(
            "GET /workspaces: the response is not a list of workspaces. Check that api_url points"
            " to Clockify."
        ) from error
    return {key: Workspace(key, subscription_of(body), body) for key, body in found.items()}


def workspaces_to_extract(
    visible: Mapping[str, Workspace], wanted: Sequence[str] | None
) -> tuple[Workspace, ...]:
    """Return the workspaces with these ids, or all that the key can see.

    Raises:
        ClockifyError: The key can see no workspace, or not all of those wanted.
    """
    ids = wanted or sorted(visible)
    hidden = [item for item in ids if item not in visible]
    if hidden or not ids:
        missing = f"{', '.join(hidden)} of workspace_ids" if hidden else "any workspace"
        raise ClockifyError(
            f"The key cannot see {missing}; workspaces that it can see:"
            f" {', '.join(sorted(visible)) or 'none'}. Correct workspace_ids, or have the"
            " key's owner added to the workspace."
        )
    return tuple(visible[item] for item in dict.fromkeys(ids))
