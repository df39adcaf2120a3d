"""Random edits, in proportions that are plausible for a person with a tracker."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from clockify_sandbox.google_health import edits

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from datetime import date

    from clockify_sandbox.google_health.world import World

TRIES = 50
RECENT_DAYS = 20


def random_edit(world: World, rng: random.Random) -> str:
    """Make one edit and describe it in a sentence."""
    with world.lock:
        kinds, weights = list(EDITS), list(EDITS.values())
        for _ in range(TRIES):
            # Not every kind is possible in every world; then it returns None.
            sentence = rng.choices(kinds, weights)[0](world, rng)
            if sentence is not None:
                return sentence
        return _add_weight(world, rng)


def _recent(world: World, rng: random.Random) -> date | None:
    past = [day for day in sorted(world.days) if day > world.today() - timedelta(RECENT_DAYS)]
    return rng.choice(past) if past else None


def _steps(world: World, rng: random.Random) -> str | None:
    day = _recent(world, rng)
    if day is None:
        return None
    steps = (world.days[day].steps or 0) + rng.randrange(10, 900)
    edits.set_steps(world, day, steps)
    edits.set_distance(world, day, steps * 742)
    return f"The steps of {day} became {steps}."


def _resting(world: World, rng: random.Random) -> str | None:
    day = _recent(world, rng)
    if day is None:
        return None
    rate = rng.randrange(50, 66)
    edits.set_resting_heart_rate(world, day, rate)
    return f"The resting heart rate of {day} became {rate}."


def _vo2max(world: World, rng: random.Random) -> str | None:
    day = _recent(world, rng)
    if day is None:
        return None
    value = round(42 + rng.random() * 6, 1)
    edits.set_vo2max(world, day, value)
    return f"The VO2 max of {day} became {value}."


def _add_exercise(world: World, rng: random.Random) -> str:
    minutes = rng.randrange(10, 120)
    start = world.now() - timedelta(minutes=minutes + rng.randrange(RECENT_DAYS * 24 * 60))
    kind = rng.choice(("RUNNING", "WALKING", "WEIGHTS"))
    gps = kind != "WEIGHTS"
    edits.add_exercise(
        world,
        type=kind,
        start=start,
        end=start + timedelta(minutes=minutes),
        calories=round(minutes * 6.4, 2),
        distance=minutes * 131_000 if gps else None,
        heart_rate=rng.randrange(95, 160),
        has_gps=gps,
        created=world.now(),
    )
    return f"An exercise of {minutes} minutes was added: {kind}."


def _edit_exercise(world: World, rng: random.Random) -> str | None:
    if not world.exercises:
        return None
    chosen = rng.choice(sorted(world.exercises))
    calories = round(rng.randrange(100, 900) + rng.random(), 2)
    edits.edit_exercise(world, chosen, calories=calories, notes=rng.choice((None, "Corrected")))
    return f"The calories of exercise {chosen} became {calories}."


def _delete_exercise(world: World, rng: random.Random) -> str | None:
    if not world.exercises:
        return None
    chosen = rng.choice(sorted(world.exercises))
    edits.delete_exercise(world, chosen)
    return f"Exercise {chosen} was deleted."


def _edit_sleep(world: World, rng: random.Random) -> str | None:
    if not world.sleeps:
        return None
    chosen = rng.choice(sorted(world.sleeps))
    edits.edit_sleep(world, chosen, manually_edited=not world.sleeps[chosen].manually_edited)
    return f"Sleep {chosen} was edited by hand."


def _delete_sleep(world: World, rng: random.Random) -> str | None:
    if not world.sleeps:
        return None
    chosen = rng.choice(sorted(world.sleeps))
    edits.delete_sleep(world, chosen)
    return f"Sleep {chosen} was deleted."


def _add_weight(world: World, rng: random.Random) -> str:
    grams = rng.randrange(700, 740) * 100.0
    at = world.now() - timedelta(minutes=rng.randrange(RECENT_DAYS * 24 * 60))
    edits.add_weight(world, grams, at)
    return f"A weight of {grams / 1000} kg was added."


def _delete_weight(world: World, rng: random.Random) -> str | None:
    if not world.weights:
        return None
    chosen = rng.choice(sorted(world.weights))
    edits.delete_weight(world, chosen)
    return "A weight was deleted."


def _sync(world: World, _rng: random.Random) -> str:
    days = edits.sync_device(world)
    return f"The tracker was synced, and changed {len(days)} days."


EDITS: dict[Callable[[World, random.Random], str | None], int] = {
    _steps: 6,
    _resting: 2,
    _vo2max: 2,
    _add_exercise: 4,
    _edit_exercise: 3,
    _delete_exercise: 1,
    _edit_sleep: 2,
    _delete_sleep: 1,
    _add_weight: 3,
    _delete_weight: 1,
    _sync: 2,
}
