"""What arrives in the tables: values, types, columns, deletions, files."""

from __future__ import annotations

import gzip
import json
import logging
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from strict_support import DATASET, HOURS, hours, lines, load_of, record, schema, state
from target_bigquery_strict.errors import LoadError

if TYPE_CHECKING:
    from pathlib import Path

    from strict_support import Strict


def types_of(strict: Strict, table: str = "hours") -> dict[str, str]:
    found = strict.bigquery.query(
        f"SELECT column_name, data_type FROM {DATASET}.INFORMATION_SCHEMA.COLUMNS"
        f" WHERE table_name = '{table}'"
    )
    return {str(row["column_name"]): str(row["data_type"]) for row in found}


def fields_of(strict: Strict, table: str = "hours") -> dict[str, dict[str, Any]]:
    found = strict.table(table)["schema"]["fields"]
    return {field["name"]: field for field in found}


def test_later_runs_update_and_insert(strict: Strict) -> None:
    strict.load(load_of(10))
    changed = [record(hours(number, person="new")) for number in range(5, 15)]
    assert strict.load([schema(), *changed, state(2)]) == [{"at": 2}]
    assert strict.rows() == [
        hours(number) if number < 5 else hours(number, person="new") for number in range(15)
    ]


def test_last_of_several_rows_with_one_key_wins(strict: Strict) -> None:
    versions = [record(hours(1, person=f"v{number}")) for number in range(2_000)]
    strict.load([schema(), *versions, record(hours(2)), state()])
    assert strict.rows() == [hours(1, person="v1999"), hours(2)]


def test_last_row_wins_over_several_loads_of_a_run(strict: Strict) -> None:
    versions = [record(hours(number % 3, person=f"v{number}")) for number in range(10)]
    strict.load([schema(), *versions, state()], batch_size_rows=4)
    assert [row["person"] for row in strict.rows()] == ["v9", "v7", "v8"]


def test_missing_values_are_null_and_overwrite(strict: Strict) -> None:
    strict.load(load_of(2))
    strict.load([schema(), record({"id": 1}), state()])
    assert strict.rows() == [hours(0), {"id": 1, "person": None, "hours": None}]


def test_stream_without_key_is_appended(strict: Strict) -> None:
    messages = load_of(3, keys=())
    strict.load(messages)
    strict.load(messages)
    assert strict.rows() == sorted([hours(n) for n in range(3)] * 2, key=lambda row: row["id"])


def test_keys_of_several_types(strict: Strict) -> None:
    keys = {"a": "number", "b": "string", "c": "boolean"}
    properties: dict[str, Any] = {name: {"type": kind} for name, kind in keys.items()}
    rows = [{"a": a / 2, "b": b, "c": c} for a in range(3) for b in "xy" for c in (True, False)]
    messages = [schema(properties=properties, keys=list(keys)), *map(record, rows * 2), state()]
    strict.load(messages)
    strict.load(messages)
    found = strict.rows(columns="a, b, c")
    assert sorted(map(str, found)) == sorted(map(str, rows))


