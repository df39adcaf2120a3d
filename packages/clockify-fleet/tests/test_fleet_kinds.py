"""The commands of copies, and what their environments add."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from clockify_fleet.kinds import Request, Step, run_id_of, steps
from clockify_fleet.proof import Warehouse
from fleet_support import organization_of

if TYPE_CHECKING:
    from fleet_support import Bench

WAREHOUSE = Warehouse({"project": "warehouse", "location": "EU"}, None)
COPY: dict[str, Any] = {
    "source_dataset": "acme",
    "destination_dataset": "holding",
    "destination_table": "a,b",
    "key_columns": "id",
}


def steps_of(bench: Bench, **fields: Any) -> list[Step]:
    organization = organization_of("holding", **{**COPY, **fields})
    request = Request(organization, "11111111-1111-4111-8111-111111111111")
    return steps(request, bench.fleet.project, WAREHOUSE, bench.folder / "job")


def test_each_table_is_a_merge_of_its_own(bench: Bench) -> None:
    found = steps_of(
        bench, kind="bigquery", source_project="other", location="US",
        replication_key="changed", settings={"proof": False},
    )  # fmt: skip

    assert [json.loads(step.command[-1])["copy_table"] for step in found] == ["a", "b"]
    assert json.loads(found[0].command[-1]) == {
        "copy_source_project": "other",
        "copy_source_dataset": "acme",
        "copy_destination_project": "warehouse",
        "copy_destination_dataset": "holding",
        "copy_table": "a",
        "copy_key_columns": ["id"],
        "copy_replication_key": "changed",
        "copy_proof": False,
    }
    assert found[0].command[-5:-1] == ("invoke", "--no-install", "dbt-bigquery:copy", "--vars")
    assert found[0].variables == {
        "DBT_TARGET_PATH": str(bench.folder / "job" / "target"),
        "DBT_LOG_PATH": str(bench.folder / "job" / "logs"),
        "DBT_LOG_FORMAT": "json",
        "TARGET_BIGQUERY_STRICT_LOCATION": "US",
    }


def test_a_copy_by_tap_names_its_tables_and_keys(bench: Bench) -> None:
    (step,) = steps_of(bench, kind="bigquery-tap", settings={"maximum_bytes_billed": 5})

    assert step.command[-2:] == ("tap-bigquery-strict", "target-bigquery-strict")
    state_id = step.command[step.command.index("--state-id") + 1]
    assert state_id == "test:tap-bigquery-strict-to-target-bigquery-strict:holding"
    assert step.variables == {
        "TAP_BIGQUERY_STRICT_PROJECT": "warehouse",
        "TAP_BIGQUERY_STRICT_SOURCE_PROJECT": "warehouse",
        "TAP_BIGQUERY_STRICT_DATASET": "acme",
        "TAP_BIGQUERY_STRICT_TABLES": json.dumps(
            [{"name": name, "key_columns": ["id"]} for name in ("a", "b")]
        ),
        "TAP_BIGQUERY_STRICT_MAXIMUM_BYTES_BILLED": "5",
        "TARGET_BIGQUERY_STRICT_PROJECT": "warehouse",
        "TARGET_BIGQUERY_STRICT_DATASET": "holding",
        "TARGET_BIGQUERY_STRICT_HARD_DELETE": "true",
    }
    (marked,) = steps_of(bench, kind="bigquery-tap", replication_key="changed")
    assert marked.variables["TARGET_BIGQUERY_STRICT_HARD_DELETE"] == "false"


def test_every_job_has_a_run_id_of_meltano() -> None:
    assert run_id_of("11111111-1111-4111-8111-111111111111")[:8] == "11111111"
    assert run_id_of("monday-1") == run_id_of("monday-1") != run_id_of("monday-2")
