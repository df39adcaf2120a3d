"""CPU time and peak memory, compared with a plain SDK stream and the floor."""

from __future__ import annotations

import datetime as dt
import json
import statistics
import sys
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks import canned, results
from benchmarks.processes import REPEATS, TAP, Cost, catalog_in, run

if TYPE_CHECKING:
    from collections.abc import Sequence

DAYS = 3650
SIZES: tuple[int, ...] = (10_000, 100_000, 1_000_000)
MANY_REPEATS = 9
LARGEST = SIZES[-1]
"""Measured once."""
PLAIN_SIZES: tuple[int, ...] = SIZES[:2]
"""At a million entries, the plain stream would take minutes and show nothing new."""
WAYS = ("ours", "plain", "floor")
MICRO = 1e6

MOST_OF_PLAIN = 1 / 3
MOST_OF_FLOOR = 3.0
MOST_MEMORY = 250.0
MOST_GROWTH = 4 / 3


@dataclass
class Measured:
    """All measurements by way and size."""

    costs: dict[tuple[str, int], list[Cost]] = field(default_factory=dict)

    @property
    def sizes(self) -> list[int]:
        """Return the sizes that were measured so far."""
        return [entries for entries in SIZES if ("ours", entries) in self.costs]

    def cpu(self, way: str, entries: int) -> float:
        """Return the CPU seconds of a run, including the start of the program."""
        return statistics.median(cost.cpu for cost in self.costs[way, entries])

    def span(self, way: str, entries: int) -> str:
        """Show the minimum and maximum CPU seconds of a run."""
        every = [cost.cpu for cost in self.costs[way, entries]]
        return f"{min(every):.1f} to {max(every):.1f} s" if len(every) > 1 else f"{every[0]:.1f} s"

    def memory(self, way: str, entries: int) -> float:
        """Return the peak memory in megabytes."""
        return statistics.median(cost.memory for cost in self.costs[way, entries])

    def each(self, way: str, entries: int) -> float:
        """Return the microseconds per entry, without the start of the program."""
        return (self.cpu(way, entries) - self.cpu(way, 0)) / entries * MICRO


def main() -> None:
    """Measure, and write the section."""
    measured = Measured()
    with TemporaryDirectory() as folder:
        for entries in (0, *SIZES):
            with canned.serving(entries, DAYS) as url:
                _measure(measured, entries, url, Path(folder))
            if entries:
                results.write("cpu", _text(measured))


def _measure(measured: Measured, entries: int, url: str, folder: Path) -> None:
    commands = _commands(url, folder)
    ways = [way for way in WAYS if way != "plain" or entries in (0, *PLAIN_SIZES)]
    if entries:
        counts = {way: _records(commands[way], folder) for way in ways if entries in SIZES[:1]}
        if len(set(counts.values())) > 1:
            message = f"the numbers of records differ: {counts}"
            raise RuntimeError(message)
    for _ in range(_repeats(entries)):
        for way in ways:  # In turn, so that a busy machine slows all of them down alike.
            cost = run(commands[way], log=folder / "log")
            measured.costs.setdefault((way, entries), []).append(cost)
            line = f"  {entries:,} {way}: {cost.cpu:.2f} s of CPU, {cost.memory:.0f} MB"
            print(line, flush=True)  # noqa: T201 - a command line


def _repeats(entries: int) -> int:
    """Run small sizes more often: the start of the program, most of their time, is subtracted."""
    if entries == LARGEST:
        return 1
    return MANY_REPEATS if entries <= SIZES[0] else REPEATS


def _records(command: Sequence[str | Path], folder: Path) -> int:
    out = folder / "out"
    run(command, into=out, log=folder / "log")
    streams = (b'"stream":"time_entries"', b'"stream":"summary"')
    lines = (line.replace(b'": "', b'":"') for line in out.read_bytes().splitlines())
    return sum(b'"RECORD"' in line[:20] and any(s in line[:50] for s in streams) for line in lines)


