"""Requests to Clockify's hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote, unquote

from clockify_client.errors import ClockifyError, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clockify_client.hosts import Hosts
    from clockify_client.http.session import Answer, Session, Usage


Host = Literal["core", "reports", "audit_log"]


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
    """Makes requests to Clockify's hosts through one session.

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

    def counted(self, stream: str) -> ClockifyClient:
        """Return the same client with a usage of its own, which also counts towards this one's.

        Args:
            stream: For which streams its requests are, in the metrics.
        """
        return ClockifyClient(self._hosts, self.session.counted(stream))

    def get(
        self, path: str, params: Mapping[str, Any] | None = None, *, host: Host = "core"
    ) -> Answer:
        """Send a GET request.

        Raises:
            RequestError: Clockify answered with an error, and retrying did not help.
            ClockifyError: No usable response came.
        """
        url = getattr(self._hosts, host) + path
        return self.session.send("GET", url, scope=_workspace_in(path), params=params)

    def post(
        self,
        path: str,
        body: Mapping[str, Any],
        *,
        host: Host = "core",
        into: Any = Any,
        keeps_content: bool = False,
    ) -> Answer:
        """Send a POST request that only reads, so it is safe to repeat.

        Args:
            path: Path on the host.
            body: The JSON body of the request.
            host: The host.
            into: The type to decode the response into.
            keeps_content: Whether to keep the body of the response as it came, too.

        Raises:
            RequestError, ClockifyError: As ``get``.
        """
        return self.session.send(
            "POST",
            getattr(self._hosts, host) + path,
            scope=_workspace_in(path),
            into=into,
            keeps_content=keeps_content,
            json=body,
        )

    def write(
        self,
        method: Literal["POST", "PUT", "DELETE"],
        path: str,
        body: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
        *,
        params: Mapping[str, Any] | None = None,
    ) -> Answer:
        """Send a request that changes something. Clockify knows no idempotency key.

        Raises:
            RequestError: Clockify refused it, so it had no effect.
            UnansweredError: Nobody knows whether it was carried out; it was not sent again.
            ClockifyError: It could not be sent.
        """
        return self.session.send(
            method,
            self._hosts.core + path,
            scope=_workspace_in(path),
            is_write=True,
            json=body,
            params=params,
        )

    def post_report(self, path: str, body: Mapping[str, Any], into: Any = Any) -> Answer:
        """Request a report from the reports host; arguments and errors as for ``post``."""
        return self.post(path, body, host="reports", into=into)


def _workspace_in(path: str) -> str | None:
    """Return the workspace whose hourly limit a request counts towards."""
    return unquote(path.partition("/workspaces/")[2].partition("/")[0]) or None