TYPES: dict[str, tuple[Any, str, Any, Any]] = {
    "text": ({"type": ["string", "null"]}, "STRING", 'Ä " \\ \n 😀', None),
    "day": ({"type": "string", "format": "date"}, "DATE", "2024-02-29", None),
    "instant": (
        {"type": "string", "format": "date-time"},
        "TIMESTAMP",
        "2024-02-29T01:02:03.4Z",
        None,
    ),
    "local": (
        {"type": "string", "format": "date-time-local"},
        "DATETIME",
        "2024-02-29T01:02:03",
        None,
    ),
    "clock": ({"type": "string", "format": "time"}, "TIME", "01:02:03", None),
    "flag": ({"type": ["null", "boolean"]}, "BOOL", True, True),
    "whole": ({"type": "integer"}, "INT64", 2**53 + 1, 2**53 + 1),
    "real": ({"type": "number"}, "FLOAT64", 0.1, 0.1),
    "money": ({"type": "number", "multipleOf": 0.01}, "NUMERIC", 12.34, None),
    "exact": (
        {"type": ["string", "null"], "format": "singer.decimal", "multipleOf": 1e-9},
        "NUMERIC",
        "12345678901234567.123456789",
        Decimal("12345678901234567.123456789"),
    ),
    "raw": ({"type": "string", "contentEncoding": "base64"}, "BYTES", "eHk=", None),
    "object": (
        {"type": "object", "properties": {"a": {"type": "string"}}},
        "JSON",
        {"a": "b"},
        None,
    ),
    "anything": ({}, "JSON", {"x": [1]}, None),
    "names": (
        {"type": "array", "items": {"type": "string"}},
        "ARRAY<STRING>",
        ["a", "b"],
        ["a", "b"],
    ),
    "objects": ({"type": "array", "items": {"type": "object"}}, "JSON", [{"a": 1}], None),
    "either": ({"type": ["integer", "string"]}, "STRING", "a1", "a1"),
    "kinds": ({"enum": ["a", "b"]}, "JSON", "a", None),
    "true": (True, "JSON", 1, None),
    "nothing": ({"type": None}, "JSON", 1, None),
    "mixed": (
        {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
        "JSON",
        ["a"],
        None,
    ),
    "any_of": ({"anyOf": [{"type": "integer"}, {"type": "null"}]}, "INT64", 7, 7),
}


def test_types(strict: Strict) -> None:
    properties = {"id": {"type": "integer"}, **{name: each[0] for name, each in TYPES.items()}}
    row = {"id": 1, **{name: each[2] for name, each in TYPES.items()}}
    for _ in range(2):
        strict.load([schema(properties=properties), record(row), record({"id": 2}), state()])
    found = types_of(strict)
    assert {name: found[name] for name in TYPES} == {name: each[1] for name, each in TYPES.items()}
    loaded, empty = strict.rows(columns="*")
    for name, (*_, value) in TYPES.items():
        assert value is None or loaded[name] == value, name
        assert not empty[name], name
    assert loaded["text"] == TYPES["text"][2]
    assert str(loaded["instant"]) == "2024-02-29 01:02:03.400000+00:00"
    assert float(loaded["money"]) == 12.34
    assert json.loads(loaded["object"]) == {"a": "b"}


def test_new_column_arrives_with_its_description(strict: Strict) -> None:
    strict.load(load_of(2))
    task = {"type": ["string", "null"], "description": "What was done."}
    more = {**HOURS, "task": task, "person": {**HOURS["person"], "description": "Who."}}
    strict.load([schema(properties=more), record(hours(1, task="Website")), state()])
    assert strict.rows(columns="id, task") == [
        {"id": 0, "task": None},
        {"id": 1, "task": "Website"},
    ]
    fields = fields_of(strict)
    assert fields["task"]["description"] == "What was done."
    assert fields["person"]["description"] == "Who."
    assert fields["hours"]["description"] == "How long."


def test_column_that_left_the_schema_stays(strict: Strict) -> None:
    strict.load(load_of(2))
    less = {name: HOURS[name] for name in ("id", "hours")}
    strict.load([schema(properties=less), record({"id": 1, "hours": 9.0}), state()])
    assert strict.rows() == [hours(0), hours(1, hours=9.0)]
    assert fields_of(strict)["person"]["description"] == "Who worked."


def test_case_of_a_column_in_the_table_does_not_matter(strict: Strict) -> None:
    strict.load(load_of(2))
    upper = {name.upper(): kind for name, kind in HOURS.items()}
    strict.load([schema(properties=upper, keys=["ID"]), record({"ID": 1, "HOURS": 7.5}), state()])
    assert [row["hours"] for row in strict.rows()] == [0.0, 7.5]


def test_schema_may_change_in_a_run(strict: Strict) -> None:
    more = {**HOURS, "task": {"type": "string"}}
    strict.load(
        [schema(), record(hours(1)), schema(properties=more), record(hours(2, task="x")), state()]
    )
    assert strict.rows(columns="id, task") == [{"id": 1, "task": None}, {"id": 2, "task": "x"}]


def test_sequence_grows_over_a_change_of_the_schema(strict: Strict) -> None:
    more = {**HOURS, "task": {"type": "string"}}
    rows = [record(hours(number)) for number in range(20_000)]
    strict.load([schema(), *rows, schema(properties=more), record(hours(20_000)), state()])
    (found,) = strict.bigquery.query(
        f"SELECT MAX(IF(id < 20000, _sdc_sequence, 0)) AS first,"
        f" MAX(IF(id = 20000, _sdc_sequence, 0)) AS last FROM {DATASET}.hours"
    )
    assert found["first"] < found["last"]


def test_metadata(strict: Strict) -> None:
    strict.load([schema(), record(hours(1), version=5), record(hours(2)), state()])
    first, second = strict.rows(columns="*")
    assert str(first["_sdc_extracted_at"]) == "2026-01-02 03:04:05.678901+00:00"
    assert first["_sdc_received_at"] == first["_sdc_batched_at"]
    assert first["_sdc_received_at"] is not None
    assert first["_sdc_deleted_at"] is None
    assert (first["_sdc_table_version"], second["_sdc_table_version"]) == (5, None)
    assert first["_sdc_sequence"] < second["_sdc_sequence"]


def test_no_metadata(strict: Strict) -> None:
    strict.load(load_of(2), add_record_metadata=False)
    assert types_of(strict) == {"id": "INT64", "person": "STRING", "hours": "FLOAT64"}


DELETABLE = {**HOURS, "_sdc_deleted_at": {"type": ["string", "null"], "format": "date-time"}}


@pytest.mark.parametrize("hard", [False, True])
def test_marked_rows(strict: Strict, *, hard: bool) -> None:
    at = "2026-01-02T00:00:00Z"
    rows = [record(hours(number)) for number in range(3)]
    strict.load([schema(properties=DELETABLE), *rows, state()])
    gone = [record(hours(1, _sdc_deleted_at=at)), record(hours(9, _sdc_deleted_at=at))]
    strict.load([schema(properties=DELETABLE), *gone, state()], hard_delete=hard)
    assert [row["id"] for row in strict.rows()] == ([0, 2] if hard else [0, 1, 2, 9])


def test_activate_version_before_batch_files(strict: Strict, tmp_path: Path) -> None:
    strict.load(load_of(9))
    activate = {"type": "ACTIVATE_VERSION", "stream": "hours", "version": 2}
    path = tmp_path / "rows"
    path.write_bytes(gzip.compress(lines([hours(0), hours(1)])))
    strict.load([schema(), activate, batch(path), state()], hard_delete=True)
    assert strict.rows() == [hours(0), hours(1)]


def batch(path: Path, compression: str = "gzip") -> dict[str, Any]:
    encoding = {"format": "jsonl", "compression": compression}
    return {"type": "BATCH", "stream": "hours", "encoding": encoding, "manifest": [path.as_uri()]}


@pytest.mark.parametrize("compression", ["gzip", "none"])
def test_batch_files(strict: Strict, tmp_path: Path, compression: str) -> None:
    rows = [hours(number) for number in (0, 1, 2)] + [hours(1, person="last")]
    path = tmp_path / "rows"
    path.write_bytes(gzip.compress(lines(rows)) if compression == "gzip" else lines(rows))
    assert strict.load([schema(), batch(path, compression), state()]) == [{"at": "all"}]
    assert strict.rows() == [hours(0), hours(1, person="last"), hours(2)]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"id": None, "person": "secret"}, "Only optional fields can be set to NULL. Field: id"),
        ({"id": 4, "person": "secret", "extra": 1}, "No such field: extra"),
        ({"id": 4, "person": "secret", "hours": "12,50 EUR"}, "because of column 'hours' in row 3"),
    ],
)
def test_batch_files_are_checked(
    strict: Strict, tmp_path: Path, row: dict[str, Any], said: str
) -> None:
    path = tmp_path / "rows"
    path.write_bytes(gzip.compress(lines([hours(0), hours(1), row])))
    with pytest.raises(LoadError, match=said) as refused:
        strict.load([schema(), batch(path), state()])
    assert "secret" not in str(refused.value)
    assert "12,50" not in str(refused.value)
    assert strict.rows() == []
    assert strict.tables() == ["hours"]


