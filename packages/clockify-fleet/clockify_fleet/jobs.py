"""The job table: which job of which organisation is running, and how earlier ones ended."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import DataError, IntegrityError

from clockify_fleet.database import JOBS, ORGANIZATIONS
from clockify_fleet.errors import shortened
from clockify_fleet.processes import Runner

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Engine, RowMapping

HEARTBEAT_SECONDS = 15
STALE_AFTER = dt.timedelta(minutes=3)
"""How long a runner of another machine may be silent before its jobs count as failed."""
KILLED = "The runner ended before the job did, so nobody knows how far it came. Run it again."


class Status(StrEnum):
    """How far a job is."""

    IN_PROGRESS = "IN_PROGRESS"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"


class Begin(StrEnum):
    """Whether a job could begin."""

    BEGUN = "begun"
    BUSY = "busy"
    """Another job of the organisation is running."""
    KNOWN = "known"
    """This very job is running, or has succeeded."""


@dataclass(frozen=True)
class Job:
    """A job, before it begins."""

    job_id: str
    organization_id: str
    kind: str | None
    destination_dataset: str | None

    @property
    def values(self) -> dict[str, Any]:
        """Return its columns."""
        return {
            "job_id": self.job_id,
            "organization_id": self.organization_id,
            "kind": self.kind,
            "destination_dataset": self.destination_dataset,
        }


def now() -> dt.datetime:
    """Return this instant (UTC)."""
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True)
class Jobs:
    """The table, as one runner sees it."""

    engine: Engine
    runner: Runner

    def accept(self, job: Job) -> bool:
        """Note a job that another process will begin; False if it is known already."""
        return self._insert(job, running=None)

    def begin(self, job: Job) -> Begin:
        """Begin a job, unless its organisation has another one that is running.

        A job that was accepted before becomes this runner's, even if it has to wait.
        """
        if self._insert(job, running=job.organization_id):
            return Begin.BEGUN
        if not self._adopt(job):
            known = select(JOBS.c.id).where(JOBS.c.job_id == job.job_id)
            with self.engine.connect() as connection:
                return Begin.KNOWN if connection.execute(known).first() else Begin.BUSY
        try:
            with self.engine.begin() as connection:
                connection.execute(
                    update(JOBS)
                    .where(JOBS.c.job_id == job.job_id)
                    .values(running=job.organization_id)
                )
        except IntegrityError:
            return Begin.BUSY
        return Begin.BEGUN

    def _adopt(self, job: Job) -> bool:
        with self.engine.begin() as connection:
            adopted = connection.execute(
                update(JOBS)
                .where(JOBS.c.job_id == job.job_id, JOBS.c.running.is_(None))
                .where(JOBS.c.status != Status.SUCCESS)
                .values(
                    **job.values,
                    status=Status.IN_PROGRESS,
                    updated_at=now(),
                    error_message=None,
                    runner=str(self.runner),
                )
            )
        return adopted.rowcount == 1

    def _insert(self, job: Job, *, running: str | None) -> bool:
        began = now()
        try:
            with self.engine.begin() as connection:
                connection.execute(
                    JOBS.insert().values(
                        **job.values,
                        status=Status.IN_PROGRESS,
                        created_at=began,
                        updated_at=began,
                        runner=str(self.runner),
                        running=running,
                    )
                )
        except IntegrityError:
            return False
        return True

    def beat(self, job_ids: Collection[str]) -> None:
        """Say that these jobs are still running."""
        with self.engine.begin() as connection:
            connection.execute(
                update(JOBS)
                .where(JOBS.c.job_id.in_(job_ids), JOBS.c.status == Status.IN_PROGRESS)
                .values(updated_at=now())
            )

    def finish(self, job_id: str, status: Status, error: str | None = None) -> None:
        """Say how a job ended. It frees the organisation for the next job."""
        told = None if error is None else shortened(error)
        try:
            self._finish(job_id, status, told)
        except DataError:
            # A table of MySQL that is older than the fleet may hold Latin letters only.
            self._finish(job_id, status, ascii(told)[1:-1])

    def _finish(self, job_id: str, status: Status, error: str | None) -> None:
        ended = now()
        values = {"status": status, "error_message": error, "updated_at": ended, "running": None}
        with self.engine.begin() as connection:
            connection.execute(update(JOBS).where(JOBS.c.job_id == job_id).values(**values))
            if status is Status.SUCCESS:
                owner = select(JOBS.c.organization_id).where(JOBS.c.job_id == job_id)
                connection.execute(
                    update(ORGANIZATIONS)
                    .where(ORGANIZATIONS.c.organization_id == owner.scalar_subquery())
                    .values(last_successful_run=ended)
                )

    def fail(self, job: Job, reason: str) -> None:
        """Note a job that could not begin."""
        self._insert(job, running=None)
        self.finish(job.job_id, Status.FAILED, reason)

    def forget(self, job_id: str) -> None:
        """Delete a job that was accepted and could not be started: it may be asked for again."""
        with self.engine.begin() as connection:
            connection.execute(delete(JOBS).where(JOBS.c.job_id == job_id))

    def fail_unless_begun(self, job_id: str, reason: str) -> None:
        """Mark a job as failed if it was accepted and never begun."""
        with self.engine.begin() as connection:
            connection.execute(
                update(JOBS)
                .where(JOBS.c.job_id == job_id, JOBS.c.runner == str(self.runner))
                .where(JOBS.c.status == Status.IN_PROGRESS)
                .values(status=Status.FAILED, error_message=reason, updated_at=now(), running=None)
            )

    def abandoned(self) -> list[str]:
        """Return the ids of jobs whose runner was killed."""
        with self.engine.connect() as connection:
            rows = connection.execute(select(JOBS).where(JOBS.c.status == Status.IN_PROGRESS))
            return [str(row["job_id"]) for row in rows.mappings() if self._is_abandoned(row)]

    def _is_abandoned(self, row: RowMapping) -> bool:
        runner = Runner.parse(row["runner"] or "")
        if runner and runner.machine == self.runner.machine:
            return not runner.is_alive()
        seen = row["updated_at"] or row["created_at"]
        return seen is None or now() - seen > STALE_AFTER

    def history(self, count: int | None = None) -> list[RowMapping]:
        """Return jobs, the newest first."""
        with self.engine.connect() as connection:
            return list(
                connection.execute(select(JOBS).order_by(JOBS.c.id.desc()).limit(count)).mappings()
            )

    def latest(self, but_not: str = "") -> dict[str, RowMapping]:
        """Return the last job of each organisation, by its id.

        Args:
            but_not: Id of a job that is left out.
        """
        newest = (
            select(func.max(JOBS.c.id))
            .where(JOBS.c.job_id != but_not)
            .group_by(JOBS.c.organization_id)
        )
        with self.engine.connect() as connection:
            rows = connection.execute(select(JOBS).where(JOBS.c.id.in_(newest))).mappings()
            return {row["organization_id"]: row for row in rows}

    def last_successes(self) -> dict[str, dt.datetime]:
        """Return when each organisation last succeeded, by its id."""
        newest = (
            select(JOBS.c.organization_id, func.max(JOBS.c.updated_at))
            .where(JOBS.c.status == Status.SUCCESS)
            .group_by(JOBS.c.organization_id)
        )
        with self.engine.connect() as connection:
            return {row[0]: row[1] for row in connection.execute(newest)}
