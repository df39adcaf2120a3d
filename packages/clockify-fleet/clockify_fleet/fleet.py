"""One run of the fleet: all organisations, several at a time, none stopped by another's failure."""

from __future__ import annotations

import signal
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clockify_fleet import alerts
from clockify_fleet.children import Children
from clockify_fleet.errors import FleetError
from clockify_fleet.heartbeat import beating
from clockify_fleet.jobs import Job, Jobs, Status
from clockify_fleet.kinds import PLUGINS, Request
from clockify_fleet.leftovers import clear_abandoned
from clockify_fleet.organizations import Found, Organization, Unusable
from clockify_fleet.project import LOADER, Project
from clockify_fleet.proof import Warehouse
from clockify_fleet.runner import JobRunner, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from clockify_fleet.alerts import Alerts
    from clockify_fleet.events import Events


@dataclass(frozen=True)
class Options:
    """How a run of the fleet is done."""

    at_once: int = 4
    retries: int = 2
    full_refresh: bool = False
    select: tuple[str, ...] = ()
    job_id: str | None = None
    """The id of the only job; a new one for each job if there is none."""


def chosen(
    found: Sequence[Found],
    names: Sequence[str] = (),
    schedule: str | None = None,
    shard: tuple[int, int] = (0, 1),
) -> list[Found]:
    """Return the organisations of this run.

    Args:
        found: All of them.
        names: Ids of some; all that are enabled if there are none.
        schedule: Only those with this `schedule`.
        shard: The index of this task and the number of tasks, which share the work.

    Raises:
        FleetError: An id is not configured, or no organisation has the schedule.
    """
    if names:
        known = {each.organization_id for each in found}
        if unknown := [name for name in names if name not in known]:
            raise FleetError(
                f"No organisation is called {', '.join(unknown)}. Known are:"
                f" {', '.join(sorted(each for each in known if each)) or 'none'}"
            )
        return [each for each in found if each.organization_id in names]
    if schedule and not any(getattr(each, "schedule", None) == schedule for each in found):
        raise FleetError(f'No organisation has the schedule "{schedule}".')
    index, count = shard
    running = [each for each in found if _is_due(each, schedule)]
    return running[index::count]


def _is_due(each: Found, schedule: str | None) -> bool:
    if isinstance(each, Unusable):
        return True
    return each.enabled and schedule in (None, each.schedule)


@dataclass(frozen=True)
class Fleet:
    """What runs jobs: the project, the job table, the log, and where alerts go."""

    project: Project
    jobs: Jobs
    events: Events
    alerts: Alerts

    def run(self, organizations: Sequence[Found], options: Options) -> list[Outcome]:
        """Run a job of each organisation, and say how each ended.

        Raises:
            FleetError: No job could begin, since the project itself is not in order.
        """
        clear_abandoned(self.jobs, self.project.root, self.events)
        usable = [each for each in organizations if isinstance(each, Organization)]
        outcomes = [self._refused(each, options) for each in organizations if each not in usable]
        if usable:
            outcomes += self._run_usable(usable, options)
        self._conclude(outcomes)
        return outcomes

    def _run_usable(self, usable: list[Organization], options: Options) -> list[Outcome]:
        self.project.install(set().union(*(PLUGINS[each.kind] for each in usable)))
        warehouse = Warehouse(self.project.settings(LOADER), self.project.emulator())
        children = Children()
        runner = JobRunner(
            self.project, warehouse, self.jobs, children, self.events, options.retries
        )
        outcomes: list[Outcome] = []
        with _stopping_at_signals(children), beating(self.jobs, runner.running, self.events):
            # Copies come last: they may read what a load of the same run writes.
            for is_copy in (False, True):
                batch = [each for each in usable if each.kind.is_copy is is_copy]
                outcomes += _at_once(runner, [_request(each, options) for each in batch], options)
        return outcomes

    def _refused(self, each: Found, options: Options) -> Outcome:
        """Note a job that cannot begin, since its organisation is configured wrongly."""
        reason = each.reason if isinstance(each, Unusable) else ""
        name = each.organization_id or "(unknown)"
        job_id = options.job_id or str(uuid.uuid4())
        self.events.error(f"Job of {name} failed: {reason}", organization_id=name, job_id=job_id)
        if each.organization_id:
            self.jobs.fail(Job(job_id, name, None, None), reason)
        return Outcome(name, job_id, reason)

    def _conclude(self, outcomes: list[Outcome]) -> None:
        failed = [each.organization_id for each in outcomes if each.is_failed]
        skipped = [each.organization_id for each in outcomes if each.job_id is None]
        ended = len(outcomes) - len(failed) - len(skipped)
        summary = f"{ended} of {len(outcomes)} organisations succeeded."
        if failed:
            summary += f" Failed: {', '.join(failed)}."
        if skipped:
            summary += f" Not run: {', '.join(skipped)}."
        self.events.event(
            "ERROR" if failed else "INFO", summary, failed=failed, succeeded=ended, skipped=skipped
        )
        if told := alerts.message(outcomes, self._recovered(outcomes)):
            self.alerts.send(*told, self.events)

    def _recovered(self, outcomes: list[Outcome]) -> list[str]:
        """Return the organisations whose job succeeded after one that failed."""
        found = []
        for each in outcomes:
            if each.job_id and not each.is_failed:
                before = self.jobs.latest(but_not=each.job_id).get(each.organization_id)
                if before and before["status"] == Status.FAILED:
                    found.append(each.organization_id)
        return found


def _request(each: Organization, options: Options) -> Request:
    job_id = options.job_id or str(uuid.uuid4())
    waits = options.job_id is not None
    return Request(each, job_id, options.full_refresh, options.select, waits)


def _at_once(runner: JobRunner, requests: list[Request], options: Options) -> list[Outcome]:
    with ThreadPoolExecutor(max_workers=options.at_once) as pool:
        return list(pool.map(lambda request: _outcome(runner, request), requests))


def _outcome(runner: JobRunner, request: Request) -> Outcome:
    name = request.organization.organization_id
    try:
        return runner.run(request)
    except Exception as error:  # noqa: BLE001 -- one organisation's failure stops no other
        reason = f"The job table was not reached, or clockify-fleet has a defect: {error!r}"
        runner.events.event("ERROR", f"Job of {name} failed: {reason}", organization_id=name)
        return Outcome(name, request.job_id, reason)


@contextmanager
def _stopping_at_signals(children: Children) -> Iterator[None]:
    """End all children at SIGTERM and SIGINT; their jobs are then marked as failed."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_number: int, _frame: object) -> None:
        threading.Thread(target=children.stop).start()

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
