"""The local BigQuery alone: what it answers, keeps and refuses."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import logging
import stat
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
import requests
from clockify_sandbox.bigquery import LocalBigQuery, QueryError, running
from clockify_sandbox.bigquery_emulator import unqualify_merge

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def bigquery() -> Iterator[LocalBigQuery]:
    with running() as local:
        yield local


def load(bigquery: LocalBigQuery, table: str, body: bytes) -> dict[str, object]:
    """Upload a load job as Google's client does, in one multipart request."""
    job = {
        "configuration": {
            "load": {
                "destinationTable": {
                    "projectId": bigquery.project,
                    "datasetId": "loads",
                    "tableId": table,
                },
                "sourceFormat": "NEWLINE_DELIMITED_JSON",
                "schema": {"fields": [{"name": "n", "type": "FLOAT"}]},
            }
        }
    }
    parts = [
        b"--x\r\nContent-Type: application/json\r\n\r\n" + json.dumps(job).encode(),
        b"\r\n--x\r\nContent-Type: application/octet-stream\r\n\r\n" + body + b"\r\n--x--\r\n",
    ]
    bigquery.query("CREATE SCHEMA IF NOT EXISTS loads")
    answer: dict[str, object] = requests.post(
        f"{bigquery.url}/upload/bigquery/v2/projects/{bigquery.project}/jobs",
        params={"uploadType": "multipart"},
        data=b"".join(parts),
        headers={"Content-Type": "multipart/related; boundary=x"},
        timeout=30,
    ).json()
    return answer


def test_values_have_their_types(bigquery: LocalBigQuery) -> None:
    rows = bigquery.query(
        "SELECT 1 AS whole, 0.1 + 0.2 AS float, NUMERIC '1.5' AS numeric, TRUE AS yes, 'ü' AS text,"
        " '' AS empty, NULL AS nothing, DATE '2024-02-29' AS day,"
        " TIMESTAMP '2024-02-29 01:02:03.456789+00' AS instant, [1, 2] AS list,"
        " STRUCT('x' AS inner_name) AS record"
    )
    assert rows == [
        {
            "whole": 1,
            "float": 0.1 + 0.2,
            "numeric": Decimal("1.5"),
            "yes": True,
            "text": "ü",
            "empty": "",
            "nothing": None,
            "day": dt.date(2024, 2, 29),
            "instant": dt.datetime(2024, 2, 29, 1, 2, 3, 456789, tzinfo=dt.UTC),
            "list": [1, 2],
            "record": {"inner_name": "x"},
        }
    ]


def test_all_pages_of_a_large_result(bigquery: LocalBigQuery) -> None:
    rows = bigquery.query("SELECT n FROM UNNEST(GENERATE_ARRAY(1, 25000)) AS n")
    assert [row["n"] for row in rows] == list(range(1, 25001))


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELEC 1", "SELEC"),
        ("SELECT * FROM nowhere.t", "Not found"),
        # Neither downloads anything nor waits for it.
        ("SELECT ST_GEOGPOINT(1, 2)", "spatial"),
    ],
)
def test_wrong_query_says_why(bigquery: LocalBigQuery, sql: str, reason: str) -> None:
    with pytest.raises(QueryError, match=reason):
        bigquery.query(sql)


def test_gzipped_upload_is_unpacked(bigquery: LocalBigQuery) -> None:
    answer = load(bigquery, "packed", gzip.compress(b'{"n": 1.5}\n{"n": 2}\n'))
    assert "errorResult" not in answer["status"]  # type: ignore[operator]
    assert bigquery.query("SELECT SUM(n) AS n FROM loads.packed") == [{"n": 3.5}]


@pytest.mark.parametrize("bad", [b'{"n": "many"}', b'{"n": 1', b"5"])
def test_refused_load_is_remembered(bigquery: LocalBigQuery, bad: bytes) -> None:
    before = len(bigquery.failed_loads())
    answer = load(bigquery, "refused", b'{"n": 1}\n' + bad + b"\n")
    assert "errorResult" in answer["status"]  # type: ignore[operator]
    assert bigquery.query("SELECT COUNT(*) AS n FROM loads.refused") == [{"n": 0}]
    assert "refused" in bigquery.failed_loads()[before:][0]


def test_merge_assigns_unqualified_columns() -> None:
    merge = unqualify_merge(
        "MERGE INTO a.t AS target USING a.s AS source ON target.id = source.id"
        " WHEN MATCHED THEN UPDATE SET target.v = source.v, target.w = source.w"
        " WHEN NOT MATCHED THEN INSERT (id, v) VALUES (source.id, source.v)"
    )
    assert "SET v = source.v, w = source.w" in merge
    assert "ON target.id = source.id" in merge


def test_data_survive_a_restart(tmp_path: Path) -> None:
    with running(tmp_path) as first:
        first.query("CREATE SCHEMA d")
        first.query("CREATE TABLE d.t AS SELECT 1 AS n")
    with running(tmp_path) as second:
        assert second.query("SELECT n FROM d.t") == [{"n": 1}]


def test_only_the_owner_can_read_the_key(bigquery: LocalBigQuery, tmp_path: Path) -> None:
    environment = bigquery.target_env(tmp_path)
    assert environment["BIGQUERY_EMULATOR_HOST"] == bigquery.url
    account = tmp_path / "service-account.json"
    assert stat.S_IMODE(account.stat().st_mode) == stat.S_IRUSR | stat.S_IWUSR
    token = requests.post(json.loads(account.read_text())["token_uri"], timeout=60).json()
    assert token["access_token"]


def test_logging_is_left_alone() -> None:
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    with running():
        pass
    assert (root.handlers, root.level) == before
