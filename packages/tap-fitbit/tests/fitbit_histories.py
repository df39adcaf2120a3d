"""Histories of a person with edits, faults and kills, after each of which all must be equal.

As a command: `python packages/tap-fitbit/tests/fitbit_histories.py 100`.
"""

from __future__ import annotations

import datetime as dt
import random
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import time_machine
from clockify_sandbox import google_health
from clockify_sandbox.google_health import edits, truth
from clockify_sandbox.google_health.points import shown_id
from singer_ledger.errors import ExtractError
from tap_fitbit.tap import TapFitbit

sys.path.append(str(Path(__file__).parents[2] / "singer-ledger" / "tests"))
from ledger_runs import Runs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from clockify_sandbox.google_health import Options, Server, World

Row = dict[str, Any]
NOW = dt.datetime(2026, 8, 14, 9, 30, tzinfo=dt.UTC)
DAYS = 25
LOOKBACK_DAYS = 60
FAULTS: tuple[Row, ...] = (
    {"kind": "429", "retry_after": 0},
    {"kind": "5xx", "status": 503},
    {"kind": "truncated"},
    {"kind": "malformed"},
    {"kind": "empty"},
    {"kind": "reset"},
)
TOTALS = {
    "steps": ("steps", 1),
    "floors": ("floors", 1),
    "elevation": ("gainMillimeters", 1_000),
    "total_distance": ("millimeters", 1_000_000),
    "tracker_distance": ("trackerMillimeters", 1_000_000),
    "calories_out": ("totalKcal", 1),
    "activity_calories": ("activeKcal", 1),
    "calories_bmr": ("basalKcal", 1),
}
"""Columns of summary: what is true of a day, and the divisor."""
LEVELS = {
    "SEDENTARY": "sedentary_minutes",
    "LIGHTLY_ACTIVE": "lightly_active_minutes",
    "MODERATELY_ACTIVE": "fairly_active_minutes",
    "VERY_ACTIVE": "very_active_minutes",
}
ZONES = {"LIGHT": "out_of_range", "MODERATE": "fat_burn", "VIGOROUS": "cardio", "PEAK": "peak"}


def runs_of(server: Server, **settings: Any) -> Runs:
    """Return runs against a stand-in."""
    world = server.world
    return Runs(
        TapFitbit,
        {
            "client_id": world.client_id,
            "client_secret": world.client_secret,
            "refresh_token": world.refresh_token,
            "api_url": server.api_url,
            "token_url": server.token_url,
            "lookback_days": LOOKBACK_DAYS,
            **settings,
        },
    )


def difference(
    runs: Runs, world: World, options: Options | None = None, days: int = LOOKBACK_DAYS
) -> list[str]:
    """Say how the live rows differ from what Google has."""
    options = options or google_health.Options()
    last = world.today()
    dates = [last - dt.timedelta(days=number) for number in range(days + 1)]
    said: list[str] = []
    for table, expected in (
        ("summary", _summaries(world, dates)),
        ("heart_rate", _heart_rates(world, dates)),
        ("cardioscore", _cardio_scores(world, dates)),
        ("activity", _activities(world, options)),
        ("sleep", _sleeps(world, options)),
    ):
        said += _compared(table, runs.live(table), expected)
    said += _counted(runs, "activity_detail", _points(world, options))
    said += _counted(runs, "sleep_detail", _stages(world, options))
    weighed = Counter((row["date"], row["weight"]) for row in runs.live("weight"))
    true: Counter[Any] = Counter(
        (str(row["civilTime"].date()), row["weightGrams"] / 1_000)
        for row in _known(truth.weights(world))
    )
    if weighed != true:
        said.append(f"weights: {weighed - true} too much, {true - weighed} missing")
    return said


def _compared(table: str, rows: list[Row], expected: dict[str, Row]) -> list[str]:
    key = "date" if table in {"summary", "heart_rate", "cardioscore"} else "data_point_id"
    found = {row[key]: row for row in rows if key != "date" or row["date"] in expected}
    said = [f"{table} lacks {each}" for each in expected.keys() - found.keys()]
    said += [f"{table} has {each}" for each in found.keys() - expected.keys()]
    for each in found.keys() & expected.keys():
        said += [
            f"{table} {each}: {name} is {found[each][name]!r} and not {value!r}"
            for name, value in expected[each].items()
            if not _is_same(found[each][name], value)
        ]
    return said


def _is_same(found: Any, true: Any) -> bool:
    if isinstance(true, dt.datetime):
        return found is not None and dt.datetime.fromisoformat(found) == true
    if isinstance(true, float) and isinstance(found, float):
        return abs(found - true) < 1e-6
    return bool(found == true)


def _whole(value: Any) -> int | None:
    return None if value is None else round(Decimal(str(value)))


def _summaries(world: World, dates: Iterable[dt.date]) -> dict[str, Row]:
    found = {}
    for day in dates:
        true: Any = truth.daily(world, day)
        row: Row = {}
        for column, (name, divisor) in TOTALS.items():
            value = true.get(name)
            scaled = None if value is None else value / divisor
            row[column] = _whole(value) if divisor == 1 else scaled
        minutes = true.get("levelMinutes") or {}
        for level, column in LEVELS.items():
            row[column] = minutes.get(level, 0) if minutes else None
        rate = true.get("restingHeartRate")
        row["resting_heart_rate"] = None if rate is None else str(rate)
        found[str(day)] = row
    return found


