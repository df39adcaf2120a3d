"""Names of people, projects and tags, where a list has only their ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from singer_sdk.helpers.types import Record

    from tap_clockify.api import ClockifyAPI


class Names:
    """Learns names from the rows of the report, and asks for those of tags only when needed."""

    def __init__(self, api: ClockifyAPI, workspace_id: str) -> None:
        """Know no name yet."""
        self._api = api
        self._workspace_id = workspace_id
        self._users: dict[str | None, Any] = {None: None}
        self._projects: dict[str | None, Record] = {}
        self._tags: dict[str, str] = {}
        self._has_asked = False

    def learn(self, entries: Iterable[Record]) -> None:
        """Note the names in entries of the detailed report."""
        for entry in entries:
            self._users[entry["user_id"]] = entry["user"]
            self._projects[entry["project_id"]] = entry

    def tag(self, tag_id: str) -> str | None:
        """Find the name of a tag; None where Clockify does not know it any more."""
        if not self._has_asked:
            self._has_asked = True
            for page in self._api.pages(f"/workspaces/{self._workspace_id}/tags"):
                self._tags.update({tag["id"]: tag["name"] for tag in page})
        return self._tags.get(tag_id)

    def as_report_row(self, entry: dict[str, Any]) -> dict[str, Any]:
        """Bring an entry of the core host, which has ids only, into the form of a report's row."""
        project = self._projects.get(entry.get("projectId")) or {}
        rate, cost = entry.get("hourlyRate") or {}, entry.get("costRate") or {}
        return {
            **entry,
            "userName": self._users.get(entry.get("userId")),
            "projectName": project.get("project"),
            "clientId": project.get("client_id"),
            "clientName": project.get("client"),
            "rate": rate.get("amount"),
            "costRate": cost.get("amount"),
            "currency": rate.get("currency") or cost.get("currency"),
            "customFields": entry.get("customFieldValues"),
        }
