"""Totals of civil days and of windows of several days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from clockify_sandbox.google_health import errors, times
from clockify_sandbox.google_health.model import LEVELS, ZONES, days_from

if TYPE_CHECKING:
    from collections.abc import Callable

    from clockify_sandbox.google_health.kinds import Kind
    from clockify_sandbox.google_health.model import Day, Source
    from clockify_sandbox.google_health.options import Options
    from clockify_sandbox.google_health.world import World

DATE_PARTS = {"year", "month", "day"}
TIME_PARTS = {"hours", "minutes", "seconds", "nanos"}


@dataclass(frozen=True)
class Window:
    """A window of civil time, the end excluded."""

    start: datetime
    end: datetime

    @property
    def days(self) -> list[date]:
        """The days of which the window has any part."""
        last = self.end - timedelta(microseconds=1)
        return days_from(self.start.date(), last.date())


def windows(body: dict[str, Any], kind: Kind) -> list[Window]:
    """Read the range and the size of the windows from a request, and cut the range."""
    asked = body.get("range")
    if not isinstance(asked, dict) or not {"start", "end"} <= set(asked):
        raise errors.invalid("The range with its start and end is required.")
    start, end = (_civil(asked[name], f"range.{name}") for name in ("start", "end"))
    size = body.get("windowSizeDays") or 1
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        raise errors.invalid("windowSizeDays must be a positive number.")
    if start.time() != time():
        raise errors.invalid("The start of the range must be aligned with the window.")
    if end <= start:
        raise errors.invalid("The end of the range must be after its start.")
    if end - start > timedelta(days=kind.most_days):
        raise errors.invalid(
            f"The range of {kind.id} must not be longer than {kind.most_days} days."
        )
    window = timedelta(days=min(size, kind.most_days))
    count = -((start - end) // window)
    starts = [start + window * number for number in range(count)]
    return [Window(each, each + min(window, end - each)) for each in starts]


def _civil(value: Any, name: str) -> datetime:
    """Read a civil time; parts of the time that are left out are zero."""
    if not isinstance(value, dict) or set(value) - {"date", "time"}:
        raise errors.invalid(f"Invalid value at '{name}'.")
    day, clock = value.get("date"), value.get("time") or {}
    if not isinstance(day, dict) or not isinstance(clock, dict):
        raise errors.invalid(f"Invalid value at '{name}': a date is required.")
    if set(day) - DATE_PARTS or set(clock) - TIME_PARTS:
        raise errors.invalid(f"Invalid value at '{name}': unknown field.")
    try:
        return datetime.combine(
            date(day["year"], day["month"], day["day"]),
            time(
                clock.get("hours", 0),
                clock.get("minutes", 0),
                clock.get("seconds", 0),
                clock.get("nanos", 0) // 1000,
            ),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise errors.invalid(f"Invalid value at '{name}': not a date and time.") from error


def rolled_up(
    world: World, kind: Kind, window: Window, sources: frozenset[Source], options: Options
) -> dict[str, Any] | None:
    """Total a type over a window; None if there is nothing to total."""
    roll = _ROLLS.get(kind.id)
    value = roll(world, window, sources, options) if roll else None
    if value is None or kind.rollup is None:
        return None
    return {
        "civilStartTime": times.civil(window.start, options),
        "civilEndTime": times.civil(window.end, options),
        kind.rollup: value,
    }


def _days(world: World, window: Window) -> list[Day]:
    return [world.days[day] for day in window.days if day in world.days]


def _sum(field: str, read: str, logged: str | None = None) -> Callable[..., dict[str, Any] | None]:
    """Sum an attribute of days; `logged` is the attribute with the part logged by hand."""

    def roll(
        world: World, window: Window, sources: frozenset[Source], options: Options
    ) -> dict[str, Any] | None:
        total: float | None = None
        for day in _days(world, window):
            measured = getattr(day, read)
            by_hand = getattr(day, logged) if logged else 0
            if measured is None:
                continue
            part = (measured - by_hand if "tracker" in sources else 0) + (
                by_hand if "manual" in sources else 0
            )
            total = part if total is None else total + part
        if total is None or not sources & {"tracker", "manual"}:
            return None
        return _total(field, total, options)

    return roll


def _total(field: str, total: float, options: Options) -> dict[str, Any] | None:
    if not total and options.zero_sums == "left_out":
        return None
    if not total and options.zero_sums == "empty":
        return {}
    return {field: str(total) if isinstance(total, int) else round(total, 6)}


def _parts(
    field: str, read: str, name: str, unit: str, order: tuple[str, ...]
) -> Callable[..., dict[str, Any] | None]:
    """Sum the parts of days, such as the minutes of each zone."""

    def roll(
        world: World, window: Window, sources: frozenset[Source], _options: Options
    ) -> dict[str, Any] | None:
        measured = [getattr(day, read) for day in _days(world, window)]
        sums = {
            part: sum(each[part] for each in measured if part in each)
            for part in order
            if any(part in each for each in measured)
        }
        if not sums or "tracker" not in sources:
            return None
        return {field: [{name: part, **_quantity(unit, total)} for part, total in sums.items()]}

    return roll


def _quantity(unit: str, total: float) -> dict[str, Any]:
    if unit == "kcal":
        return {unit: round(total, 6)} if total else {}
    return {unit: times.duration(timedelta(minutes=total))}


def _resting(
    world: World, window: Window, sources: frozenset[Source], _options: Options
) -> dict[str, Any] | None:
    rates = [day.resting_heart_rate for day in _days(world, window)]
    known = [rate for rate in rates if rate is not None]
    if not known or "tracker" not in sources:
        return None
    return {
        "beatsPerMinuteMin": float(min(known) - 2),
        "beatsPerMinuteMax": float(max(known) + 2),
    }


def _weight(
    world: World, window: Window, sources: frozenset[Source], _options: Options
) -> dict[str, Any] | None:
    grams = [
        weight.grams
        for weight in world.weights.values()
        if weight.source in sources
        and window.start <= weight.time.replace(tzinfo=None) + weight.offset < window.end
    ]
    return {"weightGramsAvg": round(sum(grams) / len(grams), 6)} if grams else None


_ROLLS: dict[str, Callable[..., dict[str, Any] | None]] = {
    "steps": _sum("countSum", "steps", "logged_steps"),
    "floors": _sum("countSum", "floors"),
    "altitude": _sum("gainMillimetersSum", "altitude"),
    "distance": _sum("millimetersSum", "distance", "logged_distance"),
    "total-calories": _sum("kcalSum", "total_calories"),
    "active-energy-burned": _sum("kcalSum", "active_energy"),
    "activity-level": _parts(
        "activityLevelRollupsByActivityLevelType",
        "level_minutes",
        "activityLevelType",
        "totalDuration",
        LEVELS,
    ),
    "time-in-heart-rate-zone": _parts(
        "timeInHeartRateZones", "zone_minutes", "heartRateZone", "duration", ZONES
    ),
    "calories-in-heart-rate-zone": _parts(
        "caloriesInHeartRateZones", "zone_calories", "heartRateZone", "kcal", ZONES
    ),
    "daily-resting-heart-rate": _resting,
    "weight": _weight,
}
