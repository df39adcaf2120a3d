"""Every stream loads into BigQuery, and loads again after edits, without a doubled row."""

from __future__ import annotations

import datetime as dt
import io
import json
from typing import TYPE_CHECKING

import pytest
from clockify_sandbox.world import edits
from support import KEYS, UpsertStore, agency, only_workspace, run_tap
from target_bigquery_strict.target import TargetBigQueryStrict

if TYPE_CHECKING:
    from clockify_sandbox.bigquery import LocalBigQuery
    from conftest import Serve
    from support import Message

pytestmark = pytest.mark.bigquery

DATASET = "everything"
TYPES = {
    "string": "STRING",
    "number": "FLOAT64",
    "integer": "INT64",
    "boolean": "BOOL",
    "date": "DATE",
    "date-time": "TIMESTAMP",
}


def load(bigquery: LocalBigQuery, messages: list[Message]) -> None:
    lines = b"".join(json.dumps(message).encode() + b"\n" for message in messages)
    target = TargetBigQueryStrict(config={"project": bigquery.project, "dataset": DATASET})
    try:
        target.listen(io.BytesIO(lines))  # type: ignore[arg-type]
    finally:
        target.close()


def test_every_stream(
    serve: Serve, local_bigquery: LocalBigQuery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", local_bigquery.url)
    world = agency(plan="ENTERPRISE_2021", people=3, days=80)
    w = only_workspace(world)
    server = serve(world)
    store = UpsertStore()
    for _ in range(2):
        messages = run_tap(server, store.state, KEYS)
        store.apply(messages)
        load(local_bigquery, messages)
        edits.delete_object(world, w, "expenses", next(iter(world[w].objects["expenses"])))
        world.clock.advance(dt.timedelta(hours=1))
    for stream in KEYS:
        counted = local_bigquery.query(
            f"SELECT COUNT(*) AS n, COUNTIF(is_deleted) AS gone FROM {DATASET}.{stream}"  # noqa: S608
        )
        rows = store.rows(stream)
        gone = sum(row["is_deleted"] for row in rows)
        assert counted == [{"n": len(rows), "gone": gone}], stream
    columns = "SELECT table_name, column_name, data_type FROM {}.INFORMATION_SCHEMA.COLUMNS"
    found = local_bigquery.query(columns.format(DATASET))
    types = {(row["table_name"], row["column_name"]): row["data_type"] for row in found}
    for stream, schema in store.schemas.items():
        for name, column in schema["schema"]["properties"].items():
            kinds = column["type"] if isinstance(column["type"], list) else [column["type"]]
            kind = column.get("format") or next(each for each in kinds if each != "null")
            assert types[stream, name] == TYPES[kind], (stream, name)
