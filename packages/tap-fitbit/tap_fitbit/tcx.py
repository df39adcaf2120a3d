"""Files of the format TCX, as rows."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException
from singer_ledger.errors import ExtractError

from tap_fitbit.values import seconds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from singer_ledger.stream import Row

NAMESPACE = "{http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2}"


def track_points(text: str, offset: str | None = None) -> Iterator[Row]:
    """Return a row for each track point, with what is known of its lap.

    Laps and points are counted from 0, points in each lap anew. `offset` is that of the person's
    clock from UTC, such as `"39600s"`, for files that have their times in UTC.

    Raises:
        ExtractError: The text is no TCX.
    """
    try:
        root = ElementTree.fromstring(text)
    except (ElementTree.ParseError, DefusedXmlException, ValueError) as error:
        raise ExtractError(
            "Google Health sent a TCX file that cannot be read. Run again."
        ) from error
    laps = 0
    for activity in root.iter(f"{NAMESPACE}Activity"):
        for lap in activity.iter(f"{NAMESPACE}Lap"):
            for order, point in enumerate(lap.iter(f"{NAMESPACE}Trackpoint")):
                yield {
                    "lap_number": laps,
                    "point_order": order,
                    "sport": activity.get("Sport"),
                    "total_time_seconds": _number(lap, "TotalTimeSeconds"),
                    "calories": _whole(lap, "Calories"),
                    "intensity": _text(lap, "Intensity"),
                    "trigger_method": _text(lap, "TriggerMethod"),
                    "date_time": _clock(_text(point, "Time"), offset),
                    "latitude": _number(point, "Position", "LatitudeDegrees"),
                    "longitude": _number(point, "Position", "LongitudeDegrees"),
                    "altitude_meters": _number(point, "AltitudeMeters"),
                    "distance_meters": _distance(lap, point),
                    "heart_rate_bpm": _whole(point, "HeartRateBpm", "Value"),
                }
            laps += 1


def _text(element: Element, *path: str) -> str | None:
    found = element.find("/".join(f"{NAMESPACE}{name}" for name in path))
    return found.text.strip() if found is not None and found.text else None


def _number(element: Element, *path: str) -> float | None:
    text = _text(element, *path)
    return None if text is None else float(text)


def _whole(element: Element, *path: str) -> int | None:
    number = _number(element, *path)
    return None if number is None else round(number)


def _distance(lap: Element, point: Element) -> float | None:
    """Return the distance of a point; without one, that of the lap, as in the replaced pipeline."""
    of_point = _number(point, "DistanceMeters")
    return _number(lap, "DistanceMeters") if of_point is None else of_point


def _clock(text: str | None, offset: str | None) -> Any:
    """Return what the local clock showed as if it were UTC, as the replaced pipeline stored it."""
    if text is None:
        return None
    time = dt.datetime.fromisoformat(text)
    if not time.utcoffset():
        time += dt.timedelta(seconds=float(seconds(offset) or 0))
    return time.replace(tzinfo=dt.UTC, microsecond=0).isoformat()
