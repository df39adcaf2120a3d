"""The data points of each type, with the times by which they are filtered and sorted."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from clockify_sandbox.google_health import filters, sessions, times
from clockify_sandbox.google_health.model import LEVELS, ZONES, civil

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from clockify_sandbox.google_health.kinds import Kind
    from clockify_sandbox.google_health.model import Day, Source
    from clockify_sandbox.google_health.options import Options
    from clockify_sandbox.google_health.world import World

FIRST_HOUR = 7
LAST_HOUR = 22
LATEST = datetime(9999, 12, 31)  # noqa: DTZ001 -- a clock without a zone
NAMESPACE = uuid.UUID("6b1e9d0a-2f7c-4e0e-9d56-0a4f6f2c7b11")


@dataclass(frozen=True)
class Point:
    """A data point: `value` is what its type's field has, `start` sorts it."""

    start: datetime
    filtered: filters.Times
    value: dict[str, Any]
    source: Source
    id: int | None = None
    order: int = 0
    """Sorts points of the same time that have no id."""

    @property
    def rank(self) -> tuple[datetime, datetime, int]:
        """What points are sorted by, latest first."""
        return self.start, self.filtered.civil, self.id or self.order

    @property
    def key(self) -> str:
        """The rank as text that ascends from the latest point to the earliest."""
        start, local, number = self.rank
        parts = (start.replace(tzinfo=None), local)
        counted = [(LATEST - each) // timedelta(microseconds=1) for each in parts]
        return "".join(f"{each:020}" for each in (*counted, 10**19 - number))


def points(world: World, kind: Kind, options: Options) -> list[Point]:
    """List all points of a type, newest first."""
    made = _MAKERS.get(kind.id)
    found = list(made(world, options)) if made else []
    return sorted(found, key=lambda point: point.rank, reverse=True)


def shown_id(number: int, options: Options) -> str:
    """Write the id of an exercise or sleep."""
    if options.data_point_ids == "numeric":
        return str(number)
    return str(uuid.uuid5(NAMESPACE, str(number)))


def interval(
    world: World, day: date, first: datetime, last: datetime, options: Options
) -> tuple[dict[str, Any], filters.Times]:
    """Write an observed interval between two instants, on the clock of the day's place."""
    zone = world.zone_on(day)
    offsets = [each.astimezone(zone).utcoffset() or timedelta() for each in (first, last)]
    start, end = (civil(*each) for each in zip((first, last), offsets, strict=True))
    written = {
        "startTime": times.timestamp(first),
        "startUtcOffset": times.duration(offsets[0]),
        "endTime": times.timestamp(last),
        "endUtcOffset": times.duration(offsets[1]),
        "civilStartTime": times.civil(start, options),
        "civilEndTime": times.civil(end, options),
    }
    return written, filters.Times(first, start)


def _hourly(
    field: str, read: Callable[[Day], float | None], logged: Callable[[Day], int] | None = None
) -> Callable[[World, Options], Iterator[Point]]:
    """Spread a day's total over its waking hours; what was logged by hand is one point more."""

    def made(world: World, options: Options) -> Iterator[Point]:
        for day, values in world.days.items():
            total = read(values)
            by_hand = logged(values) if logged else 0
            first, last = _waking(world, day)
            shares = _shares((total or 0) - by_hand, last - first)
            hours = [(first + n, share, "tracker") for n, share in enumerate(shares)]
            for hour, share, source in (*hours, (last, by_hand, "manual")):
                if share:
                    start, _ = world.at(datetime.combine(day, time(hour)))
                    end = start + timedelta(hours=1)
                    yield _point(world, day, start, end, {field: _number(share)}, source, options)

    return made


def _waking(world: World, day: date) -> tuple[int, int]:
    """Return the first and the last hour in which a tracker records; today's are over by now."""
    now = civil(world.now(), world.offset_at(world.now()))
    last = LAST_HOUR if day < now.date() else max(min(now.hour - 1, LAST_HOUR), 1)
    return (FIRST_HOUR if last > FIRST_HOUR else 0), last


def _shares(total: float, parts: int) -> list[float]:
    """Divide a total into parts, whole ones if it is whole."""
    if isinstance(total, int):
        return [total // parts + (1 if n < total % parts else 0) for n in range(parts)]
    return [round(total / parts, 4)] * (parts - 1) + [
        round(total - round(total / parts, 4) * (parts - 1), 4)
    ]


def _number(value: float) -> str | float:
    """Write a 64-bit integer as a string."""
    return str(value) if isinstance(value, int) else value


def _point(
    world: World,
    day: date,
    first: datetime,
    last: datetime,
    value: dict[str, Any],
    source: Any,
    options: Any,
) -> Point:
    written, filtered = interval(world, day, first, last, options)
    return Point(filtered.physical, filtered, {"interval": written, **value}, source)


def _levels(world: World, options: Options) -> Iterator[Point]:
    """Make a day of segments, from midnight, whose sums are the day's minutes."""
    for day, values in world.days.items():
        at, _ = world.hours_of(day)
        for level, minutes in _segments(values.level_minutes):
            end = at + timedelta(minutes=minutes)
            yield _point(world, day, at, end, {"activityLevelType": level}, "tracker", options)
            at = end


def _segments(minutes: dict[str, int]) -> list[tuple[str, int]]:
    order = [*LEVELS, *reversed(LEVELS)]
    halves = [minutes.get(level, 0) // 2 for level in LEVELS]
    rest = [minutes.get(level, 0) - half for level, half in zip(LEVELS, halves, strict=True)]
    return [pair for pair in zip(order, [*halves, *reversed(rest)], strict=True) if pair[1]]


def _zones(world: World, options: Options) -> Iterator[Point]:
    for day, values in world.days.items():
        at, _ = world.hours_of(day)
        for zone in ZONES:
            end = at + timedelta(minutes=values.zone_minutes.get(zone, 0))
            if end > at:
                value = {"heartRateZoneType": zone}
                yield _point(world, day, at, end, value, "tracker", options)
            at = end


def _basal(world: World, options: Options) -> Iterator[Point]:
    if not options.basal_energy_listed:
        return
    for day, values in world.days.items():
        if values.basal_energy:
            start, end = world.hours_of(day)
            until = max(min(end, world.now().replace(microsecond=0)), start)
            value = {"kcal": values.basal_energy}
            yield _point(world, day, start, until, value, "tracker", options)


def _daily(day: date, value: dict[str, Any]) -> Point:
    filtered = filters.of_day(day)
    return Point(filtered.physical, filtered, {"date": times.day(day), **value}, "tracker")


def _resting(world: World, _options: Options) -> Iterator[Point]:
    for day, values in world.days.items():
        if values.resting_heart_rate is not None:
            metadata = {"calculationMethod": "WITH_SLEEP"}
            yield _daily(
                day,
                {
                    "beatsPerMinute": str(values.resting_heart_rate),
                    "dailyRestingHeartRateMetadata": metadata,
                },
            )


def _vo2max(world: World, _options: Options) -> Iterator[Point]:
    for day, measured in world.vo2max.items():
        value: dict[str, Any] = {
            "vo2Max": measured.value,
            "vo2MaxCovariance": measured.covariance,
            "cardioFitnessLevel": measured.level,
        }
        yield _daily(day, {**value, "estimated": True} if measured.estimated else value)


def _sample(
    instant: datetime,
    offset: timedelta,
    value: dict[str, Any],
    source: Source,
    options: Options,
    order: int = 0,
) -> Point:
    local = civil(instant, offset)
    written = {
        "physicalTime": times.timestamp(instant),
        "utcOffset": times.duration(offset),
        "civilTime": times.civil(local, options),
    }
    filtered = filters.Times(instant, local)
    return Point(instant, filtered, {"sampleTime": written, **value}, source, order=order)


def _weights(world: World, options: Options) -> Iterator[Point]:
    for weight in world.weights.values():
        value: dict[str, Any] = {"weightGrams": weight.grams}
        if weight.notes:
            value["notes"] = weight.notes
        yield _sample(weight.time, weight.offset, value, weight.source, options, weight.id)


def _heights(world: World, options: Options) -> Iterator[Point]:
    for height in world.heights:
        value = {"heightMillimeters": str(height.millimeters)}
        yield _sample(height.time, height.offset, value, "manual", options)


def _exercises(world: World, options: Options) -> Iterator[Point]:
    for each in world.exercises.values():
        filtered = filters.Times(each.start, each.civil_start)
        value = sessions.exercise(each, options)
        yield Point(each.start, filtered, value, each.source, each.id)


def _sleeps(world: World, options: Options) -> Iterator[Point]:
    main = sessions.main_sleeps(world)
    for each in world.sleeps.values():
        filtered = filters.Times(each.end, each.civil_end)
        value = sessions.sleep(each, options, main=each.id in main)
        yield Point(each.start, filtered, value, each.source, each.id)


_MAKERS: dict[str, Callable[[World, Options], Iterator[Point]]] = {
    "steps": _hourly("count", lambda day: day.steps, lambda day: day.logged_steps),
    "floors": _hourly("count", lambda day: day.floors),
    "altitude": _hourly("gainMillimeters", lambda day: day.altitude),
    "distance": _hourly("millimeters", lambda day: day.distance, lambda day: day.logged_distance),
    "active-energy-burned": _hourly("kcal", lambda day: day.active_energy),
    "basal-energy-burned": _basal,
    "activity-level": _levels,
    "time-in-heart-rate-zone": _zones,
    "daily-resting-heart-rate": _resting,
    "daily-vo2-max": _vo2max,
    "weight": _weights,
    "height": _heights,
    "exercise": _exercises,
    "sleep": _sleeps,
}
