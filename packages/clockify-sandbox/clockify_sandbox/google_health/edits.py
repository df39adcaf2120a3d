"""Changes of a person's data and of their consent, as the app, a tracker or Google make them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from clockify_sandbox.google_health.kinds import ALL_SCOPES, SCOPE_PREFIX
from clockify_sandbox.google_health.model import Day, Exercise, Sleep, Stage, Vo2Max, Weight
from clockify_sandbox.google_health.random_edits import random_edit
from clockify_sandbox.google_health.world import Grant

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from clockify_sandbox.google_health.world import World

__all__ = [
    "add_exercise",
    "add_sleep",
    "add_weight",
    "clear_day",
    "delete_exercise",
    "delete_sleep",
    "delete_weight",
    "edit_exercise",
    "edit_sleep",
    "grant",
    "random_edit",
    "revoke",
    "set_active_energy",
    "set_activity_level",
    "set_altitude",
    "set_basal_energy",
    "set_distance",
    "set_floors",
    "set_resting_heart_rate",
    "set_scopes",
    "set_steps",
    "set_total_calories",
    "set_vo2max",
    "set_zone_calories",
    "set_zone_minutes",
    "sync_device",
]
SYNCED_DAYS = 3
SYNCED_STEPS = 431


def _set(world: World, day: date, **values: Any) -> None:
    """Set attributes of a day's totals; a day without data begins to have some."""
    with world.lock:
        totals = world.days.setdefault(day, Day())
        for name, value in values.items():
            setattr(totals, name, value)
        totals.logged_steps = min(totals.logged_steps, totals.steps or 0)
        totals.logged_distance = min(totals.logged_distance, totals.distance or 0)
        world.touch()


def set_steps(world: World, day: date, steps: int | None) -> None:
    """Set a day's steps; None: not measured, as for all values below."""
    _set(world, day, steps=steps)


def set_floors(world: World, day: date, floors: int | None) -> None:
    """Set a day's floors."""
    _set(world, day, floors=floors)


def set_altitude(world: World, day: date, millimeters: int | None) -> None:
    """Set the millimetres that a person has climbed in a day."""
    _set(world, day, altitude=millimeters)


def set_distance(
    world: World, day: date, millimeters: int | None, logged: int | None = None
) -> None:
    """Set the millimetres of a day, and how many of them the person has logged by hand."""
    more = {} if logged is None else {"logged_distance": logged}
    _set(world, day, distance=millimeters, **more)


def set_total_calories(world: World, day: date, kcal: float | None) -> None:
    """Set all the kilocalories that a day has burned."""
    _set(world, day, total_calories=kcal)


def set_active_energy(world: World, day: date, kcal: float | None) -> None:
    """Set the kilocalories that a day's activities have burned."""
    _set(world, day, active_energy=kcal)


def set_basal_energy(world: World, day: date, kcal: float | None) -> None:
    """Set the kilocalories that a day has burned at rest."""
    _set(world, day, basal_energy=kcal)


def set_activity_level(world: World, day: date, level: str, minutes: int) -> None:
    """Set the minutes at one level, such as `VERY_ACTIVE`."""
    with world.lock:
        known = world.days.get(day, Day()).level_minutes
        _set(world, day, level_minutes={**known, level: minutes})


def set_zone_minutes(world: World, day: date, zone: str, minutes: int) -> None:
    """Set the minutes in one heart rate zone, such as `PEAK`."""
    with world.lock:
        known = world.days.get(day, Day()).zone_minutes
        _set(world, day, zone_minutes={**known, zone: minutes})


def set_zone_calories(world: World, day: date, zone: str, kcal: float) -> None:
    """Set the kilocalories burned in one heart rate zone."""
    with world.lock:
        known = world.days.get(day, Day()).zone_calories
        _set(world, day, zone_calories={**known, zone: kcal})


def set_resting_heart_rate(world: World, day: date, beats_per_minute: int | None) -> None:
    """Set a day's resting heart rate."""
    _set(world, day, resting_heart_rate=beats_per_minute)


def set_vo2max(
    world: World, day: date, value: float | None, *, level: str = "GOOD", estimated: bool = False
) -> None:
    """Set a day's VO2 max, in millilitres per kilogram and minute; None removes it."""
    with world.lock:
        if value is None:
            world.vo2max.pop(day, None)
        else:
            world.vo2max[day] = Vo2Max(value, level, estimated)
        world.touch()


def clear_day(world: World, day: date) -> None:
    """Remove a day's totals, as if the tracker had not been worn."""
    with world.lock:
        world.days.pop(day, None)
        world.unsynced_days.pop(day, None)
        world.touch()


def add_exercise(world: World, **fields: Any) -> int:
    """Add an exercise with attributes of `Exercise`, and return its id.

    By default it is half an hour's walk that has ended now.
    """
    with world.lock:
        span = _span(world, fields, timedelta(minutes=30))
        kind = fields.get("type", "WALKING")
        defaults = {
            "type": kind,
            "name": kind.replace("_", " ").capitalize(),
            "active": span["end"] - span["start"],
            "calories": 150.0,
            "source": "tracker",
        }
        exercise = Exercise(**{**span, **defaults, **fields})
        world.exercises[exercise.id] = exercise
        world.touch()
        return exercise.id


def edit_exercise(world: World, exercise_id: int, **fields: Any) -> None:
    """Change attributes of an exercise; its time of change becomes the present."""
    _edit(world, world.exercises[exercise_id], fields)


