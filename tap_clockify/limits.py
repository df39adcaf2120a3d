"""How often the tap may ask: one limiter for a whole run, shared by all streams and threads."""

from __future__ import annotations

import datetime as dt
import math
import threading
import time
from typing import TYPE_CHECKING, Any

from pyrate_limiter import Duration, InMemoryBucket, Rate, RateItem

from tap_clockify.errors import ClockifyError

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable

JITTER_MS = 100
"""Requests spaced by the limiter may arrive closer together; a second is taken longer by this."""

BACK_OFF = 0.5
RECOVER = 0.02
"""A 429 halves the pace for all; every answer after it wins back this share of the ceiling."""

TOLD_FROM = 5.0
"""Waits of at least so many seconds are told."""


class BudgetSpentError(ClockifyError):
    """The requests of this hour are used up, and ``when_budget_spent`` is ``stop``."""


class StoppedError(ClockifyError):
    """The run has ended elsewhere, so a request was not made."""


class RateLimits:
    """Holds requests back so that no ceiling is exceeded in any second or hour.

    Attributes:
        per_hour: The ceiling for an hour, None where there is none.
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
        """Set the ceilings.

        Args:
            per_second: Most requests in any second; may be a fraction.
            per_hour: Most requests in any hour.
            stop_when_spent: Whether to raise ``BudgetSpentError`` rather than wait for the hour.
            logger: Where long waits are told.
            sleep: Waits; by default until ``stop`` is called at the latest.
        """
        self.per_hour = per_hour
        self._logger = logger
        self._stop_when_spent = stop_when_spent
        self._stopped = threading.Event()
        self._sleep = sleep or self._stopped.wait
        self._per_second = per_second
        self._bucket = InMemoryBucket(_rates(per_second, per_hour))
        self._lock = threading.Lock()
        self._ceiling = self._pace = per_second
        self._next_at = 0.0
        self.spent = 0

    @property
    def left(self) -> int | None:
        """How many requests are left of the hour's, None without a ceiling."""
        return None if self.per_hour is None else max(0, self.per_hour - self.spent)

    def limit_hour(self, per_hour: int) -> None:
        """Set the ceiling for an hour once the plan is known; what was sent before counts."""
        with self._lock:
            self.per_hour = per_hour
            sent = self._bucket.items
            self._bucket = InMemoryBucket(_rates(self._per_second, per_hour))
            self._bucket.items = sent

    def acquire(self) -> None:
        """Wait until one more request keeps within every ceiling.

        Raises:
            BudgetSpentError: The hour's requests are used up and the run is to stop then.
            StoppedError: The run has ended elsewhere.
        """
        while wait := self._wait_for_a_place():
            self.wait(wait)
        if self._stopped.is_set():
            raise StoppedError("The run has ended, so no more requests are made.")

    def wait(self, seconds: float) -> None:
        """Wait, but no longer than the run."""
        if seconds >= TOLD_FROM:
            until = dt.datetime.now().astimezone() + dt.timedelta(seconds=seconds)
            self._logger.info("Waiting until %s before the next request.", f"{until:%H:%M:%S %Z}")
        self._sleep(seconds)

    def slow_down(self) -> None:
        """Take notice of a 429."""
        with self._lock:
            self._pace = max(self._pace * BACK_OFF, self._ceiling * BACK_OFF**6)

    def speed_up(self) -> None:
        """Take notice of an answer that was not a 429."""
        with self._lock:
            self._pace = min(self._ceiling, self._pace + self._ceiling * RECOVER)

    def stop(self) -> None:
        """Let nobody wait any more, and nothing more be sent."""
        self._stopped.set()

    def _wait_for_a_place(self) -> float:
        """Take a place now (0.0), or tell the seconds until one may be free."""
        with self._lock:
            if self._stopped.is_set():
                return 0.0
            if wait := self._wait_for_the_pace():
                return wait
            now: Any = self._bucket.now()  # type: ignore[no-untyped-call]
            item = RateItem("clockify", now)
            if self._bucket.put(item):
                self.spent += 1
                return 0.0
            wait = max(0.001, self._bucket.waiting(item) / 1000)  # type: ignore[operator]
            if self._stop_when_spent and self._is_hour_spent():
                raise BudgetSpentError(
                    f"The {self.per_hour} requests of this hour are used up. The next run goes on"
                    f" from here, in {math.ceil(wait / 60)} minutes at the earliest."
                )
            return wait

    def _is_hour_spent(self) -> bool:
        failing = self._bucket.failing_rate
        return failing is not None and failing.interval == int(Duration.HOUR)

    def _wait_for_the_pace(self) -> float:
        """Space requests evenly while recovering from a 429."""
        if self._pace >= self._ceiling:
            return 0.0
        now = time.monotonic()
        if now < self._next_at:
            return self._next_at - now
        self._next_at = now + 1 / self._pace
        return 0.0


def _rates(per_second: float, per_hour: int | None) -> list[Rate]:
    """Express the ceilings; one for a second that the one for an hour implies is left out."""
    if per_second >= 1:
        second = Rate(int(per_second), Duration.SECOND + JITTER_MS)
    else:
        second = Rate(1, int(1000 / per_second))
    if per_hour is None:
        return [second]
    hour = Rate(per_hour, Duration.HOUR)
    return [hour] if hour.limit <= second.limit else [second, hour]
