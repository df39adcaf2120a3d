"""Values of a day: totals, heart rate zones, cardio fitness.

Every run sends a row for every day of the window, with nulls for what Google has no value of: a
day without data may be a day on which nothing was worn, or data that were deleted. A value that is
left out of a roll-up is zero, as in all of Google's JSON; a day without data has no roll-up.
"""

from __future__ import annotations

import datetime as dt
from abc import abstractmethod
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from singer_ledger.errors import RefusedError
from singer_ledger.stream import Reading, Row
from typing_extensions import override

from tap_fitbit import kinds
from tap_fitbit.client import DAY, HealthStream
from tap_fitbit.values import civil_date, scaled, seconds, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from singer_ledger.windows import Window

    from tap_fitbit.kinds import Kind

BAD_REQUEST = 400
MINUTE = 60
LEVELS = {
    "SEDENTARY": "sedentary_minutes",
    "LIGHTLY_ACTIVE": "lightly_active_minutes",
    "MODERATELY_ACTIVE": "fairly_active_minutes",
    "VERY_ACTIVE": "very_active_minutes",
}
ZONES = {"LIGHT": "out_of_range", "MODERATE": "fat_burn", "VIGOROUS": "cardio", "PEAK": "peak"}
"""Zones by order. Google's thresholds are others than Fitbit's were."""


class DailyStream(HealthStream):
    """A stream with a row for each day."""

    primary_keys = ("user_id", "date")
    day_column = "date"

    @abstractmethod
    def columns(self, window: Window) -> Iterable[Mapping[str, Row]]:
        """Return columns by day, as YYYY-MM-DD."""

    def days(self, window: Window) -> list[Row]:
        """Return a row for every day of a window."""
        parts = list(self.columns(window))
        rows = []
        for offset in range((window.last - window.first).days + 1):
            day = (window.first + offset * DAY).isoformat()
            row = {"user_id": self.user_id, "date": day, "processed_date": self.processed}
            for part in parts:
                row |= part.get(day, {})
            rows.append(row)
        return rows

    @override
    def earlier(self, memory: Row) -> Iterable[Row]:
        history = self.history(memory)
        return self.days(history) if history else ()

    @override
    def read(self, memory: Row) -> Reading:
        return Reading(self.days(self.window))

    def resting_heart_rates(self, window: Window) -> dict[str, Row]:
        """Return the resting heart rate by day."""
        return {
            civil_date(value["date"]).isoformat(): {"resting_heart_rate": value["beatsPerMinute"]}
            for value in self.values(kinds.RESTING_HEART_RATE, window)
        }

    def values(self, kind: Kind, window: Window) -> list[Row]:
        """Return what the data points of a type have."""
        return [point[kind.member] for point in self.points(kind, window) if kind.member in point]


