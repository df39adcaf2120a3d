"""What Google Health knows about a person. Instants are in UTC, days are the person's own."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Literal

Source = Literal["tracker", "manual", "app"]
"""Who recorded something: a wearable of Google's, the person, or another company's app."""
LEVELS = ("SEDENTARY", "LIGHTLY_ACTIVE", "MODERATELY_ACTIVE", "VERY_ACTIVE")
ZONES = ("LIGHT", "MODERATE", "VIGOROUS", "PEAK")


@dataclass
class Day:
    """The totals of a civil day; what is None was not measured.

    `steps` and `distance` include what the person has logged by hand, which is
    `logged_steps` and `logged_distance`. Lengths are in millimetres, energy is in kilocalories.
    """

    steps: int | None = None
    floors: int | None = None
    altitude: int | None = None
    distance: int | None = None
    total_calories: float | None = None
    active_energy: float | None = None
    basal_energy: float | None = None
    level_minutes: dict[str, int] = field(default_factory=dict)
    zone_minutes: dict[str, int] = field(default_factory=dict)
    zone_calories: dict[str, float] = field(default_factory=dict)
    resting_heart_rate: int | None = None
    logged_steps: int = 0
    logged_distance: int = 0


@dataclass
class Session:
    """Something with a beginning and an end; the offsets are those of the place at each."""

    id: int
    start: datetime
    end: datetime
    start_offset: timedelta
    end_offset: timedelta
    source: Source
    created: datetime
    updated: datetime

    @property
    def civil_start(self) -> datetime:
        """The start on the person's clock, without a zone."""
        return civil(self.start, self.start_offset)

    @property
    def civil_end(self) -> datetime:
        """The end on the person's clock, without a zone."""
        return civil(self.end, self.end_offset)


@dataclass
class Exercise(Session):
    """An exercise. `distance` and `elevation_gain` are in millimetres.

    A pause of the length that `active` lacks lies in the middle.
    """

    type: str
    name: str
    active: timedelta
    calories: float
    distance: int | None = None
    steps: int | None = None
    heart_rate: int | None = None
    elevation_gain: int | None = None
    active_zone_minutes: int | None = None
    zone_minutes: dict[str, int] = field(default_factory=dict)
    has_gps: bool = False
    notes: str | None = None
    laps: int = 1


@dataclass(frozen=True)
class Stage:
    """A part of a sleep, or a short awakening in it."""

    type: str
    start: datetime
    end: datetime

    @property
    def minutes(self) -> int:
        """The whole minutes."""
        return int((self.end - self.start).total_seconds() // 60)


@dataclass
class Sleep(Session):
    """A sleep. One that is not `processed` hides its stages and awakenings."""

    type: Literal["CLASSIC", "STAGES"]
    stages: list[Stage]
    awakenings: list[Stage] = field(default_factory=list)
    processed: bool = True
    nap: bool = False
    manually_edited: bool = False


@dataclass
class Weight:
    """A weight in grams."""

    id: int
    time: datetime
    offset: timedelta
    grams: float
    source: Source = "manual"
    notes: str | None = None


@dataclass
class Height:
    """A height in millimetres."""

    time: datetime
    offset: timedelta
    millimeters: int


@dataclass
class Vo2Max:
    """A day's maximum rate of oxygen uptake, in millilitres per kilogram and minute."""

    value: float
    level: str
    estimated: bool = False
    covariance: float = 1.5


@dataclass
class PairedDevice:
    """A tracker or a scale."""

    id: str
    type: Literal["TRACKER", "SCALE"]
    version: str
    synced: datetime
    battery: int = 84


def civil(instant: datetime, offset: timedelta) -> datetime:
    """Read an instant on a clock that is ahead of UTC by the offset; the result has no zone."""
    return instant.astimezone(UTC).replace(tzinfo=None) + offset


def days_from(first: date, last: date) -> list[date]:
    """List the days from the first to the last, both included."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
