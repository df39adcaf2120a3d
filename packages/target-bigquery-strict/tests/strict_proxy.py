"""A proxy that answers instead of BigQuery, loses answers, or calls a function in between."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar

import requests

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TIMEOUT = 60
HOP = {"connection", "content-length", "transfer-encoding", "keep-alive", "date", "server"}
ALLOWED = "GET POST PUT PATCH DELETE"


@dataclass
class Fault:
    """What happens to the requests that `hits` selects by number, method and path."""

    hits: Callable[[int, str, str], bool]
    status: int | None = None
    """Answer with this code; the request does not reach BigQuery."""
    reason: str = "backendError"
    loses_answer: bool = False
    """Let BigQuery do it, then break the connection."""
    then: Callable[[], Any] | None = None
    """Call this before the request goes on to BigQuery."""
    after: Callable[[], Any] | None = None
    """Call this once BigQuery has answered, before the answer goes back."""


@dataclass
class Proxy:
    """A proxy at `url`; the requests that have passed it are in `seen`."""

    url: str = ""
    faults: list[Fault] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def fault_for(self, method: str, path: str, body: bytes) -> Fault | None:
        with self.lock:
            number = len(self.seen)
            self.seen.append(f"{method} {path.partition('?')[0]}")
        text = path + body.decode(errors="replace")
        return next((each for each in self.faults if each.hits(number, method, text)), None)


@contextmanager
def proxy_to(upstream: str) -> Iterator[Proxy]:
    """Run a proxy in a thread."""
    proxy = Proxy()

    class Handler(_Handler):
        between = proxy
        target = upstream

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    proxy.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    between: ClassVar[Proxy]
    target: ClassVar[str]

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.between.fault_for(self.command, self.path, body)
        if fault is not None and fault.then is not None:
            fault.then()
        if fault is not None and fault.status is not None:
            problem = {"reason": fault.reason, "message": "The proxy says so."}
            error = {"code": fault.status, "message": "The proxy says so.", "errors": [problem]}
            self._answer(fault.status, {}, json.dumps({"error": error}).encode())
            return
        headers = {key: value for key, value in self.headers.items() if key.lower() not in HOP}
        answer = requests.request(
            self.command,
            self.target + self.path,
            data=body,
            headers=headers,
            timeout=TIMEOUT,
            allow_redirects=False,
        )
        if fault is not None and fault.after is not None:
            fault.after()
        if fault is not None and fault.loses_answer:
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        self._answer(answer.status_code, dict(answer.headers), answer.content)

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response_only(status)
        for key, value in headers.items():
            if key.lower() not in HOP and key.lower() != "content-encoding":
                self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        with suppress(OSError):  # the target may have been killed
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


for _method in ALLOWED.split():
    setattr(_Handler, f"do_{_method}", _Handler._pass)
