"""Starts a job for the endpoint: a child process here, or the Cloud Run job."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from google.auth import default
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import AuthorizedSession
from requests import RequestException

from clockify_fleet.errors import FleetError
from clockify_fleet.organizations import KEY_PREFIX, key_variable

if TYPE_CHECKING:
    from clockify_fleet.events import Events
    from clockify_fleet.jobs import Jobs

VARIABLE = "FLEET_CLOUD_RUN_JOB"
CLOUD_RUN = "https://run.googleapis.com/v2"
SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)
TIMEOUT_SECONDS = 30


def _arguments(organization_id: str, job_id: str, *, full_refresh: bool) -> list[str]:
    refresh = ["--full-refresh"] if full_refresh else []
    return ["run", organization_id, "--job-id", job_id, *refresh]


@dataclass
class ChildProcesses:
    """Runs each job in a process of its own; those that are too many wait."""

    options: tuple[str, ...]
    """Options of the command that come before `run`."""
    jobs: Jobs
    events: Events
    waiting: set[str]
    """Ids of jobs that are not begun yet; their heartbeat is the endpoint's task."""
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(max_workers=4))

    def start(self, organization_id: str, job_id: str, *, full_refresh: bool) -> None:
        """Start the job, or let it wait for a free process."""
        self.waiting.add(job_id)
        arguments = _arguments(organization_id, job_id, full_refresh=full_refresh)
        own = key_variable(organization_id)
        variables = {
            name: value
            for name, value in os.environ.items()
            if name == own or not name.startswith(KEY_PREFIX)
        }
        self.pool.submit(self._run, job_id, arguments, variables)

    def _run(self, job_id: str, arguments: list[str], variables: dict[str, str]) -> None:
        command = [sys.executable, "-m", "clockify_fleet", *self.options, *arguments]
        try:
            code = subprocess.run(  # noqa: S603 -- our own command
                command, env=variables, stdin=subprocess.DEVNULL, check=False
            ).returncode
            reason = f"The job's process ended with exit code {code} before the job had begun."
        except OSError as error:
            reason = f"The job's process could not be started: {error}"
        finally:
            self.waiting.discard(job_id)
        self.jobs.fail_unless_begun(job_id, reason)


@dataclass(frozen=True)
class CloudRunJob:
    """Starts an execution of a Cloud Run job by one authorised request."""

    name: str
    """projects/PROJECT/locations/LOCATION/jobs/JOB"""
    url: str = CLOUD_RUN

    def start(self, organization_id: str, job_id: str, *, full_refresh: bool) -> None:
        """Start the execution.

        Raises:
            FleetError: Cloud Run refuses, or does not answer.
        """
        arguments = _arguments(organization_id, job_id, full_refresh=full_refresh)
        overrides = {"containerOverrides": [{"args": arguments}], "taskCount": 1}
        try:
            session = AuthorizedSession(default(scopes=SCOPES)[0])
            answer = session.post(
                f"{self.url}/{self.name}:run",
                json={"overrides": overrides},
                timeout=TIMEOUT_SECONDS,
            )
        except (GoogleAuthError, RequestException) as error:
            raise FleetError(
                f"Cloud Run was not reached to start {self.name} ({type(error).__name__})."
            ) from None
        if not answer.ok:
            raise FleetError(
                f"Cloud Run refused to start {self.name} with status {answer.status_code}. The"
                " account needs run.jobs.runWithOverrides on it."
            )
