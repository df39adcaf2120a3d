"""One organisation's job, from its start in the job table to its end."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from clockify_fleet import jobs as jobs_table
from clockify_fleet.errors import FleetError, shortened
from clockify_fleet.jobs import Begin, Job, Jobs, Status
from clockify_fleet.kinds import Request, Step, steps
from clockify_fleet.leftovers import clear_abandoned, forget_files
from clockify_fleet.lines import Line
from clockify_fleet.organizations import Kind
from clockify_fleet.processes import JOB_VARIABLE

if TYPE_CHECKING:
    from clockify_fleet.children import Children
    from clockify_fleet.events import Events
    from clockify_fleet.project import Project
    from clockify_fleet.proof import Warehouse

FIRST_WAIT_SECONDS = 5
"""Before the first retry; it doubles before each further one."""
WAIT_SECONDS = 5
"""Between two looks at a job that must end before another one of the organisation can begin."""
NOT_RUN = {
    Begin.BUSY: "Organisation {name} is not run, since another job of it is running. See:"
    " clockify-fleet status",
    Begin.KNOWN: "Organisation {name} is not run, since this very job is running or has succeeded.",
}
STOPPED = "The fleet was stopped before this job had ended. Run it again."
UNEXPLAINED = "It failed with exit code {code} and without a reason. See its lines in the log."


@dataclass(frozen=True)
class Outcome:
    """How a job ended."""

    organization_id: str
    job_id: str | None
    """None if it did not begin, since another job of the organisation was running."""
    error: str | None = None

    @property
    def is_failed(self) -> bool:
        """Whether it failed."""
        return self.error is not None


@dataclass(frozen=True)
class JobRunner:
    """Runs jobs, one call for each, from any thread."""

    project: Project
    warehouse: Warehouse
    jobs: Jobs
    children: Children
    events: Events
    retries: int
    running: set[str] = field(default_factory=set)
    """Ids of the jobs that are running; their heartbeat is somebody else's task."""

    def run(self, request: Request) -> Outcome:
        """Run a job and say how it ended. Whatever happens to it, no other job is stopped."""
        organization = request.organization
        name, job_id = organization.organization_id, request.job_id
        events = self.events.of(organization_id=name, job_id=job_id)
        job = Job(job_id, name, organization.kind, organization.destination_dataset)
        if (begin := self._begin(job, request, events)) is not Begin.BEGUN:
            events.warning(NOT_RUN[begin].format(name=name))
            return Outcome(name, None)
        self.running.add(job_id)
        events.info(f"Job of {name} begins: {organization.kind} into {job.destination_dataset}.")
        error: str | None = f"The fleet itself failed ({name}). This is an error in clockify-fleet."
        try:
            error = self._attempts(request, events)
        finally:
            self.running.discard(job_id)
            error = error and self.events.without_secrets(shortened(error))
            self.jobs.finish(job_id, Status.FAILED if error else Status.SUCCESS, error)
        if error:
            events.error(f"Job of {name} failed: {error}", status=Status.FAILED)
        else:
            events.info(f"Job of {name} succeeded.", status=Status.SUCCESS)
        return Outcome(name, job_id, error)

    def _begin(self, job: Job, request: Request, events: Events) -> Begin:
        """Begin the job. One that somebody asked for by its id waits until its turn has come."""
        begin = self.jobs.begin(job)
        if begin is Begin.BUSY and request.waits:
            events.info(f"Another job of {job.organization_id} is running; this one waits for it.")
            self.running.add(job.job_id)
            while begin is Begin.BUSY and not self.children.stopping.wait(WAIT_SECONDS):
                clear_abandoned(self.jobs, self.project.root, self.events)
                begin = self.jobs.begin(job)
        return begin

    def _attempts(self, request: Request, events: Events) -> str | None:
        """Run it until it succeeds or retries are used up; return the last error."""
        for attempt in range(self.retries + 1):
            error = self._attempt(request, events)
            if error is None or self.children.stopping.is_set():
                break
            if attempt < self.retries:
                wait = FIRST_WAIT_SECONDS * 2**attempt
                events.warning(
                    f"Attempt {attempt + 1} of {self.retries + 1} failed; the next one begins in"
                    f" {wait} seconds. {error}"
                )
                self.children.stopping.wait(wait)
        return STOPPED if error and self.children.stopping.is_set() else error

    def _attempt(self, request: Request, events: Events) -> str | None:
        began = jobs_table.now()
        try:
            with tempfile.TemporaryDirectory(prefix="clockify-fleet-") as folder:
                for step in steps(request, self.project, self.warehouse, Path(folder)):
                    if error := self._step(step, request, Path(folder), events):
                        return error
            if request.organization.kind is Kind.CLOCKIFY:
                self.warehouse.check_run(request.organization, began)
        except FleetError as error:
            return str(error)
        except OSError as error:
            return f"A process could not be started or a file not be written: {error}"
        finally:
            forget_files(self.project.root, request.run_id)
        return None

    def _step(self, step: Step, request: Request, folder: Path, events: Events) -> str | None:
        for secret in step.secrets:
            events.hide(secret)
        causes: list[str] = []

        def on_line(text: str) -> None:
            if line := Line.parse(text):
                events.event(line.severity, line.message, plugin=line.plugin)
                if line.is_cause:
                    causes.append(line.message)

        own = {
            **step.variables,
            JOB_VARIABLE: request.job_id,
            # Meltano writes a log of its own there, which says nothing that this one does not.
            "XDG_STATE_HOME": str(folder / "state"),
        }
        code = self.children.run(
            step.command, self.project.child_variables(own), self.project.root, on_line
        )
        if code == 0:
            return None
        return causes[-1] if causes else UNEXPLAINED.format(code=code)
