"""Durations in ISO 8601 text become hours, and any other text becomes nothing."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_clockify.records.durations import hours_of
from tap_clockify.records.flatten import Flattener

HOURS = {
    "PT0S": 0.0,
    "PT1H": 1.0,
    "PT10H1M": 36060 / 3600,
    "PT354H3M3S": 1274583 / 3600,
    "PT1M": 60 / 3600,
    "PT90M": 1.5,
    "PT5400S": 1.5,
    "PT1.5S": 1.5 / 3600,
    "PT0.000001S": 0.000001 / 3600,
    "PT1H0.25S": 3600.25 / 3600,
    "PT1,5H": 1.5,
    "P1D": 24.0,
    "P2DT3H4M5S": 183845 / 3600,
    "P1W": 168.0,
    "P1W1DT1S": 691201 / 3600,
    "PT-1H-30M": -1.5,
    "-PT1H30M": -1.5,
    "+PT1H": 1.0,
    "PT100000H": 100_000.0,
}


@pytest.mark.parametrize("text", HOURS)
def test_duration_in_hours(text: str) -> None:
    assert hours_of(text) == HOURS[text]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "P",
        "PT",
        "P1DT",
        "1H",
        "3600",
        "PT1",
        "T1H",
        "PT1H\n",
        " PT1H",
        "PT1H1D",
        "PT1S1H",
        "P1H",
        "PT1.H",
        "PT.5H",
        "PT--1H",
        "PT1e3S",
        "PTinfS",
        "PT\u0661H",
        "P1Y",
        "P1M",
        "P1Y2M3DT4H",
        "null",
        "{}",
        f"PT{'9' * 400}H",
        f"PT{'9' * 5000}S",
        f"PT{'9' * 308}H-{'9' * 307}M{'9' * 400}S",
    ],
)
def test_other_text_is_nothing(text: str) -> None:
    assert hours_of(text) is None


@given(st.text() | st.text("PTWDHMS0123456789.,+-"))
def test_no_text_is_an_error(text: str) -> None:
    hours = hours_of(text)
    assert hours is None or math.isfinite(hours)


@given(st.integers(0, 10**9))
def test_as_java_writes_them(seconds: int) -> None:
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "H"), (minutes, "M"), (rest, "S"))
    text = "PT" + "".join(f"{number}{unit}" for number, unit in parts if number)
    assert hours_of(text if seconds else "PT0S") == seconds / 3600


KINDS = {"duration": "string", "duration_hours": "number", "name": "string"}


@pytest.mark.parametrize(
    ("sent", "hours"),
    [
        ({"duration": "PT30M"}, 0.5),
        ({"duration": None}, None),
        ({}, None),
        ({"duration": 1800}, None),
        ({"duration": ["PT30M"]}, None),
        ({"duration": "30 minutes"}, None),
    ],
    ids=str,
)
def test_column_beside_a_duration_has_its_hours(
    sent: dict[str, object], hours: float | None
) -> None:
    record = Flattener(KINDS, {})({**sent, "name": "PT1H"})
    assert record["duration_hours"] == hours
    assert list(record) == list(KINDS)
