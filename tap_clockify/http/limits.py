"""Rate limits: one limiter for a whole run, shared by all streams and threads."""

from __future__ import annotations

import datetime as dt
import math
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from pyrate_limiter import Duration, InMemoryBucket, Rate, RateItem

from tap_clockify.errors import ClockifyError

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable

JITTER_MS = 100
"""Requests may arrive closer together than they were sent, so a second is counted as this much
longer."""

BACK_OFF = 0.5
RECOVER = 0.02
"""A 429 halves the pace for all; each later response restores this share of the ceiling."""

RUN = "run"
"""The scope of all limits and requests that belong to no other scope."""

LOGGED_FROM = 5.0
"""Waits of at least this many seconds are logged."""


class BudgetSpentError(ClockifyError):
    """The requests of this hour are used up, and ``when_budget_spent`` is ``stop``."""


class StoppedError(ClockifyError):
    """The run has already ended, so the request was not sent."""


class RateLimits:
    """Delays requests so that no limit is exceeded in any second or hour.

    The limit per second applies to the run. Limits per hour apply to the run or to a scope, such as
    an account with its own limit.
    """

    def __init__(
        self,
        *,
        per_second: float,
        per_hour: int | None,
        stop_when_spent: bool,
        logger: logging.Logger,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        """Set the limits of the run.

        Args:
            per_second: Maximum requests in any second; may be a fraction.
            per_hour: Maximum requests in any hour; None for no limit.
            stop_when_spent: Whether to raise ``BudgetSpentError`` instead of waiting for the hour.
            logger: Where long waits are logged.
            sleep: Waits for some seconds; the default also returns when ``stop`` is called.
        """
        self._logger = logger
        self._stop_when_spent = stop_when_spent
        self._stopped = threading.Event()
        self._sleep = sleep or self._stopped.wait
        self._second = InMemoryBucket([_second(per_second)])
        self._hours: dict[str, InMemoryBucket] = {}
        if per_hour is not None:
            self.limit_hour(RUN, per_hour, spent=0)
        self._lock = threading.Lock()
        self._ceiling = self._pace = per_second
        self._next_at = 0.0
        self.spent: Counter[str] = Counter()

    def limit_hour(self, scope: str, per_hour: int, *, spent: int) -> None:
        """Set the hourly limit of a scope, of which ``spent`` requests are already used."""
        bucket = InMemoryBucket([Rate(per_hour, Duration.HOUR)])
        for _ in range(min(spent, per_hour)):
            _take_place(bucket)
        self._hours[scope] = bucket

    def left(self) -> int | None:
        """Return how many requests are left in the tightest hourly limit, None without one."""
        return min((_places_left(bucket) for bucket in self._hours.values()), default=None)

    def tightest_hour(self) -> int | None:
        """Return the lowest of the hourly limits, None if there is none."""
        ceilings = (bucket.rates[0].limit for bucket in self._hours.values())
        return min(ceilings, default=None)

    def acquire(self, scope: str | None = None) -> None:
        """Wait until one more request stays within every limit.

        Raises:
            BudgetSpentError: The hour's requests are used up, and ``stop_when_spent`` is set.
            StoppedError: The run has already ended.
        """
        while wait := self._wait_for_a_place(scope):
            self.wait(wait)
        self.check()

    def wait(self, seconds: float) -> None:
        """Wait, but no longer than the run lasts."""
        if seconds >= LOGGED_FROM:
            until = dt.datetime.now().astimezone() + dt.timedelta(seconds=seconds)
            self._logger.info("Waiting until %s before the next request.", f"{until:%H:%M:%S %Z}")
        self._sleep(seconds)

    def slow_down(self) -> None:
        """Slow down after a 429."""
        with self._lock:
            self._pace = max(self._pace * BACK_OFF, self._ceiling * BACK_OFF**6)

    def speed_up(self) -> None:
        """Recover some pace after any other response."""
        with self._lock:
            self._pace = min(self._ceiling, self._pace + self._ceiling * RECOVER)

    def stop(self) -> None:
        """End all waits, and let no more requests be sent."""
        self._stopped.set()

    def check(self) -> None:
        """Check that requests may still be sent.

        Raises:
            StoppedError: The run has ended.
        """
        if self._stopped.is_set():
            raise StoppedError("The run has ended, so no more requests are sent.")

    def _wait_for_a_place(self, scope: str | None) -> float:
        """Take a place now and return 0.0, or return the seconds until one may be free."""
        with self._lock:
            if self._stopped.is_set():
                return 0.0
            hours = [self._hours[of] for of in (RUN, scope) if of in self._hours]
            full = max((_wait_in(bucket) for bucket in hours), default=0.0)
            if full and self._stop_when_spent:
                raise BudgetSpentError(
                    "The requests of this hour are used up. The next run continues from here, in"
                    f" {math.ceil(full / 60)} minutes at the earliest."
                )
            if wait := full or self._wait_for_the_pace() or _take_place(self._second):
                return wait
            for bucket in hours:
                _take_place(bucket)
            self.spent[scope or RUN] += 1
            return 0.0

    def _wait_for_the_pace(self) -> float:
        """Space requests evenly while recovering from a 429."""
        if self._pace >= self._ceiling:
            return 0.0
        now = time.monotonic()
        if now < self._next_at:
            return self._next_at - now
        self._next_at = now + 1 / self._pace
        return 0.0


def _second(ceiling: float) -> Rate:
    """Build a rate from a limit that may be fractional, such as one request in two seconds."""
    if ceiling >= 1:
        return Rate(int(ceiling), Duration.SECOND + JITTER_MS)
    return Rate(1, int(1000 / ceiling))


def _take_place(bucket: InMemoryBucket) -> float:
    """Take a place in a bucket and return 0.0, or return the seconds until one is free."""
    now: Any = bucket.now()  # type: ignore[no-untyped-call]
    item = RateItem("request", now)
    if bucket.put(item):
        bucket.leak(now - int(Duration.HOUR))
        return 0.0
    wait: Any = bucket.waiting(item)
    return max(0.001, float(wait) / 1000)


def _places_left(bucket: InMemoryBucket) -> int:
    rate = bucket.rates[0]
    now: Any = bucket.now()  # type: ignore[no-untyped-call]
    taken: int = sum(item.timestamp >= now - rate.interval for item in bucket.items)
    return int(rate.limit) - taken


def _wait_in(bucket: InMemoryBucket) -> float:
    """Return the seconds until a bucket has a free place; 0.0 if it has one."""
    if _places_left(bucket) > 0:
        return 0.0
    rate = bucket.rates[0]
    now: Any = bucket.now()  # type: ignore[no-untyped-call]
    oldest = bucket.items[-rate.limit]
    return max(0.001, float(oldest.timestamp + rate.interval + 1 - now) / 1000)
