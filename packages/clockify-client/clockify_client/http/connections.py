"""Connections that can be aborted, so that a failed run need not wait for slow responses."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

import requests
from typing_extensions import override

if TYPE_CHECKING:
    from urllib3.connection import HTTPConnection


class StoppableAdapter(requests.adapters.HTTPAdapter):
    """The adapter of ``requests``, which also keeps track of its connections."""

    def __init__(self, size: int) -> None:
        """Create the adapter.

        Args:
            size: Maximum number of connections in use at once.
        """
        self._connections: WeakSet[HTTPConnection] = WeakSet()
        self._lock = threading.Lock()
        self._is_broken_off = False
        super().__init__(pool_maxsize=size)

    @override
    def get_connection_with_tls_context(self, *args: Any, **options: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **options)
        with self._lock:
            if not hasattr(pool.ConnectionCls, "adapter"):
                methods = {"adapter": self, "__init__": _init, "getresponse": _getresponse}
                pool.ConnectionCls = type("Stoppable", (pool.ConnectionCls,), methods)
        return pool

    def track(self, connection: HTTPConnection) -> None:
        """Abort a connection, too, when all are aborted."""
        with self._lock:
            self._connections.add(connection)

    def check(self) -> None:
        """Check, once a request was sent, that the response may be waited for.

        Raises:
            ConnectionAbortedError: All connections were aborted before this one was open.
        """
        if self._is_broken_off:
            raise ConnectionAbortedError

    def break_off(self) -> None:
        """Abort all connections; threads that wait for a response get a connection error.

        So do threads that are only about to connect: they check the flag after connecting, and the
        flag is set before the open connections are listed.
        """
        self._is_broken_off = True
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            if connection.sock is not None:
                with suppress(OSError):
                    connection.sock.shutdown(socket.SHUT_RDWR)


def _init(self: Any, *args: Any, **options: Any) -> None:
    super(type(self), self).__init__(*args, **options)
    self.adapter.track(self)


def _getresponse(self: Any) -> Any:
    self.adapter.check()
    return super(type(self), self).getresponse()
