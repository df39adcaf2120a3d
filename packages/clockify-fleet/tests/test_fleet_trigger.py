"""The endpoint for pushes of Pub/Sub."""

from __future__ import annotations

import base64
import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from clockify_fleet.database import connected
from clockify_fleet.errors import FleetError
from clockify_fleet.events import Events
from clockify_fleet.jobs import Begin, Job, Jobs
from clockify_fleet.organizations import Unusable
from clockify_fleet.processes import Runner
from clockify_fleet.starters import ChildProcesses, CloudRunJob
from clockify_fleet.trigger import app
from fastapi.testclient import TestClient
from fleet_support import organization_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ORGANIZATIONS = [
    organization_of("acme"),
    organization_of("off", enabled=False),
    Unusable("wrong", "Its row is wrong."),
]


class Endpoint:
    """The endpoint, with a starter that only notes what it is asked for."""

    def __init__(self, jobs: Jobs) -> None:
        """Serve with a job table."""
        self.jobs = jobs
        self.started: list[tuple[str, str, bool]] = []
        self.error: FleetError | None = None
        self.client = TestClient(app(lambda: ORGANIZATIONS, jobs, self, Events()))

    def start(self, organization_id: str, job_id: str, *, full_refresh: bool) -> None:
        if self.error:
            raise self.error
        self.started.append((organization_id, job_id, full_refresh))

    def push(self, data: Any, message_id: str = "1") -> tuple[int, dict[str, Any]]:
        text = data if isinstance(data, bytes) else json.dumps(data).encode()
        message = {
            "data": base64.b64encode(text).decode(),
            "messageId": message_id,
            "publishTime": "2026-11-25T06:00:00Z",
            "attributes": {},
        }
        return self.post({"message": message, "subscription": "projects/p/subscriptions/s"})

    def post(self, body: Any) -> tuple[int, dict[str, Any]]:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = self.client.post("/", content=content)
        return answer.status_code, answer.json()


@pytest.fixture
def jobs(tmp_path: Path) -> Iterator[Jobs]:
    engine = connected(None, tmp_path)
    yield Jobs(engine, Runner.this(tmp_path))
    engine.dispose()


@pytest.fixture
def endpoint(jobs: Jobs) -> Endpoint:
    return Endpoint(jobs)


def test_a_push_starts_the_job_that_it_names(endpoint: Endpoint) -> None:
    asked = {"organization_id": "acme", "job_id": "monday-1", "full_refresh": True}
    status, answer = endpoint.push(asked)

    assert (status, answer["job_id"]) == (202, "monday-1")
    assert endpoint.started == [("acme", "monday-1", True)]
    assert endpoint.jobs.latest()["acme"]["status"] == "IN_PROGRESS"


def test_a_push_that_is_delivered_again_starts_nothing(endpoint: Endpoint) -> None:
    asked = {"organization_id": "acme"}
    statuses = [endpoint.push(asked, message)[0] for message in ("1", "1", "2")]
    statuses += [endpoint.push({**asked, "job_id": "named"}, message)[0] for message in ("3", "4")]

    assert statuses == [202, 200, 202, 202, 200]
    assert len(endpoint.started) == 3


def test_a_message_has_its_id_under_either_name(endpoint: Endpoint) -> None:
    data = base64.b64encode(b'{"organization_id": "acme"}').decode()
    statuses = [
        endpoint.post({"message": {"data": data, name: "7"}})[0]
        for name in ("messageId", "message_id")
    ]
    assert statuses == [202, 200]


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({}, "organization_id"),
        ({"organization_id": "Acme!"}, "organization_id"),
        ({"organization_id": 5}, "organization_id"),
        ({"organization_id": "unknown"}, "organization_id"),
        ({"organization_id": "off"}, "organization_id"),
        ({"organization_id": "wrong"}, "organization_id"),
        ({"organization_id": "acme", "job_id": "a b"}, "job_id"),
        ({"organization_id": "acme", "job_id": ""}, "job_id"),
        ({"organization_id": "acme", "full_refresh": "yes"}, "full_refresh"),
        ({"organization_id": "acme", "organisation": 1}, "organisation"),
        ([], "message.data"),
        (b"\xff", "message.data"),
        (b"", "message.data"),
        (b"no json", "message.data"),
    ],
)
def test_what_is_wrong_with_a_message_is_named(endpoint: Endpoint, data: Any, field: str) -> None:
    status, answer = endpoint.push(data)

    assert (status, answer["field"]) == (400, field)
    assert field.rpartition(".")[2] in answer["error"]
    assert endpoint.started == []
    assert endpoint.jobs.history() == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", "body"),
        (b"[]", "body"),
        ({}, "message"),
        ({"message": {"messageId": "1"}}, "message.data"),
        ({"message": {"data": "e30="}}, "message.messageId"),
        ({"message": {"data": "no base64!", "messageId": "1"}}, "message.data"),
    ],
)
def test_what_is_wrong_with_a_push_is_named(endpoint: Endpoint, body: Any, field: str) -> None:
    status, answer = endpoint.post(body)

    assert (status, answer["field"]) == (400, field)


