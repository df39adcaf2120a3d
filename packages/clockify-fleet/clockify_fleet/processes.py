"""Which runner is at work, and whether another one still is."""

from __future__ import annotations

import os
import socket
import uuid
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import psutil

if TYPE_CHECKING:
    from pathlib import Path

JOB_VARIABLE = "CLOCKIFY_FLEET_JOB_ID"
"""Every child has it in its environment, so that what a killed runner left behind can be found."""
PATIENCE_SECONDS = 10


@dataclass(frozen=True)
class Runner:
    """A process that runs jobs. As text, it is a column of the job table."""

    machine: str
    """Host name, and an id that lies in the project's folder. Host names alone are not enough:
    every container of Cloud Run is called localhost."""
    pid: int
    started: int
    """When the process began: a process id is used again, and so is 1 in every container."""

    @classmethod
    def this(cls, folder: Path) -> Self:
        """Return the runner that this process is.

        Args:
            folder: Where the id of the machine is kept.
        """
        return cls(machine(folder), os.getpid(), int(psutil.Process().create_time()))

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read what `str` wrote; None if it is something else."""
        machine, _, rest = text.partition(" ")
        with suppress(ValueError):
            pid, started = rest.split(" ")
            return cls(machine, int(pid), int(started))
        return None

    def __str__(self) -> str:
        """Return the text for the job table."""
        return f"{self.machine} {self.pid} {self.started}"

    def is_alive(self) -> bool:
        """Whether the process runs. Only its own machine can tell."""
        try:
            process = psutil.Process(self.pid)
            is_same = abs(process.create_time() - self.started) < 2  # noqa: PLR2004 -- seconds
            return is_same and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False


def machine(folder: Path) -> str:
    """Return the id of this machine and project; it is made at the first call."""
    path = folder / "machine"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        made = folder / f"machine.{os.getpid()}"
        made.write_text(uuid.uuid4().hex, encoding="utf-8")
        # Of two processes that make it at once, the first one wins.
        with suppress(FileExistsError):
            path.hardlink_to(made)
        made.unlink()
    return f"{socket.gethostname()}/{path.read_text(encoding='utf-8').strip()}"


def end_children_of(job_id: str) -> int:
    """Kill what a job's runner left behind when it was killed, and return how many there were.

    Otherwise they would keep loading beside the job that repeats theirs.
    """
    left = [each for each in psutil.process_iter() if _job_of(each) == job_id]
    for each in left:
        with suppress(psutil.Error):
            each.kill()
    psutil.wait_procs(left, timeout=PATIENCE_SECONDS)
    return len(left)


def _job_of(process: psutil.Process) -> str | None:
    # The processes of other users cannot be read, and are none of ours.
    with suppress(psutil.Error, OSError):
        return process.environ().get(JOB_VARIABLE)
    return None
