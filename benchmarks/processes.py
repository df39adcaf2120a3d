"""Run a command and measure what it cost."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

ROOT = Path(__file__).parents[1]
TAP = (sys.executable, "-m", "tap_clockify")
REPEATS = 3
KIBIBYTES_A_MEGABYTE = 1000 / 1.024
LEAKY = ("CLOCKIFY_", "TAP_CLOCKIFY_", "MELTANO_", "SINGER_")
"""Prefixes of environment variables that would change what the tap does."""


class FailedError(Exception):
    """A command that was being measured failed."""


@dataclass(frozen=True)
class Cost:
    """What one process cost, including its start."""

    cpu: float
    """CPU seconds, user and system together."""
    wall: float
    memory: float
    """Peak resident set size, in megabytes."""
    began: float
    """When it was started, in the seconds of ``time.time``."""
    ended: float


def environment(**added: str) -> dict[str, str]:
    """Return an environment without variables that would change what the tap does."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(LEAKY)}
    return {**kept, "LOGLEVEL": "WARNING", "NO_PROXY": "127.0.0.1,localhost", **added}


def run(command: Sequence[str | Path], *, into: Path | None = None, log: Path) -> Cost:
    """Run a command to its end; its output goes to a file or is discarded.

    Raises:
        FailedError: Its exit code was not 0.
    """
    with (into or Path(os.devnull)).open("wb") as out, log.open("wb") as errors:
        began, start = time.time(), time.monotonic()
        process = subprocess.Popen(  # noqa: S603 - ourselves
            command, stdout=out, stderr=errors, cwd=ROOT, env=environment()
        )
        # Unlike RUSAGE_CHILDREN, wait4 reports on this one process.
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise FailedError(f"{command}:\n{log.read_text(errors='replace')[-3000:]}")
    return Cost(
        cpu=usage.ru_utime + usage.ru_stime,
        wall=wall,
        memory=usage.ru_maxrss / KIBIBYTES_A_MEGABYTE,
        began=began,
        ended=began + wall,
    )


def median(costs: Iterable[Cost], of: Callable[[Cost], float]) -> float:
    """Return the median of repeated measurements."""
    return statistics.median(of(cost) for cost in costs)
