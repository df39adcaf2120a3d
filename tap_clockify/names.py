"""Names of people, projects and tags, where a list has only their ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_clockify.api import ClockifyAPI


class Names:
    """Learns names from the rows of the report, and asks for those of tags only when needed."""

    def __init__(self, api: ClockifyAPI, workspace_id: str) -> None:
        """Know no name yet."""
        self._api = api
        self._workspace_id = workspace_id
        self._users: dict[str, Any] = {}
        self._projects: dict[str, dict[str, Any]] = {}
        self._tags: dict[str, str] = {}
        self._has_asked = False

    def learn(self, rows: Iterable[dict[str, Any]]) -> None:
        """Note the names in rows of the detailed report."""
        for row in rows:
            self._users[row.get("userId") or ""] = row.get("userName")
            if row.get("projectId"):
                self._projects[row["projectId"]] = {
                    name: row.get(name) for name in ("projectName", "clientId", "clientName")
                }

    def tag(self, tag_id: str) -> str | None:
        """Find the name of a tag; None where Clockify does not know it any more."""
        if not self._has_asked:
            self._has_asked = True
            for page in self._api.pages(f"/workspaces/{self._workspace_id}/tags"):
                self._tags.update({tag["id"]: tag["name"] for tag in page})
        return self._tags.get(tag_id)

    def as_report_row(self, entry: dict[str, Any]) -> dict[str, Any]:
        """Bring an entry of the core host, which has ids only, into the form of a report's row."""
        rate, cost = entry.get("hourlyRate") or {}, entry.get("costRate") or {}
        return {
            **entry,
            "userName": self._users.get(entry.get("userId") or ""),
            **self._projects.get(entry.get("projectId") or "", {}),
            "rate": rate.get("amount"),
            "costRate": cost.get("amount"),
            "currency": rate.get("currency") or cost.get("currency"),
            "customFields": entry.get("customFieldValues"),
        }
