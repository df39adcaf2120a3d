"""A person whose data have what makes Google Health hard to read."""

from __future__ import annotations

import random
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from clockify_sandbox.google_health import edits
from clockify_sandbox.google_health.model import (
    LEVELS,
    ZONES,
    Day,
    Height,
    PairedDevice,
    Stage,
    days_from,
)
from clockify_sandbox.google_health.world import World

if TYPE_CHECKING:
    from clockify_sandbox.google_health.model import Exercise

TRIP_ZONE = "Asia/Singapore"
TRIP_DAYS = 5
EXERCISES = (
    ("RUNNING", True),
    ("WALKING", True),
    ("WEIGHTS", False),
    ("BIKING", True),
    ("YOGA", False),
)
SHORT_OF = 0.6
"""The part of a day's totals that the tracker has reported before it is synced again."""


def build_empty(now: datetime | None = None) -> World:
    """Make a person in Sydney without data; the clock is frozen at `now`, or the real one."""
    world = World(now)
    world.devices = [
        PairedDevice("2478613", "TRACKER", "Charge 6", world.now() - timedelta(hours=2)),
        PairedDevice("2478614", "SCALE", "Aria Air", world.now() - timedelta(hours=9), 40),
    ]
    return world


def build_person(seed: int = 7, days: int = 60, now: datetime | None = None) -> World:
    """Make a person in Sydney with `days` days of data, the last of which is today.

    Four fifths of the days ago a trip to Singapore began; half of the days ago the tracker was not
    worn; a third of them ago there were no steps. The tracker has reported yesterday and the day
    before only in part, and holds back an exercise, until it is synced.
    """
    world = build_empty(now)
    rng = random.Random(seed)  # noqa: S311 -- made-up data, not a secret
    today = world.today()
    dates = days_from(today - timedelta(days=days - 1), today)
    first = today - timedelta(days=days * 4 // 5)
    world.trips.append((first, first + timedelta(days=TRIP_DAYS - 1), TRIP_ZONE))
    unworn, still = today - timedelta(days=days // 2), today - timedelta(days=days // 3)
    world.heights.append(Height(*world.at(datetime.combine(dates[0], time(8))), 1_752))
    for number, day in enumerate(dates):
        _add_weights(world, day, rng)
        if day == unworn:
            continue
        world.days[day] = _day(
            rng, _length(world, day), still=day == still, passed=_passed(world, day)
        )
        _add_sleep(world, day, number, rng)
        if day != still:
            _add_exercise(world, day, number, rng)
        if number % 3 == 0:
            edits.set_vo2max(world, day, round(44 + rng.random() * 4, 1))
    _hold_back(world, today)
    world.version = 0
    return world


def _length(world: World, day: date) -> int:
    """Return the minutes of a day, of which there are fewer when summer time begins."""
    start, end = world.hours_of(day)
    return (end - start) // timedelta(minutes=1)


def _passed(world: World, day: date) -> float:
    """Return the part of a day that has passed."""
    start, end = world.hours_of(day)
    return min(max((world.now() - start) / (end - start), 0.01), 1.0)


def _day(rng: random.Random, length: int, *, still: bool, passed: float) -> Day:
    """Make the totals of a day of `length` minutes, of which a part has passed."""
    steps = 0 if still else int(rng.randrange(3_000, 16_000) * passed)
    basal = round(1_610.5 * passed, 2)
    active = 0.0 if still else round(steps * 0.052, 2)
    logged = steps // 10 if rng.random() < 1 / 5 else 0
    zones = [0, 0, 0, 0] if still else [int(n * passed) for n in (95, 31, 9, rng.randrange(4))]
    levels = [0 if still else int(n * passed) for n in (rng.randrange(120, 260), 24, 38)]
    minutes = [int(length * passed) - sum(levels), *levels]
    return Day(
        steps=steps,
        floors=0 if still else rng.randrange(25),
        altitude=0 if still else rng.randrange(60) * 1_000,
        distance=steps * 742,
        total_calories=round(basal + active, 2),
        active_energy=active,
        basal_energy=basal,
        level_minutes=dict(zip(LEVELS, minutes, strict=True)),
        zone_minutes={zone: n for zone, n in zip(ZONES, zones, strict=True) if n},
        zone_calories={
            zone: round(n * rate, 2)
            for zone, n, rate in zip(ZONES, zones, (3.1, 7.4, 10.2, 13.0), strict=True)
            if n
        },
        resting_heart_rate=rng.randrange(54, 63),
        logged_steps=logged,
        logged_distance=logged * 742,
    )


def _add_weights(world: World, day: date, rng: random.Random) -> None:
    """Weigh the person in the morning, and on every second day in the last second as well."""
    clock = [time(7, 4, 31), time(23, 59, 59)] if day.toordinal() % 2 else [time(7, 4, 31)]
    for at in clock:
        instant, offset = world.at(datetime.combine(day, at))
        grams = round(rng.randrange(71_000, 73_500) / 100) * 100.0
        if instant <= world.now():
            edits.add_weight(world, grams=grams, time=instant, offset=offset)


def _add_sleep(world: World, day: date, number: int, rng: random.Random) -> None:
    """Add the sleep that ends on a day: every sixth is a classic one, every ninth day has a nap."""
    bed = datetime.combine(day - timedelta(days=1), time(22, 30)) + timedelta(
        minutes=rng.randrange(150)
    )
    start, _ = world.at(bed)
    end = start + timedelta(minutes=rng.randrange(390, 510), seconds=30)
    if end > world.now():
        return
    classic = number % 6 == 5  # noqa: PLR2004 -- every sixth
    stages, awakenings = (_classic if classic else _staged)(start, end, rng)
    edits.add_sleep(
        world,
        start=start,
        end=end,
        type="CLASSIC" if classic else "STAGES",
        stages=stages,
        awakenings=awakenings,
        processed=day != world.today(),
    )
    nap, _ = world.at(datetime.combine(day, time(14, 10)))
    if number % 9 == 4 and nap + timedelta(hours=1) < world.now():  # noqa: PLR2004 -- likewise
        edits.add_sleep(world, start=nap, end=nap + timedelta(minutes=42), nap=True)


def _classic(start: datetime, end: datetime, rng: random.Random) -> tuple[list[Stage], list[Stage]]:
    wake = start + timedelta(minutes=rng.randrange(60, 200))
    parts = [start, wake, wake + timedelta(minutes=2), wake + timedelta(minutes=5), end]
    kinds = ("ASLEEP", "RESTLESS", "AWAKE", "ASLEEP")
    pairs = zip(kinds, parts, parts[1:], strict=False)
    return [Stage(kind, first, last) for kind, first, last in pairs], []


def _staged(start: datetime, end: datetime, rng: random.Random) -> tuple[list[Stage], list[Stage]]:
    """Make stages that follow each other without a gap, and short awakenings inside of them."""
    stages: list[Stage] = []
    at, order = start, ("LIGHT", "DEEP", "LIGHT", "REM", "AWAKE")
    while at < end:
        until = min(at + timedelta(minutes=rng.randrange(6, 50), seconds=30), end)
        stages.append(Stage(order[len(stages) % len(order)], at, until))
        at = until
    short = [
        Stage("AWAKE", stage.start + timedelta(seconds=90), stage.start + timedelta(seconds=150))
        for stage in stages
        if stage.type == "LIGHT" and stage.end - stage.start > timedelta(minutes=20)
    ]
    return stages, short[:4]


def _add_exercise(world: World, day: date, number: int, rng: random.Random) -> None:
    """Add a day's exercise; every seventh one lasts until after midnight."""
    kind, gps = EXERCISES[number % len(EXERCISES)]
    late = number % 7 == 3  # noqa: PLR2004 -- every seventh
    start, _ = world.at(datetime.combine(day, time(23, 35) if late else time(17, number % 60)))
    minutes = rng.randrange(25, 95)
    paused = timedelta(minutes=3, seconds=15) if number % 4 == 0 else timedelta()
    end = start + timedelta(minutes=minutes) + paused
    if end > world.now():
        return
    edits.add_exercise(
        world,
        type=kind,
        start=start,
        end=end,
        active=timedelta(minutes=minutes),
        calories=round(minutes * 7.35, 2),
        distance=minutes * 142_000 if gps else None,
        steps=minutes * 151 if kind in {"RUNNING", "WALKING"} else None,
        heart_rate=rng.randrange(105, 158),
        elevation_gain=rng.randrange(5, 120) * 1_000 if gps else None,
        active_zone_minutes=minutes // 2 if number % 3 else 0,
        zone_minutes={"LIGHT": minutes // 2, "MODERATE": minutes - minutes // 2},
        has_gps=gps,
        laps=1 + number % 3,
    )
    if number % 8 == 2:  # noqa: PLR2004 -- every eighth
        _log_by_hand(world, day)


def _log_by_hand(world: World, day: date) -> None:
    """Log an exercise as a person does: no heart rate, but a note."""
    start, _ = world.at(datetime.combine(day, time(12)))
    edits.add_exercise(
        world,
        type="SWIMMING",
        start=start,
        end=start + timedelta(minutes=30),
        calories=260.0,
        source="manual",
        notes="Öffentliches Bad, 30 min",
    )


def _hold_back(world: World, today: date) -> None:
    """Take away what the tracker has not reported yet."""
    for day in (today - timedelta(days=2), today - timedelta(days=1)):
        if day in world.days:
            world.unsynced_days[day] = world.days[day]
            world.days[day] = partly(world.days[day])
    found = [each for each in world.exercises.values() if each.source == "tracker"]
    recent = [each for each in found if each.start > world.now() - timedelta(days=4)]
    if recent:
        held: Exercise = min(recent, key=lambda each: each.start)
        world.unsynced_exercises.append(world.exercises.pop(held.id))


def partly(full: Day) -> Day:
    """Make the totals of a day that the tracker has reported only in part."""
    steps = int((full.steps or 0) * SHORT_OF)
    logged = min(full.logged_steps, steps)
    distance = int((full.distance or 0) * SHORT_OF)
    return Day(
        steps=steps,
        floors=int((full.floors or 0) * SHORT_OF),
        altitude=int((full.altitude or 0) * SHORT_OF),
        distance=distance,
        total_calories=round((full.total_calories or 0) * SHORT_OF, 2),
        active_energy=round((full.active_energy or 0) * SHORT_OF, 2),
        basal_energy=full.basal_energy,
        level_minutes={level: int(n * SHORT_OF) for level, n in full.level_minutes.items()},
        zone_minutes={zone: int(n * SHORT_OF) for zone, n in full.zone_minutes.items()},
        zone_calories={zone: round(n * SHORT_OF, 2) for zone, n in full.zone_calories.items()},
        resting_heart_rate=None,
        logged_steps=logged,
        logged_distance=min(full.logged_distance, distance),
    )
