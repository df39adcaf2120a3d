"""The columns and types of the pipeline that the tap replaces."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from clockify_sandbox import timecamp
from clockify_sandbox.timecamp import Options
from singer_ledger.casting import cast
from tap_timecamp.tap import TapTimeCamp
from timecamp_histories import runs_of

if TYPE_CHECKING:
    from clockify_sandbox.timecamp import World

REPLACED = {
    "id": "integer",
    "duration": "string",
    "user_id": "string",
    "user_name": "string",
    "task_id": "string",
    "task_note": "string",
    "last_modify": "string",
    "date": "date",
    "start_time": "string",
    "end_time": "string",
    "locked": "string",
    "name": "string",
    "addons_external_id": "string",
    "billable": "integer",
    "invoiceId": "string",
    "color": "string",
    "description": "string",
    "hasEntryLocationHistory": "boolean",
}
PYTHON = {"integer": int, "string": str, "date": str, "boolean": bool}


def schema() -> dict[str, Any]:
    """Return the columns of time entries."""
    tap = TapTimeCamp(config={"api_key": "x"})
    columns: dict[str, Any] = tap.streams["timecamp_entries"].schema["properties"]
    return columns


def test_the_replaced_columns_come_first_with_their_types() -> None:
    declared = {
        name: column.get("format", next(kind for kind in column["type"] if kind != "null"))
        for name, column in list(schema().items())[: len(REPLACED)]
    }
    assert declared == REPLACED


@pytest.mark.parametrize("numbers", ["example", "integers"])
def test_values_have_the_types_of_their_columns(numbers: Any, world: World) -> None:
    with timecamp.running(world, Options(numbers=numbers)) as server:
        runs = runs_of(server)
        runs.run()
    rows = runs.live("timecamp_entries")
    assert rows
    for name, kind in REPLACED.items():
        values = [row[name] for row in rows if row[name] is not None]
        assert all(type(value) is PYTHON[kind] for value in values), name
    assert {row["locked"] for row in rows} == {"0", "1"}


@pytest.mark.parametrize(
    ("value", "column", "expected"),
    [
        (0, {"type": ["string", "null"]}, "0"),
        (False, {"type": ["string", "null"]}, "0"),
        ([{"a": "é"}], {"type": ["string", "null"]}, '[{"a":"é"}]'),
        ("1", {"type": ["integer"]}, 1),
        (True, {"type": ["integer"]}, 1),
        (2.0, {"type": ["integer"]}, 2),
        ("", {"type": ["integer", "null"]}, None),
        ("0", {"type": ["boolean"]}, False),
        ("0000-00-00", {"type": ["string", "null"], "format": "date"}, None),
        ("2026-01-31 00:00:00", {"type": ["string"], "format": "date"}, "2026-01-31"),
        ("12.50", {"type": ["number", "null"]}, 12.5),
    ],
)
def test_casts(value: Any, column: dict[str, Any], expected: Any) -> None:
    found = cast(value, column, "x")
    assert (type(found), found) == (type(expected), expected)


@pytest.mark.parametrize(
    ("value", "column"),
    [
        ("many", {"type": ["integer"]}),
        (1.5, {"type": ["integer"]}),
        ([], {"type": ["number"]}),
        ("31.01.2026", {"type": ["string"], "format": "date"}),
    ],
)
def test_values_that_do_not_fit(value: Any, column: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="x is not of the type") as error:
        cast(value, column, "x")
    assert str(value) not in str(error.value) or not str(value)
