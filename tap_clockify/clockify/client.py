"""Requests to Clockify's two hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from tap_clockify.errors import ClockifyError, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_clockify.clockify.hosts import Hosts
    from tap_clockify.http.session import Answer, Session, Usage


def workspace_path(workspace_id: str, *parts: str) -> str:
    """Build a path in a workspace; ids are quoted, so none can change the path.

    Raises:
        ClockifyError: A part is "." or "..", which would change the path even if quoted.
    """
    ids = (workspace_id, *parts)
    for part in ids:
        if part in {".", ".."}:
            raise ClockifyError(
                f"Clockify sent {quoted(part)} as an id, which is not valid, so no request was made"
                " with it. Check that api_url and reports_url point to Clockify."
            )
    return "/workspaces/" + "/".join(quote(part, safe="") for part in ids)


class ClockifyClient:
    """Makes requests to Clockify's two hosts through one session.

    Attributes:
        session: Sends the requests.
    """

    def __init__(self, hosts: Hosts, session: Session) -> None:
        """Set up the client without sending a request."""
        self._hosts = hosts
        self.session = session

    @property
    def usage(self) -> Usage:
        """The requests sent so far."""
        return self.session.usage

    def counted(self) -> ClockifyClient:
        """Return the same client with a usage of its own, which also counts towards this one's."""
        return ClockifyClient(self._hosts, self.session.counted())

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Answer:
        """Send a GET request to the core host.

        Raises:
            RequestError: Clockify answered with an error, and retrying did not help.
            ClockifyError: No usable response came.
        """
        url = self._hosts.core + path
        return self.session.send("GET", url, scope=_workspace_in(path), params=params)

    def post_report(self, path: str, body: Mapping[str, Any], into: Any = Any) -> Answer:
        """Request a report from the reports host. It only reads, so it is safe to repeat.

        Args:
            path: Path on the reports host.
            body: The JSON body of the request.
            into: The type to decode the response into.

        Raises:
            RequestError, ClockifyError: As ``get``.
        """
        url = self._hosts.reports + path
        return self.session.send("POST", url, scope=_workspace_in(path), into=into, json=body)


def _workspace_in(path: str) -> str | None:
    """Return the workspace whose hourly limit a request counts towards."""
    return unquote(path.partition("/workspaces/")[2].partition("/")[0]) or None