def _commands(url: str, folder: Path) -> dict[str, Sequence[str | Path]]:
    first, last = str(canned.first_day(DAYS)), str(dt.datetime.now(dt.UTC).date())
    reports = f"{url}/report/v1"
    ours = {
        "api_key": "key",
        "api_url": f"{url}/api/v1",
        "reports_url": reports,
        "start_date": first,
        "timezone": "UTC",
        "requests_per_second": 1000,
    }
    base = f"{reports}/workspaces/{canned.WORKSPACE}"
    plain = {"reports_url": base, "first": first, "last": last}
    for name, config in (("ours", ours), ("plain", plain)):
        (folder / f"{name}.json").write_text(json.dumps(config))
    return {
        "ours": (*TAP, "--config", folder / "ours.json", "--catalog", catalog_in(folder)),
        "plain": (sys.executable, "-m", "benchmarks.plain", "--config", folder / "plain.json"),
        "floor": (sys.executable, "-m", "benchmarks.floor", base, first, last),
    }


def _text(measured: Measured) -> str:
    rows = []
    sizes = measured.sizes
    for entries in sizes:
        known = min(entries, PLAIN_SIZES[-1])
        ours, floor = measured.each("ours", entries), measured.each("floor", entries)
        plain = measured.each("plain", known)
        mark = "" if known == entries else " ¹"
        rows.append(
            (
                f"{entries:,}",
                measured.span("ours", entries),
                measured.span("plain", known),
                measured.span("floor", entries),
                f"{ours:.1f} µs",
                f"{plain:.1f} µs{mark}",
                f"{floor:.1f} µs",
                f"{ours / plain:.2f}{mark}",
                f"{ours / floor:.2f}",
                f"{measured.memory('ours', entries):.0f} MB",
                f"{measured.memory('plain', known):.0f} MB{mark}",
                f"{measured.memory('floor', entries):.0f} MB",
            )
        )
    head = (
        *(
            "entries",
            "CPU: tap",
            "plain",
            "floor",
            "an entry: tap",
            "plain",
            "floor",
            "tap ÷ plain",
            "tap ÷ floor",
        ),
        *("memory: tap", "plain", "floor"),
    )
    starts = ", ".join(f"{way} {measured.cpu(way, 0):.2f} s" for way in WAYS)
    return "\n".join(
        (
            "## CPU time and memory\n",
            f"Entries over {DAYS:,} days, output discarded, `time_entries` and `summary` (here with"
            " a row of sums for nearly every entry, the most expensive case). CPU time of the whole"
            f" process, user and system, median of {REPEATS} runs, up"
            f" to {SIZES[0]:,} entries of {MANY_REPEATS}"
            f" (with {LARGEST:,} entries one run); per entry without the start"
            f" of the program, measured as a run with no entries ({starts})."
            " *Plain* is an SDK `RESTStream` with default settings that reads the same rows page"
            " after page and sends as many records; *floor* decodes the same pages into structs"
            " and encodes the same messages with msgspec, with no check, sum or state. The tap"
            " also reads Clockify's own totals and compares every day with them.\n",
            results.table(head, rows),
            f"¹ Measured with {PLAIN_SIZES[-1]:,} entries, as is its CPU.\n",
            _judged(measured),
        )
    )


def _judged(measured: Measured) -> str:
    rows: list[tuple[str, str, str, float, float]] = []
    for entries in measured.sizes:
        ours, what = measured.each("ours", entries), f"{entries:,} entries"
        if entries in PLAIN_SIZES:
            plain = ours / measured.each("plain", entries)
            shown = f"{plain:.2f}", f"{MOST_OF_PLAIN:.2f}"
            rows.append((f"CPU an entry ÷ plain, {what}", *shown, plain, MOST_OF_PLAIN))
        floor = ours / measured.each("floor", entries)
        shown = f"{floor:.2f}", f"{MOST_OF_FLOOR}"
        rows.append((f"CPU an entry ÷ floor, {what}", *shown, floor, MOST_OF_FLOOR))
    middle, large = [*measured.sizes, *measured.sizes][-2:]
    memory = measured.memory("ours", large)
    growth = memory / measured.memory("ours", middle)
    shown = f"{memory:.0f} MB", f"{MOST_MEMORY:.0f} MB"
    rows.append((f"memory, {large:,} entries", *shown, memory, MOST_MEMORY))
    shown = f"{growth:.2f}", f"{MOST_GROWTH:.2f}"
    rows.append((f"memory, {large:,} ÷ {middle:,}", *shown, growth, MOST_GROWTH))
    judged = [(*row[:3], results.verdict(row[3], row[4])) for row in rows]
    return results.table(("judged", "measured", "at most", ""), judged)
