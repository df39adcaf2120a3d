"""Every value that the real target sends arrives in the local BigQuery."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from real_target import Target

pytestmark = pytest.mark.bigquery

TABLE = "dl_clockify.hours"
ROWS = 22_000  # more than one load job
HALF = ROWS // 2
SCHEMA = {
    "id": {"type": ["string"]},
    "part": {"type": ["string"]},
    "date": {"type": ["string"], "format": "date"},
    "text": {"type": ["string", "null"]},
    "hours": {"type": ["number", "null"]},
    "billable": {"type": ["boolean", "null"]},
    "large": {"type": ["integer", "null"]},
    "import_timestamp": {"type": ["string"], "format": "date-time"},
}
TIMES_OF_LOADING = {"_sdc_received_at", "_sdc_batched_at", "_sdc_sequence"}
AWKWARD = (
    "",
    "ä ö 😀",
    'a "quoted" \\ text',
    "two\nlines\r\n\tand a tab",
    "it's; DROP TABLE x",
    None,
)


def row(number: int, run: int) -> dict[str, Any]:
    """Make a row that differs between runs only in its hours and instant."""
    return {
        "id": f"i{number}",
        "part": "" if number % 3 else "p",
        "date": (dt.date(2024, 2, 1) + dt.timedelta(days=number % 60)).isoformat(),
        "text": AWKWARD[number % len(AWKWARD)],
        "hours": None if number % 10 == 9 else number / 3 + run,
        "billable": (None, True, False)[number % 3],
        "large": 2**53 + 1,
        "import_timestamp": f"2024-05-0{run}T01:02:03.456789+00:00",
    }


RUNS = (
    [row(n, 1) for n in range(ROWS)],
    [
        *(row(HALF, 3), row(ROWS + HALF - 1, 3)),  # outdated: each comes again
        *(row(n, 2) for n in range(HALF, ROWS + HALF)),
    ],
)


def messages(stream: str, rows: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Return the Singer messages for rows, each extracted a second after the one before."""
    head = {"type": "SCHEMA", "stream": stream, "key_properties": ["id", "part", "date"]}
    yield json.dumps(head | {"schema": {"properties": SCHEMA}})
    start = dt.datetime(2024, 5, 1, tzinfo=dt.UTC)
    for second, each in enumerate(rows):
        at = (start + dt.timedelta(seconds=second)).isoformat()
        message = {"type": "RECORD", "stream": stream, "record": each, "time_extracted": at}
        yield json.dumps(message)
    yield json.dumps({"type": "STATE", "value": {"sent": stream}})


@pytest.fixture(scope="module")
def loaded(target: Target) -> Target:
    """Load rows, then half of them changed, as many new ones, and a key twice in one run.

    All tests share one table, since the target sleeps for twelve seconds per new one.
    """
    for sent in RUNS:
        assert target.load(messages("hours", sent)) == [{"sent": "hours"}]
    return target


def test_upsert_keeps_every_value(loaded: Target) -> None:
    rows = loaded.bigquery.query(f"SELECT {', '.join(SCHEMA)} FROM {TABLE}")  # noqa: S608
    expected = [row(n, 1) for n in range(HALF)] + [row(n, 2) for n in range(HALF, ROWS + HALF)]
    for each in expected:
        each["date"] = dt.date.fromisoformat(each["date"])
        each["import_timestamp"] = dt.datetime.fromisoformat(each["import_timestamp"])
    assert sorted(rows, key=lambda r: int(str(r["id"])[1:])) == expected


def test_columns_have_bigquery_types(loaded: Target) -> None:
    columns = loaded.bigquery.query(
        "SELECT column_name, data_type FROM dl_clockify.INFORMATION_SCHEMA.COLUMNS"
        " WHERE table_name = 'hours' AND NOT STARTS_WITH(column_name, '_sdc')"
    )
    assert {column["column_name"]: column["data_type"] for column in columns} == {
        "id": "STRING",
        "part": "STRING",
        "date": "DATE",
        "text": "STRING",
        "hours": "FLOAT64",
        "billable": "BOOL",
        "large": "INT64",
        "import_timestamp": "TIMESTAMP",
    }


def test_no_staging_table_is_left(loaded: Target) -> None:
    tables = loaded.bigquery.query("SELECT table_name FROM dl_clockify.INFORMATION_SCHEMA.TABLES")
    assert [table["table_name"] for table in tables] == ["hours"]


def columns(target: Target, dataset: str) -> dict[str, str]:
    found = target.bigquery.query(
        "SELECT column_name, data_type"  # noqa: S608
        f" FROM {dataset}.INFORMATION_SCHEMA.COLUMNS WHERE table_name = 'hours'"
    )
    return {str(column["column_name"]): str(column["data_type"]) for column in found}


def test_our_loader_makes_the_same_table(loaded: Target) -> None:
    for sent in RUNS:
        loaded.load_strictly("ours", messages("hours", sent))
    assert columns(loaded, "ours") == columns(loaded, "dl_clockify")
    same = ", ".join(sorted(columns(loaded, "ours").keys() - TIMES_OF_LOADING))
    first, second = (
        loaded.bigquery.query(f"SELECT {same} FROM {dataset}.hours ORDER BY id")  # noqa: S608
        for dataset in ("ours", "dl_clockify")
    )
    assert first == second


def test_our_loader_continues_in_its_table(loaded: Target) -> None:
    before = columns(loaded, "dl_clockify")
    changed = [row(n, 4) for n in range(0, ROWS, 1000)]
    loaded.load_strictly("dl_clockify", messages("hours", changed))
    assert columns(loaded, "dl_clockify") == before
    rows = loaded.bigquery.query(
        f"SELECT id, hours FROM {TABLE} WHERE DATE(import_timestamp) = '2024-05-04'"  # noqa: S608
    )
    assert {str(each["id"]): each["hours"] for each in rows} == {
        each["id"]: each["hours"] for each in changed
    }
    (counted,) = loaded.bigquery.query(f"SELECT COUNT(*) AS n FROM {TABLE}")  # noqa: S608
    assert counted["n"] == ROWS + HALF


def test_refused_row_is_an_error(loaded: Target) -> None:
    wrong = row(1, 1) | {"hours": "many"}
    with pytest.raises(AssertionError, match=r"load job failed(.|\n)*many"):
        loaded.load(messages("hours", [row(0, 1), wrong]))