def _heart_rates(world: World, dates: Iterable[dt.date]) -> dict[str, Row]:
    found = {}
    for day in dates:
        true: Any = truth.daily(world, day)
        minutes, energy = true.get("zoneMinutes") or {}, true.get("zoneKcal") or {}
        row: Row = {"resting_heart_rate": true.get("restingHeartRate")}
        for zone, column in ZONES.items():
            row[f"{column}_minutes"] = minutes.get(zone, 0) if minutes else None
            row[f"{column}_calories"] = float(energy.get(zone, 0)) if energy else None
        found[str(day)] = row
    return found


def _cardio_scores(world: World, dates: Iterable[dt.date]) -> dict[str, Row]:
    scores = truth.vo2max(world)
    return {str(day): {"vo2_max": str(scores[day]) if day in scores else None} for day in dates}


def _activities(world: World, options: Options) -> dict[str, Row]:
    return {
        shown_id(each["id"], options): {
            "date": str(each["civilStartTime"].date()),
            "name": each["displayName"],
            "description": each["notes"],
            "exercise_type": each["exerciseType"],
            "calories": _whole(each["caloriesKcal"] or None),
            "duration": _whole(each["activeSeconds"] * 1_000),
            "steps": each["steps"],
            "has_active_zone_minutes": each["hasActiveZoneMinutes"],
            "last_modified": each["updateTime"],
            "start_time": each["civilStartTime"].replace(microsecond=0).time().isoformat(),
        }
        for each in _known(truth.exercises(world))
    }


def _sleeps(world: World, options: Options) -> dict[str, Row]:
    return {
        shown_id(each["id"], options): {
            "date": str(each["civilEndTime"].date()),
            "start_at": each["startTime"],
            "end_at": each["endTime"],
            "start_time": each["civilStartTime"].replace(tzinfo=dt.UTC, microsecond=0),
            "duration": _whole((each["endTime"] - each["startTime"]).total_seconds() * 1_000),
            "minutes_asleep": each.get("minutesAsleep"),
            "minutes_awake": each.get("minutesAwake"),
            "minutes_after_wakeup": each.get("minutesAfterWakeUp"),
            "minutes_to_fall_asleep": each.get("minutesToFallAsleep"),
            "time_in_bed": each["minutesInSleepPeriod"],
            "is_main_sleep": each["mainSleep"],
            "log_type": "manual" if each["manuallyEdited"] else "auto_detected",
            "type": each["type"].lower(),
        }
        for each in _known(truth.sleeps(world))
    }


def _points(world: World, options: Options) -> Counter[str]:
    return Counter(
        {
            shown_id(each["id"], options): each["trackpoints"]
            for each in _known(truth.exercises(world))
        }
    )


def _stages(world: World, options: Options) -> Counter[str]:
    return Counter(
        {
            shown_id(each["id"], options): len(each["stages"]) + len(each["shortAwakenings"])
            for each in _known(truth.sleeps(world))
        }
    )


def _known(rows: Iterable[Any]) -> list[Any]:
    return list(rows)


def _counted(runs: Runs, table: str, true: Counter[str]) -> list[str]:
    found = Counter(row["data_point_id"] for row in runs.live(table))
    return [
        f"{table} of {key}: {found[key]} and not {true[key]}"
        for key in found.keys() | true.keys()
        if found[key] != true[key]
    ]


class History:
    """A person who lives, and runs of the tap that meet faults."""

    def __init__(self, seed: int, options: Options | None = None) -> None:
        """Build the person; equal seeds make equal histories."""
        self.rng = random.Random(seed)  # noqa: S311 -- made-up data
        self.now = NOW
        self.options = options
        self.world = google_health.build_person(seed=seed, days=DAYS, now=NOW)

    def play(self, rounds: int = 5) -> list[str]:
        """Play some rounds, then run once without a fault, and say what differs."""
        with (
            time_machine.travel(self.now, tick=False) as clock,
            google_health.running(self.world, self.options) as server,
            mock.patch("backoff._sync.time"),
        ):
            runs = runs_of(server)
            for _ in range(rounds):
                self.now += dt.timedelta(hours=self.rng.choice((1, 5, 24, 24, 72)))
                clock.move_to(self.now)
                self.world.set_now(self.now)
                self._round(server, runs)
            runs.run()
            return difference(runs, self.world, self.options)

    def _round(self, server: Server, runs: Runs) -> None:
        rng = self.rng
        for _ in range(rng.randrange(6)):
            self._edit()
        for _ in range(rng.randrange(3)):
            server.faults.add(match="google-health", after=rng.randrange(30), **rng.choice(FAULTS))
        for action in (self._edit, self._expire):
            if rng.random() < 0.3:
                server.faults.call(action, match="google-health", after=rng.randrange(1, 30))
        fate = rng.random()
        try:
            if fate < 0.25:
                runs.killed(after=rng.randrange(3_000))
                return
            if fate < 0.4:
                lost: Callable[..., Any] = server.faults.add
                lost("status", match="dataTypes", status=403, after=rng.randrange(25), times=None)
            runs.run()
        except ExtractError:
            pass
        finally:
            server.faults.clear()

    def _edit(self) -> None:
        edits.random_edit(self.world, self.rng)

    def _expire(self) -> None:
        self.world.access_tokens.clear()


def main() -> None:
    """Play as many histories as the command line says."""
    count = int(sys.argv[1])
    wrong = {seed: said for seed in range(count) if (said := History(seed).play())}
    for seed, said in wrong.items():
        print(f"History {seed}: {len(said)} differences, such as {said[0]}")
    print(f"{len(wrong)} of {count} histories were wrong")


if __name__ == "__main__":
    main()
