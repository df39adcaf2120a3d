"""`FOR SYSTEM_TIME AS OF` on the local BigQuery."""

from __future__ import annotations

import datetime as dt
import time
from typing import TYPE_CHECKING

import pytest
from clockify_sandbox.bigquery import LocalBigQuery, QueryError, running

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLE = "`clockify-demo`.past.rows"


@pytest.fixture(scope="module")
def bigquery() -> Iterator[LocalBigQuery]:
    """Provide a table that is changed twice."""
    with running() as local:
        local.query("CREATE SCHEMA `clockify-demo`.past")
        local.query(f"CREATE TABLE {TABLE} (v INT64)")
        yield local


def now() -> str:
    """Return an instant that no change shares."""
    time.sleep(0.01)
    instant = dt.datetime.now(dt.UTC).isoformat()
    time.sleep(0.01)
    return instant


def then(bigquery: LocalBigQuery, instant: str) -> list[object]:
    past = f"FOR SYSTEM_TIME AS OF TIMESTAMP '{instant}'"
    rows = bigquery.query(f"SELECT v FROM {TABLE} {past} ORDER BY v")
    return [row["v"] for row in rows]


def test_a_table_is_read_as_it_was(bigquery: LocalBigQuery) -> None:
    bigquery.query(f"INSERT INTO {TABLE} (v) VALUES (1), (2)")
    two = now()
    bigquery.query(f"UPDATE {TABLE} SET v = 3 WHERE v = 2")
    bigquery.query(f"DELETE FROM {TABLE} WHERE v = 1")
    last = now()

    assert then(bigquery, two) == [1, 2]
    assert then(bigquery, last) == [3]
    joined = bigquery.query(
        f"SELECT d.v FROM {TABLE} AS d JOIN (SELECT v FROM {TABLE} FOR SYSTEM_TIME AS OF"
        f" TIMESTAMP '{two}') AS s ON s.v = d.v - 1"
    )
    assert joined == [{"v": 3}]


def test_what_is_not_known_any_more_is_an_error(bigquery: LocalBigQuery) -> None:
    with pytest.raises(QueryError, match="no longer knows"):
        then(bigquery, "2026-01-01 00:00:00+00")
    with pytest.raises(QueryError, match="in the future"):
        then(bigquery, "2126-01-01 00:00:00+00")
