"""The proof fails for each thing that can be wrong in the tables, and says where."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from clockify_sandbox.bigquery import running
from clockify_sandbox.world import edits
from conftest import Warehouse
from dbt_runs import Dbt
from support import NOW, agency, only_workspace, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dbt_runs import DbtProcess

pytestmark = pytest.mark.bigquery

SUMMARY = "dl_clockify.summary_time_entry_report"
ENTRIES = "dl_clockify.time_entries"
RUNS = "dl_clockify.sync_runs"
RECENT = NOW - dt.timedelta(days=60)


@pytest.fixture(scope="module")
def loaded(warehouse: Warehouse) -> Warehouse:
    """Load a small agency of ten weeks, twice: the second run removes an entry."""
    world = agency(people=4, days=70, entries_per_day=1.0)
    warehouse.sync(world)
    w = only_workspace(world)
    entry = next(each for each in world[w].entries if each.start > RECENT and each.seconds > 0)
    edits.delete_entry(world, w, entry.id)
    world.clock.advance(dt.timedelta(hours=1))
    warehouse.sync(world)
    return warehouse


@pytest.fixture
def tables(loaded: Warehouse) -> Iterator[Warehouse]:
    """Undo what a test changes in these three tables."""
    copied = {name: f"kept_{name.rpartition('.')[2]}" for name in (SUMMARY, ENTRIES, RUNS)}
    for name, copy in copied.items():
        loaded.bigquery.query(f"CREATE OR REPLACE TABLE dl_clockify.{copy} AS SELECT * FROM {name}")
    yield loaded
    for name, copy in copied.items():
        loaded.bigquery.query(f"DELETE FROM {name} WHERE TRUE")
        loaded.bigquery.query(f"INSERT INTO {name} SELECT * FROM dl_clockify.{copy}")


def one(warehouse: Warehouse, sql: str) -> dict[str, Any]:
    rows = warehouse.bigquery.query(sql)
    assert rows, sql
    return rows[0]


def live(warehouse: Warehouse, table: str, number: int) -> dict[str, Any]:
    """Pick a live row with time, of a day that no other pick has."""
    return one(
        warehouse,
        f"SELECT * FROM {table} WHERE NOT is_deleted AND duration_decimal > 1"
        f" QUALIFY ROW_NUMBER() OVER (PARTITION BY date ORDER BY user_id) = 1"
        f" ORDER BY date LIMIT 1 OFFSET {number}",
    )


def failed(warehouse: Warehouse) -> str:
    """Run the proof, which must fail; return what it printed."""
    done = warehouse.dbt.verify()
    assert done.code == 1, done.printed[-3000:]
    return done.printed


def test_after_a_load_everything_passes(loaded: Warehouse) -> None:
    done = loaded.dbt.verify()
    assert done.code == 0, done.printed[-3000:]
    assert "ERROR=0" in done.printed


def test_a_wrong_row_is_named_with_its_day_and_both_figures(tables: Warehouse) -> None:
    row = live(tables, SUMMARY, 3)
    cost = one(tables, f"SELECT * FROM {ENTRIES} WHERE cost_amount > 0 AND NOT is_deleted LIMIT 1")
    gone = one(tables, f"SELECT * FROM {ENTRIES} WHERE is_deleted LIMIT 1")
    tables.bigquery.query(
        f"UPDATE {SUMMARY} SET duration_decimal = duration_decimal + 0.5"
        f" WHERE date = '{row['date']}' AND user_id = '{row['user_id']}'"
        f" AND project_id = '{row['project_id']}' AND tag_id = '{row['tag_id']}'"
    )
    tables.bigquery.query(
        f"UPDATE {ENTRIES} SET cost_amount = cost_amount + 5 WHERE id = '{cost['id']}'"
    )
    tables.bigquery.query(f"UPDATE {ENTRIES} SET duration_decimal = 2.0 WHERE id = '{gone['id']}'")
    printed = failed(tables)
    sums = one(
        tables,
        "SELECT message, clockify_hours, hours_in_table"
        " FROM clockify_verify.verify_summary_equals_clockify",
    )
    assert sums["hours_in_table"] == pytest.approx(sums["clockify_hours"] + 0.5)
    assert sums["message"] in printed
    assert f"{row['date']}, person {row['user_id']}" in printed
    assert f"entry {cost['id']}: a cost of" in printed
    assert f"{gone['date']}: a row of time_entries that is gone from Clockify has 2.0" in printed


def test_a_lost_load_is_noticed(tables: Warehouse) -> None:
    row = live(tables, ENTRIES, 5)
    tables.bigquery.query(f"DELETE FROM {ENTRIES} WHERE date = '{row['date']}'")
    late = live(tables, SUMMARY, 8)["date"]
    paid = one(tables, f"SELECT * FROM {ENTRIES} WHERE amount > 0 ORDER BY date DESC LIMIT 1")
    tables.bigquery.query(f"UPDATE {ENTRIES} SET currency = 'JPY' WHERE date = '{paid['date']}'")
    tables.bigquery.query(
        f"UPDATE {SUMMARY} SET import_timestamp = '2026-03-31 15:00:00' WHERE date = '{late}'"
        " AND NOT is_deleted"
    )
    printed = failed(tables)
    assert "hours of time_entries, and its rows in the table have" in printed
    assert f"{late}: " in printed
    assert f"{paid['date']}, person" in printed
    assert " JPY." in printed
    assert "live rows of summary are older than the last run" in printed
    assert f"{row['date']}, person" in printed


def test_a_null_total_does_not_pass(tables: Warehouse) -> None:
    tables.bigquery.query(f"UPDATE {RUNS} SET clockify_hours = NULL WHERE stream = 'summary'")
    printed = failed(tables)
    assert "verify_summary_equals_clockify: 1 found." in printed
    assert "the run did not ask Clockify for its totals" in printed


def test_a_workspace_without_a_run_does_not_pass(tables: Warehouse) -> None:
    workspace = one(tables, f"SELECT workspace_id FROM {RUNS} LIMIT 1")["workspace_id"]
    tables.bigquery.query(f"DELETE FROM {RUNS} WHERE stream = 'time_entries'")
    tables.bigquery.query(f"DELETE FROM {RUNS} WHERE stream = 'projects'")
    printed = failed(tables)
    assert "live rows, but sync_runs has no run that read them" in printed
    assert f"Workspace {workspace}: no finished run of time_entries is in sync_runs" in printed


def test_lists_and_keys(loaded: Warehouse) -> None:
    client = one(loaded, "SELECT id FROM dl_clockify.clients WHERE NOT is_deleted LIMIT 1")["id"]
    insert = "INSERT INTO dl_clockify.projects (id, workspaceId, is_deleted, import_timestamp)"
    loaded.bigquery.query(
        f"{insert} SELECT NULL, workspaceId, FALSE, import_timestamp"
        " FROM dl_clockify.projects LIMIT 1"
    )
    loaded.bigquery.query(f"DELETE FROM dl_clockify.clients WHERE id = '{client}'")
    try:
        printed = failed(loaded)
    finally:
        loaded.bigquery.query("DELETE FROM dl_clockify.projects WHERE id IS NULL")
    assert "clients: the last run sent" in printed
    assert "projects: the last run sent" in printed
    assert "projects: 1 rows with id null." in printed


def test_amounts_that_clockify_rounds_are_no_alarm(tmp_path: Path, dbt_process: DbtProcess) -> None:
    with running() as bigquery, pytest.MonkeyPatch.context() as patch:
        patch.setenv("BIGQUERY_EMULATOR_HOST", bigquery.url)
        warehouse = Warehouse(Dbt(dbt_process, bigquery, tmp_path))
        unloaded = warehouse.dbt.verify()
        assert unloaded.code == 1
        assert "sync_runs has no finished run at all." in unloaded.printed
        world = agency(people=4, days=70, entries_per_day=1.0)
        with serving(world, totals_null="always") as server:
            warehouse.sync_from(server)
        done = warehouse.dbt.verify()
        assert done.code == 0, done.printed[-3000:]
