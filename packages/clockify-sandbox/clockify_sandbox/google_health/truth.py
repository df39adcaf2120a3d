"""What a perfect copy of a person's data contains, computed in the most straightforward way.

This knows nothing of requests. Fields are named as in the API, and values are numbers, dates and
datetimes of Python: instants are in UTC, civil times have no zone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from clockify_sandbox.google_health.model import civil
from clockify_sandbox.google_health.sessions import main_sleeps, summary

if TYPE_CHECKING:
    from datetime import date

    from clockify_sandbox.google_health.model import Sleep, Stage
    from clockify_sandbox.google_health.world import World

Row = dict[str, object]


def daily(world: World, day: date) -> Row:
    """Return the totals of a day; None is what was not measured."""
    with world.lock:
        found = world.days.get(day)
        if found is None:
            return {"day": day}
        return {
            "day": day,
            "steps": found.steps,
            "floors": found.floors,
            "gainMillimeters": found.altitude,
            "millimeters": found.distance,
            "trackerMillimeters": None
            if found.distance is None
            else found.distance - found.logged_distance,
            "totalKcal": found.total_calories,
            "activeKcal": found.active_energy,
            "basalKcal": found.basal_energy,
            "levelMinutes": dict(found.level_minutes),
            "zoneMinutes": dict(found.zone_minutes),
            "zoneKcal": dict(found.zone_calories),
            "restingHeartRate": found.resting_heart_rate,
        }


def exercises(world: World) -> list[Row]:
    """List the exercises by their start."""
    with world.lock:
        return [
            {
                "id": each.id,
                "day": each.civil_start.date(),
                "civilStartTime": each.civil_start,
                "startTime": each.start,
                "endTime": each.end,
                "exerciseType": each.type,
                "displayName": each.name,
                "notes": each.notes,
                "caloriesKcal": each.calories,
                "activeSeconds": each.active.total_seconds(),
                "steps": each.steps,
                "hasActiveZoneMinutes": each.active_zone_minutes is not None,
                "updateTime": each.updated,
                "trackpoints": _trackpoints(world, each.id),
            }
            for each in sorted(world.exercises.values(), key=lambda each: (each.start, each.id))
        ]


def _trackpoints(world: World, exercise_id: int) -> int:
    """Count the points of an exported file, partial data included: one in ten seconds."""
    each = world.exercises[exercise_id]
    return 0 if each.heart_rate is None else int(each.active.total_seconds() // 10) + 1


def sleeps(world: World) -> list[Row]:
    """List the sleeps by their start, with their stages."""
    with world.lock:
        main = main_sleeps(world)
        found = sorted(world.sleeps.values(), key=lambda each: (each.start, each.id))
        return [
            {
                "id": each.id,
                "day": each.civil_end.date(),
                "civilStartTime": each.civil_start,
                "civilEndTime": each.civil_end,
                "startTime": each.start,
                "endTime": each.end,
                "type": each.type,
                "mainSleep": each.id in main,
                "manuallyEdited": each.manually_edited,
                **{name: n for name, n in summary(each).items() if name != "stagesSummary"},
                "stages": _stages(each, each.stages),
                "shortAwakenings": _stages(each, each.awakenings),
            }
            for each in found
        ]


def _stages(sleep: Sleep, stages: list[Stage]) -> list[Row]:
    if not sleep.processed:
        return []
    return [
        {
            "type": stage.type,
            "startTime": stage.start,
            "civilStartTime": civil(stage.start, sleep.start_offset),
            "seconds": (stage.end - stage.start).total_seconds(),
        }
        for stage in stages
    ]


def weights(world: World) -> list[Row]:
    """List the weights by their time."""
    with world.lock:
        return [
            {
                "civilTime": civil(each.time, each.offset),
                "physicalTime": each.time,
                "weightGrams": each.grams,
            }
            for each in sorted(world.weights.values(), key=lambda each: (each.time, each.id))
        ]


def vo2max(world: World) -> dict[date, float]:
    """Return the VO2 max by day, in millilitres per kilogram and minute."""
    with world.lock:
        return {day: measured.value for day, measured in sorted(world.vo2max.items())}
