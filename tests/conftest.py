"""Every test of the tap has its own stand-in, and no retry waits."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Protocol

import hypothesis
import pytest
from clockify_client.http.limits import RateLimits
from support import UpsertStore, agency, recording_waits, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clockify_sandbox.server import Server
    from clockify_sandbox.world import World
    from dbt_runs import DbtProcess

SLEPT: list[float] = []

hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("repeatable")


class Serve(Protocol):
    """Starts a stand-in that ends with the test."""

    def __call__(self, world: World | None = None, **options: Any) -> Server:
        """Serve a world (default: a small agency), with options of the stand-in."""


@pytest.fixture(scope="session", autouse=True)
def _retry_at_once() -> Iterator[None]:
    """Let retries not wait, and record how long they would have waited."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RateLimits, "wait", recording_waits(SLEPT))
        yield


@pytest.fixture(autouse=True)
def sleeps() -> list[float]:
    """Seconds that each retry of the test would have waited."""
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


@pytest.fixture(scope="session")
def dbt_process() -> Iterator[DbtProcess]:
    """Share a process that runs commands of dbt."""
    from dbt_runs import DbtProcess  # noqa: PLC0415 - the source distribution does not have it

    with DbtProcess() as process:
        yield process


@pytest.fixture
def store() -> UpsertStore:
    """Set up an empty warehouse."""
    return UpsertStore()
