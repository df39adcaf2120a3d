"""What the tap sends equals the tables, and arrives through the loader as it was."""

from __future__ import annotations

import json
import time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from bqtap_support import COPY, SOURCE, Bench, rows_of
from google.api_core.exceptions import GoogleAPIError
from tap_bigquery_strict import client, streams
from tap_bigquery_strict.errors import ExtractError
from tap_bigquery_strict.settings import Wanted, wanted_tables

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

COLUMNS = """
  id INT64 NOT NULL OPTIONS(description='Id of the row.'), text STRING, whole INT64, part FLOAT64,
  money NUMERIC, wide BIGNUMERIC, flag BOOL, day DATE, local DATETIME, changed TIMESTAMP,
  hour TIME, raw BYTES, extra JSON, tags ARRAY<STRING>, sizes ARRAY<INT64>,
  person STRUCT<name STRING, roles ARRAY<STRING>>
"""
ROWS = """
(1, 'Überstunden 日本 🧾 "x" \\\\ ', 9223372036854775807, 0.1, NUMERIC '1234567890123.125',
 BIGNUMERIC '0.25', TRUE, '0001-01-01', DATETIME '1969-12-31 23:59:59.999999',
 TIMESTAMP '2026-01-01 00:00:00.123456+00', TIME '12:34:56.789', b'xyz',
 JSON '{"a": [1, null]}',
 ['p', ''], [1, 9223372036854775807], STRUCT('Ann' AS name, ['a'] AS roles)),
(2, '', -9223372036854775808, CAST('nan' AS FLOAT64), NULL, NULL, FALSE, '9999-12-31', NULL,
 TIMESTAMP '2026-01-02 00:00:00+00', NULL, b'', JSON '"text"', [], [], NULL),
(3, NULL, NULL, CAST('-inf' AS FLOAT64), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, [],
 [], NULL)
"""
NAMES = (
    "id, text, whole, part, money, wide, flag, day, local, changed, hour, raw, extra, tags, sizes,"
    " person"
)


@pytest.fixture
def table(bench: Bench) -> Any:
    """Make a table that has every type."""
    bench.bigquery.query(f"CREATE OR REPLACE TABLE {SOURCE}.t ({COLUMNS})")
    bench.bigquery.query(f"INSERT INTO {SOURCE}.t ({NAMES}) VALUES {ROWS}")
    yield "t"
    for place in (SOURCE, COPY):
        bench.bigquery.query(f"DROP TABLE IF EXISTS {place}.t")


def types(bench: Bench, dataset: str) -> dict[str, str]:
    found = bench.bigquery.query(
        f"SELECT column_name, data_type FROM {dataset}.INFORMATION_SCHEMA.COLUMNS"
        " WHERE table_name = 't' AND NOT STARTS_WITH(column_name, '_sdc_')"
    )
    return {str(row["column_name"]): str(row["data_type"]) for row in found}


def plainly(rows: list[Any]) -> list[str]:
    """Return values as texts; NaN equals nothing, and zeros at the end of a decimal say nothing."""
    values = [row["v"] for row in rows]
    return [str(v.normalize() if isinstance(v, Decimal) else v) for v in values]


def test_every_type_arrives_as_it_was(bench: Bench, table: str) -> None:
    for _ in range(2):
        bench.copy([{"name": table, "key_columns": ["id"], "replication_key": "changed"}])

        plain = {"person"}
        for name in NAMES.replace(" ", "").split(","):
            if name == "raw":  # unlike BigQuery, the local one does not decode base64 in a load
                continue
            query = f"SELECT id, {name} AS v FROM {{}}.t ORDER BY id"
            source, copied = (bench.bigquery.query(query.format(at)) for at in (SOURCE, COPY))
            if name in plain:
                assert [json.loads(row["v"] or "null") for row in copied] == [
                    row["v"] for row in source
                ]
            else:
                assert plainly(copied) == plainly(source), name
    wanted = {**types(bench, SOURCE), "person": "JSON"}
    assert types(bench, COPY) == wanted


