"""Exercises and sleeps in the form of the API."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from clockify_sandbox.google_health import times

if TYPE_CHECKING:
    from datetime import date, datetime

    from clockify_sandbox.google_health.model import Exercise, Session, Sleep, Stage
    from clockify_sandbox.google_health.options import Options
    from clockify_sandbox.google_health.world import World

MINUTE = timedelta(minutes=1)
ZONE_FIELDS = {
    "LIGHT": "lightTime",
    "MODERATE": "moderateTime",
    "VIGOROUS": "vigorousTime",
    "PEAK": "peakTime",
}


def _interval(session: Session, options: Options) -> dict[str, Any]:
    return {
        "startTime": times.timestamp(session.start),
        "startUtcOffset": times.duration(session.start_offset),
        "endTime": times.timestamp(session.end),
        "endUtcOffset": times.duration(session.end_offset),
        "civilStartTime": times.civil(session.civil_start, options),
        "civilEndTime": times.civil(session.civil_end, options),
    }


def exercise(each: Exercise, options: Options) -> dict[str, Any]:
    """Write an exercise."""
    value: dict[str, Any] = {
        "interval": _interval(each, options),
        "exerciseType": each.type,
        "displayName": each.name,
        "metricsSummary": _metrics(each),
        "activeDuration": times.duration(each.active),
        "exerciseEvents": _events(each),
        "exerciseMetadata": {"hasGps": True} if each.has_gps else {},
        "notes": each.notes,
        "createTime": times.timestamp(each.created),
        "updateTime": times.timestamp(each.updated),
    }
    return {name: part for name, part in value.items() if part not in (None, [])}


def pause(each: Exercise) -> tuple[datetime, datetime] | None:
    """Find the pause of an exercise, which lies in its middle."""
    length = each.end - each.start - each.active
    if length <= timedelta():
        return None
    start = each.start + each.active / 2
    return start, start + length


def _events(each: Exercise) -> list[dict[str, Any]]:
    """Write the events that a tracker records; a manual exercise has none."""
    if each.source != "tracker":
        return []
    paused = pause(each)
    between = [("PAUSE", paused[0]), ("RESUME", paused[1])] if paused else []
    return [
        {
            "eventTime": times.timestamp(at),
            "eventUtcOffset": times.duration(
                each.end_offset if kind == "STOP" else each.start_offset
            ),
            "exerciseEventType": kind,
        }
        for kind, at in (("START", each.start), *between, ("STOP", each.end))
    ]


def _metrics(each: Exercise) -> dict[str, Any]:
    seconds = each.active.total_seconds()
    measured: dict[str, Any] = {
        "caloriesKcal": each.calories or None,
        "distanceMillimeters": float(each.distance) if each.distance else None,
        "steps": _whole(each.steps),
        "averageHeartRateBeatsPerMinute": _whole(each.heart_rate),
        "activeZoneMinutes": _whole(each.active_zone_minutes),
        "elevationGainMillimeters": float(each.elevation_gain) if each.elevation_gain else None,
    }
    if each.distance and seconds:
        measured["averageSpeedMillimetersPerSecond"] = round(each.distance / seconds, 3)
        measured["averagePaceSecondsPerMeter"] = round(seconds * 1000 / each.distance, 5)
    if each.zone_minutes:
        measured["heartRateZoneDurations"] = {
            ZONE_FIELDS[zone]: times.duration(timedelta(minutes=minutes))
            for zone, minutes in each.zone_minutes.items()
        }
    return {name: value for name, value in measured.items() if value is not None}


def _whole(number: int | None) -> str | None:
    return None if number is None else str(number)


def main_sleeps(world: World) -> set[int]:
    """Find each civil day's main sleep: the longest with stages, or else the longest."""
    by_day: defaultdict[date, list[Sleep]] = defaultdict(list)
    for each in world.sleeps.values():
        by_day[each.civil_end.date()].append(each)
    return {
        max(
            sleeps,
            key=lambda each: (each.type == "STAGES" and each.processed, each.end - each.start),
        ).id
        for sleeps in by_day.values()
    }


def sleep(each: Sleep, options: Options, *, main: bool) -> dict[str, Any]:
    """Write a sleep."""
    value: dict[str, Any] = {
        "interval": _interval(each, options),
        "type": each.type,
        "metadata": _metadata(each, main=main),
        "summary": _summary(each),
        "createTime": times.timestamp(each.created),
        "updateTime": times.timestamp(each.updated),
    }
    if each.processed:
        value["stages"] = [_stage(stage, each) for stage in each.stages]
        value["shortAwakenings"] = [_stage(stage, each) for stage in each.awakenings]
    return {name: part for name, part in value.items() if part != []}


def _metadata(each: Sleep, *, main: bool) -> dict[str, Any]:
    value: dict[str, Any] = {
        "mainSleep": main,
        "processed": each.processed,
        "nap": each.nap,
        "manuallyEdited": each.manually_edited,
    }
    if each.processed:
        classic = "REJECTED_NAP" if each.nap else "REJECTED_COVERAGE"
        value["stagesStatus"] = "SUCCEEDED" if each.type == "STAGES" else classic
    return {name: part for name, part in value.items() if part}


def _summary(each: Sleep) -> dict[str, Any]:
    return {
        name: [_written_stage(part) for part in value] if isinstance(value, list) else str(value)
        for name, value in summary(each).items()
        if value not in (0, [])
    }


def _written_stage(part: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in part.items() if value != 0}


def summary(each: Sleep) -> dict[str, Any]:
    """Sum up a sleep: whole minutes, and a list with minutes and count of each stage."""
    period = (each.end - each.start) // MINUTE
    if not each.processed:
        return {"minutesInSleepPeriod": period, "stagesSummary": []}
    lengths: defaultdict[str, timedelta] = defaultdict(timedelta)
    counts: defaultdict[str, int] = defaultdict(int)
    for stage in each.stages:
        lengths[stage.type] += stage.end - stage.start
        counts[stage.type] += 1
    asleep = ("ASLEEP",) if each.type == "CLASSIC" else ("LIGHT", "REM", "DEEP")
    last = each.stages[-1] if each.stages else None
    return {
        "minutesInSleepPeriod": period,
        "minutesAsleep": sum((lengths[kind] for kind in asleep), timedelta()) // MINUTE,
        "minutesAwake": lengths["AWAKE"] // MINUTE,
        "minutesAfterWakeUp": last.minutes if last and last.type == "AWAKE" else 0,
        "minutesToFallAsleep": 0,
        "stagesSummary": [
            {"type": kind, "minutes": lengths[kind] // MINUTE, "count": counts[kind]}
            for kind in counts
        ],
    }


def _stage(stage: Stage, each: Sleep) -> dict[str, Any]:
    """Write a stage; a person who flies is on the new clock from the last stage's end."""
    end_offset = each.end_offset if stage.end == each.end else each.start_offset
    return {
        "type": stage.type,
        "startTime": times.timestamp(stage.start),
        "startUtcOffset": times.duration(each.start_offset),
        "endTime": times.timestamp(stage.end),
        "endUtcOffset": times.duration(end_offset),
        "createTime": times.timestamp(each.created),
        "updateTime": times.timestamp(each.updated),
    }
