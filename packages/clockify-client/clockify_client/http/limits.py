"""Rate limits: one limiter for a whole run, shared by all streams and threads."""

from __future__ import annotations

import datetime as dt
import math
import threading
import time
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from pyrate_limiter import Duration, InMemoryBucket, Rate, RateItem

from clockify_client.errors import ClockifyError

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Iterable

JITTER_MS = 100
"""Requests may arrive closer together than they were sent, so a second is counted as this much
longer."""

BACK_OFF = 0.5
RECOVER = 0.02
"""A 429 halves the pace for all; each later response restores this share of the ceiling."""

RUN = "run"
"""The scope of all limits and requests that belong to no other scope."""

ONE_MS = dt.timedelta(milliseconds=1)

LOGGED_FROM = 5.0
"""Waits of at least this many seconds are logged with the time of their end."""


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
        stop_when_spent: bool,
        logger: logging.Logger,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        """Set the limit per second; there is none per hour until ``limit_hour`` sets one.

        Args:
            per_second: Maximum requests in any second; may be a fraction.
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
        self._lock = threading.Lock()
        self._ceiling = self._pace = per_second
        self._next_at = 0.0
        self._made: defaultdict[str, list[int]] = defaultdict(list)

    def limit_hour(
        self, scope: str, per_hour: int, *, spent: Iterable[tuple[dt.datetime, int]] = ()
    ) -> None:
        """Set the hourly limit of a scope; what this run has already requested counts.

        Args:
            scope: The scope; ``RUN`` for a limit that all requests count towards.
            per_hour: Maximum requests in any hour.
            spent: Requests of earlier runs: when they were made, and how many. None counts from
                later than now, even if the clock has been set back since.
        """
        bucket = InMemoryBucket([Rate(per_hour, Duration.HOUR)])
        now, clock = _now(bucket), dt.datetime.now(dt.UTC)
        with self._lock:
            times = self._times(scope)
            for at, count in spent:
                age = max(0, (clock - at) // ONE_MS)
                times += [now - age] * min(count, per_hour)
            bucket.items = [RateItem("request", time) for time in sorted(times)[-per_hour:]]
            self._hours[scope] = bucket

    def made(self, scope: str) -> list[dt.datetime]:
        """Return when this run made requests in the last hour that count towards a scope (UTC)."""
        now, clock = _now(self._second), dt.datetime.now(dt.UTC)
        with self._lock:
            ages = [now - time for time in self._times(scope)]
        return [clock - age * ONE_MS for age in ages if age <= int(Duration.HOUR)]

    def left(self, scope: str | None = None) -> int | None:
        """Return how many requests are left in the tightest hourly limit, None without one.

        Args:
            scope: Count only the limits that apply to this scope; all of them by default.
        """
        scopes = self._hours if scope is None else {RUN, scope} & self._hours.keys()
        return min((_places_left(self._hours[of]) for of in scopes), default=None)

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
            seconds, reason = wait
            if seconds >= LOGGED_FROM:
                self._logger.info(
                    "Waiting until %s before the next request: %s.", clock_time(seconds), reason
                )
            self.wait(seconds)
        self.check()

    def wait(self, seconds: float) -> None:
        """Wait, but no longer than the run lasts."""
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

    def _wait_for_a_place(self, scope: str | None) -> tuple[float, str] | None:
        """Take a place now, or return the seconds until one may be free, and why it is not."""
        with self._lock:
            if self._stopped.is_set():
                return None
            hours = [self._hours[of] for of in (RUN, scope) if of in self._hours]
            full = max((_wait_in(bucket) for bucket in hours), default=0.0)
            if full and self._stop_when_spent:
                raise BudgetSpentError(
                    "The requests of this hour are used up. The next run continues from here, in"
                    f" {math.ceil(full / 60)} minutes at the earliest."
                )
            if full:
                ceiling = min(bucket.rates[0].limit for bucket in hours if _wait_in(bucket))
                return full, f"the {ceiling} requests of this hour are used up"
            if wait := self._wait_for_the_pace():
                return wait, "the server answered with status 429, so requests are sent more slowly"
            if wait := _take_place(self._second):
                return wait, "the setting requests_per_second allows no more"
            for bucket in hours:
                _take_place(bucket)
            self._made[scope or RUN].append(_now(self._second))
            return None

    def _times(self, scope: str) -> list[int]:
        """List the times, on the buckets' clock, of all requests that count towards a scope."""
        scopes = self._made if scope == RUN else (RUN, scope)
        return [time for each in scopes for time in self._made.get(each, ())]

    def _wait_for_the_pace(self) -> float:
        """Space requests evenly while recovering from a 429."""
        if self._pace >= self._ceiling:
            return 0.0
        now = time.monotonic()
        if now < self._next_at:
            return self._next_at - now
        self._next_at = now + 1 / self._pace
        return 0.0


def clock_time(seconds: float) -> str:
    """Return the local time of the day in some seconds, for the log."""
    return f"{dt.datetime.now().astimezone() + dt.timedelta(seconds=seconds):%H:%M:%S %Z}"


def _second(ceiling: float) -> Rate:
    """Build a rate from a limit that may be fractional, such as one request in two seconds."""
    if ceiling >= 1:
        return Rate(int(ceiling), Duration.SECOND + JITTER_MS)
    return Rate(1, int(1000 / ceiling))


def _now(bucket: InMemoryBucket) -> int:
    """Return the time in milliseconds on the clock of all buckets, which is never set."""
    now: Any = bucket.now()  # type: ignore[no-untyped-call]
    return int(now)


def _take_place(bucket: InMemoryBucket) -> float:
    """Take a place in a bucket and return 0.0, or return the seconds until one is free."""
    now = _now(bucket)
    item = RateItem("request", now)
    if bucket.put(item):
        bucket.leak(now - int(Duration.HOUR))
        return 0.0
    wait: Any = bucket.waiting(item)
    return max(0.001, float(wait) / 1000)


def _places_left(bucket: InMemoryBucket) -> int:
    rate, now = bucket.rates[0], _now(bucket)
    taken: int = sum(item.timestamp >= now - rate.interval for item in bucket.items)
    return int(rate.limit) - taken


def _wait_in(bucket: InMemoryBucket) -> float:
    """Return the seconds until a bucket has a free place; 0.0 if it has one."""
    if _places_left(bucket) > 0:
        return 0.0
    rate, now = bucket.rates[0], _now(bucket)
    oldest = bucket.items[-rate.limit]
    return max(0.001, float(oldest.timestamp + rate.interval + 1 - now) / 1000)
