"""Our loader and the community's: whole loads of the agency, and the cost of a row."""

from __future__ import annotations

import json
import statistics
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import requests
from clockify_sandbox import server
from clockify_sandbox.world import build_agency

from benchmarks import local_bigquery, made_entries, results
from benchmarks.loads import COMMUNITY, FLOOR, OURS, Expected, Loads, command_of
from benchmarks.processes import REPEATS, TAP, Cost, catalog_in, run

EDITS = 20
SIZES: tuple[int, ...] = (100_000, 1_000_000)
ZERO_REPEATS = 3
PATIENCE = 180.0
"""Seconds; the community loader gets a size only if it should need less."""
MICRO = 1e6
KINDS = ("first", "daily")
LOADERS = (OURS, COMMUNITY)
WAYS = (OURS, COMMUNITY, FLOOR)

LEAST_FASTER = 10.0
MOST_OF_COMMUNITY = 1 / 3
MOST_OF_FLOOR = 3.0
MOST_MEMORY = 250.0
MOST_GROWTH = 4 / 3


@dataclass
class Measured:
    """All measurements: of the agency by loader and kind of run, of entries by way and number."""

    agency: dict[tuple[str, str], list[Cost]] = field(default_factory=dict)
    records: dict[str, int] = field(default_factory=dict)
    costs: dict[tuple[str, int], list[Cost]] = field(default_factory=dict)
    input: dict[int, int] = field(default_factory=dict)
    """Bytes of the messages, by number of entries."""
    served: dict[int, float] = field(default_factory=dict)
    """Peak memory of the local BigQuery while loading ours, by number of entries."""

    @property
    def sizes(self) -> list[int]:
        """Return the numbers of entries that were measured so far."""
        return [rows for rows in SIZES if (OURS, rows) in self.costs]

    def wall(self, loader: str, kind: str) -> float:
        """Return the seconds of a load of the agency."""
        return statistics.median(cost.wall for cost in self.agency[loader, kind])

    def cpu(self, way: str, rows: int) -> float:
        """Return the CPU seconds of a load, including the start of the program."""
        return statistics.median(cost.cpu for cost in self.costs[way, rows])

    def took(self, way: str, rows: int) -> float:
        """Return the seconds of a load."""
        return statistics.median(cost.wall for cost in self.costs[way, rows])

    def memory(self, way: str, rows: int) -> float:
        """Return the peak memory in megabytes."""
        return statistics.median(cost.memory for cost in self.costs[way, rows])

    def each(self, way: str, rows: int) -> float:
        """Return the microseconds of CPU per row, without the start of the program."""
        return (self.cpu(way, rows) - self.cpu(way, 0)) / rows * MICRO


def main() -> None:
    """Measure, and write the section."""
    measured = Measured()
    with TemporaryDirectory() as name:
        folder = Path(name)
        sources = {kind: folder / f"{kind}.jsonl" for kind in KINDS}
        _capture(sources, folder)
        for loader in LOADERS:  # From here on, their modules are compiled.
            run([*command_of(loader), "--version"], log=folder / "log")
        _measure_agency(measured, sources, folder)
        schema = _schema(sources["first"])
        for rows in (0, *SIZES):
            source = folder / "entries.jsonl"
            made = made_entries.write(source, schema, rows)
            measured.input[rows] = made.bytes
            _measure_entries(measured, made, source, folder)
            if rows:
                results.write("load", _text(measured))


def _capture(sources: dict[str, Path], folder: Path) -> None:
    """Keep the output of a first run of the tap, and of one after some edits."""
    state, config = folder / "state.json", folder / "tap.json"
    with server.running(build_agency()) as clockify:
        urls = {"api_url": clockify.api_url, "reports_url": clockify.reports_url}
        config.write_text(json.dumps({"api_key": clockify.world.api_key, **urls}))
        command = [*TAP, "--config", config, "--catalog", catalog_in(folder)]
        run(command, into=sources["first"], log=folder / "log")
        last = sources["first"].read_bytes().splitlines()[-1]
        state.write_text(json.dumps(json.loads(last)["value"]))
        edit = f"{clockify.url}/_sandbox/edit"
        requests.post(edit, json={"count": EDITS, "seed": 1}, timeout=60).raise_for_status()
        run([*command, "--state", state], into=sources["daily"], log=folder / "log")


