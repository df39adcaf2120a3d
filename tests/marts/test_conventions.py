"""The conventions of dbt's project evaluator that matter here, over the manifest."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from clockify_sandbox.bigquery import LocalBigQuery
from dbt_runs import Dbt

from plugins import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from dbt_runs import DbtProcess

Node = dict[str, Any]

STAGING, INTERMEDIATE, MARTS = "stg_clockify__", "int_clockify__", "clockify__"
OPTIONAL = ("forecast_weeks", "approvals", "invoices", "expenses")
SIBLINGS = ("timecamp", "fitbit")
NOBODY = LocalBigQuery("http://127.0.0.1:9")


def parsed(process: DbtProcess, folder: Path, *arguments: str) -> Node:
    """Let dbt read the project, which takes no database, and return its manifest."""
    dbt = Dbt(process, NOBODY, folder)
    done = dbt("parse", *arguments)
    assert done.code == 0, done.printed[-2000:]
    found: Node = json.loads((folder / "target/manifest.json").read_text())
    return found


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory, dbt_process: DbtProcess) -> Node:
    return parsed(dbt_process, tmp_path_factory.mktemp("parsed"))


@pytest.fixture(scope="module")
def with_siblings(tmp_path_factory: pytest.TempPathFactory, dbt_process: DbtProcess) -> Node:
    on = {f"clockify__using_{name}": True for name in SIBLINGS}
    return parsed(dbt_process, tmp_path_factory.mktemp("siblings"), "--vars", json.dumps(on))


def of_type(manifest: Node, kind: str) -> list[Node]:
    return [node for node in manifest["nodes"].values() if node["resource_type"] == kind]


def names(nodes: Iterable[Node]) -> set[str]:
    return {node["name"] for node in nodes}


def test_every_model_has_a_room_a_description_and_described_columns(manifest: Node) -> None:
    rooms = {"staging": STAGING, "intermediate": INTERMEDIATE, "marts": MARTS}
    for model in of_type(manifest, "model"):
        assert model["name"].startswith(rooms[model["fqn"][1]]), model["name"]
        assert model["description"], model["name"]
        assert model["columns"], model["name"]
        for column in model["columns"].values():
            assert column["description"].endswith("."), (model["name"], column["name"])


def test_every_model_has_a_test_of_its_key(manifest: Node) -> None:
    tested = {
        node
        for test in of_type(manifest, "test")
        if (test.get("test_metadata") or {}).get("name") in {"unique", "unique_together"}
        for node in test["depends_on"]["nodes"]
    }
    assert {model["unique_id"] for model in of_type(manifest, "model")} == tested


def test_only_staging_reads_sources_each_its_own(manifest: Node) -> None:
    read = []
    for model in of_type(manifest, "model"):
        sources = [each for each in model["depends_on"]["nodes"] if each.startswith("source.")]
        assert len(sources) == (model["fqn"][1] == "staging"), model["name"]
        read += sources
    assert sorted(read) == sorted(manifest["sources"])


@pytest.mark.parametrize("name", SIBLINGS)
def test_each_table_of_a_sibling_is_staged_once(
    manifest: Node, with_siblings: Node, name: str
) -> None:
    models = [each for each in of_type(with_siblings, "model") if name in each["fqn"]]
    read = [source for model in models for source in model["depends_on"]["nodes"]]
    declared = [each for each in with_siblings["sources"] if f".{name}." in each]
    assert sorted(read) == sorted(declared)
    assert not any(f".{name}." in each for each in manifest["sources"])
    for model in models:
        assert model["name"].startswith(f"stg_{name}__")
        assert model["schema"] == f"{name}_staging"
        assert model["columns"].keys()
        assert all(column["description"] for column in model["columns"].values())


def test_nothing_reads_what_comes_after_it(manifest: Node) -> None:
    order = ["staging", "intermediate", "marts"]
    for model in of_type(manifest, "model"):
        own = order.index(model["fqn"][1])
        for each in model["depends_on"]["nodes"]:
            if each.startswith("model."):
                assert order.index(manifest["nodes"][each]["fqn"][1]) <= own, model["name"]


def test_marts_have_a_contract_and_a_proof_of_integrity(manifest: Node) -> None:
    marts = {
        each["unique_id"]: each for each in of_type(manifest, "model") if "marts" in each["fqn"]
    }
    assert all(mart["config"]["contract"]["enforced"] for mart in marts.values())
    assert all(mart["schema"] == "clockify_marts" for mart in marts.values())
    proved = {
        node
        for test in of_type(manifest, "test")
        if "integrity" in test["fqn"]
        for node in test["depends_on"]["nodes"]
    }
    assert marts.keys() <= proved


def test_the_proof_reads_sources_only(manifest: Node) -> None:
    for test in of_type(manifest, "test"):
        if "verify" in test["tags"]:
            assert all(each.startswith("source.") for each in test["depends_on"]["nodes"])
            assert test["config"]["store_failures"]


def test_no_package_is_needed() -> None:
    assert not (ROOT / "transform/packages.yml").exists()


def test_what_a_plan_lacks_can_be_switched_off(
    manifest: Node, tmp_path: Path, dbt_process: DbtProcess
) -> None:
    off = {
        f"clockify__using_{name}": False
        for name in ("scheduling_assignments", "approval_requests", "invoices", "expenses")
    }
    left = names(of_type(parsed(dbt_process, tmp_path, "--vars", json.dumps(off)), "model"))
    assert names(of_type(manifest, "model")) - left == {f"{MARTS}{name}" for name in OPTIONAL}
