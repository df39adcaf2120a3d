"""Serve a workspace over HTTP in a thread, with faults, and count the requests."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from standin_workspace import LARGEST_PAGE, RefusalError, Row, Workspace
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KEY = "key-of-the-destination"
FAULTS = ("reset before", "reset after", "error before", "error after", "too many")
BATCH = "POST /time-entries/batch"
PARTS = ("users", "user", "clients", "projects", "tasks", "tags", "custom-fields", "time-entries")

Query = dict[str, list[str]]
Answer = tuple[int, Any, dict[str, str]]


class Standin:
    """A server for one workspace.

    Attributes:
        workspace: What it serves.
        faults: Says what goes wrong with a write, one of ``FAULTS``, or None.
        requests: How often each method and route was requested.
        strangers: Requests that no route answers.
        looks: Called at every request.
    """

    def __init__(self, workspace: Workspace) -> None:
        """Set up a server without starting it."""
        self.workspace = workspace
        self.faults: Callable[[], str | None] = lambda: None
        self.requests: Counter[str] = Counter()
        self.strangers: list[str] = []
        self.looks: Callable[[], object] = lambda: None
        self.url = ""
        self._lock = threading.Lock()

    @property
    def writes(self) -> Counter[str]:
        """The requests that would change something."""
        return Counter(
            {
                route: count
                for route, count in self.requests.items()
                if not route.startswith("GET ") and route != BATCH
            }
        )

    def answer(self, method: str, path: str, query: Query, body: Any) -> tuple[Answer, str | None]:
        """Answer a request, and say what goes wrong on the way, if something does.

        A fault "before" leaves the workspace as it is.
        """
        with self._lock:
            self.looks()
            parts = path.strip("/").split("/")
            route = _route(method, parts)
            self.requests[route] += 1
            is_write = method != "GET" and route != BATCH
            fault = self.faults() if is_write else None
            if fault == "too many":
                return (429, {"message": "Too many requests"}, {"Retry-After": "0"}), fault
            if fault in {"reset before", "error before"}:
                return (502, None, {}), fault
            try:
                result = self._dispatched(method, parts, query, body)
            except RefusalError as error:
                result = (error.status, {"message": str(error), "code": error.code}, {})
            return ((503, None, {}) if fault == "error after" else result), fault

    def _dispatched(self, method: str, parts: list[str], query: Query, body: Any) -> Answer:
        if method == "GET" and parts == ["user"]:
            return 200, self.workspace.users[self.workspace.owner], {}
        if method == "GET" and parts == ["workspaces"]:
            return 200, [self.workspace.workspace()], {}
        if parts[:1] != ["workspaces"] or parts[1:2] != [self.workspace.id]:
            return self._unknown(method, parts)
        rest = parts[2:]
        if method == "GET":
            return self._read(rest, query)
        return self._written(method, rest, query, body)

    def _read(self, rest: list[str], query: Query) -> Answer:  # noqa: PLR0911 - a table of routes
        place = self.workspace
        lists = {"users": place.users, "clients": place.clients, "tags": place.tags}
        match rest:
            case []:
                return 200, place.workspace(), {}
            case [name] if name in lists:
                return _page(list(lists[name].values()), query, "lists")
            case ["custom-fields"]:
                return 200, list(place.fields.values()), {}
            case ["projects"]:
                hydrated = query.get("hydrated") == ["true"]
                return _page(place.listed_projects(hydrated=hydrated), query, "lists")
            case ["projects", project_id, "tasks"] if project_id in place.projects:
                return _page(place.projects[project_id]["tasks"], query, "lists")
            case ["user", user_id, "time-entries"]:
                start, end = (query.get(name, [None])[0] for name in ("start", "end"))
                return _page(place.listed_entries(user_id, start, end), query, "entries")
            case ["time-entries", entry_id]:
                return 200, place.entry(entry_id), {}
        return self._unknown("GET", rest)

    def _written(self, method: str, rest: list[str], query: Query, body: Any) -> Answer:
        if "time-entries" in rest:
            return self._entries_written(method, rest, query, body)
        return self._lists_written(method, rest, body)

    def _entries_written(  # noqa: PLR0911 - a table of routes
        self, method: str, rest: list[str], query: Query, body: Any
    ) -> Answer:
        place = self.workspace
        match method, *rest:
            case "POST", "time-entries", "batch":
                return 200, place.batch(body), {}
            case "POST", "time-entries":
                return 201, place.create_entry(place.owner, body), {}
            case "POST", "user", user_id, "time-entries":
                return 201, place.create_entry(user_id, body), {}
            case "PUT", "time-entries", entry_id:
                return 200, place.replace_entry(entry_id, body), {}
            case "PUT", "user", user_id, "time-entries":
                return 200, place.replace_entries(user_id, body), {}
            case "DELETE", "time-entries", entry_id:
                place.delete_entry(entry_id)
                return 204, None, {}
            case "DELETE", "user", user_id, "time-entries":
                ids = [each for value in query["time-entry-ids"] for each in value.split(",")]
                return 200, place.delete_entries(user_id, ids), {}
        return self._unknown(method, rest)

    def _lists_written(  # noqa: PLR0911 - a table of routes
        self, method: str, rest: list[str], body: Any
    ) -> Answer:
        place = self.workspace
        match method, *rest:
            case "POST", "clients":
                return 201, place.create_client(body), {}
            case "POST", "projects":
                return 201, place.create_project(body), {}
            case "PUT", "projects", project_id:
                return 200, place.replace_project(project_id, body), {}
            case "POST", "projects", project_id, "tasks":
                return 201, place.create_task(project_id, body), {}
            case "POST", "tags":
                return 201, place.create_tag(body), {}
            case "PUT", "tags", tag_id:
                return 200, place.replace_tag(tag_id, body), {}
        return self._unknown(method, rest)

    def _unknown(self, method: str, parts: list[str]) -> Answer:
        self.strangers.append(f"{method} {'/'.join(parts)}")
        return 404, {"message": "No static resource", "code": 3000}, {}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def _serve(self) -> None:
        url = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        text = self.rfile.read(length)
        path = url.path.removeprefix("/api/v1")
        if self.headers.get("X-Api-Key") != KEY:
            message = f"Api key {self.headers.get('X-Api-Key')} does not exist"
            self._send((401, {"message": message, "code": 4003}, {}))
            return
        body = json.loads(text) if text else None
        answer, fault = self.server.standin.answer(self.command, path, parse_qs(url.query), body)
        if fault in {"reset before", "reset after"}:
            self._reset()
            return
        self._send(answer)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _serve  # noqa: N815 - the base's names

    def _send(self, answer: Answer) -> None:
        status, body, headers = answer
        content = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _reset(self) -> None:
        """Close the connection so that the other side gets a reset."""
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        # The socket is closed only once its files are.
        self.rfile.close()
        self.wfile.close()
        self.connection.close()
        self.close_connection = True

    @override
    def finish(self) -> None:
        if self.connection.fileno() >= 0:
            super().finish()

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    standin: Standin

    @override
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore that a killed run has closed its connections."""


@contextmanager
def serving(workspace: Workspace) -> Iterator[Standin]:
    """Serve a workspace until the block ends."""
    standin = Standin(workspace)
    server = _Server(("127.0.0.1", 0), _Handler)
    server.standin = standin
    standin.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield standin
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _route(method: str, parts: list[str]) -> str:
    """Return the method and the path without ids."""
    rest = parts[2:] if parts[:1] == ["workspaces"] and len(parts) > 1 else parts
    kept = [part if part in PARTS or part == "batch" else "*" for part in rest]
    named = "/".join(kept) or "workspace"
    return f"{method} /{named}"


def _page(rows: list[Row], query: Query, kind: str) -> Answer:
    number, size = (
        int(query.get(name, [value])[0]) for name, value in (("page", "1"), ("page-size", "50"))
    )
    if not 0 < size <= LARGEST_PAGE[kind] or number < 1:
        raise RefusalError("Page size must be a positive value")
    end = number * size
    headers = {"Last-Page": "true" if end >= len(rows) else "false"}
    return 200, rows[end - size : end], headers