def _schema(source: Path) -> bytes:
    head = b'{"type":"SCHEMA","stream":"time_entries"'
    return next(line for line in source.read_bytes().splitlines() if line.startswith(head))


def _measure_agency(measured: Measured, sources: dict[str, Path], folder: Path) -> None:
    with local_bigquery.serving() as bigquery:
        loads = Loads(bigquery, folder)
        for loader in LOADERS:
            for number in range(REPEATS if loader == OURS else 1):  # The other one sleeps, mostly.
                dataset, expected = f"{loader.replace('-', '_')}_{number}", Expected()
                for kind, source in sources.items():
                    measured.records[kind] = expected.add(source)
                    cost = loads.load(loader, source, dataset)
                    loads.check_tables(dataset, expected)
                    measured.agency.setdefault((loader, kind), []).append(cost)
                    _tell(f"{kind} {loader}", cost)


def _measure_entries(
    measured: Measured, made: made_entries.Made, source: Path, folder: Path
) -> None:
    rows = made.rows
    with local_bigquery.serving() as bigquery:
        loads = Loads(bigquery, folder)
        for number in range(_repeats(rows)):
            for way in WAYS:  # In turn, so that a busy machine slows all of them down alike.
                if way == COMMUNITY and not _is_worth_it(measured, rows):
                    continue
                dataset = f"{way.replace('-', '_')}_{number}"
                cost = loads.load(way, source, dataset)
                if rows and way != FLOOR:
                    loads.check_made(dataset, made)
                    bigquery.query(f"DROP SCHEMA {dataset} CASCADE")
                measured.costs.setdefault((way, rows), []).append(cost)
                _tell(f"{rows:,} {way}", cost)
                if way == OURS:
                    measured.served.setdefault(rows, bigquery.memory)


def _repeats(rows: int) -> int:
    """Run without rows more often: the start of the program is subtracted; the largest once."""
    return {0: ZERO_REPEATS, SIZES[-1]: 1}.get(rows, REPEATS)


def _is_worth_it(measured: Measured, rows: int) -> bool:
    """Return whether the community loader should end within the time that we grant it."""
    known = [size for size in measured.sizes if (COMMUNITY, size) in measured.costs and size < rows]
    if not known:
        return True
    start = measured.took(COMMUNITY, 0)
    return start + (measured.took(COMMUNITY, known[-1]) - start) * rows / known[-1] < PATIENCE


def _tell(what: str, cost: Cost) -> None:
    line = f"  {what}: {cost.wall:.1f} s, {cost.cpu:.2f} s of CPU, {cost.memory:.0f} MB"
    print(line, flush=True)  # noqa: T201 - a command line


def _text(measured: Measured) -> str:
    records = " and ".join(f"{measured.records[kind]:,} ({kind})" for kind in KINDS)
    return "\n".join(
        (
            "## Loading into BigQuery\n",
            "What the tap sent, piped from a file into each loader, which loads into the local"
            " BigQuery, a process of its own. *Ours* is target-bigquery-strict, *community*"
            " z3-target-bigquery, both as in `meltano.yml`. After every load, the tables had"
            " exactly the rows that were sent, and no load job had failed.\n",
            f"The six tables of the sandbox's agency, {records} records; *daily* comes after"
            f" {EDITS} edits. Seconds of the whole process, ours as the median of {REPEATS} runs,"
            " the community's once, since it sleeps for most of its time:\n",
            _agency_table(measured),
            _about_entries(measured),
            _entries_table(measured),
            _judged(measured),
        )
    )