def test_bytes_are_sent_as_base64(bench: Bench, table: str) -> None:
    assert [row["raw"] for row in rows_of(bench.read(table, key_columns="id"))] == [
        "eHl6", "", None,
    ]  # fmt: skip


def test_a_copy_follows_updates_and_deletions(bench: Bench, table: str) -> None:
    bench.copy([table], key_columns="id")
    bench.bigquery.query(f"UPDATE {SOURCE}.t SET text = 'new' WHERE id = 1")
    bench.bigquery.query(f"DELETE FROM {SOURCE}.t WHERE id = 2")
    bench.bigquery.query(f"INSERT INTO {SOURCE}.t (id, text) VALUES (4, 'four')")
    # The version of a table, by which the loader knows older rows, is its second.
    time.sleep(1.1)

    bench.copy([table], key_columns="id")

    query = "SELECT id, text FROM {}.t ORDER BY id"
    source, copied = (bench.bigquery.query(query.format(at)) for at in (SOURCE, COPY))
    assert source == copied
    assert [row["id"] for row in copied] == [1, 3, 4]


def ids(messages: list[dict[str, Any]]) -> list[int]:
    return sorted(row["id"] for row in rows_of(messages))


def test_a_run_continues_at_the_bookmark_and_reads_its_instant_again(
    bench: Bench, table: str
) -> None:
    tables = [{"name": table, "key_columns": "id", "replication_key": "changed"}]
    assert ids(bench.read(tables)) == [1, 2, 3]
    assert bench.state["bookmarks"]["t"]["replication_key_value"] == "2026-01-02T00:00:00+00:00"
    bench.bigquery.query(
        f"INSERT INTO {SOURCE}.t (id, changed) VALUES (5, TIMESTAMP '2026-01-02 00:00:00+00'),"
        " (6, TIMESTAMP '2026-01-03 00:00:00.5+00')"
    )

    # Row 3 has no replication key, so nobody knows whether it is new.
    assert ids(bench.read(tables)) == [2, 3, 5, 6]
    assert ids(bench.read(tables)) == [3, 6]


@pytest.mark.parametrize("key", ["whole", "day", "local"])
def test_replication_keys_of_every_type_bound_the_next_run(
    bench: Bench, table: str, key: str
) -> None:
    tables = [{"name": table, "key_columns": ["id"], "replication_key": key}]
    bench.read(tables)
    seen = ids(bench.read(tables))
    assert 3 in seen
    assert len(seen) == 2 or key == "local"


