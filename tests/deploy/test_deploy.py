"""What can be checked of `deploy/` and of the workflows without a cloud."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import hcl2
import pytest
import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
ROLES = {
    "roles/bigquery.jobUser",
    "roles/bigquery.dataEditor",
    "roles/storage.objectUser",
    "roles/secretmanager.secretAccessor",
    "roles/run.invoker",
    "roles/run.jobsExecutorWithOverrides",
}
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def run(*command: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    found = Path(sys.executable).with_name(str(command[0]))
    executable = found if found.exists() else shutil.which(command[0])
    if executable is None:
        pytest.skip(f"{command[0]} is not installed here")
    return subprocess.run(  # noqa: S603 -- our own commands
        [executable, *command[1:]], text=True, capture_output=True, check=False, **options
    )


def resources() -> dict[str, dict[str, Any]]:
    """Return all resources as type.name."""
    found: dict[str, dict[str, Any]] = {}
    for path in DEPLOY.glob("*.tf"):
        with path.open(encoding="utf-8") as file:
            document = hcl2.load(file)
        for block in document.get("resource", []):
            for kind, named in block.items():
                for name, content in named.items():
                    found[f"{kind}.{name}".replace('"', "")] = content
    return found


def test_the_image_is_built_as_hadolint_wants_it() -> None:
    done = run("hadolint", DEPLOY / "Dockerfile")
    assert done.returncode == 0, done.stdout


def test_the_image_copies_what_exists() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    for line in re.findall(r"^COPY --chown=fleet:fleet (.*)$", text, re.MULTILINE):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists() or source == "fleet.ym[l]", source


def test_the_image_installs_every_plugin_of_the_fleet() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    installed = set(re.findall(r"meltano install \w+ (\S+)", text))
    project = (ROOT / "packages/clockify-fleet/clockify_fleet/project.py").read_text()
    used = set(re.findall(r'^(?:TAP|LOADER|DBT|BIGQUERY_TAP) = "(.*)"$', project, re.MULTILINE))
    assert installed == used


@pytest.mark.parametrize("name", [".env", "gha-creds-*.json", ".meltano", ".git", ".sandbox"])
def test_the_image_holds_no_secret(name: str) -> None:
    assert name in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()


def test_terraform_is_formatted() -> None:
    done = run("terraform", "fmt", "-check", "-list=true", DEPLOY)
    assert done.returncode == 0, done.stdout


def test_secrets_have_no_value_and_roles_are_the_least() -> None:
    found = resources()
    text = "".join(path.read_text(encoding="utf-8") for path in DEPLOY.glob("*.tf"))
    assert not [name for name in found if "secret_version" in name]
    assert set(re.findall(r"roles/[\w.]+", text)) == ROLES
    assert not [name for name in found if "service_account_key" in name]
    projectwide = [each for name, each in found.items() if "project_iam" in name]
    assert [each["role"].strip('"') for each in projectwide] == ["roles/bigquery.jobUser"]


def test_the_job_is_sharded_and_the_state_has_versions() -> None:
    found = resources()
    job = found["google_cloud_run_v2_job.fleet"]["template"][0]
    assert "var.tasks" in str(job["task_count"])
    bucket = found["google_storage_bucket.state"]
    assert bucket["versioning"][0]["enabled"] is True
    assert "enforced" in bucket["public_access_prevention"]
    policy = found["google_monitoring_alert_policy.errors"]
    assert "severity>=ERROR" in str(policy["conditions"])
    assert "26h" in str(found["google_cloud_scheduler_job.fleet"])


def test_workflows_are_valid() -> None:
    done = run(
        "check-jsonschema", "--builtin-schema", "vendor.github-workflows", *WORKFLOWS,
        env={**os.environ, "NO_COLOR": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_may_do_little_and_has_no_key(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {"contents": "read"}
    assert "credentials_json" not in text
    for name, job in workflow["jobs"].items():
        if "google-github-actions/auth" in str(job):
            assert job["permissions"] == {"contents": "read", "id-token": "write"}, name
            assert "vars." in job["if"], name
