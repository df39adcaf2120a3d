"""The run's row in the destination, on the local BigQuery; and the Meltano project."""

from __future__ import annotations

import datetime as dt
import os
import sys
from typing import TYPE_CHECKING

import pytest
from clockify_fleet.errors import FleetError
from clockify_fleet.jobs import now
from clockify_fleet.project import opened
from clockify_fleet.proof import Warehouse
from clockify_sandbox.bigquery import running
from fleet_support import organization_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture(scope="module")
def warehouse() -> Iterator[Warehouse]:
    """Provide a warehouse with the rows of one run, which began a minute ago, of two workspaces."""
    with running() as bigquery:
        bigquery.query("CREATE SCHEMA `clockify-demo`.acme_clockify")
        bigquery.query("CREATE SCHEMA `clockify-demo`.empty_clockify")
        table = "`clockify-demo`.acme_clockify.sync_runs"
        bigquery.query(f"CREATE TABLE {table} (workspace_id STRING, started_at TIMESTAMP)")
        began = (now() - MINUTE).isoformat()
        rows = ", ".join(f"('{name}', TIMESTAMP '{began}')" for name in ("w1", "w2"))
        bigquery.query(f"INSERT INTO {table} (workspace_id, started_at) VALUES {rows}")  # noqa: S608
        yield Warehouse({"project": "clockify-demo"}, bigquery.url)


def test_the_row_of_the_run_is_found(warehouse: Warehouse) -> None:
    warehouse.check_run(organization_of("acme"), now() - 2 * MINUTE)
    warehouse.check_run(organization_of("acme", workspace_ids="w1,w2"), now() - 2 * MINUTE)


def test_the_row_of_an_earlier_run_proves_nothing(warehouse: Warehouse) -> None:
    with pytest.raises(FleetError, match=r"acme_clockify\.sync_runs has no row of it, so"):
        warehouse.check_run(organization_of("acme"), now())


@pytest.mark.parametrize("name", ["empty", "missing"])
def test_a_table_that_is_missing_has_no_row(warehouse: Warehouse, name: str) -> None:
    with pytest.raises(FleetError, match="has no row of it"):
        warehouse.check_run(organization_of(name), now() - 2 * MINUTE)


def test_every_workspace_of_the_organisation_needs_a_row(warehouse: Warehouse) -> None:
    with pytest.raises(FleetError, match=r"for workspace w3\."):
        warehouse.check_run(organization_of("acme", workspace_ids="w1,w3"), now() - 2 * MINUTE)


def test_a_warehouse_that_does_not_answer_is_a_sentence() -> None:
    away = Warehouse({"project": "p", "credentials_path": "/does/not/exist"}, None)
    with pytest.raises(FleetError, match=r"could not look for its row.*FileNotFoundError|Default"):
        away.check_run(organization_of("acme"), now())
    with pytest.raises(FleetError, match="GCP_PROJECT_ID"):
        Warehouse({}, None).project_of(organization_of("acme"))


def test_variables_come_from_the_process_and_from_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "meltano.yml").write_text(
        'env: {PORT: "1", HOST: 127.0.0.1}\ndefault_environment: demo\nenvironments:\n'
        "- name: demo\n  env: {BIGQUERY_EMULATOR_HOST: 'http://$HOST:$PORT/$MISSING'}\n"
        "- name: prod\n"
    )
    (tmp_path / ".env").write_text("CLOCKIFY_API_KEY__ACME=in the file\nHOST=overridden\nBOTH=1\n")
    monkeypatch.setenv("BOTH", "2")
    (tmp_path / "deep").mkdir()
    monkeypatch.chdir(tmp_path / "deep")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    (tmp_path / "meltano").touch()

    with opened() as project:
        assert (project.root, project.environment) == (tmp_path, "demo")
        assert project.variables["CLOCKIFY_API_KEY__ACME"] == "in the file"
        assert project.variables["BOTH"] == "2"
        assert project.emulator() == "http://127.0.0.1:1/$MISSING"
        assert project.no_env_file.read_text() == ""
        assert "CLOCKIFY_API_KEY__ACME" not in project.child_variables({})
    with opened("prod") as project:
        assert project.emulator() is None
    assert not os.path.exists(project.no_env_file)  # noqa: PTH110
