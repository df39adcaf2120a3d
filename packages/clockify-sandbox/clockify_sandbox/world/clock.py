"""The world's time: the real one unless a test sets it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """A clock in UTC; can be frozen at an instant and moved forward."""

    def __init__(self, now: datetime | None = None) -> None:
        """Freeze the clock at `now`, or let it run with real time."""
        self._frozen = now
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        """Return the time, to the millisecond, the resolution of Clockify's audit data."""
        now = (self._frozen or datetime.now(tz=UTC)) + self._ahead
        return now.replace(microsecond=now.microsecond // 1000 * 1000)

    def set(self, now: datetime) -> None:
        """Freeze the clock at an instant."""
        self._frozen = now.astimezone(UTC)
        self._ahead = timedelta()

    def advance(self, delta: timedelta) -> None:
        """Move the clock forward; a frozen one stays frozen, a running one keeps running."""
        self._ahead += delta
