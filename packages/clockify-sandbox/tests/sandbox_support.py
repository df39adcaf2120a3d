"""What the sandbox's tests share: a fixed time and a client of the stand-in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import requests
from clockify_sandbox.world import edits

if TYPE_CHECKING:
    from clockify_sandbox.server import Server

NOW = datetime(2026, 8, 14, 15, 0, tzinfo=UTC)
PAGE_SIZE = 200


class Caller:
    """Calls the stand-in as the owner of the key."""

    def __init__(self, server: Server, workspace_id: str | None = None) -> None:
        """Ask about one workspace, by default the first."""
        self.server = server
        self.world = server.world
        self.workspace_id = workspace_id or next(iter(server.world.workspaces))
        self.session = requests.Session()
        self.session.headers["X-Api-Key"] = server.world.api_key

    @property
    def contents(self) -> Any:
        return self.world[self.workspace_id]

    def get(self, path: str, **query: Any) -> requests.Response:
        """Get a path below the workspace, or an absolute one."""
        base = self.server.api_url
        url = (
            base + path if path.startswith("/") else f"{base}/workspaces/{self.workspace_id}/{path}"
        )
        return self.session.get(url, params=query, timeout=60)

    def post(self, path: str, body: object) -> requests.Response:
        url = f"{self.server.api_url}/workspaces/{self.workspace_id}/{path}"
        return self.session.post(url, json=body, timeout=60)

    def send(self, method: str, path: str, body: object = None, **query: Any) -> requests.Response:
        """Send any method to a path below the workspace."""
        url = f"{self.server.api_url}/workspaces/{self.workspace_id}/{path}"
        return self.session.request(method, url, json=body, params=query, timeout=60)

    def acting_as(self, user_id: str) -> Caller:
        """Call the same workspace as another person."""
        other = Caller(self.server, self.workspace_id)
        other.session.headers["X-Api-Key"] = edits.add_api_key(self.world, user_id)
        return other

    def report(self, kind: str, first: str, last: str, **body: Any) -> requests.Response:
        url = f"{self.server.reports_url}/workspaces/{self.workspace_id}/reports/{kind}"
        days = {"dateRangeStart": f"{first}T00:00:00", "dateRangeEnd": f"{last}T23:59:59.999"}
        asked = {"timeZone": "UTC", **days, **body}
        return self.session.post(url, json=asked, timeout=60)

    def shared_reports(self, **query: Any) -> Any:
        url = f"{self.server.reports_url}/workspaces/{self.workspace_id}/shared-reports"
        return self.session.get(url, params=query, timeout=60).json()

    def audit(self, **body: Any) -> requests.Response:
        """Search the audit log, by default for what anybody did in a long time."""
        url = f"{self.server.audit_log_url}/workspaces/{self.workspace_id}/audit-log"
        anybody = {"authorIds": [], "contains": "DOES_NOT_CONTAIN"}
        years = {"start": "2020-01-01T00:00:00Z", "end": "2030-01-01T00:00:00Z"}
        return self.session.post(url, json={"authors": anybody, **years, **body}, timeout=60)

    def rows(self, first: str, last: str, *, size: int = PAGE_SIZE, **body: Any) -> list[Any]:
        """Read all pages of a detailed report."""
        rows: list[Any] = []
        page = 0
        while True:
            page += 1
            asked = {"page": page, "pageSize": size, "sortColumn": "ID"}
            answer = self.report("detailed", first, last, detailedFilter=asked, **body)
            assert answer.status_code == 200, answer.text
            rows += answer.json()["timeentries"]
            if answer.headers["Last-Page"] == "true":
                return rows
