"""The command line: what it prints, and its exit codes."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result
from clockify_fleet import checks
from clockify_fleet.cli import main
from clockify_fleet.database import JOBS, connected
from clockify_fleet.errors import FleetError
from clockify_fleet.jobs import Job, Jobs, Status, now
from clockify_fleet.processes import Runner
from sqlalchemy import update

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Apprise imports it where Python still has it.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

FIELDS = [
    "organization_id",
    "kind",
    "status",
    "job_id",
    "destination_dataset",
    "error_message",
    "created_at",
    "updated_at",
]


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a Meltano project."""
    for name in ("FLEET_DATABASE_URI", "FLEET_ALERT_URLS", "FLEET_FILE"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "meltano.yml").write_text(
        "default_environment: test\nenvironments:\n- name: test\n- name: prod\n"
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def jobs(project: Path) -> Iterator[Jobs]:
    engine = connected(None, project / ".meltano")
    yield Jobs(engine, Runner.this(project / ".meltano" / "fleet"))
    engine.dispose()


def fleet(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def ran(
    jobs: Jobs, name: str, status: Status, error: str | None = None, hours_ago: float = 0
) -> None:
    job_id = f"{name}-{hours_ago}"
    jobs.begin(Job(job_id, name, "clockify", f"{name}_clockify"))
    jobs.finish(job_id, status, error)
    with jobs.engine.begin() as connection:
        ended = now() - dt.timedelta(hours=hours_ago)
        connection.execute(update(JOBS).where(JOBS.c.job_id == job_id).values(updated_at=ended))


def configure(project: Path, *names: str) -> None:
    rows = [{"organization_id": name, "destination_dataset": f"{name}_clockify"} for name in names]
    (project / "fleet.yml").write_text(json.dumps({"organizations": rows}))


def shown(*arguments: str) -> list[dict[str, Any]]:
    result = fleet("status", "--json", *arguments)
    assert result.exit_code == 0, result.output
    found: list[dict[str, Any]] = json.loads(result.stdout)
    return found


def test_status_shows_the_last_job_of_each(project: Path, jobs: Jobs) -> None:
    configure(project, "acme", "globex")
    ran(jobs, "acme", Status.FAILED, "It failed.", hours_ago=2)
    ran(jobs, "acme", Status.SUCCESS, hours_ago=1)

    acme, globex = shown()

    assert list(acme) == FIELDS
    assert (acme["organization_id"], acme["status"], acme["error_message"]) == (
        "acme", "SUCCESS", None,
    )  # fmt: skip
    assert dt.datetime.fromisoformat(acme["updated_at"]).tzinfo
    assert (globex["status"], globex["kind"]) == (None, "clockify")
    assert [row["status"] for row in shown("--history", "9")] == ["SUCCESS", "FAILED"]
    table = fleet("status").output
    assert "acme" in table
    assert "never ran" in table


def test_status_knows_that_a_runner_was_killed(project: Path, jobs: Jobs) -> None:
    dead = Runner(jobs.runner.machine, 2**22 + 1, 0)
    Jobs(jobs.engine, dead).begin(Job("1", "acme", "clockify", "acme_clockify"))
    assert project.exists()

    assert [row["status"] for row in shown()] == ["FAILED"]


def test_silence_is_told(project: Path, jobs: Jobs) -> None:
    configure(project, "acme", "globex", "newcomer")
    ran(jobs, "acme", Status.SUCCESS, hours_ago=25)
    ran(jobs, "acme", Status.FAILED, "no", hours_ago=1)
    ran(jobs, "globex", Status.SUCCESS, hours_ago=27)

    result = fleet("check", "--max-age", "26h")

    messages = [json.loads(line)["message"] for line in result.stdout.splitlines()]
    assert result.exit_code == 1
    assert messages[0].startswith("globex last succeeded 27.0 hours ago")
    assert messages[1] == "newcomer has never succeeded."
    assert len(messages) == 2
    configure(project, "acme")
    assert fleet("check").exit_code == 0
    assert fleet("check", "--max-age", "24h").exit_code == 1


@pytest.mark.parametrize(("text", "hours"), [("90m", 1.5), ("26h", 26), ("2d", 48), ("0.5H", 0.5)])
def test_an_age_has_a_unit(text: str, hours: float) -> None:
    assert checks.age(text) == dt.timedelta(hours=hours)
    with pytest.raises(FleetError, match="is no age"):
        checks.age(text[:-1])


def test_an_organisation_is_added_and_checked(project: Path) -> None:
    added = fleet("add", "acme", "--destination-dataset", "acme_clockify", "--workspace-ids", "a,b")
    assert added.exit_code == 0
    assert "CLOCKIFY_API_KEY__ACME" in added.output
    assert "organization_id: acme" in (project / "fleet.yml").read_text()

    again = fleet("add", "acme", "--destination-dataset", "other")
    wrong = fleet("add", "Acme", "--destination-dataset", "a-b")
    assert (again.exit_code, wrong.exit_code) == (2, 2)
    assert "configured twice" in again.output
    assert "destination_dataset" in wrong.output


def test_an_organisation_is_added_to_the_database(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLEET_DATABASE_URI", f"sqlite:///{project}/other.db")

    assert "client_billing_config" in fleet("add", "acme", "--destination-dataset", "a").output

    assert not (project / "fleet.yml").exists()
    assert [row["organization_id"] for row in shown()] == ["acme"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("run",), "No organisation is configured"),
        (("check",), "No organisation is configured"),
        (("run", "nobody"), "No organisation is"),
        (("run", "--job-id", "1"), "Name one organisation"),
        (("--environment", "nowhere", "run"), 'has no environment "nowhere"'),
        (("check", "--max-age", "soon"), "is no age"),
        (("run", "--jobs", "0"), "--jobs"),
    ],
)
def test_what_cannot_begin_is_a_sentence(arguments: tuple[str, ...], sentence: str) -> None:
    result = fleet(*arguments)

    assert result.exit_code == 2
    assert sentence in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("uri", "sentence"),
    [
        ("nonsense", "is no address of a database"),
        ("oracle://user:secret@host/x", "is missing"),
        ("sqlite:////does/not/exist/fleet.db", "cannot be used"),
        ("postgresql://user:secret@127.0.0.1:1/x", "cannot be used"),
        ("mysql://user:secret@127.0.0.1:1/x", "cannot be used"),
    ],
)
def test_a_database_that_cannot_be_used_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, uri: str, sentence: str
) -> None:
    monkeypatch.setenv("FLEET_DATABASE_URI", uri)

    result = fleet("status")

    assert result.exit_code == 2
    assert sentence in result.output
    assert "FLEET_DATABASE_URI" in result.output
    assert "secret" not in result.output


def test_outside_a_project_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "meltano.yml").unlink()
    monkeypatch.chdir(tmp_path)

    result = fleet("status")

    assert result.exit_code == 2
    assert "There is no meltano.yml" in result.output


def test_addresses_of_alerts_are_checked_and_not_shown(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(project, "acme")
    monkeypatch.setenv("FLEET_ALERT_URLS", "nonsense://user:hidden@host")

    result = fleet("run")

    assert result.exit_code == 2
    assert "Address 1 of FLEET_ALERT_URLS" in result.output
    assert "hidden" not in result.output
