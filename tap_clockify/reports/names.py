"""Names of people, projects, tasks and tags, for entries that have only their ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clockify_client.client import workspace_path
from clockify_client.http.errors import RequestError
from clockify_client.paging import pages
from clockify_client.people import EVERYBODY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clockify_client.client import ClockifyClient
    from singer_sdk.helpers.types import Record

NOT_READABLE = {400, 403, 404}
"""Statuses that mean that an object does not exist, or that the key may not read it."""


class Names:
    """Learns names from the entries of the report, and requests others only when needed."""

    def __init__(self, client: ClockifyClient, workspace_id: str) -> None:
        """Start with no names."""
        self._client = client
        self._workspace_id = workspace_id
        self._users: dict[str | None, Any] = {None: None}
        self._projects: dict[str | None, Record] = {None: {}}
        self._tasks: dict[str | None, Any] = {None: None}
        self._tags: dict[str, str] | None = None

    def learn(self, entries: Iterable[Record]) -> None:
        """Record the names in entries of the detailed report."""
        for entry in entries:
            self._users[entry["user_id"]] = entry["user"]
            if entry["project_id"]:
                self._projects[entry["project_id"]] = entry
            if entry["task_id"]:
                self._tasks[entry["task_id"]] = entry["task"]

    def tag(self, tag_id: str) -> str | None:
        """Return the name of a tag; None if the tag no longer exists."""
        if self._tags is None:
            listed = pages(self._client, workspace_path(self._workspace_id, "tags"))
            self._tags = {tag["id"]: tag["name"] for page in listed for tag in page}
        return self._tags.get(tag_id)

    def as_report_row(self, entry: dict[str, Any]) -> dict[str, Any]:
        """Convert an entry of the core host, which has only ids, to the form of a report's row."""
        rate, cost = entry.get("hourlyRate") or {}, entry.get("costRate") or {}
        project = self._project(entry.get("projectId") or None)
        return {
            **entry,
            "userName": self._user(entry.get("userId")),
            "projectName": project.get("project"),
            "clientId": project.get("client_id"),
            "clientName": project.get("client"),
            "taskName": self._task(entry.get("projectId"), entry.get("taskId") or None),
            # As in the report, only a billable entry has a rate.
            "rate": rate.get("amount") if entry.get("billable") else None,
            "costRate": cost.get("amount"),
            "currency": rate.get("currency") or cost.get("currency"),
            "customFields": entry.get("customFieldValues"),
        }

    def _user(self, user_id: str | None) -> Any:
        if user_id not in self._users:
            path = workspace_path(self._workspace_id, "users")
            for page in pages(self._client, path, EVERYBODY):
                for user in page:
                    self._users.setdefault(user["id"], user["name"])
        return self._users.setdefault(user_id, None)

    def _project(self, project_id: str | None) -> Record:
        if project_id not in self._projects:
            found = self._look_up("projects", str(project_id))
            self._projects[project_id] = {
                "project": found.get("name"),
                "client_id": found.get("clientId") or None,
                "client": found.get("clientName") or None,
            }
        return self._projects[project_id]

    def _task(self, project_id: str | None, task_id: str | None) -> Any:
        if task_id not in self._tasks:
            found = self._look_up("projects", str(project_id), "tasks", str(task_id))
            self._tasks[task_id] = found.get("name")
        return self._tasks[task_id]

    def _look_up(self, *parts: str) -> dict[str, Any]:
        try:
            found = self._client.get(workspace_path(self._workspace_id, *parts)).body
        except RequestError as error:
            if error.status not in NOT_READABLE:
                raise
            return {}
        return found if isinstance(found, dict) else {}
