"""ASGI middleware in front of the routes: the request log, faults, hooks and latency."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, JSONResponse, Response

from clockify_sandbox.standin.journal import Journal, Seen

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from clockify_sandbox.standin.faults import Fault, Faults

Connections = dict[tuple[str, int], asyncio.Transport]
"""Open connections by the client's address, for faults below the level of HTTP."""
CONTROL_PREFIX = "/_sandbox"
TOO_MANY = {"message": "Too many requests"}
"""The body of a 429, of a service that has no other."""


class Gateway:
    """Logs every request to a service and applies faults to it; control routes pass unchanged."""

    def __init__(
        self, app: ASGIApp, journal: Journal, faults: Faults, too_many: object = None
    ) -> None:
        """Wrap `app`, whose body of a 429 is `too_many`. A server keeps its connections here."""
        self._app = app
        self._too_many = TOO_MANY if too_many is None else too_many
        self.journal = journal
        self.faults = faults
        self.connections: Connections = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http" or f"{CONTROL_PREFIX}/" in scope["path"]:
            await self._app(scope, receive, send)
            return
        body = await _read(receive)
        seen = Seen(
            scope["method"],
            scope["path"],
            scope["query_string"].decode("latin-1"),
            body,
            headers=_headers(scope),
        )
        self.journal.add(seen)
        started = time.perf_counter()
        fault = self.faults.strike(seen)
        if self.faults.latency:
            await asyncio.sleep(self.faults.latency)
        messages = await self._respond(scope, body, fault)
        seen.fault = fault.kind if fault else None
        for hook in self.faults.due(seen):
            hook.action()
        seen.status = _status(messages)
        seen.seconds = time.perf_counter() - started
        if fault and fault.kind in {"reset", "reset_before"}:
            seen.status = None
            await self._reset(scope, receive)
        elif fault and fault.kind == "truncated":
            await self._truncate(messages, scope, receive, send)
        else:
            for message in messages:
                await send(message)

    async def _respond(self, scope: Scope, body: bytes, fault: Fault | None) -> list[Message]:
        app: ASGIApp = self._app
        messages: list[Message] = []
        if fault and fault.kind == "reset_before":
            return messages
        if fault and fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        elif fault:
            app = self._instead(fault) or app

        async def receive() -> MutableMapping[str, object]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            messages.append(message)

        await app(scope, receive, send)
        if fault and fault.kind == "5xx_after":
            messages.clear()
            await HTMLResponse(fault.body, status_code=fault.status)(scope, receive, send)
        return messages

    def _instead(self, fault: Fault) -> Response | None:
        match fault.kind:
            case "429":
                response = JSONResponse(self._too_many, status_code=429)
                if fault.retry_after is not None:
                    response.headers["Retry-After"] = str(fault.retry_after)
                return response
            case "5xx":
                return HTMLResponse(fault.body, status_code=fault.status)
            case "status":
                return Response(fault.body, fault.status, media_type="application/json")
            case "malformed":
                return Response('{"totals": [nul', media_type="application/json")
            case "empty":
                return Response(b"", media_type="application/json")
        return None

    async def _truncate(
        self, messages: list[Message], scope: Scope, receive: Receive, send: Send
    ) -> None:
        start, *rest = messages
        body = b"".join(message.get("body", b"") for message in rest)
        await send(start)
        await send(
            {"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True}
        )
        self._connection(scope).close()
        await _disconnected(receive)

    async def _reset(self, scope: Scope, receive: Receive) -> None:
        connection = self._connection(scope)
        # Lingering for zero seconds makes the kernel send RST instead of FIN.
        connected: socket.socket = connection.get_extra_info("socket")
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.abort()
        await _disconnected(receive)

    def _connection(self, scope: Scope) -> asyncio.Transport:
        return self.connections[tuple(scope["client"])]


async def _read(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _status(messages: list[Message]) -> int | None:
    return next((m["status"] for m in messages if m["type"] == "http.response.start"), None)


def _headers(scope: Scope) -> dict[str, str]:
    """Keep the headers, but mask those that hold a credential."""
    secret = {"x-api-key", "x-addon-token", "authorization"}
    pairs = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
    return {name: "***" if name in secret else value for name, value in pairs}
