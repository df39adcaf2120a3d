"""Says now and then that jobs are running, so that runners on other machines know it."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from clockify_fleet import jobs as jobs_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clockify_fleet.events import Events
    from clockify_fleet.jobs import Jobs


@contextmanager
def beating(jobs: Jobs, job_ids: set[str], events: Events) -> Iterator[None]:
    """Keep the jobs alive that are in the set, which changes meanwhile."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(jobs_table.HEARTBEAT_SECONDS):
            try:
                jobs.beat(job_ids.copy())
            except SQLAlchemyError as error:  # the next beat may reach the database
                events.warning(f"The job table was not reached: {type(error).__name__}")

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
