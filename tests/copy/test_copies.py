"""Copies of tables within BigQuery equal their source row by row, whatever happened to it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from copying import SOURCE, Copier
from dbt_runs import DbtProcess

if TYPE_CHECKING:
    from dbt_runs import Done

# Each run of dbt takes about ten seconds, and more on a busy machine.
pytestmark = [pytest.mark.bigquery, pytest.mark.timeout(2400)]

COLUMNS = """
  workspace STRING, id INT64 NOT NULL OPTIONS(description='Id of the entry.'), note STRING,
  amount NUMERIC, hours FLOAT64, changed TIMESTAMP, day DATE, raw BYTES, extra JSON,
  tags ARRAY<STRING>, person STRUCT<name STRING, roles ARRAY<STRING>>, billable BOOL
"""
INSERT = """
INSERT INTO {table} (workspace, id, note, amount, hours, changed, day, raw, extra, tags, person,
  billable) VALUES
('w1', 1, 'Überstunden 日本 🧾', NUMERIC '12345678901.125', 0.1,
  TIMESTAMP '2026-01-01 00:00:00.123456+00', '2026-01-01', b'xy', JSON '{{"a": [1, null]}}',
  ['p', 'q'], STRUCT('Ann' AS name, ['a'] AS roles), TRUE),
('w1', 2, '', NULL, CAST('nan' AS FLOAT64), TIMESTAMP '2026-01-02 00:00:00+00', NULL, NULL, NULL,
  [], NULL, NULL),
('w2', 1, 'same id', 0, -0.5, TIMESTAMP '2026-01-03 00:00:00+00', '1969-12-31', b'', JSON 'null',
  ['x'], NULL, FALSE),
('w2', 9, 'goes', 9, 9, TIMESTAMP '2026-01-04 00:00:00+00', NULL, NULL, NULL, [], NULL, NULL)
"""
KEYS = "workspace, id"


def made(copier: Copier, table: str) -> str:
    """Make a table at the source."""
    name = f"{SOURCE}.{table}"
    copier.query(f"CREATE TABLE {name} ({COLUMNS})")
    copier.query(INSERT.format(table=name))
    return name


def check_equal(copier: Copier, done: Done, table: str) -> None:
    assert done.code == 0, done.printed[-3000:]
    source, copied = copier.rows(table)
    assert source == copied


def test_a_copy_equals_its_source_after_every_run(copier: Copier) -> None:
    entries, plain = made(copier, "entries"), made(copier, "plain")
    key = {"copy_replication_key": "changed"}
    results: dict[str, Done] = {}
    with DbtProcess() as process:
        other = Copier(process, copier.dbt.bigquery, copier.dbt.folder / "other")
        threads = [
            threading.Thread(
                target=lambda: results.update(entries=copier.copy("entries", KEYS, **key))
            ),
            threading.Thread(target=lambda: results.update(plain=other.copy("plain", KEYS))),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert results.keys() == {"entries", "plain"}
    for table, done in results.items():
        check_equal(copier, done, table)
        assert copier.rows(table)[0]

    for table in (entries, plain):
        newer = "note = 'updated', changed = TIMESTAMP '2026-02-01 00:00:00+00'"
        copier.query(f"UPDATE {table} SET {newer} WHERE workspace = 'w1' AND id = 1")
        copier.query(f"DELETE FROM {table} WHERE id = 9")
        copier.query(
            f"INSERT INTO {table} (workspace, id, changed) VALUES"
            " ('w3', 1, TIMESTAMP '2026-02-02 00:00:00+00'), ('w3', 2, NULL)"
        )
    check_equal(copier, copier.copy("entries", KEYS, **key), "entries")
    check_equal(copier, copier.copy("plain", KEYS + ",", copy_replication_key=""), "plain")

    # Neither has a newer key: an edit, and a row that arrived late. And there is another column.
    copier.query(f"UPDATE {entries} SET amount = 5 WHERE workspace = 'w2'")
    copier.query(f"ALTER TABLE {entries} ADD COLUMN later STRING")
    copier.query(
        f"INSERT INTO {entries} (workspace, id, changed, later) VALUES"
        " ('w0', 1, TIMESTAMP '2020-01-01 00:00:00+00', 'late')"
    )
    done = copier.copy("entries", KEYS, **key)
    check_equal(copier, done, "entries")
    assert "Rows changed without a newer changed" in done.printed
    assert "later" in copier.rows("entries")[1][0]


def test_a_source_that_does_not_fit_leaves_the_copy_as_it_is(copier: Copier) -> None:
    table = made(copier, "orders")
    check_equal(copier, copier.copy("orders", KEYS), "orders")
    before = copier.rows("orders")[1]

    copier.query(f"INSERT INTO {table} (workspace, id, note) VALUES ('w1', 1, 'doubled')")
    done = copier.copy("orders", KEYS)
    assert done.code == 2
    assert "1 rows of `clockify-demo`.`billing`.`orders` have the key" in done.printed
    assert copier.rows("orders")[1] == before

    done = copier.copy("orders", "workspace, hours")
    assert done.code == 2
    assert "copy_key_columns names hours, a FLOAT64" in done.printed

    copier.query(f"DROP TABLE {table}")
    copier.query(f"CREATE TABLE {table} (workspace STRING, id STRING)")
    done = copier.copy("orders", KEYS)
    assert done.code == 2
    assert "The column id is STRING in" in done.printed
    assert copier.rows("orders")[1] == before
    assert "INT64 in `org-b`.`holding`.`orders`" in done.printed


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"copy_source_dataset": "a`; DROP"}, "copy_source_dataset is no valid name"),
        ({"copy_destination_dataset": None}, "copy_destination_dataset is missing"),
        ({"copy_destination_dataset": "a`; DROP"}, "copy_destination_dataset is no valid name"),
    ],
)
def test_names_are_checked_before_they_are_used(
    copier: Copier, variables: dict[str, str], sentence: str
) -> None:
    done = copier.copy("entries", **variables)
    assert done.code == 2
    assert sentence in done.printed
