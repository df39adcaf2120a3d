"""The stand-in for Clockify at a port, alone or with the stand-ins for other services beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clockify_sandbox.api import errors
from clockify_sandbox.api.app import create_app
from clockify_sandbox.standin.faults import Faults
from clockify_sandbox.standin.gateway import Gateway
from clockify_sandbox.standin.journal import Journal
from clockify_sandbox.standin.listening import Listener

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Receive, Scope, Send

    from clockify_sandbox.api.options import Options
    from clockify_sandbox.world.world import World


class Server(Listener):
    """A running stand-in: its addresses, its world, its faults and its requests so far."""

    def __init__(
        self,
        world: World,
        options: Options | None = None,
        port: int = 0,
        beside: Mapping[str, Gateway] | None = None,
    ) -> None:
        """Bind a port (0: any free one); requests are answered once it is started.

        `beside` has the stand-ins for other services by the first part of their paths.
        """
        self.world = world
        self.faults = Faults()
        self.requests = Journal()
        self._others = dict(beside or {})
        self._gateway = Gateway(
            create_app(world, options, faults=self.faults, journal=self.requests),
            self.requests,
            self.faults,
            too_many=errors.too_many().body(),
        )
        for other in self._others.values():
            other.connections = self._gateway.connections
        super().__init__(self._answer, self._gateway.connections, port)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the service answer that the path belongs to."""
        first = str(scope.get("path", "")).lstrip("/").partition("/")[0]
        await self._others.get(first, self._gateway)(scope, receive, send)

    @property
    def api_url(self) -> str:
        """The counterpart of the core host's `https://api.clockify.me/api/v1`."""
        return f"{self.url}/api/v1"

    @property
    def reports_url(self) -> str:
        """The counterpart of the reports host's `https://reports.api.clockify.me/v1`."""
        return f"{self.url}/report/v1"

    @property
    def audit_log_url(self) -> str:
        """The counterpart of the audit log's host `https://auditlog-api.api.clockify.me/v1`."""
        return f"{self.url}/auditlog/v1"

    @property
    def idle_seconds(self) -> float:
        """Seconds since the last request that counts as use, of any service here."""
        journals = [self.requests, *(other.journal for other in self._others.values())]
        return min(journal.idle_seconds for journal in journals)


def running(world: World, options: Options | None = None, port: int = 0) -> Server:
    """Make a server that answers in a thread for as long as it is used as a context."""
    return Server(world, options, port)