def test_stream_maps(strict: Strict) -> None:
    maps = {"hours": {"__alias__": "worked", "person": None, "text": "str(id)"}}
    strict.load(load_of(3), stream_maps=maps)
    assert strict.rows("worked", "id, text") == [{"id": n, "text": str(n)} for n in range(3)]
    assert "person" not in types_of(strict, "worked")


def test_numbers_keep_their_digits_in_stream_maps(strict: Strict) -> None:
    money = {"id": {"type": "integer"}, "money": {"type": "number", "multipleOf": 0.01}}
    row = record({"id": 1, "money": 0}) | {"record": {"id": 1, "money": 123456789012.34}}
    sent = lines([schema(properties=money), row, state()])
    strict.load(
        sent.replace(b"123456789012.34", b"12345678901234567.89"),
        stream_maps={"hours": {"text": "str(money)"}},
    )
    assert strict.rows(columns="id, text") == [{"id": 1, "text": "12345678901234567.89"}]


def test_streams_that_maps_remove_get_no_table(strict: Strict) -> None:
    strict.load([*load_of(3), *load_of(3, "other")], stream_maps={"hours": {}, "__else__": None})
    assert strict.tables() == ["hours"]
    assert len(strict.rows()) == 3


def test_settings_that_are_null_are_absent(strict: Strict) -> None:
    names = ("location", "tables", "hard_delete", "batch_size_rows", "credentials_path")
    assert strict.load(load_of(3), **dict.fromkeys(names)) == [{"at": "hours"}]