def test_all_tables_are_read_as_of_one_instant(
    bench: Bench, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.bigquery.query(f"CREATE OR REPLACE TABLE {SOURCE}.u (id INT64, v INT64)")
    bench.bigquery.query(f"INSERT INTO {SOURCE}.u (id, v) VALUES (1, 1)")
    checked: Callable[..., Any] = streams.TableStream._checked

    def edited_meanwhile(self: streams.TableStream, instant: dt.datetime) -> Any:
        newest = checked(self, instant)
        bench.bigquery.query(f"UPDATE {SOURCE}.u SET v = 2 WHERE id = 1")
        bench.bigquery.query(f"INSERT INTO {SOURCE}.u (id, v) VALUES (2, 2)")
        bench.bigquery.query(f"DELETE FROM {SOURCE}.t WHERE id = 1")
        return newest

    monkeypatch.setattr(streams.TableStream, "_checked", edited_meanwhile)
    sent = bench.read(["t", "u"], key_columns="id")

    rows = {name: [m["record"] for m in sent if m.get("stream") == name and m["type"] == "RECORD"]
            for name in ("t", "u")}  # fmt: skip
    assert rows["u"] == [{"id": 1, "v": 1}]
    assert sorted(row["id"] for row in rows["t"]) == [1, 2, 3]
    assert table == "t"


def test_a_view_is_read_too(bench: Bench, table: str) -> None:
    bench.bigquery.query(f"CREATE OR REPLACE VIEW {SOURCE}.v AS SELECT id FROM {SOURCE}.{table}")
    assert ids(bench.read("v", key_columns="id")) == [1, 2, 3]


def test_what_loaders_add_is_not_read(bench: Bench) -> None:
    bench.bigquery.query(
        f"CREATE OR REPLACE TABLE {SOURCE}.w (id INT64, _sdc_sequence INT64,"
        " _sdc_deleted_at TIMESTAMP)"
    )
    bench.bigquery.query(f"INSERT INTO {SOURCE}.w (id) VALUES (1)")
    assert rows_of(bench.read("w", key_columns="id")) == [{"id": 1, "_sdc_deleted_at": None}]


@pytest.mark.parametrize(
    ("tables", "settings", "sentence"),
    [
        ("missing", {"key_columns": "id"}, r"There is no table clockify-demo\.source\.missing"),
        ("t", {}, "declares no primary key. Set key_columns"),
        ("t", {"key_columns": "nope"}, "has no column nope. Check key_columns"),
        ("t", {"key_columns": "id", "replication_key": "x"}, "has no column x. Check replication"),
        ("t", {"key_columns": "id", "replication_key": "text"}, "which is STRING. It must be"),
        ("t", {"key_columns": "text"}, "1 rows of .* have no value in a column of the key"),
        ("t", {"key_columns": "flag"}, "have no value in a column of the key"),
    ],
)
def test_what_does_not_fit_is_a_sentence(
    bench: Bench, table: str, tables: str, settings: dict[str, Any], sentence: str
) -> None:
    assert table
    with pytest.raises(ExtractError, match=sentence):
        bench.read(tables, **settings)


def test_rows_with_one_key_are_an_error(bench: Bench, table: str) -> None:
    bench.bigquery.query(f"INSERT INTO {SOURCE}.{table} (id, text) VALUES (1, 'doubled')")
    with pytest.raises(ExtractError, match=r"1 rows of .* have the key"):
        bench.read(table, key_columns="id")


def test_a_query_has_a_limit_of_cost(
    bench: Bench, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits: list[int | None] = []
    query = client.bigquery.Client.query

    def noted(self: Any, sql: str, **options: Any) -> Any:
        limits.append(options["job_config"].maximum_bytes_billed)
        return query(self, sql, **options)

    monkeypatch.setattr(client.bigquery.Client, "query", noted)
    bench.read(table, key_columns="id", maximum_bytes_billed=1_000_000)
    assert set(limits) == {1_000_000}

    def refused(self: Any, sql: str, **options: Any) -> Any:  # noqa: ARG001
        raise GoogleAPIError("Query exceeded limit: bytesBilledLimitExceeded")

    monkeypatch.setattr(client.bigquery.Client, "query", refused)
    with pytest.raises(ExtractError, match=r"more than maximum_bytes_billed \(5 bytes\)"):
        bench.read(table, key_columns="id", maximum_bytes_billed=5)


def test_tables_may_be_given_in_every_form() -> None:
    both = [Wanted("a", ("id",), None), Wanted("b", ("x", "y"), "at")]
    objects = [{"name": "a"}, {"name": "b", "key_columns": ["x", "y"], "replication_key": "at"}]
    assert wanted_tables({"tables": objects, "key_columns": "id"}) == both
    assert wanted_tables({"tables": json.dumps(objects), "key_columns": ["id"]}) == both
    assert [each.name for each in wanted_tables({"tables": "a, b"})] == ["a", "b"]
    keys = {"name": "a", "key_columns": 5}
    for wrong in ("", "[", "a,a", [{"nam": "a"}], [5], ["a`b"], [keys]):
        with pytest.raises(ExtractError, match="The setting tables"):
            wanted_tables({"tables": wrong})
