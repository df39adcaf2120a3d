"""A small agency and a client that talks to the stand-in serving it."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from clockify_sandbox.api import Options
from clockify_sandbox.server import running
from clockify_sandbox.world import build_agency, build_empty
from sandbox_support import NOW, Caller

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from clockify_sandbox.world import World


@pytest.fixture
def serve() -> Iterator[Callable[..., Caller]]:
    """Serve worlds until the end of the test."""
    with ExitStack() as stack:

        def start(world: World, options: Options | None = None) -> Caller:
            return Caller(stack.enter_context(running(world, options)))

        yield start


@pytest.fixture
def empty() -> World:
    """An empty workspace in Berlin."""
    return build_empty(now=NOW, timezone="Europe/Berlin", hourly_rate=9000)


@pytest.fixture(scope="session")
def agency() -> Iterator[Caller]:
    """An agency that is shared, so no test may change it."""
    world = build_agency(seed=7, people=9, days=40, entries_per_day=3, now=NOW)
    with running(world, Options(enforce_rate_limits=False)) as server:
        yield Caller(server)
