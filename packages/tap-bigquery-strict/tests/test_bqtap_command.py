"""The command: what it discovers, that rows match their SCHEMA, and how it fails.

The SDK's own tests of taps discover while they are imported, when there is no BigQuery yet.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from bqtap_support import CONFIG, SOURCE, Bench, rows_of
from google.cloud.bigquery import SchemaField
from tap_bigquery_strict.columns import schema_of

if TYPE_CHECKING:
    from pathlib import Path

    from clockify_sandbox.bigquery import LocalBigQuery


def command(
    bigquery: LocalBigQuery, folder: Path, *arguments: str, **settings: Any
) -> subprocess.CompletedProcess[str]:
    config = folder / "config.json"
    config.write_text(json.dumps({**CONFIG, "tables": "c", "key_columns": "id", **settings}))
    return subprocess.run(
        [sys.executable, "-m", "tap_bigquery_strict.tap", "--config", config, *arguments],
        env={**os.environ, "BIGQUERY_EMULATOR_HOST": bigquery.url},
        text=True,
        capture_output=True,
        check=False,
    )


@pytest.fixture(autouse=True)
def _table(bigquery: LocalBigQuery) -> None:
    bigquery.query(f"DROP TABLE IF EXISTS {SOURCE}.c")
    bigquery.query(
        f"CREATE TABLE {SOURCE}.c (id INT64, n NUMERIC,"
        " tags ARRAY<STRING>, extra JSON, person STRUCT<name STRING>, changed TIMESTAMP)"
    )
    bigquery.query(
        f"INSERT INTO {SOURCE}.c (id, n, tags, extra, person, changed) VALUES (1, 1.5, ['a'], JSON"
        " '[1]', STRUCT('Ann' AS name), TIMESTAMP '2026-01-01 00:00:00+00'),"
        " (2, NULL, [], NULL, NULL, NULL)"
    )


def test_rows_match_their_schema(bench: Bench) -> None:
    messages = bench.read("c", key_columns="id")
    (schema,) = (message for message in messages if message["type"] == "SCHEMA")

    assert schema["key_properties"] == ["id"]
    for row in rows_of(messages):
        jsonschema.validate(row, schema["schema"])


def test_descriptions_and_keys_are_the_tables() -> None:
    fields = [
        SchemaField("id", "INTEGER", description="The id."),
        SchemaField("tags", "STRING", mode="REPEATED"),
    ]
    assert schema_of(fields, ["id"]) == {
        "type": "object",
        "properties": {
            "id": {"type": ["integer"], "description": "The id."},
            "tags": {"type": ["array", "null"], "items": {"type": ["string"]}},
        },
        "required": ["id"],
    }


def test_it_discovers_its_tables(bigquery: LocalBigQuery, tmp_path: Path) -> None:
    done = command(bigquery, tmp_path, "--discover", replication_key="changed")

    (stream,) = json.loads(done.stdout)["streams"]
    assert stream["tap_stream_id"] == "c"
    assert (stream["key_properties"], stream["replication_key"]) == (["id"], "changed")


@pytest.mark.parametrize("tables", ["c", "c, d", '[{"name": "c", "key_columns": ["id"]}]'])
def test_settings_may_be_variables(bigquery: LocalBigQuery, tmp_path: Path, tables: str) -> None:
    bigquery.query(f"CREATE OR REPLACE TABLE {SOURCE}.d (id INT64)")
    variables = {**CONFIG, "tables": tables, "key_columns": "id"}
    done = subprocess.run(
        [sys.executable, "-m", "tap_bigquery_strict.tap", "--config=ENV", "--discover"],
        env={
            **os.environ,
            "BIGQUERY_EMULATOR_HOST": bigquery.url,
            **{f"TAP_BIGQUERY_STRICT_{name.upper()}": text for name, text in variables.items()},
        },
        cwd=tmp_path,
        text=True,
        capture_output=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    found = [each["tap_stream_id"] for each in json.loads(done.stdout)["streams"]]
    assert found == (["c", "d"] if tables == "c, d" else ["c"])


def test_only_selected_columns_are_read(bigquery: LocalBigQuery, tmp_path: Path) -> None:
    catalog = json.loads(command(bigquery, tmp_path, "--discover").stdout)
    for entry in catalog["streams"][0]["metadata"]:
        if entry["breadcrumb"] in (["properties", "n"], ["properties", "person"]):
            entry["metadata"]["selected"] = False
    (tmp_path / "catalog.json").write_text(json.dumps(catalog))

    done = command(bigquery, tmp_path, "--catalog", str(tmp_path / "catalog.json"))

    assert done.returncode == 0, done.stderr
    records = rows_of([json.loads(line) for line in done.stdout.splitlines()])
    assert sorted(records[0]) == ["changed", "extra", "id", "tags"]


def test_an_error_is_one_sentence(bigquery: LocalBigQuery, tmp_path: Path) -> None:
    for settings, sentence in (
        ({"tables": "missing"}, "There is no table clockify-demo.source.missing"),
        ({"key_columns": "n"}, "1 rows of clockify-demo.source.c have no value"),
    ):
        done = command(bigquery, tmp_path, **settings)

        assert done.returncode == 1
        assert done.stderr.count(sentence) == 1, done.stderr
        assert "Traceback" not in done.stderr
    assert "secret" not in command(bigquery, tmp_path, credentials_json="secret").stderr
