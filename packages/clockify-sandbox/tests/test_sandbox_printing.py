"""What `clockify-sandbox sql` prints: tables and records for people, CSV and JSON for programs."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from decimal import Decimal
from typing import TYPE_CHECKING

from clockify_sandbox.printing import as_csv, as_json, print_rows
from rich.console import Console

if TYPE_CHECKING:
    from clockify_sandbox.bigquery_rows import Row

PEOPLE: list[Row] = [
    {"user": "Anna [x]", "hours": None, "note": ""},
    {"user": "日本", "hours": 1234.5, "note": None},
]


def printed(rows: list[Row], width: int = 80) -> list[str]:
    file = io.StringIO()
    print_rows(rows, Console(file=file, width=width, highlight=False))
    return [line.rstrip() for line in file.getvalue().splitlines()]


def test_rows_that_fit_are_a_table_with_numbers_at_the_right() -> None:
    assert printed(PEOPLE) == [
        "┏━━━━━━━━━━┳━━━━━━━━┳━━━━━━┓",
        "┃ user     ┃  hours ┃ note ┃",
        "┡━━━━━━━━━━╇━━━━━━━━╇━━━━━━┩",
        "│ Anna [x] │   NULL │      │",
        "│ 日本     │ 1234.5 │ NULL │",
        "└──────────┴────────┴──────┘",
    ]


def test_rows_that_do_not_fit_are_records() -> None:
    lines = printed(PEOPLE, width=27)
    assert lines[0].startswith("row 1 of 2 ─")
    assert lines[1:4] == ["user   Anna [x]", "hours  NULL", "note"]
    assert lines[4].startswith("row 2 of 2 ─")
    assert lines[5:] == ["user   日本", "hours  1234.5", "note   NULL"]


def test_long_texts_are_wrapped_and_complete() -> None:
    text, name = "0123456789" * 30, "x" * 20
    lines = printed([{"n": 1, name: text}])
    assert max(len(line) for line in lines) == 80
    assert lines[2].startswith(f"{name}  0123")
    assert "".join(line.removeprefix(name).strip() for line in lines[2:]) == text


def test_texts_of_several_lines_stay_in_their_column() -> None:
    assert printed([{"a": "Calls\nand mail", "b": "y" * 70}])[1:3] == ["a  Calls", "   and mail"]


def test_no_rows() -> None:
    assert printed([]) == ["no rows"]
    assert as_csv([]) == ""
    assert as_json([]) == "[]"


def test_programs_get_values_as_they_are() -> None:
    row: Row = {
        "text": 'a, "b"\nc',
        "null": None,
        "day": dt.date(2026, 1, 31),
        "at": dt.datetime(2026, 1, 31, 8, tzinfo=dt.UTC),
        "exact": Decimal("1.50"),
        "yes": True,
        "parts": [{"n": 1, "null": None}],
    }
    header, fields = csv.reader(io.StringIO(as_csv([row])))
    assert header == list(row)
    assert fields == [
        *('a, "b"\nc', "", "2026-01-31", "2026-01-31T08:00:00+00:00", "1.50", "true"),
        '[{"n": 1, "null": null}]',
    ]
    assert json.loads(as_json([row])) == [
        {**row, "day": "2026-01-31", "at": "2026-01-31T08:00:00+00:00", "exact": 1.5}
    ]
