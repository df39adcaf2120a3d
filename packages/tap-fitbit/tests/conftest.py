"""A person and runs of the tap against the stand-in that serves their data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import time_machine
from clockify_sandbox import google_health
from fitbit_histories import DAYS, NOW, runs_of
from ledger_fixtures import waits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clockify_sandbox.google_health import Server, World
    from ledger_runs import Runs


__all__ = ["waits"]


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Stop the time."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def world(clock: time_machine.Traveller) -> World:  # noqa: ARG001 -- the world's time as well
    """A person with some weeks of data."""
    return google_health.build_person(seed=3, days=DAYS, now=NOW)


@pytest.fixture
def server(world: World) -> Iterator[Server]:
    """The stand-in that serves the person's data."""
    with google_health.running(world) as running:
        yield running


@pytest.fixture
def runs(server: Server) -> Runs:
    """Runs of the tap with the person's consent."""
    return runs_of(server)
