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
    """Form the path of something in a workspace; ids are quoted, so none leaves its place.

    Raises:
        ClockifyError: A part is a dot or two, which no quoting keeps from changing the path.
    """
    ids = (workspace_id, *parts)
    for part in ids:
        if part in {".", ".."}:
            raise ClockifyError(
                f"Clockify sent {quoted(part)} as an id. No request was made with it; check that"
                " api_url and reports_url lead to Clockify."
            )
    return "/workspaces/" + "/".join(quote(part, safe="") for part in ids)


class ClockifyClient:
    """Clockify's two hosts behind one session.

    Attributes:
        session: Sends the requests.
    """

    def __init__(self, hosts: Hosts, session: Session) -> None:
        """Prepare to ask; nothing is sent yet."""
        self._hosts = hosts
        self.session = session

    @property
    def usage(self) -> Usage:
        """What was sent so far."""
        return self.session.usage

    def counted(self) -> ClockifyClient:
        """Return the same client with a usage of its own, which counts towards this one's too."""
        return ClockifyClient(self._hosts, self.session.counted())

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Answer:
        """Read a path of the core host.

        Raises:
            RequestError: Clockify answered with an error, and retrying did not help.
            ClockifyError: No usable answer came at all.
        """
        url = self._hosts.core + path
        return self.session.send("GET", url, scope=_workspace_in(path), params=params)

    def post_report(self, path: str, body: Mapping[str, Any], into: Any = Any) -> Answer:
        """Ask the reports host for a report; errors as in ``get``. Reading, so safe to repeat.

        Args:
            path: Path on the reports host.
            body: The request.
            into: The type to decode the answer into.
        """
        url = self._hosts.reports + path
        return self.session.send("POST", url, scope=_workspace_in(path), into=into, json=body)


def _workspace_in(path: str) -> str | None:
    """Find the workspace that a request counts for."""
    return unquote(path.partition("/workspaces/")[2].partition("/")[0]) or None
