"""Not timed: with 1 or 16 requests at a time, the output is the same and the ceiling is kept."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import results
from benchmarks.standin import serving
from benchmarks.syncs import CHANGES, DAY, Syncer

PEOPLE = 50
PER_SECOND = 10
"""A ceiling far below what sixteen threads could send, so that they reach it."""
FAST = 0.005
"""Seconds of latency with which sixteen threads could exceed the ceiling by far."""
CONCURRENCIES = (1, 16)
STAMPS = re.compile(
    rb'(?P<key>"(?:time_extracted|import_timestamp|run_id)":)"[^"]*"'
    rb"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(?:Z|\+00:00)"
)

DURATION = re.compile(rb'"duration_seconds":[\d.]+')


def main() -> None:
    """Compare, and write the section."""
    now = dt.datetime.now(dt.UTC)
    outputs: dict[str, list[list[bytes]]] = {"first": [], "daily": []}
    peaks = []
    refused = 0
    with (
        TemporaryDirectory() as folder,
        serving(PEOPLE, now - DAY, latency=FAST, per_second=PER_SECOND) as standin,
    ):
        syncer = Syncer(standin, Path(folder), requests_per_second=PER_SECOND)
        syncer.sync(now - DAY, keep=True)
        state = syncer.state()
        standin.work_a_day(now, CHANGES)
        for concurrency in CONCURRENCIES:
            for name, before in (("first", None), ("daily", state)):
                sync = syncer.sync(now, before, keep=True, concurrency=concurrency)
                lines = syncer.output.read_bytes().split(b"\n")
                outputs[name].append([_without_time(line) for line in lines])
                peaks.append(sync.seen.peak)
                refused += sync.seen.refused
    results.write("same", _text(outputs, max(peaks), refused))


def _without_time(line: bytes) -> bytes:
    """Remove when the run was, how long it took, and its id."""
    if line.startswith(b'{"type":"RECORD","stream":"sync_runs"'):
        line = DURATION.sub(b"", line)
    return STAMPS.sub(rb"\g<key>", line)


def _text(outputs: dict[str, list[list[bytes]]], peak: int, refused: int) -> str:
    rows: list[tuple[object, ...]] = []
    for name, (alone, together) in outputs.items():
        differing = sum(a != b for a, b in zip(alone, together, strict=False))
        differing += abs(len(alone) - len(together))
        same = "the same" if not differing else f"**{differing} lines differ**"
        rows.append((name, f"{len(alone):,}", f"{len(together):,}", same))
    least, most = CONCURRENCIES
    return "\n".join(
        (
            "## The same output at any concurrency\n",
            f"{PEOPLE} people, `concurrency` {least} and {most}, bytes compared without the time"
            " stamps, the duration and the id of the run.\n",
            results.table(("sync", f"lines with {least}", f"with {most}", "bytes"), rows),
            f"With a ceiling of {PER_SECOND} and {FAST * 1000:.0f} ms latency, most requests in any"
            f" second: {peak}; answers other than 200: {refused}.\n",
        )
    )
