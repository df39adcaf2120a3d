"""A run that waits for the next hour when its budget is used up, and so is complete."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from chains import FREE_CEILING, SELECTIONS, WORKSPACES, Chain

if TYPE_CHECKING:
    from conftest import Serve


class Waited:
    """A clock that moves only by the waits of the tap and by what a test adds."""

    def __init__(self, long: list[float]) -> None:
        """Count the long waits in `sleeps`, and the short ones."""
        self.short: list[float] = []
        self._long = long

    @property
    def seconds(self) -> float:
        """Return the time in seconds."""
        return sum(self._long) + sum(self.short)

    @property
    def hours(self) -> int:
        """Return how many hours have begun."""
        return 1 + int(self.seconds / 3600)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, sleeps: list[float]) -> Waited:
    """Give the limiter a clock of its own."""
    clock = Waited(sleeps)
    monkeypatch.setattr(
        "pyrate_limiter.clocks.monotonic_ns", lambda: round(clock.seconds * 1e6) * 1000
    )
    monkeypatch.setattr(time, "sleep", clock.short.append)
    return clock


@pytest.mark.parametrize("selection", SELECTIONS)
@pytest.mark.parametrize(("place", "budget"), [(place, n) for place in WORKSPACES for n in (2, 7)])
def test_run_that_waits_for_the_next_hour_ends_complete(
    serve: Serve,
    caplog: pytest.LogCaptureFixture,
    clock: Waited,
    place: str,
    budget: int,
    selection: str,
) -> None:
    plan, workspaces = WORKSPACES[place]
    chain = Chain(
        serve, caplog, plan=plan, workspaces=workspaces, days=90, select=SELECTIONS[selection]
    )
    assert chain.run(budget, when_budget_spent="wait", concurrency=1)
    assert chain.wrong() == []
    asked = chain.server.requests.total
    assert asked <= budget * clock.hours
    assert bool(clock.seconds) == (asked > budget), "waits only when the budget is used up"


def test_ceiling_of_a_free_workspace_is_waited_for(
    serve: Serve, caplog: pytest.LogCaptureFixture, clock: Waited
) -> None:
    chain = Chain(serve, caplog, days=860)
    assert chain.run(None, when_budget_spent="wait", concurrency=1)
    assert chain.wrong() == []
    # The request for the workspaces counts for each of them.
    asked = chain.server.requests.total
    assert 2 * FREE_CEILING < asked <= FREE_CEILING * clock.hours


def test_request_exactly_an_hour_after_another_counts(
    serve: Serve, caplog: pytest.LogCaptureFixture, clock: Waited
) -> None:
    """The budget is 2: the requests come at 0 ms and 5 ms, then an hour later at 1 ms and 5 ms."""
    chain = Chain(serve, caplog, workspaces=2, days=5, select=SELECTIONS["lists alone"])
    later = iter([0.005, 0.0, 0.004])
    at: list[float] = []

    def answered() -> None:
        at.append(clock.seconds)
        clock.short.append(next(later, 0.0))

    chain.server.faults.call(answered, times=None)
    assert chain.run(2, when_budget_spent="wait", concurrency=1)
    thirds = zip(at, at[2:], strict=False)
    assert all(third - first >= 3600 for first, third in thirds), at