def test_flattening(strict: Strict) -> None:
    nested = {"type": "object", "properties": {"name": {"type": "string"}}}
    properties = {"id": {"type": "integer"}, "client": nested}
    row = record({"id": 1, "client": {"name": "Acme"}})
    strict.load(
        [schema(properties=properties), row, state()],
        flattening_enabled=True,
        flattening_max_depth=1,
    )
    assert strict.rows(columns="id, client__name") == [{"id": 1, "client__name": "Acme"}]


def test_case_of_a_stream_in_the_layout_does_not_matter(strict: Strict) -> None:
    strict.load(load_of(1), tables={"Hours": {"cluster": ["person"]}})
    assert strict.table("hours")["clustering"] == {"fields": ["person"]}


def test_layout(strict: Strict, caplog: pytest.LogCaptureFixture) -> None:
    dated = {**HOURS, "date": {"type": "string", "format": "date"}}
    messages = [schema(properties=dated), record(hours(1, date="2024-02-29")), state()]
    layout = {"hours": {"partition": "date", "granularity": "month", "cluster": ["person"]}}
    strict.load(messages, tables=layout)
    table = strict.table("hours")
    assert table["timePartitioning"] == {"type": "MONTH", "field": "date"}
    assert table["clustering"] == {"fields": ["person"]}
    with caplog.at_level(logging.WARNING):
        strict.load(messages, tables=layout)
        assert not caplog.records
        strict.load(messages, tables={"hours": {"partition": "date"}})
    assert [line.levelname for line in caplog.records] == ["WARNING"]
    assert "another layout" in caplog.text


@pytest.mark.parametrize(
    ("layout", "said"),
    [
        ({"partition": "when"}, "column 'when', which stream 'hours' does not have"),
        ({"partition": "hours"}, "partitions stream 'hours' by 'hours', which is FLOAT64"),
        ({"cluster": ["hours"]}, "by 'hours', which is FLOAT64"),
        ({"cluster": ["id", "person", "id", "id", "id"]}, "more than 4 columns"),
    ],
)
def test_wrong_layout(strict: Strict, layout: dict[str, Any], said: str) -> None:
    with pytest.raises(LoadError, match=said):
        strict.load(load_of(1), tables={"hours": layout})