def delete_exercise(world: World, exercise_id: int) -> None:
    """Remove an exercise."""
    with world.lock:
        del world.exercises[exercise_id]
        world.touch()


def add_sleep(world: World, **fields: Any) -> int:
    """Add a sleep with attributes of `Sleep`, and return its id.

    By default it is a classic one of eight hours that has ended now. Without `stages` the person
    is asleep all the time.
    """
    with world.lock:
        span = _span(world, fields, timedelta(hours=8))
        kind = fields.get("type", "CLASSIC")
        asleep = Stage("ASLEEP" if kind == "CLASSIC" else "LIGHT", span["start"], span["end"])
        defaults = {"type": kind, "stages": [asleep], "source": "tracker"}
        sleep = Sleep(**{**span, **defaults, **fields})
        world.sleeps[sleep.id] = sleep
        world.touch()
        return sleep.id


def edit_sleep(world: World, sleep_id: int, **fields: Any) -> None:
    """Change attributes of a sleep; its time of change becomes the present."""
    _edit(world, world.sleeps[sleep_id], fields)


def delete_sleep(world: World, sleep_id: int) -> None:
    """Remove a sleep."""
    with world.lock:
        del world.sleeps[sleep_id]
        world.touch()


def _span(world: World, fields: dict[str, Any], length: timedelta) -> dict[str, Any]:
    """Fill in when a session was, where the clocks were then, and who recorded it when."""
    end = fields.get("end") or fields.get("start", world.now() - length) + length
    start = fields.get("start", end - length)
    recorded = min(end + timedelta(minutes=20), world.now())
    return {
        "id": world.next_id() if "id" not in fields else fields["id"],
        "start": start,
        "end": end,
        "start_offset": world.offset_at(start),
        "end_offset": world.offset_at(end),
        "created": recorded,
        "updated": fields.get("created", recorded),
    }


def _edit(world: World, session: Exercise | Sleep, fields: dict[str, Any]) -> None:
    with world.lock:
        unknown = sorted(name for name in fields if not hasattr(session, name))
        if unknown:
            raise ValueError(f"no such attributes: {', '.join(unknown)}")
        for name, value in fields.items():
            setattr(session, name, value)
        for end in ("start", "end"):
            if end in fields and f"{end}_offset" not in fields:
                setattr(session, f"{end}_offset", world.offset_at(fields[end]))
        if "updated" not in fields:
            session.updated = world.now()
        world.touch()


def add_weight(world: World, grams: float, time: datetime | None = None, **fields: Any) -> int:
    """Add a weight in grams, by default of now, and return its number in this world."""
    with world.lock:
        at = time or world.now()
        offset = fields.pop("offset", None)
        weight = Weight(
            world.next_number(), at, world.offset_at(at) if offset is None else offset, grams
        )
        for name, value in fields.items():
            setattr(weight, name, value)
        world.weights[weight.id] = weight
        world.touch()
        return weight.id


def delete_weight(world: World, weight_id: int) -> None:
    """Remove a weight."""
    with world.lock:
        del world.weights[weight_id]
        world.touch()


def sync_device(world: World) -> list[date]:
    """Let the tracker report what it has held back, and return the days that have changed.

    If it has held back nothing, the last days get some more steps. Google finishes sleeps that
    it was still processing.
    """
    with world.lock:
        changed = sorted(world.unsynced_days)
        world.days.update(world.unsynced_days)
        world.unsynced_days.clear()
        if not changed:
            changed = _late_steps(world)
        for exercise in world.unsynced_exercises:
            exercise.created = exercise.updated = world.now()
            world.exercises[exercise.id] = exercise
        world.unsynced_exercises.clear()
        for sleep in world.sleeps.values():
            if not sleep.processed:
                sleep.processed, sleep.updated = True, world.now()
        for device in world.devices:
            device.synced = world.now()
        world.touch()
        return changed


def _late_steps(world: World) -> list[date]:
    past = [world.today() - timedelta(days=number) for number in range(1, SYNCED_DAYS + 1)]
    changed = sorted(day for day in past if day in world.days)
    for day in changed:
        totals = world.days[day]
        totals.steps = (totals.steps or 0) + SYNCED_STEPS
        totals.distance = (totals.distance or 0) + SYNCED_STEPS * 742
    return changed


def set_scopes(world: World, scopes: Iterable[str]) -> None:
    """Let all tokens have these scopes only, by full name or as in `sleep.readonly`."""
    full = [each if each.startswith("https:") else f"{SCOPE_PREFIX}{each}" for each in scopes]
    unknown = sorted(set(full) - ALL_SCOPES)
    if unknown:
        raise ValueError(f"no such scopes: {', '.join(unknown)}")
    with world.lock:
        for grant in (*world.refresh_tokens.values(), *world.access_tokens.values()):
            grant.scopes = frozenset(full)
        world.touch()


def revoke(world: World) -> None:
    """Withdraw the consent: no token is valid any more, until a new code is exchanged."""
    with world.lock:
        world.refresh_tokens.clear()
        world.access_tokens.clear()
        world.codes.clear()
        world.touch()


def grant(world: World, scopes: Iterable[str]) -> None:
    """Consent anew for the world's `refresh_token`, with scopes by full name."""
    with world.lock:
        world.refresh_tokens[world.refresh_token] = Grant(frozenset(scopes), world.now())
        world.touch()
