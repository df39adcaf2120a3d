"""The destination: whose key it is, its settings, people, clients, projects, tasks and tags.

Everything is requested when it is first needed: a run in which nothing has changed needs little.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from clockify_client.client import workspace_path
from clockify_client.errors import quoted
from clockify_client.http.errors import FORBIDDEN, NOT_FOUND, RequestError
from clockify_client.paging import LIST_PAGE_SIZES, pages
from clockify_client.people import EVERYBODY
from clockify_client.subscription import Subscription, subscription_of

from target_clockify.errors import MirrorError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from clockify_client.client import ClockifyClient

ADMIN_ROLES = {"OWNER", "WORKSPACE_ADMIN"}
PROJECT_PAGE_SIZES = (1000, 200, 50)


@dataclass(frozen=True)
class Item:
    """A person, client, project, task or tag of the destination.

    Attributes:
        parent: The id of a project's client or of a task's project; empty without one.
        body: The object as Clockify sends it.
    """

    id: str
    name: str
    parent: str = ""
    body: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)


class Directory:
    """What the destination has; each list is requested once, unless it is dropped."""

    def __init__(self, client: ClockifyClient, workspace_id: str) -> None:
        """Set up without sending a request."""
        self._client = client
        self._id = workspace_id

    @cached_property
    def owner(self) -> dict[str, Any]:
        """The account that owns the key."""
        body = self._client.get("/user").body
        if not isinstance(body, dict) or not body.get("id"):
            raise MirrorError(
                "GET /user: Clockify does not say whose key it is. Check that api_url points to"
                " Clockify."
            )
        return body

    @property
    def owner_id(self) -> str:
        """The id of the key's owner."""
        return str(self.owner["id"])

    @cached_property
    def workspace(self) -> dict[str, Any]:
        """The workspace with its settings.

        Raises:
            MirrorError: The key cannot see it.
        """
        try:
            body = self._client.get(workspace_path(self._id)).body
        except RequestError as error:
            if error.status in {FORBIDDEN, NOT_FOUND} or "workspace" in error.api_message.lower():
                raise MirrorError(
                    f"The key cannot see the workspace {quoted(self._id)} of workspace_id. Correct"
                    " workspace_id, or have the key's owner added to the workspace."
                ) from error
            raise
        return body if isinstance(body, dict) else {}

    @property
    def settings(self) -> dict[str, Any]:
        """The settings of the workspace."""
        return self.workspace.get("workspaceSettings") or {}

    @property
    def subscription(self) -> Subscription:
        """What the plan of the workspace allows."""
        return subscription_of(self.workspace)

    @cached_property
    def users(self) -> dict[str, Item]:
        """Everybody who belongs to the workspace, by id; the name is the e-mail address.

        Nobody, if the key may not list them.
        """
        try:
            rows = self._list("users", params=EVERYBODY)
        except RequestError as error:
            if error.status != FORBIDDEN:
                raise
            return {}
        return _by_id(
            Item(str(row.get("id")), str(row.get("email") or ""), body=row) for row in rows
        )

    @cached_property
    def is_admin(self) -> bool:
        """Whether the key's owner is known to be an owner or admin of the workspace."""
        try:
            roles = self.users[self.owner_id].body.get("roles") or ()
        except KeyError:
            return False
        return any(isinstance(each, dict) and each.get("role") in ADMIN_ROLES for each in roles)

    @cached_property
    def projects(self) -> dict[str, Item]:
        """All projects by id, archived ones included, with their tasks and their client."""
        rows = self._list("projects", params={"hydrated": "true"}, sizes=PROJECT_PAGE_SIZES)
        return _by_id(
            Item(str(row["id"]), str(row.get("name") or ""), str(row.get("clientId") or ""), row)
            for row in rows
        )

    @cached_property
    def clients(self) -> dict[str, Item]:
        """All clients by id, archived ones included."""
        return _named(self._list("clients"))

    @cached_property
    def tags(self) -> dict[str, Item]:
        """All tags by id, archived ones included."""
        return _named(self._list("tags"))

    @cached_property
    def custom_fields(self) -> dict[str, Item]:
        """All custom fields by id."""
        body = self._client.get(workspace_path(self._id, "custom-fields")).body
        return _named(body if isinstance(body, list) else [])

    def tasks(self, project_id: str, name: str = "") -> dict[str, Item]:
        """Return the tasks of a project by id.

        A hydrated project may lack finished tasks. If none has the name, the project's own list is
        requested, too.
        """
        known = self._tasks.get(project_id)
        if known is None:
            project = self.projects.get(project_id)
            rows = (project.body.get("tasks") if project else None) or ()
            known = self._tasks[project_id] = _tasks(rows, project_id)
        if name and project_id not in self._whole and not _has(known, name):
            self._whole.add(project_id)
            known.update(_tasks(self._list("projects", project_id, "tasks"), project_id))
        return known

    @cached_property
    def _tasks(self) -> dict[str, dict[str, Item]]:
        return {}

    @cached_property
    def _whole(self) -> set[str]:
        return set()

    def drop(self, *names: str) -> None:
        """Forget lists, so that they are requested again."""
        for name in names:
            for kept in (
                ("projects", "_tasks", "_whole") if name in {"projects", "tasks"} else (name,)
            ):
                vars(self).pop(kept, None)

    def _list(
        self,
        *parts: str,
        params: dict[str, str] | None = None,
        sizes: Sequence[int] = LIST_PAGE_SIZES,
    ) -> list[dict[str, Any]]:
        path = workspace_path(self._id, *parts)
        rows = [row for page in pages(self._client, path, params, sizes=sizes) for row in page]
        if not all(isinstance(row, dict) and row.get("id") for row in rows):
            raise MirrorError(
                f"GET {path}: Clockify sent an object without an id. Check that api_url points to"
                " Clockify."
            )
        return rows


def matching(items: Iterable[Item], name: str) -> list[Item]:
    """Return the items of a name: exactly, or else whatever the case of letters."""
    candidates = list(items)
    exact = [item for item in candidates if item.name == name]
    return exact or [item for item in candidates if item.name.casefold() == name.casefold()]


def _has(items: dict[str, Item], name: str) -> bool:
    return bool(matching(items.values(), name))


def _by_id(items: Iterable[Item]) -> dict[str, Item]:
    return {item.id: item for item in items}


def _named(rows: Iterable[dict[str, Any]]) -> dict[str, Item]:
    return _by_id(Item(str(row.get("id")), str(row.get("name") or ""), body=row) for row in rows)


def _tasks(rows: Iterable[dict[str, Any]], project_id: str) -> dict[str, Item]:
    return _by_id(
        Item(str(row.get("id")), str(row.get("name") or ""), project_id, row)
        for row in rows
        if isinstance(row, dict)
    )
