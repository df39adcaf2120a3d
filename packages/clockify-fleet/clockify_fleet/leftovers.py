"""What a runner that was killed left behind: a job, processes, and files with a key in them."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from clockify_fleet import jobs as jobs_table
from clockify_fleet.jobs import Jobs, Status
from clockify_fleet.kinds import run_id_of
from clockify_fleet.processes import end_children_of

if TYPE_CHECKING:
    from pathlib import Path

    from clockify_fleet.events import Events


def clear_abandoned(jobs: Jobs, root: Path, events: Events) -> None:
    """Mark the jobs of runners that were killed as failed, and end what they left behind."""
    for job_id in jobs.abandoned():
        ended = end_children_of(job_id)
        forget_files(root, run_id_of(job_id))
        jobs.finish(job_id, Status.FAILED, jobs_table.KILLED)
        events.warning(
            f"Job {job_id} is marked as failed, since its runner was killed. {ended} processes"
            " of it were still running and are ended.",
            job_id=job_id,
        )


def forget_files(root: Path, run_id: str) -> None:
    """Delete what Meltano keeps of a run.

    It grows without end, and the configuration that a killed run leaves there holds the key.
    """
    for kind in ("run", "logs"):
        for folder in (root / ".meltano" / kind / "elt").glob(f"*/{run_id}"):
            shutil.rmtree(folder, ignore_errors=True)
