"""The limiter keeps every ceiling, of a second and of an hour, and slows down after a 429."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
import time_machine
from client_support import NOW
from clockify_client.advice import ADVICE
from clockify_client.http.session import Session
from hypothesis import given
from hypothesis import strategies as st
from ticking import HOUR, LOGGER, MINUTE, PROMPT, gaps, limiter, most_within, sent, ticking

if TYPE_CHECKING:
    from clockify_sandbox.server import Server
    from ticking import Clock

JITTER = 0.1
"""Seconds by which requests may arrive closer together than they were sent."""


# Seconds


@pytest.mark.parametrize("ceiling", [1, 2, 2.5, 3.99, 7, 50])
def test_no_second_holds_more_requests_than_the_ceiling(clock: Clock, ceiling: float) -> None:
    times = sent(limiter(clock, ceiling), clock, 4 * int(ceiling) + 1)
    assert most_within(times, 1 + JITTER) == int(ceiling)
    assert times[-1] - times[0] <= 4 * (1 + JITTER + PROMPT)


@pytest.mark.parametrize("ceiling", [0.9, 0.5, 0.4, 0.01, 0.001])
def test_ceiling_below_one_spaces_single_requests(clock: Clock, ceiling: float) -> None:
    between = gaps(sent(limiter(clock, ceiling), clock, 5))
    assert min(between) >= 1 / ceiling
    assert max(between) <= 1 / ceiling + PROMPT


@given(
    ceiling=st.floats(1, 20),
    pauses=st.lists(st.sampled_from((0.0, 0.001, 0.05, 0.3, 0.99, 1.0, 1.1, 4.0)), max_size=60),
)
def test_no_second_holds_too_many_requests_whenever_they_are_asked_for(
    ceiling: float, pauses: list[float]
) -> None:
    with ticking() as clock:
        limits = limiter(clock, ceiling)
        times = []
        for pause in [0.0, *pauses]:
            clock.pass_by(pause)
            times += sent(limits, clock, 1)
    assert most_within(times, 1 + JITTER) <= ceiling


def test_requests_below_the_ceiling_do_not_wait(clock: Clock) -> None:
    limits = limiter(clock, 5)
    for _ in range(20):
        sent(limits, clock, 1)
        clock.pass_by(0.25)
    assert clock.waits == []


# After a 429


def test_pace_halves_after_a_429(clock: Clock) -> None:
    limits = limiter(clock, 10)
    limits.slow_down()
    assert gaps(sent(limits, clock, 12)) == pytest.approx([0.2] * 11)
    limits.slow_down()
    assert gaps(sent(limits, clock, 12))[1:] == pytest.approx([0.4] * 10)


def test_pace_has_a_floor(clock: Clock) -> None:
    limits = limiter(clock, 10)
    found = []
    for _ in range(9):
        limits.slow_down()
        found.append(gaps(sent(limits, clock, 3))[-1])
    assert found == pytest.approx([0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 6.4, 6.4, 6.4])


def test_pace_recovers_with_every_good_answer(clock: Clock) -> None:
    limits = limiter(clock, 10)
    limits.slow_down()
    sent(limits, clock, 1)
    found = []
    for _ in range(20):
        found += sent(limits, clock, 1)
        limits.speed_up()
    # A pause was decided on before the answer came that shortens the next.
    paces = [1 / gap for gap in gaps(found)]
    assert paces == pytest.approx([5 + 0.2 * number for number in range(19)])


def test_pace_is_back_at_the_ceiling_in_the_end(clock: Clock) -> None:
    limits = limiter(clock, 10)
    limits.slow_down()
    for _ in range(24):
        limits.speed_up()
    assert gaps(sent(limits, clock, 3)) == pytest.approx([1 / 9.8] * 2)
    for _ in range(2):
        limits.speed_up()
    clock.pass_by(2)
    assert gaps(sent(limits, clock, 10)) == [0.0] * 9


def test_good_answers_do_not_raise_the_pace_above_the_ceiling(clock: Clock) -> None:
    limits = limiter(clock, 10)
    for _ in range(100):
        limits.speed_up()
    limits.slow_down()
    assert gaps(sent(limits, clock, 3)) == pytest.approx([0.2] * 2)


def test_slow_pace_of_one_thread_is_that_of_all(clock: Clock) -> None:
    limits = limiter(clock, 10)
    limits.slow_down()
    times = []
    for workspace in ("a", "b", None, "a", "b"):
        times += sent(limits, clock, 1, workspace)
    assert gaps(times) == pytest.approx([0.2] * 4)


# Hours


@pytest.mark.parametrize("ceiling", [1, 3, 30])
def test_no_hour_holds_more_requests_than_the_ceiling(clock: Clock, ceiling: int) -> None:
    limits = limiter(clock, per_hour=ceiling)
    times = []
    for number in range(4 * ceiling + 1):
        clock.pass_by(number % 7 * 10.0)
        times += sent(limits, clock, 1)
    assert most_within(times, HOUR) == ceiling


def test_wait_for_the_hour_is_no_longer_than_it_takes(clock: Clock) -> None:
    """It ends when the oldest request of the hour is an hour old, and not the newest."""
    limits = limiter(clock, per_hour=2)
    (first,) = sent(limits, clock, 1)
    clock.pass_by(20 * MINUTE)
    (second,) = sent(limits, clock, 1)
    third, fourth, fifth = sent(limits, clock, 3)
    assert HOUR <= third - first <= HOUR + PROMPT
    assert HOUR <= fourth - second <= HOUR + PROMPT
    assert HOUR <= fifth - third <= HOUR + PROMPT


def test_request_exactly_an_hour_after_the_oldest_counts(clock: Clock) -> None:
    limits = limiter(clock, per_hour=1)
    sent(limits, clock, 1)
    clock.pass_by(HOUR)
    times = sent(limits, clock, 2)
    assert most_within(times, HOUR) == 1


def test_hour_of_a_workspace_holds_for_it_alone(clock: Clock) -> None:
    limits = limiter(clock)
    limits.limit_hour("a", 2)
    sent(limits, clock, 2, "a")
    sent(limits, clock, 50, "b")
    sent(limits, clock, 50)
    assert clock.waits == []
    sent(limits, clock, 1, "a")
    assert sum(clock.waits) >= HOUR


def test_hour_of_the_run_holds_for_every_workspace(clock: Clock) -> None:
    limits = limiter(clock, per_hour=3)
    for workspace in ("a", "b", None):
        sent(limits, clock, 1, workspace)
    assert clock.waits == []
    sent(limits, clock, 1, "c")
    assert sum(clock.waits) >= HOUR


def test_both_hours_are_kept_to(clock: Clock) -> None:
    limits = limiter(clock, per_hour=3)
    limits.limit_hour("a", 2)
    times = sent(limits, clock, 6, "a")
    assert most_within(times, HOUR) == 2
    clock.pass_by(2 * HOUR)
    times = sent(limits, clock, 2, "a") + sent(limits, clock, 4)
    assert most_within(times, HOUR) == 3


@pytest.mark.parametrize(("spent", "free"), [(0, 3), (1, 2), (3, 0), (9, 0)])
def test_requests_of_earlier_runs_count_for_the_hour(clock: Clock, spent: int, free: int) -> None:
    limits = limiter(clock)
    limits.limit_hour("a", 3, spent=[(dt.datetime.now(dt.UTC), spent)])
    assert limits.left() == free
    sent(limits, clock, free, "a")
    assert clock.waits == []
    sent(limits, clock, 1, "a")
    assert HOUR <= sum(clock.waits) <= HOUR + PROMPT


@time_machine.travel(NOW, tick=False)
def test_places_become_free_an_hour_after_each_request_of_earlier_runs(clock: Clock) -> None:
    limits = limiter(clock)
    minutes = {50: 2, 30: 1, 10: 2}
    spent = [(NOW - ago * dt.timedelta(minutes=1), count) for ago, count in minutes.items()]
    limits.limit_hour("a", 5, spent=reversed(spent))
    began = clock.monotonic()
    times = [time - began for time in sent(limits, clock, 6, "a")]
    wanted = [10 * MINUTE] * 2 + [30 * MINUTE] + [50 * MINUTE] * 2 + [70 * MINUTE]
    assert times == pytest.approx(wanted, abs=PROMPT)
    assert all(time > at for time, at in zip(times, wanted, strict=True))


@time_machine.travel(NOW, tick=False)
def test_more_requests_than_the_ceiling_are_waited_for_one_by_one(clock: Clock) -> None:
    """The ceiling was lowered, or requests were made before it was known."""
    limits = limiter(clock)
    spent = [(NOW - ago * dt.timedelta(minutes=1), 1) for ago in (50, 40, 30, 20)]
    limits.limit_hour("a", 2, spent=spent)
    assert limits.left() == 0
    began = clock.monotonic()
    times = [time - began for time in sent(limits, clock, 2, "a")]
    assert times == pytest.approx([30 * MINUTE, 40 * MINUTE], abs=PROMPT)


@time_machine.travel(NOW, tick=False)
def test_request_dated_after_now_counts_from_now(clock: Clock) -> None:
    limits = limiter(clock)
    limits.limit_hour("a", 1, spent=[(NOW + dt.timedelta(hours=5), 1)])
    sent(limits, clock, 1, "a")
    assert HOUR <= sum(clock.waits) <= HOUR + PROMPT


def test_requests_from_before_the_limit_was_known_count(clock: Clock) -> None:
    limits = limiter(clock)
    sent(limits, clock, 1)
    clock.pass_by(10 * MINUTE)
    sent(limits, clock, 1, "a")
    sent(limits, clock, 5, "b")
    limits.limit_hour("a", 3)
    assert limits.left() == 1
    sent(limits, clock, 2, "a")
    assert sum(clock.waits) == pytest.approx(50 * MINUTE, abs=PROMPT)


def test_left_is_that_of_the_tightest_hour(clock: Clock) -> None:
    limits = limiter(clock, per_hour=10)
    limits.limit_hour("a", 4, spent=[(dt.datetime.now(dt.UTC), 1)])
    assert limits.left() == 3
    sent(limits, clock, 2, "a")
    assert limits.left() == 1
    sent(limits, clock, 8, "b")
    assert limits.left() == 0
    clock.pass_by(HOUR + 1)
    assert limits.left() == 4


def test_hour_that_is_least_free_is_not_the_one_with_the_lowest_ceiling(clock: Clock) -> None:
    limits = limiter(clock, per_hour=10)
    limits.limit_hour("a", 4)
    sent(limits, clock, 8, "b")
    assert limits.left() == 2
    assert limits.tightest_hour() == 4


def test_nothing_is_told_of_hours_without_a_ceiling(clock: Clock) -> None:
    limits = limiter(clock)
    assert limits.left() is limits.tightest_hour() is None
    limits.limit_hour("a", 30)
    assert limits.left() == limits.tightest_hour() == 30


# Answers


def test_answers_of_clockify_set_the_pace(clock: Clock, server: Server) -> None:
    limits = limiter(clock, 10)
    auth_header = ("X-Api-Key", server.world.api_key)
    session = Session(
        auth_header=auth_header,
        user_agent="test",
        limits=limits,
        advice=ADVICE,
        logger=LOGGER,
        metrics_logger=LOGGER,
    )
    server.faults.add("429", match="/user$", retry_after=0)
    for _ in range(4):
        session.send("GET", f"{server.api_url}/user")
    # First the wait of the retry, then those of the pace.
    assert clock.waits == pytest.approx([0.0, 1 / 5, 1 / 5.2, 1 / 5.4])
    session.stop()
