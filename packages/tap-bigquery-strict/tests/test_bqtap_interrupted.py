"""A run that fails or is killed takes nothing away from the copy, and the next one completes it."""

from __future__ import annotations

import io
import json
import subprocess
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any

import pytest
from bqtap_support import CONFIG, COPY, SOURCE, Bench, command_of, rows_of, target_config
from tap_bigquery_strict import streams
from tap_bigquery_strict.errors import ExtractError
from target_bigquery_strict.target import TargetBigQueryStrict

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator
    from pathlib import Path

MANY = 12_000
"""More rows than the SDK sends between two messages of STATE."""


@pytest.fixture
def table(bench: Bench) -> Iterator[str]:
    """Make a table with a row for each of three days."""
    bench.bigquery.query(
        f"CREATE OR REPLACE TABLE {SOURCE}.k (id INT64, v INT64, changed TIMESTAMP)"
    )
    bench.bigquery.query(
        f"INSERT INTO {SOURCE}.k (id, v, changed) VALUES"
        " (1, 1, TIMESTAMP '2026-01-01 00:00:00+00'),"
        " (2, 2, TIMESTAMP '2026-01-02 00:00:00+00'), (3, 3, TIMESTAMP '2026-01-03 00:00:00+00')"
    )
    yield "k"
    for place in (SOURCE, COPY):
        bench.bigquery.query(f"DROP TABLE IF EXISTS {place}.k")


def held(bench: Bench, dataset: str) -> list[tuple[Any, Any]]:
    rows = bench.bigquery.query(f"SELECT id, v FROM {dataset}.k ORDER BY id")
    return [(row["id"], row["v"]) for row in rows]


def load(text: str) -> None:
    """Load a part of what a tap has sent, as if it had been killed then."""
    target = TargetBigQueryStrict(config=target_config())
    try:
        with redirect_stdout(io.StringIO()):
            target.listen(io.BytesIO(text.encode()))  # type: ignore[arg-type]
    finally:
        target.close()


def is_record(line: str) -> bool:
    return bool(json.loads(line)["type"] == "RECORD")


def test_the_version_is_activated_after_the_last_row(bench: Bench, table: str) -> None:
    messages = bench.read(table, key_columns="id")

    kinds = [message["type"] for message in messages if message["type"] != "STATE"]
    assert kinds == ["SCHEMA", "RECORD", "RECORD", "RECORD", "ACTIVATE_VERSION"]
    (version,) = {m["version"] for m in messages if m["type"] in ("RECORD", "ACTIVATE_VERSION")}
    assert version


def test_an_empty_table_activates_its_version_too(bench: Bench, table: str) -> None:
    bench.bigquery.query(f"DELETE FROM {SOURCE}.{table} WHERE TRUE")
    assert [m["type"] for m in bench.read(table, key_columns="id")].count("ACTIVATE_VERSION") == 1


