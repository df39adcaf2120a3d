"""The local BigQuery where the emulator alone would answer otherwise than BigQuery."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import requests
from clockify_sandbox.bigquery import LocalBigQuery, running

if TYPE_CHECKING:
    from collections.abc import Iterator

FIELDS = [
    {"name": "id", "type": "INTEGER", "mode": "REQUIRED"},
    {"name": "text", "type": "STRING", "description": "A text."},
]


class Api:
    """BigQuery's REST API, with one dataset and a table `t`."""

    def __init__(self, bigquery: LocalBigQuery) -> None:
        """Make the dataset and the table."""
        self.bigquery = bigquery
        self.project = f"{bigquery.url}/bigquery/v2/projects/{bigquery.project}"
        self.tables = f"{self.project}/datasets/api/tables"
        bigquery.query("DROP SCHEMA IF EXISTS api CASCADE")
        self.post(f"{self.project}/datasets", {"datasetReference": {"datasetId": "api"}})
        nullable = [{**field, "mode": "NULLABLE"} for field in FIELDS]
        reference = {"tableReference": {"tableId": "t"}}
        self.post(self.tables, {**reference, "schema": {"fields": nullable}})

    def post(self, url: str, body: dict[str, Any]) -> requests.Response:
        return requests.post(url, json=body, timeout=30)

    def patch(self, fields: list[dict[str, Any]], **headers: str) -> requests.Response:
        body = {"schema": {"fields": fields}}
        return requests.patch(f"{self.tables}/t", json=body, headers=headers, timeout=30)

    def fields(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.table()["schema"]["fields"]
        return found

    def table(self) -> dict[str, Any]:
        shown: dict[str, Any] = requests.get(f"{self.tables}/t", timeout=30).json()
        return shown

    def load(self, rows: bytes, **options: Any) -> dict[str, Any]:
        """Upload a load job in pieces, as Google's client does."""
        destination = {"projectId": self.bigquery.project, "datasetId": "api", "tableId": "t"}
        load = {
            "destinationTable": destination,
            "sourceFormat": "NEWLINE_DELIMITED_JSON",
            "schema": {"fields": FIELDS},
            **options,
        }
        url = f"{self.bigquery.url}/upload/bigquery/v2/projects/{self.bigquery.project}/jobs"
        begun = self.post(f"{url}?uploadType=resumable", {"configuration": {"load": load}})
        whole = {"Content-Range": f"bytes 0-{len(rows) - 1}/{len(rows)}"}
        answer = requests.put(begun.headers["Location"], rows, headers=whole, timeout=30)
        status: dict[str, Any] = answer.json()["status"]
        return status


@pytest.fixture(scope="module")
def bigquery() -> Iterator[LocalBigQuery]:
    with running() as local:
        yield local


@pytest.fixture
def api(bigquery: LocalBigQuery) -> Api:
    return Api(bigquery)


def test_patched_columns_are_in_the_data(api: Api) -> None:
    api.bigquery.query("INSERT INTO api.t (id, text) VALUES (1, 'x')")
    new = {"name": "day", "type": "DATE", "mode": "NULLABLE", "description": "A day."}
    assert api.patch([*api.fields(), new]).ok
    assert api.bigquery.query("SELECT * FROM api.t") == [{"id": 1, "text": "x", "day": None}]
    assert [field.get("description") for field in api.fields()] == [None, "A text.", "A day."]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ([FIELDS[0]], "Field text is missing"),
        ([FIELDS[0], {"name": "text", "type": "DATE"}], "has changed type from STRING to DATE"),
        (
            [*FIELDS, {"name": "new", "type": "DATE", "mode": "REQUIRED"}],
            "Cannot add required fields",
        ),
    ],
)
def test_patches_that_bigquery_refuses(api: Api, fields: list[dict[str, Any]], said: str) -> None:
    answer = api.patch(fields)
    assert answer.status_code == 400
    assert said in answer.text


def test_patch_of_a_table_that_has_changed_meanwhile(api: Api) -> None:
    etag = api.table()["etag"]
    assert api.patch(api.fields(), **{"If-Match": etag}).ok
    assert api.patch(api.fields(), **{"If-Match": '"another"'}).status_code == 412


def test_altered_columns_are_in_the_catalog(api: Api) -> None:
    api.bigquery.query("ALTER TABLE api.t ADD COLUMN a INT64, ADD COLUMN IF NOT EXISTS b DATE")
    api.bigquery.query("ALTER TABLE api.t DROP COLUMN text")
    assert [(field["name"], field["type"]) for field in api.fields()] == [
        ("id", "INTEGER"),
        ("a", "INTEGER"),
        ("b", "DATE"),
    ]
    api.bigquery.query("INSERT INTO api.t (id, a, b) VALUES (1, 2, DATE '2024-02-29')")


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"text": "x"}, "Only optional fields can be set to NULL. Field: id; Value: NULL"),
        ({"id": None}, "Only optional fields can be set to NULL. Field: id; Value: NULL"),
        ({"id": 2, "new": 1}, "No such field: new."),
    ],
)
def test_rows_that_bigquery_refuses(api: Api, row: dict[str, Any], said: str) -> None:
    first = b'{"id": 1}\n'
    status = api.load(first + json.dumps(row).encode() + b"\n")
    position = f"row starting at position {len(first)}: "
    assert position + said in status["errorResult"]["message"]
    assert api.bigquery.query("SELECT COUNT(*) AS n FROM api.t") == [{"n": 0}]


def test_unknown_values_may_be_ignored(api: Api) -> None:
    assert "errorResult" not in api.load(b'{"id": 1, "new": 2}\n', ignoreUnknownValues=True)
    assert api.bigquery.query("SELECT id FROM api.t") == [{"id": 1}]


def test_a_job_runs_once(api: Api) -> None:
    insert = {"query": {"query": "INSERT INTO api.t (id) VALUES (1)", "useLegacySql": False}}
    job = {"jobReference": {"jobId": "once"}, "configuration": insert}
    answers = [api.post(f"{api.project}/jobs", job).status_code for _ in range(2)]
    assert answers == [200, 409]
    assert api.bigquery.query("SELECT COUNT(*) AS n FROM api.t") == [{"n": 1}]
