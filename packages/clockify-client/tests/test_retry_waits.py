"""How long the client waits between tries, at least and at most, and how often it tries."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

import pytest
from client_support import connected
from clockify_client.advice import ADVICE
from clockify_client.errors import ClockifyError
from clockify_client.http.session import Session
from ticking import LOGGER, limiter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from clockify_sandbox.server import Server
    from ticking import Clock

PATH = "/user"

SHORTEST_RETRY = 0.5
"""The shortest wait of a retry in seconds, unless Clockify says how long; waits of the pace are
shorter."""


@pytest.fixture
def session(clock: Clock, server: Server) -> Iterator[Session]:
    session = Session(
        auth_header=("X-Api-Key", server.world.api_key),
        user_agent="test",
        limits=limiter(clock),
        advice=ADVICE,
        logger=LOGGER,
        metrics_logger=LOGGER,
    )
    yield session
    session.close()


def waits(clock: Clock) -> list[float]:
    return [seconds for seconds in clock.waits if seconds >= SHORTEST_RETRY]


@pytest.mark.parametrize(
    ("chance", "expected"),
    [(max, [1.0, 2.0, 4.0, 8.0, 16.0, 32.0]), (min, [0.5] * 6)],
    ids=["longest", "shortest"],
)
def test_waits_double_until_the_last_try(
    server: Server,
    session: Session,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    chance: Callable[[Iterable[float]], float],
    expected: list[float],
) -> None:
    monkeypatch.setattr(random, "uniform", lambda low, high: chance((low, high)))
    server.faults.add("5xx", match=PATH, times=6)
    session.send("GET", server.api_url + PATH)
    assert waits(clock) == expected
    assert server.requests.count(PATH) == 7


def test_request_fails_after_seven_tries(server: Server, session: Session, clock: Clock) -> None:
    server.faults.add("5xx", match=PATH, times=None)
    with pytest.raises(ClockifyError, match="503"):
        session.send("GET", server.api_url + PATH)
    assert server.requests.count(PATH) == 7
    assert len(waits(clock)) == 6


@pytest.mark.parametrize(
    ("asked", "waited"), [(2, 2.0), (59, 59.0), (3599, 3599.0), (3600, 3600.0), (3601, 3600.0)]
)
def test_clockify_may_ask_for_a_wait_of_an_hour_at_most(
    server: Server, session: Session, clock: Clock, asked: int, waited: float
) -> None:
    server.faults.add("429", match=PATH, retry_after=asked)
    session.send("GET", server.api_url + PATH)
    assert waits(clock) == [waited]


def test_retries_are_counted(server: Server, session: Session) -> None:
    server.faults.add("5xx", match=PATH, times=2)
    part = session.counted("clients")
    part.send("GET", server.api_url + PATH)
    session.send("GET", server.api_url + PATH)
    assert (part.usage.requests, part.usage.retries) == (3, 2)
    assert (session.usage.requests, session.usage.retries) == (4, 2)


def test_retry_says_when_and_who_asks_for_the_wait(
    server: Server, session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    server.faults.add("429", match=PATH, retry_after=120)
    session.send("GET", server.api_url + PATH)
    (text,) = caplog.messages
    assert re.search(
        r"Trying again in 120\.0 s, at \d\d:\d\d:\d\d \w+, as the server asks\.$", text
    )


def test_nothing_that_listens_here_is_answered_with_the_command_of_the_sandbox(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = connected()
    monkeypatch.setattr(client.session.limits, "wait", clock.sleep)
    monkeypatch.setattr(
        client.session, "_retrying", client.session._retrying.copy(sleep=clock.sleep)
    )
    with pytest.raises(ClockifyError, match=r"uv run clockify-sandbox up`\.$"):
        client.get(PATH)
    client.session.close()