def _agency_table(measured: Measured) -> str:
    rows = []
    for kind in KINDS:
        ours, community = measured.wall(OURS, kind), measured.wall(COMMUNITY, kind)
        ratio = f"{community / ours:.0f}"
        rows.append((kind, f"{ours:.1f} s", f"{community:.1f} s", ratio))
    return results.table(("load", "ours", "community", "community ÷ ours"), rows)


def _about_entries(measured: Measured) -> str:
    starts = ", ".join(f"{_short(way)} {measured.cpu(way, 0):.2f} s" for way in WAYS)
    sizes = ", ".join(f"{measured.input[rows] / 1e6:,.0f} MB" for rows in measured.sizes)
    served = ", ".join(f"{measured.served[rows]:,.0f} MB" for rows in measured.sizes)
    return (
        f"New tables of `time_entries`, from messages of {sizes}. CPU time of the loader's process,"
        f" user and system, median of {REPEATS} runs (with {SIZES[-1]:,} rows one run; the"
        f" community loader is left out if it should take more than {PATIENCE / 60:.0f} minutes);"
        " per row without the start of the program, measured as a run with no rows, median of"
        f" {ZERO_REPEATS} ({starts}). *Floor* reads the same lines, and writes their records to a"
        " temporary file, compressed with gzip at level 1. The seconds are mostly those of the"
        f" local BigQuery, whose memory was {served} after the first load of ours.\n"
    )


def _entries_table(measured: Measured) -> str:
    rows = [_entries_row(measured, way, size) for size in measured.sizes for way in WAYS]
    head = ("rows", "CPU", "a row", "ours ÷ it", "wall", "memory")
    return results.table(head, [row for row in rows if row])


def _entries_row(measured: Measured, way: str, size: int) -> tuple[str, ...]:
    if (way, size) not in measured.costs:
        return ()
    every = [cost.cpu for cost in measured.costs[way, size]]
    span = f"{min(every):.1f} to {max(every):.1f} s" if len(every) > 1 else f"{every[0]:.1f} s"
    return (
        f"{size:,}, {_short(way)}",
        span,
        f"{measured.each(way, size):.1f} µs",
        "" if way == OURS else f"{measured.each(OURS, size) / measured.each(way, size):.2f}",
        f"{measured.took(way, size):.1f} s",
        f"{measured.memory(way, size):.0f} MB",
    )


def _short(way: str) -> str:
    return {OURS: "ours", COMMUNITY: "community"}.get(way, way)


def _judged(measured: Measured) -> str:
    rows: list[tuple[str, str, str, str]] = []
    for kind in KINDS:
        faster = measured.wall(COMMUNITY, kind) / measured.wall(OURS, kind)
        met = results.verdict(LEAST_FASTER, faster)
        what = f"faster than community, six tables, {kind}"
        rows.append((what, f"{faster:.0f}", f"≥ {LEAST_FASTER:.0f}", met))
    figures: list[tuple[str, float, float, str]] = []
    for size in measured.sizes:
        ours = measured.each(OURS, size)
        for way, most in ((COMMUNITY, MOST_OF_COMMUNITY), (FLOOR, MOST_OF_FLOOR)):
            if (way, size) in measured.costs:
                what = f"CPU a row ÷ {_short(way)}, {size:,} rows"
                figures.append((what, ours / measured.each(way, size), most, ".2f"))
    small, large = [*measured.sizes, *measured.sizes][-2:]
    memory = measured.memory(OURS, large)
    growth = memory / measured.memory(OURS, small)
    figures.append((f"memory in MB, {large:,} rows", memory, MOST_MEMORY, ".0f"))
    figures.append((f"memory, {large:,} ÷ {small:,} rows", growth, MOST_GROWTH, ".2f"))
    for what, value, most, form in figures:
        rows.append((what, f"{value:{form}}", f"≤ {most:{form}}", results.verdict(value, most)))
    return results.table(("judged", "measured", "wanted", ""), rows)
