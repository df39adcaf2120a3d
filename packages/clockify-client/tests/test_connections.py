"""A hanging request can be broken off; afterwards no request waits for a response."""

from __future__ import annotations

import logging
import socket
import struct
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Barrier, Event, Thread
from typing import TYPE_CHECKING, Any

import pytest
import requests
from clockify_client.advice import ADVICE
from clockify_client.http.connections import StoppableAdapter
from clockify_client.http.limits import RateLimits, StoppedError
from clockify_client.http.session import BROKEN_CONNECTION, Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

GUARD = 120.0
"""Seconds after which a test fails instead of hanging."""

RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Server(ThreadingHTTPServer):
    """A server whose paths say how it answers, or that it does not."""

    daemon_threads = True

    def __init__(self) -> None:
        """Take any free port of this machine."""
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.hanging = Event()
        self.end = Event()
        self.answered = Event()
        self.has_reset = Event()
        self.pair = Barrier(2)
        self.connections = 0

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing: connections break on purpose here."""


class Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"
    server: Server

    def setup(self) -> None:
        self.server.connections += 1
        super().setup()

    def do_GET(self) -> None:
        if self.path == "/hang":
            self.server.hanging.set()
            self.server.end.wait()
            return
        if self.path == "/pair":
            self.server.pair.wait(GUARD)
        self.send_response(200)
        self.send_header("Content-Length", "4")
        if self.path == "/close":
            self.send_header("Connection", "close")
        self.end_headers()
        if self.path == "/half":
            self.wfile.write(b"tr")
            self.server.hanging.set()
            self.server.end.wait()
            return
        self.wfile.write(b"true")
        if self.path == "/reset":
            assert self.server.answered.wait(GUARD)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            self.connection.close()
            self.server.has_reset.set()
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield server
        server.end.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def adapter() -> StoppableAdapter:
    return StoppableAdapter(2)


@pytest.fixture
def session(server: Server, adapter: StoppableAdapter) -> Iterator[requests.Session]:  # noqa: ARG001
    with requests.Session() as session:
        session.mount("http://", adapter)
        yield session


class Asking(Thread):
    """Makes a request in a thread, and keeps the answer or the error."""

    def __init__(self, ask: Callable[[], Any]) -> None:
        """Start the request."""
        super().__init__(daemon=True)
        self._ask = ask
        self._answer: Any = None
        self._error: Exception | None = None
        self.start()

    def run(self) -> None:
        try:
            self._answer = self._ask()
        except Exception as error:  # noqa: BLE001 - `answer` raises it
            self._error = error

    def answer(self) -> Any:
        self.join(GUARD)
        assert not self.is_alive(), "the request still hangs"
        if self._error is not None:
            raise self._error
        return self._answer


@pytest.mark.parametrize("path", ["/hang", "/half"])
def test_request_that_hangs_is_broken_off(
    server: Server, session: requests.Session, adapter: StoppableAdapter, path: str
) -> None:
    asking = Asking(lambda: session.get(server.url + path))
    assert server.hanging.wait(GUARD)
    adapter.break_off()
    with pytest.raises(BROKEN_CONNECTION):
        asking.answer()


def test_all_requests_that_hang_are_broken_off(
    server: Server, session: requests.Session, adapter: StoppableAdapter
) -> None:
    asking = []
    for _ in range(2):
        server.hanging.clear()
        asking.append(Asking(lambda: session.get(f"{server.url}/hang")))
        assert server.hanging.wait(GUARD)
    adapter.break_off()
    for each in asking:
        with pytest.raises(BROKEN_CONNECTION):
            each.answer()


def test_request_that_is_about_to_connect_is_broken_off(
    server: Server, session: requests.Session, adapter: StoppableAdapter
) -> None:
    """Its connection is not open yet when the run ends, so nothing can be shut down."""
    adapter.break_off()
    asking = Asking(lambda: session.get(f"{server.url}/hang"))
    with pytest.raises(BROKEN_CONNECTION):
        asking.answer()


@pytest.mark.parametrize("path", ["/", "/close", "/reset"])
def test_idle_connection_can_be_broken_off(
    server: Server, session: requests.Session, adapter: StoppableAdapter, path: str
) -> None:
    """It may be open, closed by the server after its answer, or reset."""
    assert session.get(server.url + path).json() is True
    server.answered.set()
    if path == "/reset":
        assert server.has_reset.wait(GUARD)
    for _ in range(2):
        adapter.break_off()
    with pytest.raises(BROKEN_CONNECTION):
        session.get(server.url)


def test_connections_are_kept_for_as_many_requests_as_run_at_once(
    server: Server, session: requests.Session
) -> None:
    for _ in range(3):
        pair = [Asking(lambda: session.get(f"{server.url}/pair").json()) for _ in range(2)]
        assert [each.answer() for each in pair] == [True, True]
    assert server.connections == 2


def test_run_that_has_ended_waits_for_no_answer(server: Server) -> None:
    """A connection that breaks then is not retried."""
    logged: list[logging.LogRecord] = []
    logger = logging.Logger("test_connections")  # noqa: LOG001 - used only here
    logger.addFilter(lambda record: bool(logged.append(record)))
    limits = RateLimits(per_second=1000, stop_when_spent=False, logger=logger)
    session = Session(
        auth_header=("X-Api-Key", "key"),
        user_agent="test",
        limits=limits,
        advice=ADVICE,
        logger=logger,
        metrics_logger=logger,
    )
    with session._session:
        asking = Asking(lambda: session.send("GET", f"{server.url}/hang"))
        assert server.hanging.wait(GUARD)
        session.stop()
        with pytest.raises(StoppedError):
            asking.answer()
        with pytest.raises(StoppedError):
            session.send("GET", f"{server.url}/")
    assert logged == []
    assert session.usage.requests == 1
