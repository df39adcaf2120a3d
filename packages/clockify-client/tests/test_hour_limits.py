"""What the limiter does when the budget is spent, what it tells, and how its waits end."""

from __future__ import annotations

import datetime as dt
import logging
from threading import Event, Thread
from typing import TYPE_CHECKING

import pytest
import time_machine
from client_support import NOW
from clockify_client.http.limits import RUN, BudgetSpentError, StoppedError
from ticking import HOUR, LOGGER, MINUTE, limiter, sent

if TYPE_CHECKING:
    from collections.abc import Callable

    from ticking import Clock

GUARD = 120.0
"""Seconds after which a thread that does not end fails its test, instead of hanging."""


# Budget


@pytest.mark.parametrize(
    ("passed", "minutes"), [(1, 60), (61, 59), (40 * MINUTE, 21), (59 * MINUTE + 1, 1), (3599.9, 1)]
)
def test_spent_budget_stops_and_names_the_minutes(
    clock: Clock, passed: float, minutes: int
) -> None:
    limits = limiter(clock, per_hour=2, stop_when_spent=True)
    sent(limits, clock, 2)
    clock.pass_by(passed)
    with pytest.raises(BudgetSpentError, match=rf" in {minutes} minutes at the earliest\.$"):
        limits.acquire()
    assert clock.waits == []
    assert len(limits.made(RUN)) == 2


def test_budget_is_free_again_after_the_hour(clock: Clock) -> None:
    limits = limiter(clock, per_hour=2, stop_when_spent=True)
    sent(limits, clock, 2)
    clock.pass_by(HOUR + 0.001)
    sent(limits, clock, 2)
    with pytest.raises(BudgetSpentError):
        limits.acquire()


def test_budget_of_one_workspace_stops_it_alone(clock: Clock) -> None:
    limits = limiter(clock, stop_when_spent=True)
    limits.limit_hour("a", 2, spent=[(dt.datetime.now(dt.UTC), 2)])
    sent(limits, clock, 1, "b")
    with pytest.raises(BudgetSpentError):
        limits.acquire("a")


def test_only_hours_are_a_budget(clock: Clock) -> None:
    limits = limiter(clock, 2, stop_when_spent=True)
    limits.slow_down()
    sent(limits, clock, 9)
    assert sum(clock.waits) > 4


# Count


def test_requests_are_counted_by_workspace(clock: Clock) -> None:
    limits = limiter(clock)
    for workspace, count in (("a", 2), ("b", 1), (None, 3), ("a", 1)):
        sent(limits, clock, count, workspace)
    # Requests for no workspace in particular may count towards any of them.
    counts = {scope: len(limits.made(scope)) for scope in ("a", "b", "c", RUN)}
    assert counts == {"a": 6, "b": 4, "c": 3, RUN: 7}


def test_request_that_waited_counts_once(clock: Clock) -> None:
    limits = limiter(clock, 2)
    limits.slow_down()
    sent(limits, clock, 4, "a")
    assert clock.waits != []
    assert len(limits.made("a")) == 4


def test_requests_are_dated_for_an_hour(clock: Clock) -> None:
    limits = limiter(clock)
    for pause in (0, 1, 20 * MINUTE, 39 * MINUTE + 59):
        clock.pass_by(pause)
        sent(limits, clock, 1, "a")
    with time_machine.travel(NOW, tick=False):
        ages = [(NOW - at).total_seconds() for at in limits.made("a")]
        assert ages == [HOUR, HOUR - 1, 40 * MINUTE - 1, 0]
        clock.pass_by(0.5)
        assert min(limits.made("a")) == NOW - dt.timedelta(seconds=HOUR - 0.5)


# Log


def test_wait_for_the_hour_is_told_with_its_end_and_its_reason(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    limits = limiter(clock)
    limits.limit_hour("a", 2)
    with caplog.at_level(logging.INFO), time_machine.travel(NOW, tick=False):
        sent(limits, clock, 3, "a")
    (waited,) = clock.waits
    until = (NOW + dt.timedelta(seconds=waited)).astimezone()
    assert caplog.messages == [
        f"Waiting until {until:%H:%M:%S %Z} before the next request: the 2 requests of this hour"
        " are used up."
    ]


def test_long_wait_for_the_pace_has_a_reason(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    reasons = (
        "the setting requests_per_second allows no more",
        "the server answered with status 429, so requests are sent more slowly",
    )
    for reason in reasons:
        limits = limiter(clock, 0.1)
        if "429" in reason:
            limits.slow_down()
        with caplog.at_level(logging.INFO):
            sent(limits, clock, 2)
        assert caplog.messages
        assert all(text.endswith(f" next request: {reason}.") for text in caplog.messages)
        caplog.clear()


def test_short_wait_is_not_told(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    limits = limiter(clock, 1)
    with caplog.at_level(logging.DEBUG):
        sent(limits, clock, 2)
    assert clock.waits
    assert caplog.messages == []


# End


class Attempt(Thread):
    """Does something in a thread and keeps the error it ends with."""

    def __init__(self, action: Callable[[], object]) -> None:
        """Begin at once."""
        super().__init__(daemon=True)
        self._action = action
        self.error: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            self._action()
        except StoppedError as error:
            self.error = error

    def ends(self) -> bool:
        self.join(GUARD)
        return not self.is_alive()


class Told(logging.Handler):
    """Notices that so many waits have been told."""

    def __init__(self, count: int) -> None:
        """Wait for the first."""
        super().__init__()
        self._left = count
        self.all = Event()

    def emit(self, record: logging.LogRecord) -> None:  # noqa: ARG002
        self._left -= 1
        if self._left == 0:
            self.all.set()


def test_stop_ends_the_waits_of_all_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = limiter(None, per_hour=1)
    limits.acquire()
    told = Told(3)
    monkeypatch.setattr(LOGGER, "handlers", [told])
    monkeypatch.setattr(LOGGER, "level", logging.INFO)
    waiting = [Attempt(limits.acquire) for _ in range(3)]
    assert told.all.wait(GUARD)
    limits.stop()
    assert all(attempt.ends() for attempt in waiting)
    assert [type(attempt.error) for attempt in waiting] == [StoppedError] * 3
    assert len(limits.made(RUN)) == 1


def test_nothing_waits_after_stop() -> None:
    limits = limiter(None)
    limits.stop()
    assert Attempt(lambda: limits.wait(HOUR)).ends()


def test_nothing_is_sent_after_stop(clock: Clock) -> None:
    limits = limiter(clock, per_hour=1, stop_when_spent=True)
    limits.check()
    sent(limits, clock, 1)
    limits.stop()
    for attempt in (limits.acquire, lambda: limits.acquire("a"), limits.check):
        with pytest.raises(StoppedError, match=r"^The run has ended"):
            attempt()
    assert len(limits.made(RUN)) == 1


def test_stop_during_a_wait_takes_no_place(clock: Clock) -> None:
    limits = limiter(clock, 1)
    sent(limits, clock, 1)

    def stop_meanwhile(seconds: float) -> None:
        clock.pass_by(seconds)
        limits.stop()

    limits._sleep = stop_meanwhile
    with pytest.raises(StoppedError):
        limits.acquire()
    assert len(limits.made(RUN)) == 1
