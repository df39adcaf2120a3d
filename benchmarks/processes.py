"""Run a command and measure what it cost."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import IO

ROOT = Path(__file__).parents[1]
LAUNCH = (sys.executable, "-I", "-S", str(Path(__file__).with_name("launch.py")))
TAP = (sys.executable, "-m", "tap_clockify")
SIX_STREAMS = ("clients", "projects", "summary", "sync_runs", "time_entries", "users")
"""The streams that all parts sync, so that their figures can be compared over time."""

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
    # Programs are measured as they are usually run, with their modules compiled once.
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return {**kept, "LOGLEVEL": "WARNING", "NO_PROXY": "127.0.0.1,localhost", **added}


def catalog_in(folder: Path, streams: Sequence[str] = SIX_STREAMS) -> Path:
    """Write a catalog that selects some streams, and return its path."""
    discover = [*TAP, "--discover"]
    found = subprocess.run(  # noqa: S603 - the tap itself
        discover, cwd=ROOT, env=environment(), check=True, capture_output=True
    )
    catalog = json.loads(found.stdout)
    for stream in catalog["streams"]:
        root = next(item for item in stream["metadata"] if not item["breadcrumb"])
        root["metadata"]["selected"] = stream["tap_stream_id"] in streams
    path = folder / "catalog.json"
    path.write_text(json.dumps(catalog))
    return path


def run(
    command: Sequence[str | Path],
    *,
    source: Path | None = None,
    into: Path | None = None,
    log: Path,
    added: Mapping[str, str] | None = None,
) -> Cost:
    """Run a command to its end; its output goes to a file or is discarded.

    `source` is a file that is piped into it, `added` are more environment variables.

    Raises:
        FailedError: Its exit code was not 0.
    """
    told = log.with_name(f"{log.name}.cost")
    told.unlink(missing_ok=True)
    with (
        (into or Path(os.devnull)).open("wb") as out,
        log.open("wb") as errors,
        _piped(source) as stdin,
    ):
        process = subprocess.Popen(  # noqa: S603 - ourselves
            [*LAUNCH, str(told), *command],
            stdin=stdin,
            stdout=out,
            stderr=errors,
            cwd=ROOT,
            env=environment(**(added or {})),
        )
        process.wait()
    cost = json.loads(told.read_text())
    if cost["code"]:
        raise FailedError(f"{command}:\n{log.read_text(errors='replace')[-3000:]}")
    return Cost(
        cpu=cost["cpu"],
        wall=cost["wall"],
        memory=cost["kibibytes"] / KIBIBYTES_A_MEGABYTE,
        began=cost["began"],
        ended=cost["began"] + cost["wall"],
    )


@contextmanager
def _piped(source: Path | None) -> Iterator[IO[bytes] | None]:
    """Yield a pipe, as from a tap, that the content of a file comes out of."""
    if source is None:
        yield None
        return
    with subprocess.Popen(["/bin/cat", source], stdout=subprocess.PIPE) as cat:  # noqa: S603
        yield cat.stdout


def median(costs: Iterable[Cost], of: Callable[[Cost], float]) -> float:
    """Return the median of repeated measurements."""
    return statistics.median(of(cost) for cost in costs)
