"""Every test is alone with its own stand-in: no network, no environment, no waiting."""

from __future__ import annotations

import os
import socket
from contextlib import ExitStack
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Protocol

import hypothesis
import pytest
from support import UpsertStore, agency, serving, waiting_for_nothing

from tap_clockify.limits import RateLimits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clockify_sandbox.server import Server
    from clockify_sandbox.world import World

LEAKY = ("CLOCKIFY_", "TAP_CLOCKIFY_", "MELTANO_", "SINGER_")
"""Beginnings of variables that would change what the tap does."""

SLEPT: list[float] = []

hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("repeatable")


class Serve(Protocol):
    """Starts a stand-in that ends with the test."""

    def __call__(self, world: World | None = None, **options: Any) -> Server:
        """Serve a world (default: a small agency), with options of the stand-in."""


@pytest.fixture(scope="session", autouse=True)
def _isolated_environment() -> Iterator[None]:
    """Keep the developer's own settings out, and the loopback off any proxy."""
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith(LEAKY) or name in {"LOGLEVEL", "TZ"}:
                patch.delenv(name)
        patch.setenv("NO_PROXY", "127.0.0.1,localhost")
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    """Let no test talk to anybody but this machine."""
    connect = socket.socket.connect

    def connect_here(self: socket.socket, address: Any) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6} and not _is_here(address[0]):
            message = f"a test tried to connect to {address}"
            raise AssertionError(message)
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect_here)
        yield


def _is_here(host: str) -> bool:
    return host == "localhost" or ip_address(host).is_loopback


@pytest.fixture(scope="session", autouse=True)
def _retry_at_once() -> Iterator[None]:
    """Let retries wait for nothing, and note how long they would have waited."""
    with pytest.MonkeyPatch.context() as patch:
        if "sleep" in RateLimits.__init__.__kwdefaults__:  # OLD
            patch.setitem(RateLimits.__init__.__kwdefaults__, "sleep", SLEPT.append)  # OLD
        patch.setattr(RateLimits, "wait", waiting_for_nothing(SLEPT), raising=False)
        yield


@pytest.fixture(autouse=True)
def sleeps() -> list[float]:
    """Seconds that the tap has waited between tries since the test began."""
    SLEPT.clear()
    return SLEPT


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start stand-ins."""
    with ExitStack() as stack:

        def start(world: World | None = None, **options: Any) -> Server:
            return stack.enter_context(serving(world or agency(), **options))

        yield start


@pytest.fixture
def server(serve: Serve) -> Server:
    """Serve a small agency."""
    return serve()


@pytest.fixture
def store() -> UpsertStore:
    """Set up an empty warehouse."""
    return UpsertStore()
