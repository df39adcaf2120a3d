"""A company and runs of the tap against the stand-in that serves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import time_machine
from clockify_sandbox import timecamp
from ledger_fixtures import waits
from timecamp_histories import NOW, runs_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clockify_sandbox.timecamp import Server, World
    from ledger_runs import Runs


__all__ = ["waits"]


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Stop the time."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def world(clock: time_machine.Traveller) -> World:  # noqa: ARG001 -- the world's time as well
    """A company with a year and a half of entries."""
    return timecamp.build_company(seed=3, people=4, days=500, now=NOW)


@pytest.fixture
def server(world: World) -> Iterator[Server]:
    """The stand-in that serves the company."""
    with timecamp.running(world) as running:
        yield running


@pytest.fixture
def runs(server: Server) -> Runs:
    """Runs of the tap as an administrator."""
    return runs_of(server)