class Summary(DailyStream):
    """Totals of a day."""

    name = "summary"
    sums: ClassVar[tuple[tuple[Kind, str, str, int | None], ...]] = (
        (kinds.STEPS, "countSum", "steps", None),
        (kinds.FLOORS, "countSum", "floors", None),
        (kinds.ALTITUDE, "gainMillimetersSum", "elevation", 1_000),
        (kinds.DISTANCE, "millimetersSum", "total_distance", 1_000_000),
        (kinds.TOTAL_CALORIES, "kcalSum", "calories_out", None),
        (kinds.ACTIVE_ENERGY, "kcalSum", "activity_calories", None),
    )
    """Type, member, column, and the divisor of columns that are no integers."""

    @override
    def columns(self, window: Window) -> Iterable[Mapping[str, Row]]:
        for kind, member, column, divisor in self.sums:
            yield {
                day: {column: _sum(value.get(member, 0), divisor)}
                for day, value in self.rollups(kind, window).items()
            }
        worn = self.rollups(kinds.DISTANCE, window, "google-wearables")
        yield {
            day: {"tracker_distance": scaled(value.get("millimetersSum", 0), 1_000_000)}
            for day, value in worn.items()
        }
        yield self._levels(window)
        yield self._basal_energy(window)
        yield self.resting_heart_rates(window)

    def _levels(self, window: Window) -> dict[str, Row]:
        """Return the minutes of each level of activity.

        The discovery document has their roll-up, the table of Google's guide does not: where it is
        refused, the single intervals are added up.
        """
        try:
            found = self.rollups(kinds.ACTIVITY_LEVEL, window)
        except RefusedError as error:
            if error.status != BAD_REQUEST:
                raise
            return self._summed_levels(window)
        return {
            day: dict.fromkeys(LEVELS.values(), 0)
            | {
                LEVELS[level["activityLevelType"]]: _minutes(level.get("totalDuration"))
                for level in value.get("activityLevelRollupsByActivityLevelType", ())
                if level["activityLevelType"] in LEVELS
            }
            for day, value in found.items()
        }

    def _summed_levels(self, window: Window) -> dict[str, Row]:
        totals: dict[str, Counter[str]] = {}
        for value in self._listed(window, kinds.ACTIVITY_LEVEL, kinds.ACTIVITY_LEVEL_OF_DAY):
            interval = value["interval"]
            start, end = (
                dt.datetime.fromisoformat(interval[name]) for name in ("startTime", "endTime")
            )
            day = civil_date(interval["civilStartTime"]).isoformat()
            if column := LEVELS.get(value["activityLevelType"]):
                totals.setdefault(day, Counter())[column] += round((end - start).total_seconds())
        return {
            day: {column: round(Decimal(columns[column]) / MINUTE) for column in LEVELS.values()}
            for day, columns in totals.items()
        }

    def _listed(self, window: Window, *ways: Kind) -> list[Row]:
        """List data points in the first way that is not refused; nothing if all are."""
        for kind in ways:
            try:
                return self.values(kind, window)
            except RefusedError as error:
                if error.status != BAD_REQUEST:
                    raise
        self.logger.warning("Google Health lists no %s: its columns are null.", ways[0].name)
        return []

    def _basal_energy(self, window: Window) -> dict[str, Row]:
        totals: dict[str, float] = {}
        for value in self._listed(window, kinds.BASAL_ENERGY):
            day = civil_date(value["interval"]["civilStartTime"]).isoformat()
            totals[day] = totals.get(day, 0.0) + float(value.get("kcal", 0))
        return {day: {"calories_bmr": whole(total)} for day, total in totals.items()}


class HeartRate(DailyStream):
    """Minutes and calories in each heart rate zone, and the resting heart rate."""

    name = "heart_rate"

    @override
    def columns(self, window: Window) -> Iterable[Mapping[str, Row]]:
        yield {
            day: {f"{zone}_minutes": 0 for zone in ZONES.values()}
            | {
                f"{ZONES[zone['heartRateZone']]}_minutes": _minutes(zone.get("duration"))
                for zone in value.get("timeInHeartRateZones", ())
                if zone["heartRateZone"] in ZONES
            }
            for day, value in self.rollups(kinds.ZONE_TIME, window).items()
        }
        yield {
            day: {f"{zone}_calories": 0.0 for zone in ZONES.values()}
            | {
                f"{ZONES[zone['heartRateZone']]}_calories": zone.get("kcal", 0.0)
                for zone in value.get("caloriesInHeartRateZones", ())
                if zone["heartRateZone"] in ZONES
            }
            for day, value in self.rollups(kinds.ZONE_CALORIES, window).items()
        }
        yield self.resting_heart_rates(window)


class CardioScore(DailyStream):
    """Cardio fitness, as VO2 max."""

    name = "cardioscore"

    @override
    def columns(self, window: Window) -> Iterable[Mapping[str, Row]]:
        yield {
            civil_date(value["date"]).isoformat(): {"vo2_max": value.get("vo2Max")}
            for value in self.values(kinds.VO2_MAX, window)
        }


def _sum(value: Any, divisor: int | None) -> float | int | None:
    return whole(value) if divisor is None else scaled(value, divisor)


def _minutes(duration: str | None) -> int:
    return round((seconds(duration) or Decimal()) / MINUTE)