def test_a_push_whose_job_cannot_be_started_may_come_again(endpoint: Endpoint) -> None:
    endpoint.error = FleetError("Cloud Run refused.")
    status, answer = endpoint.push({"organization_id": "acme"})
    assert (status, answer["error"]) == (503, "Cloud Run refused.")
    assert endpoint.jobs.history() == []

    endpoint.error = None
    assert endpoint.push({"organization_id": "acme"})[0] == 202


def test_a_child_process_that_does_not_begin_the_job_is_noticed(jobs: Jobs) -> None:
    starter = ChildProcesses(
        ("--file", "/does/not/exist", "--no-such-option"), jobs, Events(), set()
    )
    organization = organization_of("acme")
    jobs.accept(Job("1", "acme", "clockify", organization.destination_dataset))
    starter.start("acme", "1", full_refresh=False)
    starter.pool.shutdown(wait=True)

    row = jobs.latest()["acme"]
    assert row["status"] == "FAILED"
    assert "exit code 2" in row["error_message"]
    assert jobs.begin(Job("2", "acme", None, None)) is Begin.BEGUN


class Cloud:
    """A session that notes the request and answers as it is told."""

    def __init__(self, status: int) -> None:
        """Answer with a status."""
        self.status, self.asked = status, list[Any]()

    @property
    def ok(self) -> bool:
        return self.status < 400

    @property
    def status_code(self) -> int:
        return self.status

    def post(self, url: str, **asked: Any) -> Cloud:
        self.asked.append((url, asked["json"]))
        return self


def test_the_cloud_run_job_is_started_with_the_arguments_of_the_job(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cloud = Cloud(200)
    monkeypatch.setattr("clockify_fleet.starters.default", lambda scopes: (None, "p"))  # noqa: ARG005
    monkeypatch.setattr("clockify_fleet.starters.AuthorizedSession", lambda _: cloud)
    job = CloudRunJob("projects/p/locations/l/jobs/fleet")

    job.start("acme", "1", full_refresh=True)

    arguments = ["run", "acme", "--job-id", "1", "--full-refresh"]
    overrides = {"containerOverrides": [{"args": arguments}], "taskCount": 1}
    assert cloud.asked == [
        ("https://run.googleapis.com/v2/projects/p/locations/l/jobs/fleet:run",
         {"overrides": overrides})
    ]  # fmt: skip
    cloud.status = 403
    with pytest.raises(FleetError, match="status 403"):
        job.start("acme", "1", full_refresh=False)


def test_a_child_process_knows_the_key_of_its_organisation_alone(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ACME", "ACME_2", "GLOBEX"):
        monkeypatch.setenv(f"CLOCKIFY_API_KEY__{name}", f"key of {name}")
    monkeypatch.setenv("FLEET_DATABASE_URI", "passed on")
    seen: list[tuple[list[str], dict[str, str]]] = []

    def run(command: list[str], env: dict[str, str], **_: Any) -> Any:
        seen.append((command, env))
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr("clockify_fleet.starters.subprocess.run", run)
    starter = ChildProcesses(("--file", "f"), jobs, Events(), set())
    starter.start("acme", "1", full_refresh=True)
    starter.pool.shutdown(wait=True)

    ((command, environment),) = seen
    assert command[3:] == ["--file", "f", "run", "acme", "--job-id", "1", "--full-refresh"]
    assert [name for name in environment if name.startswith("CLOCKIFY_")] == [
        "CLOCKIFY_API_KEY__ACME"
    ]
    assert environment["FLEET_DATABASE_URI"] == "passed on"
