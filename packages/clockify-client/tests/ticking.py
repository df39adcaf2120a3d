"""A limiter on a clock that only moves when somebody waits, so that no test depends on speed."""

from __future__ import annotations

import itertools
import logging
import math
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from clockify_client.http import limits as limits_module
from clockify_client.http.limits import RUN, RateLimits
from pyrate_limiter import InMemoryBucket

if TYPE_CHECKING:
    from collections.abc import Iterator

MINUTE = 60.0
HOUR = 3600.0

PROMPT = 0.01
"""Seconds by which a wait may be longer than the ceiling demands; the clock here counts in ms."""

LOGGER = logging.getLogger("test_limits")


class Limits(RateLimits):
    """The limiter with its own way to wait, which the other tests replace.

    This class is made when the tests are collected, and so before the fixture replaces it.
    """

    wait = RateLimits.wait


class Clock:
    """A clock that only moves when somebody sleeps."""

    def __init__(self) -> None:
        """Start some time after the machine did."""
        self._ns = 10**13
        self.waits: list[float] = []

    def now(self) -> int:
        return self._ns // 1_000_000

    def monotonic(self) -> float:
        return self._ns / 1_000_000_000

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.pass_by(seconds)

    def pass_by(self, seconds: float) -> None:
        self._ns += math.ceil(seconds * 1_000_000_000)


@contextmanager
def ticking() -> Iterator[Clock]:
    clock = Clock()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(InMemoryBucket, "_clock", clock, raising=False)
        patch.setattr(limits_module, "time", SimpleNamespace(monotonic=clock.monotonic))
        yield clock


def limiter(
    clock: Clock | None,
    per_second: float = 1000,
    per_hour: int | None = None,
    *,
    stop_when_spent: bool = False,
) -> Limits:
    limits = Limits(
        per_second=per_second,
        stop_when_spent=stop_when_spent,
        logger=LOGGER,
        sleep=clock.sleep if clock else None,
    )
    if per_hour is not None:
        limits.limit_hour(RUN, per_hour)
    return limits


def sent(limits: Limits, clock: Clock, count: int, workspace_id: str | None = None) -> list[float]:
    """Send requests as fast as the limiter allows, and tell when."""
    times = []
    for _ in range(count):
        limits.acquire(workspace_id)
        times.append(clock.monotonic())
    return times


def gaps(times: list[float]) -> list[float]:
    return [after - before for before, after in itertools.pairwise(times)]


def most_within(times: list[float], seconds: float) -> int:
    return max(sum(0 <= other - first < seconds for other in times) for first in times)
