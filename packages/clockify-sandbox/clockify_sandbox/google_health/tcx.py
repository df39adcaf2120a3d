"""The track of an exercise, and the TCX file made of it."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from clockify_sandbox.google_health.sessions import pause

if TYPE_CHECKING:
    from clockify_sandbox.google_health.model import Exercise
    from clockify_sandbox.google_health.options import Options

NAMESPACE = "http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2"
SPORTS = {"RUNNING": "Running", "TREADMILL": "Running", "TRAIL_RUN": "Running", "BIKING": "Biking"}
STEP = timedelta(seconds=10)
CENTRE = (-33.8915, 151.2767)
RADIUS = 0.01
"""Degrees between the circle on which the person moves and its centre."""


@dataclass(frozen=True)
class Trackpoint:
    """A point of a track. Degrees, metres above sea, metres from the start, beats a minute."""

    time: datetime
    latitude: float | None
    longitude: float | None
    altitude: float | None
    distance: float | None
    heart_rate: int | None


@dataclass(frozen=True)
class Lap:
    """A lap: its start, seconds without pauses, metres, whole kilocalories and points."""

    start: datetime
    seconds: float
    distance: float
    calories: int
    points: tuple[Trackpoint, ...]


def laps(exercise: Exercise, *, partial: bool) -> list[Lap]:
    """Divide an exercise into laps of the same length.

    Without a GPS there are points only if `partial` asks for them, and they have no position.
    """
    count = max(exercise.laps, 1)
    share = exercise.active / count
    points = _points(exercise) if exercise.has_gps or partial else []
    starts = [_instant(exercise, share * number) for number in range(count)]
    ends = [*starts[1:], exercise.end + timedelta(seconds=1)]
    return [
        Lap(
            start,
            share.total_seconds(),
            round((exercise.distance or 0) / 1000 / count, 2),
            round(exercise.calories / count),
            tuple(point for point in points if start <= point.time < end),
        )
        for start, end in zip(starts, ends, strict=True)
    ]


def _instant(exercise: Exercise, active: timedelta) -> datetime:
    """Find when the person had been active for so long."""
    paused = pause(exercise)
    if paused and exercise.start + active >= paused[0]:
        return exercise.start + active + (paused[1] - paused[0])
    return exercise.start + active


def _points(exercise: Exercise) -> list[Trackpoint]:
    """Make the points of a track; what no tracker recorded has none."""
    if exercise.heart_rate is None:
        return []
    rng = random.Random(exercise.id)  # noqa: S311 -- made-up data, not a secret
    count = exercise.active // STEP
    return [_point(exercise, STEP * number, rng) for number in range(count + 1)]


def _point(exercise: Exercise, active: timedelta, rng: random.Random) -> Trackpoint:
    share = active / exercise.active if exercise.active else 0.0
    angle = 2 * math.pi * share
    rate = (exercise.heart_rate or 0) + rng.randrange(-12, 13)
    gps = exercise.has_gps
    return Trackpoint(
        time=_instant(exercise, active),
        latitude=round(CENTRE[0] + RADIUS * math.sin(angle), 7) if gps else None,
        longitude=round(CENTRE[1] + RADIUS * math.cos(angle), 7) if gps else None,
        altitude=round(24 + 18 * math.sin(angle / 2), 2) if gps else None,
        distance=None if exercise.distance is None else round(exercise.distance / 1000 * share, 2),
        heart_rate=rate,
    )


def document(exercise: Exercise, options: Options, *, partial: bool) -> str:
    """Write the file."""

    def moment(instant: datetime) -> str:
        if options.tcx_times == "utc":
            return instant.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        local = instant.astimezone(timezone(exercise.start_offset))
        return local.isoformat(timespec="milliseconds")

    root = ET.Element("TrainingCenterDatabase", xmlns=NAMESPACE)
    sport = SPORTS.get(exercise.type, "Other")
    activity = ET.SubElement(ET.SubElement(root, "Activities"), "Activity", Sport=sport)
    _text(activity, "Id", moment(exercise.start))
    for lap in laps(exercise, partial=partial):
        element = ET.SubElement(activity, "Lap", StartTime=moment(lap.start))
        _text(element, "TotalTimeSeconds", f"{lap.seconds:.1f}")
        _text(element, "DistanceMeters", f"{lap.distance}")
        _text(element, "Calories", str(lap.calories))
        _text(element, "Intensity", "Active")
        _text(element, "TriggerMethod", "Manual")
        if lap.points:
            track = ET.SubElement(element, "Track")
            for point in lap.points:
                _write_point(track, point, moment(point.time))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' + ET.tostring(
        root, encoding="unicode"
    )


def _write_point(track: ET.Element, point: Trackpoint, moment: str) -> None:
    element = ET.SubElement(track, "Trackpoint")
    _text(element, "Time", moment)
    if point.latitude is not None:
        position = ET.SubElement(element, "Position")
        _text(position, "LatitudeDegrees", str(point.latitude))
        _text(position, "LongitudeDegrees", str(point.longitude))
        _text(element, "AltitudeMeters", str(point.altitude))
    if point.distance is not None:
        _text(element, "DistanceMeters", str(point.distance))
    if point.heart_rate is not None:
        _text(ET.SubElement(element, "HeartRateBpm"), "Value", str(point.heart_rate))


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = text
