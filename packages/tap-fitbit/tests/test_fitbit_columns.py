"""Columns of the replaced tables: their names, order and types, and what is filled with what."""

from __future__ import annotations

import json
import re
from importlib import resources
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from singer_ledger.stream import DELETED_AT
from tap_fitbit import schemas
from tap_fitbit.tap import STREAMS
from tap_fitbit.tcx import track_points

if TYPE_CHECKING:
    from clockify_sandbox.google_health import World
    from ledger_runs import Runs

# Of the replaced pipeline (JonathonCavalieri/fitbit-data-extract, create_tables.sql); INT is INT64.
REPLACED = {
    "activity": (
        "user_id STRING, date DATE, processed_date TIMESTAMP, log_id INT64, "
        "activity_id INT64, activity_parent_id INT64, activity_parent_name STRING, "
        "name STRING, description STRING, calories INT64, duration INT64, steps INT64, "
        "has_active_zone_minutes BOOL, has_start_time BOOL, is_favorite BOOL, "
        "last_modified TIMESTAMP, start_date DATE, start_time TIME"
    ),
    "summary": (
        "user_id STRING, date DATE, processed_date TIMESTAMP, active_score INT64, "
        "steps INT64, floors INT64, elevation FLOAT64, resting_heart_rate STRING, "
        "calories_out INT64, marginal_calories INT64, activity_calories INT64, "
        "calories_bmr INT64, sedentary_minutes INT64, lightly_active_minutes INT64, "
        "fairly_active_minutes INT64, very_active_minutes INT64, total_distance FLOAT64, "
        "tracker_distance FLOAT64, logged_activities_distance FLOAT64, "
        "very_active_distance FLOAT64, moderately_active_distance FLOAT64, "
        "lightly_active_distance FLOAT64, sedentary_active_distance FLOAT64, "
        "run_distance FLOAT64"
    ),
    "heart_rate": (
        "date DATE, user_id STRING, processed_date TIMESTAMP, resting_heart_rate INT64, "
        "out_of_range_calories FLOAT64, out_of_range_minutes INT64, "
        "fat_burn_calories FLOAT64, fat_burn_minutes INT64, cardio_calories FLOAT64, "
        "cardio_minutes INT64, peak_calories FLOAT64, peak_minutes INT64"
    ),
    "weight": (
        "user_id STRING, date DATE, processed_date TIMESTAMP, log_id INT64, bmi FLOAT64, "
        "weight FLOAT64"
    ),
    "files_processed": (
        "date DATE, user_id STRING, processed_date TIMESTAMP, api_endpoint STRING, "
        "data_source STRING, file_processed STRING"
    ),
    "cardioscore": ("user_id STRING, date DATE, processed_date TIMESTAMP, vo2_max STRING"),
    "sleep": (
        "user_id STRING, date DATE, processed_date TIMESTAMP, log_id INT64, "
        "efficiency STRING, start_time TIMESTAMP, end_time TIMESTAMP, duration INT64, "
        "minutes_after_wakeup INT64, minutes_asleep INT64, minutes_awake INT64, "
        "minutes_to_fall_asleep INT64, time_in_bed INT64, info_code INT64, "
        "is_main_sleep BOOL, log_type STRING, type STRING"
    ),
    "sleep_detail": (
        "log_id INT64, date DATE, date_time TIMESTAMP, type STRING, level STRING, seconds INT64"
    ),
    "activity_detail": (
        "date DATE, user_id STRING, log_id INT64, processed_date TIMESTAMP, "
        "date_time TIMESTAMP, point_order INT64, sport STRING, lap_number INT64, "
        "total_time_seconds FLOAT64, distance_meters FLOAT64, calories INT64, "
        "intensity STRING, trigger_method STRING, latitude FLOAT64, longitude FLOAT64, "
        "altitude_meters FLOAT64, heart_rate_bpm INT64"
    ),
}
TYPES = {
    ("string", None): "STRING",
    ("string", "date"): "DATE",
    ("string", "time"): "TIME",
    ("string", "date-time"): "TIMESTAMP",
    ("integer", None): "INT64",
    ("number", None): "FLOAT64",
    ("boolean", None): "BOOL",
}


def declared(table: str) -> dict[str, str]:
    """Return the BigQuery type of each column."""
    text = resources.files(schemas).joinpath(f"{table}.json").read_text()
    return {
        name: TYPES[next(kind for kind in column["type"] if kind != "null"), column.get("format")]
        for name, column in json.loads(text)["properties"].items()
    }


@pytest.mark.parametrize("table", REPLACED)
def test_the_replaced_columns_come_first_with_their_types(table: str) -> None:
    columns = dict(re.findall(r"(\w+) (\w+)", REPLACED[table]))
    assert list(declared(table).items())[: len(columns)] == list(columns.items())


def test_rows_match_their_schema(runs: Runs) -> None:
    messages = runs.messages()
    found = {m["stream"]: m["schema"] for m in messages if m["type"] == "SCHEMA"}
    assert found.keys() == {stream.name for stream in STREAMS}
    checks = {
        name: jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker())
        for name, schema in found.items()
    }
    for message in messages:
        if message["type"] == "RECORD":
            name, row = message["stream"], message["record"]
            checks[name].validate(row)
            assert row.keys() == found[name]["properties"].keys()
            assert row[DELETED_AT] is None


def test_a_weight_has_the_id_that_fitbit_gave_it(runs: Runs, world: World) -> None:
    """17 January 2023, 23:59:59 on the person's clock was 1673999999000 there."""
    runs.run()
    last = next(row for row in runs.live("weight") if row["log_id"] % 86_400_000 == 86_399_000)
    assert last["log_id"] % 1_000 == 0
    height = world.heights[0].millimeters / 1_000
    assert last["bmi"] == round(last["weight"] / height**2, 2)


def test_stages_have_the_names_that_fitbit_had(runs: Runs) -> None:
    runs.run()
    levels = {(row["type"], row["level"]) for row in runs.live("sleep_detail")}
    names = {"wake", "light", "deep", "rem", "asleep", "restless"}
    assert levels == {("short_data", "wake"), *(("data", name) for name in names)}


TCX = """<?xml version="1.0"?>
<TrainingCenterDatabase xmlns="http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2">
<Activities><Activity Sport="Running"><Id>x</Id>
<Lap StartTime="x"><TotalTimeSeconds>9.5</TotalTimeSeconds><DistanceMeters>120.5</DistanceMeters>
<Calories>7</Calories><Intensity>Active</Intensity><TriggerMethod>Manual</TriggerMethod>
<Track><Trackpoint><Time>{}</Time><HeartRateBpm><Value>99</Value></HeartRateBpm></Trackpoint>
</Track></Lap></Activity></Activities></TrainingCenterDatabase>"""


@pytest.mark.parametrize(
    ("time", "clock"),
    [
        ("2026-08-14T10:00:00.000+10:00", "2026-08-14T10:00:00+00:00"),
        ("2026-08-14T00:00:00.500Z", "2026-08-14T10:00:00+00:00"),
    ],
)
def test_a_point_has_the_persons_clock_and_its_laps_values(time: str, clock: str) -> None:
    (row,) = track_points(TCX.format(time), "36000s")
    expected: dict[str, Any] = {
        "lap_number": 0,
        "point_order": 0,
        "sport": "Running",
        "total_time_seconds": 9.5,
        "calories": 7,
        "intensity": "Active",
        "trigger_method": "Manual",
        "date_time": clock,
        "latitude": None,
        "longitude": None,
        "altitude_meters": None,
        "distance_meters": 120.5,
        "heart_rate_bpm": 99,
    }
    assert row == expected
