"""The limiter's clock and a stand-in for the client's tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import hypothesis
import pytest
from client_support import NOW
from clockify_sandbox.api import Options
from clockify_sandbox.server import running
from clockify_sandbox.world import build_empty
from ticking import ticking

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clockify_sandbox.server import Server
    from ticking import Clock

hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("repeatable")


@pytest.fixture
def clock() -> Iterator[Clock]:
    """Let the limiter read a clock that only moves when it waits."""
    with ticking() as clock:
        yield clock


@pytest.fixture
def server() -> Iterator[Server]:
    """Serve a workspace with nothing but the key's owner."""
    world = build_empty(now=NOW, hourly_rate=10_000)
    with running(world, Options(enforce_rate_limits=False)) as server:
        yield server
