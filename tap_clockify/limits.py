"""How often the tap may ask: one limiter for a whole run, shared by all streams and threads."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from pyrate_limiter import Duration, InMemoryBucket, Limiter, Rate, RateItem
from pyrate_limiter.limiter import SingleBucketFactory

if TYPE_CHECKING:
    from collections.abc import Callable


class RateLimits:
    """Holds requests back so that no ceiling is exceeded in any second or hour."""

    def __init__(
        self,
        *,
        per_second: float,
        per_hour: int | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Set the ceilings; ``per_hour`` is None where the plan has none."""
        rates = [_per_second(per_second)]
        if per_hour:
            rates.append(Rate(per_hour, Duration.HOUR))
        self._bucket = InMemoryBucket(rates)
        self._limiter = Limiter(SingleBucketFactory(self._bucket, schedule_leak=False))
        self._sleep = sleep
        self._lock = threading.Lock()

    def acquire(self) -> None:
        """Wait until one more request keeps within every ceiling."""
        while wait := self._wait_for_a_place():
            self._sleep(wait)

    def _wait_for_a_place(self) -> float:
        """Take a place now (0.0), or tell the seconds until one is free."""
        with self._lock:
            if self._limiter.try_acquire("clockify", blocking=False):
                return 0.0
            now: Any = self._bucket.now()  # type: ignore[no-untyped-call]
            wait: Any = self._bucket.waiting(RateItem("clockify", now))
            return max(0.001, float(wait) / 1000)


def _per_second(ceiling: float) -> Rate:
    """Express a ceiling that may be fractional, such as one request in two seconds."""
    if ceiling >= 1:
        return Rate(int(ceiling), Duration.SECOND)
    return Rate(1, int(1000 / ceiling))
