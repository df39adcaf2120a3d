"""Connections that can be aborted, so that a failed run need not wait for slow responses."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

import requests
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Callable

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
        super().__init__(pool_maxsize=size)

    @override
    def get_connection_with_tls_context(self, *args: Any, **options: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **options)
        if not isinstance(pool.ConnectionCls, partial):
            pool.ConnectionCls = partial(self._connection, pool.ConnectionCls)
        return pool

    def _connection(
        self, connection_class: Callable[..., HTTPConnection], **options: Any
    ) -> HTTPConnection:
        connection = connection_class(**options)
        with self._lock:
            self._connections.add(connection)
        return connection

    def break_off(self) -> None:
        """Abort all connections; threads that wait for a response get a connection error."""
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            if connection.sock is not None:
                with suppress(OSError):
                    connection.sock.shutdown(socket.SHUT_RDWR)
