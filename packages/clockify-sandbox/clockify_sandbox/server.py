"""Runs the stand-in: in a thread for tests, or until idle for the command line."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from clockify_sandbox.api.app import create_app
from clockify_sandbox.api.faults import Faults
from clockify_sandbox.api.gateway import Connections, Gateway
from clockify_sandbox.api.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from clockify_sandbox.api.options import Options
    from clockify_sandbox.world.world import World

HOST = "127.0.0.1"
IDLE_CHECK_SECONDS = 1.0
START_SECONDS = 60.0
KEEP_ALIVE_SECONDS = 75


class Server:
    """A running stand-in: its addresses, its world, its faults and its requests so far."""

    def __init__(self, world: World, options: Options | None = None, port: int = 0) -> None:
        """Bind a port (0: any free one); requests are answered once it is started."""
        self.world = world
        self.faults = Faults()
        self.requests = Journal()
        self._gateway = Gateway(
            create_app(world, options, faults=self.faults, journal=self.requests),
            self.requests,
            self.faults,
        )
        # With IPPROTO_TCP named, asyncio disables Nagle's algorithm on accepted connections.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind((HOST, port))
        # A client that connects before the loop runs waits instead of being refused.
        self._socket.listen()
        self.port: int = self._socket.getsockname()[1]
        self._uvicorn = _Uvicorn(self._gateway)
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The address of the server, without a trailing slash."""
        return f"http://{HOST}:{self.port}"

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
        """Seconds since the last request that counts as use."""
        return self.requests.idle_seconds

    def start(self) -> None:
        """Answer requests in a thread; return once it is listening."""
        self._thread = threading.Thread(target=self.run, name="clockify-sandbox", daemon=True)
        self._thread.start()
        if not self._uvicorn.ready.wait(START_SECONDS):
            message = "the Clockify stand-in did not start"
            raise RuntimeError(message)

    def stop(self) -> None:
        """Stop at once; open connections are aborted."""
        self._uvicorn.leave()
        if self._thread is not None:
            self._thread.join()

    def run(self) -> None:
        """Answer requests in this thread until stopped."""
        self._uvicorn.run(sockets=[self._socket])


@contextmanager
def running(world: World, options: Options | None = None, port: int = 0) -> Iterator[Server]:
    """Serve a world in a thread for as long as the context lasts."""
    server = Server(world, options, port)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def serve_forever(
    world: World,
    port: int,
    *,
    options: Options | None = None,
    idle_seconds: float | None = None,
    on_ready: Callable[[Server], None] | None = None,
) -> None:
    """Serve a world until a signal, or until there was no request for `idle_seconds`."""
    server = Server(world, options, port)
    if on_ready is not None:
        on_ready(server)
    if idle_seconds is not None:
        watch = threading.Thread(target=_stop_when_idle, args=(server, idle_seconds), daemon=True)
        watch.start()
    server.run()


def _stop_when_idle(server: Server, idle_seconds: float) -> None:
    while server.idle_seconds < idle_seconds:
        time.sleep(min(IDLE_CHECK_SECONDS, idle_seconds))
    server.stop()


class _Uvicorn(uvicorn.Server):
    """Uvicorn that signals when it is listening and stops without its 0.1 s polling."""

    def __init__(self, gateway: Gateway) -> None:
        super().__init__(
            uvicorn.Config(
                gateway,
                http=_protocol(gateway.connections),
                ws="none",
                lifespan="off",
                loop="asyncio",
                log_config=None,
                log_level="critical",
                access_log=False,
                server_header=False,
                date_header=False,
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
            )
        )
        self.ready = threading.Event()
        self._connections = gateway.connections
        self._loop: asyncio.AbstractEventLoop | None = None
        self._left: asyncio.Event | None = None

    def leave(self) -> None:
        """Stop, from any thread."""
        self.should_exit = True
        if self._loop is not None and self._left is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._left.set)

    def handle_exit(self, sig: int, frame: Any) -> None:
        super().handle_exit(sig, frame)
        self.leave()

    async def main_loop(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._left = asyncio.Event()
        self.ready.set()
        if not self.should_exit:
            await self._left.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Let connections that are being accepted open first: asyncio would leak their sockets if
        # the server were closed meanwhile, and they could not be aborted below.
        for listening in sockets or ():
            asyncio.get_running_loop().remove_reader(listening)
        accepting = asyncio.all_tasks() - self.server_state.tasks - {asyncio.current_task()}
        await asyncio.gather(*accepting, return_exceptions=True)
        for server in self.servers:
            server.close()
        for connection in list(self._connections.values()):
            connection.abort()
        for task in list(self.server_state.tasks):
            task.cancel()
        await asyncio.gather(*self.server_state.tasks, return_exceptions=True)
        for each in sockets or ():
            each.close()


def _protocol(connections: Connections) -> type[H11Protocol]:
    """Make uvicorn's protocol register its connections, so that a fault can break one."""

    class Protocol(H11Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self._address = tuple(transport.get_extra_info("peername")[:2])
            connections[self._address] = transport

        def connection_lost(self, exc: Exception | None) -> None:
            connections.pop(self._address, None)
            super().connection_lost(exc)

    return Protocol
