"""What has a beginning and an end, or an instant: exercises, sleep, weights."""

from __future__ import annotations

import datetime as dt
from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from singer_ledger.stream import Reading, Row
from singer_ledger.windows import Window
from typing_extensions import override

from tap_fitbit import kinds
from tap_fitbit.client import HealthStream
from tap_fitbit.values import (
    as_utc,
    civil_time,
    instant,
    local_clock,
    numeric_id,
    scaled,
    seconds,
    whole,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tap_fitbit.kinds import Kind

MILLISECONDS = 1_000
BMI_DIGITS = 2
MINUTES = ("minutesAfterWakeUp", "minutesAsleep", "minutesAwake", "minutesToFallAsleep")
"""Of a sleep's summary."""


class PointStream(HealthStream):
    """A stream of data points, or of parts of them, that can be deleted."""

    kind: ClassVar[Kind]
    day_column = "date"

    @abstractmethod
    def rows_of(self, point: Row) -> Iterator[Row]:
        """Return the rows of a data point."""

    def _rows(self, points: Iterable[Row]) -> Iterator[Row]:
        for point in points:
            if self.kind.member in point:
                for row in self.rows_of(point):
                    yield {"user_id": self.user_id, "processed_date": self.processed, **row}

    @override
    def earlier(self, memory: Row) -> Iterable[Row]:
        history = self.history(memory)
        return self._rows(self.points(self.kind, history)) if history else ()

    @override
    def read(self, memory: Row) -> Reading:
        return Reading(list(self._rows(self.points(self.kind, self.window))))

    @override
    def still_there(self, doubtful: Mapping[str, str]) -> list[Row]:
        return list(self._rows(self.again(doubtful)))

    def again(self, doubtful: Mapping[str, str]) -> list[Row]:
        """Request once more the data points of the days of rows."""
        days = sorted(map(dt.date.fromisoformat, doubtful.values()))
        window = Window(days[0], days[-1])
        # What is remembered of this run may be what is in doubt.
        self.shared.points.pop((self.kind.name, window), None)
        return self.points(self.kind, window)


class Activity(PointStream):
    """Exercises."""

    name = "activity"
    kind = kinds.EXERCISE
    primary_keys = ("user_id", "data_point_id")

    @override
    def rows_of(self, point: Row) -> Iterator[Row]:
        exercise, key = point["exercise"], point_id(point)
        interval, metrics = exercise["interval"], exercise.get("metricsSummary", {})
        start = civil_start(interval)
        active = seconds(exercise.get("activeDuration"))
        taken = seconds_between(interval) if active is None else float(active)
        yield {
            "data_point_id": key,
            "log_id": numeric_id(key),
            "date": start.date().isoformat(),
            "name": exercise.get("displayName"),
            "description": exercise.get("notes"),
            "exercise_type": exercise.get("exerciseType"),
            "calories": whole(metrics.get("caloriesKcal")),
            "duration": whole(taken * MILLISECONDS),
            "steps": metrics.get("steps"),
            "has_active_zone_minutes": "activeZoneMinutes" in metrics,
            "has_start_time": True,
            "last_modified": exercise.get("updateTime"),
            "start_date": start.date().isoformat(),
            "start_time": start.time().isoformat(),
        }


class Sleep(PointStream):
    """Times asleep, each on the day on which it ends."""

    name = "sleep"
    kind = kinds.ASLEEP
    primary_keys = ("user_id", "data_point_id")

    @override
    def rows_of(self, point: Row) -> Iterator[Row]:
        sleep, key = point["sleep"], point_id(point)
        interval, metadata = sleep["interval"], sleep.get("metadata", {})
        # Google leaves out zeros. Of a sleep that is not processed yet, it knows no minutes.
        unknown = 0 if metadata.get("processed") else None
        summary = dict.fromkeys(MINUTES, unknown) | sleep.get("summary", {})
        end = civil_end(interval)
        kind = sleep.get("type")
        yield {
            "data_point_id": key,
            "log_id": numeric_id(key),
            "date": end.date().isoformat(),
            "start_time": as_utc(civil_start(interval)),
            "end_time": as_utc(end),
            "start_at": interval["startTime"],
            "end_at": interval["endTime"],
            "duration": whole(seconds_between(interval) * MILLISECONDS),
            "minutes_after_wakeup": summary["minutesAfterWakeUp"],
            "minutes_asleep": summary["minutesAsleep"],
            "minutes_awake": summary["minutesAwake"],
            "minutes_to_fall_asleep": summary["minutesToFallAsleep"],
            "time_in_bed": summary.get("minutesInSleepPeriod"),
            "is_main_sleep": bool(metadata.get("mainSleep")),
            "log_type": _log_type(point),
            "type": kind.lower() if kind else None,
        }


class SleepDetail(PointStream):
    """The stages of each time asleep, and the short times awake."""

    name = "sleep_detail"
    kind = kinds.ASLEEP
    primary_keys = ("user_id", "data_point_id", "type", "date_time")
    levels: ClassVar[dict[str, str]] = {"AWAKE": "wake"}
    """Names that the replaced pipeline had for what Google calls otherwise."""

    @override
    def rows_of(self, point: Row) -> Iterator[Row]:
        sleep, key = point["sleep"], point_id(point)
        day = civil_end(sleep["interval"]).date().isoformat()
        for kind, member in (("data", "stages"), ("short_data", "shortAwakenings")):
            taken: set[dt.datetime] = set()
            for stage in sorted(sleep.get(member, ()), key=lambda each: instant(each["startTime"])):
                clock = local_clock(stage["startTime"], stage.get("startUtcOffset"))
                while clock in taken:  # an hour that the clock shows twice, once a year
                    clock += dt.timedelta(seconds=1)
                taken.add(clock)
                level = stage.get("type", "")
                yield {
                    "data_point_id": key,
                    "log_id": numeric_id(key),
                    "date": day,
                    "type": kind,
                    "date_time": as_utc(clock),
                    "start_at": stage["startTime"],
                    "level": self.levels.get(level, level.lower()) or None,
                    "seconds": whole(seconds_between(stage)),
                }


class Weight(PointStream):
    """Weights."""

    name = "weight"
    kind = kinds.WEIGHT
    primary_keys = ("user_id", "log_id")

    @override
    def _rows(self, points: Iterable[Row]) -> Iterator[Row]:
        # Oldest first, so that of two weights at the same second the same one comes first always.
        ordered = sorted(
            points, key=lambda each: instant(each["weight"]["sampleTime"]["physicalTime"])
        )
        taken: set[int] = set()
        for row in super()._rows(ordered):
            while row["log_id"] in taken:  # an hour that the clock shows twice, once a year
                row["log_id"] += 1
            taken.add(row["log_id"])
            yield row

    @override
    def rows_of(self, point: Row) -> Iterator[Row]:
        weight = point["weight"]
        clock = sample_clock(weight["sampleTime"])
        grams = weight["weightGrams"]
        yield {
            "log_id": int(clock.replace(tzinfo=dt.UTC).timestamp()) * MILLISECONDS,
            "date": clock.date().isoformat(),
            "weight": scaled(grams, 1_000),
            "bmi": self._bmi(grams, instant(weight["sampleTime"]["physicalTime"])),
        }

    def _bmi(self, grams: float, at: dt.datetime) -> float | None:
        """Return the body mass index with the height of the time, else with the first one."""
        heights = sorted(
            (instant(height["sampleTime"]["physicalTime"]), int(height["heightMillimeters"]))
            for height in (point["height"] for point in self.points(kinds.HEIGHT))
            if int(height["heightMillimeters"])
        )
        if not heights:
            return None
        known = [millimeters for since, millimeters in heights if since <= at]
        meters = (known[-1] if known else heights[0][1]) / 1_000
        return round(grams / 1_000 / meters**2, BMI_DIGITS)


def point_id(point: Row) -> str:
    """Return the id of a data point: the last part of its name."""
    name: str = point.get("dataPointName") or point["name"]
    return name.rpartition("/")[2]


def civil_start(interval: Row) -> dt.datetime:
    """Return the local clock at the start of a session."""
    if "civilStartTime" in interval:
        return civil_time(interval["civilStartTime"])
    return local_clock(interval["startTime"], interval.get("startUtcOffset"))


def civil_end(interval: Row) -> dt.datetime:
    """Return the local clock at the end of a session."""
    if "civilEndTime" in interval:
        return civil_time(interval["civilEndTime"])
    return local_clock(interval["endTime"], interval.get("endUtcOffset"))


def sample_clock(time: Row) -> dt.datetime:
    """Return the local clock at an observation."""
    if "civilTime" in time:
        return civil_time(time["civilTime"])
    return local_clock(time["physicalTime"], time.get("utcOffset"))


def seconds_between(interval: Row) -> float:
    """Return the seconds from the start to the end of an interval."""
    return (instant(interval["endTime"]) - instant(interval["startTime"])).total_seconds()


def _log_type(point: Row) -> str:
    manual = point.get("dataSource", {}).get("recordingMethod") == "MANUAL"
    edited = point["sleep"].get("metadata", {}).get("manuallyEdited")
    return "manual" if manual or edited else "auto_detected"
