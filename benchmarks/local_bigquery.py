"""A local BigQuery in a process of its own, so that its CPU time is not the loader's.

Run as ``python -m benchmarks.local_bigquery``; it prints its address once it answers, and ends with
its input.
"""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from clockify_sandbox.bigquery import LocalBigQuery, running

if TYPE_CHECKING:
    from collections.abc import Iterator

KIBIBYTES_A_MEGABYTE = 1000 / 1.024


@dataclass(frozen=True)
class OwnProcess(LocalBigQuery):
    """A local BigQuery that runs in another process."""

    pid: int = 0

    @property
    def memory(self) -> float:
        """Its peak memory so far, in megabytes."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        return int(found[1]) / KIBIBYTES_A_MEGABYTE if found else 0.0


@contextmanager
def serving() -> Iterator[OwnProcess]:
    """Serve an empty BigQuery, in memory, in a separate process."""
    command = [sys.executable, "-m", "benchmarks.local_bigquery"]
    with subprocess.Popen(  # noqa: S603 - ourselves
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None  # noqa: S101 - asked for above
        assert process.stdout is not None  # noqa: S101 - asked for above
        try:
            yield OwnProcess(process.stdout.readline().strip(), pid=process.pid)
        finally:
            process.stdin.close()


def main() -> None:
    """Serve until the input ends."""
    with running() as bigquery:
        print(bigquery.url, flush=True)  # noqa: T201 - read by the process that started it
        sys.stdin.read()


if __name__ == "__main__":
    main()
