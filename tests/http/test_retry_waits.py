"""How long the tap waits between tries, at least and at most, and how often it tries."""

from __future__ import annotations

import logging
import random
from typing import TYPE_CHECKING

import pytest
from clockify_client.errors import ClockifyError
from support import run_tap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from clockify_sandbox.server import Server

CLIENTS = "/clients"


@pytest.mark.parametrize(
    ("chance", "waits"),
    [(max, [1.0, 2.0, 4.0, 8.0, 16.0, 32.0]), (min, [0.5] * 6)],
    ids=["longest", "shortest"],
)
def test_waits_double_until_the_last_try(
    server: Server,
    sleeps: list[float],
    monkeypatch: pytest.MonkeyPatch,
    chance: Callable[[Iterable[float]], float],
    waits: list[float],
) -> None:
    monkeypatch.setattr(random, "uniform", lambda low, high: chance((low, high)))
    server.faults.add("5xx", match=CLIENTS, times=6)
    run_tap(server, select=["clients"])
    assert sleeps == waits
    assert server.requests.count(CLIENTS) == 7


def test_run_fails_after_seven_tries(server: Server, sleeps: list[float]) -> None:
    server.faults.add("5xx", match=CLIENTS, times=None)
    with pytest.raises(ClockifyError, match="503"):
        run_tap(server, select=["clients"])
    assert server.requests.count(CLIENTS) == 7
    assert len(sleeps) == 6


@pytest.mark.parametrize(
    ("asked", "waited"), [(2, 2.0), (59, 59.0), (3599, 3599.0), (3600, 3600.0), (3601, 3600.0)]
)
def test_clockify_may_ask_for_a_wait_of_an_hour_at_most(
    server: Server, sleeps: list[float], asked: int, waited: float
) -> None:
    server.faults.add("429", match=CLIENTS, retry_after=asked)
    run_tap(server, select=["clients"])
    assert sleeps == [waited]


def test_summary_of_the_run_counts_all_requests_and_their_retries(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    server.faults.add("5xx", match=CLIENTS, times=2)
    server.faults.add("5xx", match="/reports/summary", times=1)
    with caplog.at_level(logging.INFO):
        run_tap(server, select=["clients", "summary"])
    (said,) = [text for text in caplog.messages if text.startswith("Complete in")]
    assert f" {server.requests.total} requests, 3 of them retries;" in said
