"""A server of a stand-in: in a thread for tests, or in this one."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import TYPE_CHECKING, Any, Self

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from types import TracebackType

    from starlette.types import ASGIApp

    from clockify_sandbox.standin.gateway import Connections

HOST = "127.0.0.1"
START_SECONDS = 60.0
KEEP_ALIVE_SECONDS = 75


class Listener:
    """An application that answers at a port; as a context, in a thread for as long as it lasts."""

    def __init__(self, app: ASGIApp, connections: Connections, port: int = 0) -> None:
        """Bind a port (0: any free one); requests are answered once it is started.

        Open connections are kept in `connections`, so that a fault can break one.
        """
        # With IPPROTO_TCP named, asyncio disables Nagle's algorithm on accepted connections.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind((HOST, port))
        # A client that connects before the loop runs waits instead of being refused.
        self._socket.listen()
        self.port: int = self._socket.getsockname()[1]
        self._uvicorn = _Uvicorn(app, connections)
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The address of the server, without a trailing slash."""
        return f"http://{HOST}:{self.port}"

    def start(self) -> None:
        """Answer requests in a thread; return once it is listening."""
        self._thread = threading.Thread(target=self.run, name="clockify-sandbox", daemon=True)
        self._thread.start()
        if not self._uvicorn.ready.wait(START_SECONDS):
            message = "the stand-in did not start"
            raise RuntimeError(message)

    def stop(self) -> None:
        """Stop at once; open connections are aborted."""
        self._uvicorn.leave()
        if self._thread is not None:
            self._thread.join()

    def run(self) -> None:
        """Answer requests in this thread until stopped."""
        self._uvicorn.run(sockets=[self._socket])

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop."""
        self.stop()


class _Uvicorn(uvicorn.Server):
    """Uvicorn that signals when it is listening and stops without its 0.1 s polling."""

    def __init__(self, app: ASGIApp, connections: Connections) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=_protocol(connections),
                ws="none",
                interface="asgi3",
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
        self._connections = connections
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
