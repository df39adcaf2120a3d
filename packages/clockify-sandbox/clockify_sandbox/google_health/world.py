"""A person's account at Google Health: the data, the consent and the tokens."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from clockify_sandbox.google_health.kinds import READ_SCOPES
from clockify_sandbox.world.clock import Clock

if TYPE_CHECKING:
    from clockify_sandbox.google_health.model import (
        Day,
        Exercise,
        Height,
        PairedDevice,
        Sleep,
        Vo2Max,
        Weight,
    )

CLIENT_ID = "sandbox-client-id"
CLIENT_SECRET = "sandbox-client-secret"  # noqa: S105 -- of the sandbox only
REFRESH_TOKEN = "sandbox-refresh-token"  # noqa: S105 -- likewise
FIRST_ID = 2026443605080188000


@dataclass
class Grant:
    """What a token allows, and since when or until when."""

    scopes: frozenset[str]
    issued: datetime
    expires: datetime | None = None


@dataclass
class Code:
    """An authorization code that has not been used yet."""

    scopes: frozenset[str]
    redirect_uri: str
    challenge: str | None
    method: str
    offline: bool
    prompted: bool
    expires: datetime


class World:
    """One person. Hold `lock` to read or change more than one thing; count changes in `version`."""

    def __init__(self, now: datetime | None = None, zone: str = "Australia/Sydney") -> None:
        """Make an account without data; its clock is frozen at `now`, or else the real one."""
        self.lock = threading.RLock()
        self.version = 0
        self.clock = Clock(now.astimezone(UTC) if now else None)
        self.zone = zone
        self.trips: list[tuple[date, date, str]] = []
        """First day, last day and time zone of each journey."""
        self.health_user_id = "1234567890"
        self.legacy_user_id = "7QX2LM"
        self.client_id = CLIENT_ID
        self.client_secret = CLIENT_SECRET
        self.refresh_token = REFRESH_TOKEN
        granted = Grant(frozenset(READ_SCOPES), self.clock())
        self.refresh_tokens = {REFRESH_TOKEN: granted}
        self.access_tokens: dict[str, Grant] = {}
        self.codes: dict[str, Code] = {}
        self.days: dict[date, Day] = {}
        self.exercises: dict[int, Exercise] = {}
        self.sleeps: dict[int, Sleep] = {}
        self.weights: dict[int, Weight] = {}
        self.heights: list[Height] = []
        self.vo2max: dict[date, Vo2Max] = {}
        self.devices: list[PairedDevice] = []
        self.unsynced_days: dict[date, Day] = {}
        """The full totals of days that the tracker has reported only in part."""
        self.unsynced_exercises: list[Exercise] = []
        self._last_number = 0

    def __getstate__(self) -> dict[str, Any]:
        """Leave out the lock, which cannot be pickled."""
        return {name: value for name, value in vars(self).items() if name != "lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Make a new lock."""
        vars(self).update(state)
        self.lock = threading.RLock()

    def set_now(self, now: datetime) -> None:
        """Freeze the clock at an instant."""
        with self.lock:
            self.clock.set(now)
            self.touch()

    def now(self) -> datetime:
        """Return the world's time, in UTC."""
        return self.clock()

    def touch(self) -> None:
        """Note that something has changed."""
        self.version += 1

    def next_number(self) -> int:
        """Return a number that was never used in this world."""
        self._last_number += 1
        return self._last_number

    def next_id(self) -> int:
        """Return an id for something new."""
        return FIRST_ID + 7 * self.next_number()

    def zone_on(self, day: date) -> ZoneInfo:
        """Return the time zone in which the person spends a day."""
        for first, last, zone in self.trips:
            if first <= day <= last:
                return ZoneInfo(zone)
        return ZoneInfo(self.zone)

    def at(self, civil: datetime) -> tuple[datetime, timedelta]:
        """Return the instant of a civil time without a zone, and the offset from UTC."""
        local = civil.replace(tzinfo=self.zone_on(civil.date()))
        return local.astimezone(UTC), local.utcoffset() or timedelta()

    def hours_of(self, day: date) -> tuple[datetime, datetime]:
        """Return the instants at which a day begins and ends; the person flies at midnight."""
        zone, midnight = self.zone_on(day), datetime.min.time()
        first, last = (
            datetime.combine(each, midnight, zone).astimezone(UTC)
            for each in (day, day + timedelta(days=1))
        )
        return first, last

    def offset_at(self, instant: datetime) -> timedelta:
        """Return the offset from UTC where the person is at an instant."""
        home = instant.astimezone(ZoneInfo(self.zone))
        abroad = instant.astimezone(self.zone_on(home.date()))
        return abroad.utcoffset() or timedelta()

    def today(self) -> date:
        """Return the person's present day."""
        return (self.now() + self.offset_at(self.now())).date()