def test_a_run_that_fails_leaves_the_copy_as_it_was(
    bench: Bench, table: str, tmp_path: Path
) -> None:
    bench.copy([table], key_columns="id")
    bench.bigquery.query(f"INSERT INTO {SOURCE}.{table} (id, v) VALUES (1, 9)")
    config, target = tmp_path / "tap.json", tmp_path / "target.json"
    config.write_text(json.dumps({**CONFIG, "tables": table, "key_columns": "id"}))
    target.write_text(json.dumps(target_config()))

    sent = subprocess.run(
        command_of("tap_bigquery_strict.tap", config), capture_output=True, text=True, check=False
    )
    loaded = subprocess.run(
        command_of("target_bigquery_strict.target", target),
        input=sent.stdout, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (sent.returncode, loaded.returncode) == (1, 0), loaded.stderr
    assert "have the key (id) of another row" in sent.stderr
    assert held(bench, COPY) == [(1, 1), (2, 2), (3, 3)]


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_a_full_copy_that_is_killed_removes_nothing(bench: Bench, table: str, rows: int) -> None:
    bench.copy([table], key_columns="id")
    bench.bigquery.query(f"UPDATE {SOURCE}.{table} SET v = v + 10 WHERE TRUE")
    bench.read(table, key_columns="id")
    lines = bench.sent.splitlines(keepends=True)
    records = [number for number, line in enumerate(lines) if is_record(line)]

    load("".join(lines[: records[rows]]))

    assert [row for row, _ in held(bench, COPY)] == [1, 2, 3]
    bench.copy([table], key_columns="id")
    assert held(bench, COPY) == held(bench, SOURCE)


def test_a_state_amid_a_table_removes_nothing(
    bench: Bench, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.copy([table], key_columns="id")
    monkeypatch.setattr(streams.TableStream, "STATE_MSG_FREQUENCY", 1)
    bench.read(table, key_columns="id")
    lines = bench.sent.splitlines(keepends=True)
    kinds = [json.loads(line)["type"] for line in lines]
    amid = kinds.index("STATE", kinds.index("RECORD"))
    assert "RECORD" in kinds[amid:]

    load("".join(lines[: amid + 1]))

    assert [row for row, _ in held(bench, COPY)] == [1, 2, 3]


def test_an_incremental_copy_that_is_killed_is_completed_by_the_next(
    bench: Bench, table: str
) -> None:
    tables = [{"name": table, "key_columns": "id", "replication_key": "changed"}]
    bench.copy(tables)
    bookmark = json.dumps(bench.state)
    bench.bigquery.query(
        f"INSERT INTO {SOURCE}.{table} (id, v, changed) SELECT n, n, TIMESTAMP"
        f" '2026-02-01 00:00:00+00' FROM UNNEST(GENERATE_ARRAY(10, {MANY})) AS n"
    )
    bench.read(tables)
    lines = bench.sent.splitlines(keepends=True)
    states = [json.loads(line)["value"] for line in lines[:-1] if '"STATE"' in line]
    cut = lines[: len(lines) - 1000]

    load("".join(cut))
    # The state that a killed run leaves is the last one that it had sent.
    bench.state = next(
        (json.loads(line)["value"] for line in reversed(cut) if '"STATE"' in line),
        json.loads(bookmark),
    )
    bench.copy(tables)

    assert states
    assert held(bench, COPY) == held(bench, SOURCE)


def test_rows_that_arrive_during_a_run_are_read_by_the_next(
    bench: Bench, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.bigquery.query(f"CREATE OR REPLACE VIEW {SOURCE}.kv AS SELECT * FROM {SOURCE}.{table}")
    checked: Callable[..., Any] = streams.TableStream._checked
    arriving = iter([20, 21])

    def meanwhile(self: streams.TableStream, instant: dt.datetime) -> Any:
        newest = checked(self, instant)
        for number in arriving:
            bench.bigquery.query(
                f"INSERT INTO {SOURCE}.k (id, v, changed) VALUES"
                f" ({number}, 0, TIMESTAMP '2026-03-01 00:00:{number}+00')"
            )
        return newest

    monkeypatch.setattr(streams.TableStream, "_checked", meanwhile)
    for name in ("kv", table):
        bench.state = {}
        tables = [{"name": name, "key_columns": "id", "replication_key": "changed"}]
        first = [row["id"] for row in rows_of(bench.read(tables))]
        second = [row["id"] for row in rows_of(bench.read(tables))]

        # A view has no past, but the bound was fixed before the query.
        if name == "kv":
            assert sorted(first) == [1, 2, 3]
            assert sorted(second) == [3, 20, 21]
        arriving = iter([30]) if name == "kv" else arriving
    assert sorted(first) == [1, 2, 3, 20, 21]
    assert sorted(second) == [21, 30]


def test_a_forced_full_copy_has_no_bound(bench: Bench, table: str) -> None:
    tables = [{"name": table, "key_columns": "id", "replication_key": "changed"}]
    bench.read(tables)
    tap = bench.tap(tables)
    (stream,) = tap.streams.values()
    stream.forced_replication_method = "FULL_TABLE"

    assert sorted(row["id"] for row in stream.get_records(None)) == [1, 2, 3]
    assert stream._bounds(None, "2026-01-03T00:00:00+00:00") == ("", [])  # type: ignore[attr-defined]


def test_a_bookmark_that_is_no_value_is_a_sentence(bench: Bench, table: str) -> None:
    bookmark = {"replication_key": "changed", "replication_key_value": "rubbish"}
    bench.state = {"bookmarks": {table: bookmark}}

    with pytest.raises(ExtractError, match=r"bookmark of .*\.k .* no TIMESTAMP.*full refresh"):
        bench.read([{"name": table, "key_columns": "id", "replication_key": "changed"}])


def test_a_bookmark_of_another_replication_key_is_not_used(bench: Bench, table: str) -> None:
    bookmark = {"replication_key": "changed", "replication_key_value": "2026-01-03T00:00:00+00:00"}
    bench.state = {"bookmarks": {table: bookmark}}

    rows = rows_of(bench.read([{"name": table, "key_columns": "id", "replication_key": "v"}]))

    assert sorted(row["id"] for row in rows) == [1, 2, 3]
