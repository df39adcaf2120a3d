"""The whole pipeline: what ``meltano run`` spends its time on."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import requests
import yaml
from clockify_sandbox import supervisor
from clockify_sandbox.places import Places

from benchmarks import results
from benchmarks.processes import ROOT, TAP, FailedError, catalog_in, environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SLEEP_NEW = 12.5
SLEEP_KNOWN = 7.5
"""Seconds that target-bigquery 0.7.2 sleeps for a new table, and for an existing one."""

TARGETS = ("target-jsonl", "target-bigquery-strict", "target-bigquery")
BIGQUERY = ("target-bigquery-strict", "target-bigquery")
ALL = ("clients", "projects", "summary", "sync_runs", "time_entries", "users")
LAYOUTS: dict[str, tuple[str, ...]] = {
    "all six tables": ALL,
    "time and audit, as in meltano.yml": ("summary", "sync_runs", "time_entries"),
    "time": ("summary", "time_entries"),
    "`summary` alone": ("summary",),
}
DATASET = "benchmark"
EDITS = 20
TIMEOUT = 600


@dataclass(frozen=True)
class Stack:
    """Seconds of one pipeline: the tap, piped into the target, run by Meltano."""

    tap: float
    piped: float
    meltano: float
    sleeps: float

    def row(self, name: str) -> tuple[str, ...]:
        """Return a row of the table: the parts add up to the whole."""
        parts = (
            self.meltano - self.piped,
            self.tap,
            self.sleeps,
            self.piped - self.tap - self.sleeps,
        )
        share = self.sleeps / self.meltano
        return (name, *(f"{part:.1f} s" for part in (*parts, self.meltano)), f"{share:.0%}")


class Project:
    """A copy of the Meltano project with a sandbox of its own."""

    def __init__(self, folder: Path) -> None:
        """Copy the project, at two free ports, and install its plugins."""
        self.folder = folder
        self.places = Places(folder / ".sandbox", _free_port(), _free_port())
        text = (ROOT / "meltano.yml").read_text()
        text = text.replace("pip_url: -e packages/", f"pip_url: -e {ROOT}/packages/")
        text = text.replace("pip_url: -e .", f"pip_url: -e {ROOT}")
        text = text.replace('"8701"', f'"{self.places.clockify_port}"')
        text = text.replace('"8702"', f'"{self.places.bigquery_port}"')
        (folder / "meltano.yml").write_text(text)
        self._settings = yaml.safe_load(text)["plugins"]
        (folder / "plugins").symlink_to(ROOT / "plugins")
        self._environment = environment(
            BIGQUERY_EMULATOR_HOST=self.places.bigquery.url,
            MELTANO_CLI_LOG_LEVEL="warning",
        )
        self._meltano("install")

    def target(self, name: str, dataset: str) -> list[str | Path]:
        """Return the command of a target, configured as by Meltano."""
        declared = next(one for one in self._settings["loaders"] if one["name"] == name)
        config = {**declared["config"], "destination_path": str(self.folder / "output")}
        if name in BIGQUERY:
            config |= {"project": "clockify-demo", "dataset": dataset}
        if name == "target-bigquery":
            config["credentials_path"] = str(self.places.service_account)
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps(config))
        return [self.folder / f".meltano/loaders/{name}/venv/bin/{name}", "--config", path]

    def tap(self, state: Path | None, streams: Sequence[str]) -> list[str | Path]:
        """Return the command of the tap."""
        url = self.places.clockify_url
        config: dict[str, Any] = {"api_key": "sandbox-api-key"}
        config |= {"api_url": f"{url}/api/v1", "reports_url": f"{url}/report/v1"}
        (self.folder / "tap.json").write_text(json.dumps(config))
        catalog = catalog_in(self.folder, streams)
        command = [*TAP, "--config", self.folder / "tap.json", "--catalog", catalog]
        return [*command, *(("--state", state) if state else ())]

    def run_tap(self, state: Path | None, streams: Sequence[str], out: Path | None = None) -> float:
        """Time the tap alone, with its output discarded or in a file."""
        began = time.monotonic()
        done = self._run(self.tap(state, streams))
        took = time.monotonic() - began
        if out is not None:
            last = [
                line for line in done.stdout.splitlines() if line.startswith(b'{"type":"STATE"')
            ]
            out.write_text(json.dumps(json.loads(last[-1])["value"]))
        return took

    def run_piped(
        self, target: str, dataset: str, state: Path | None, streams: Sequence[str]
    ) -> float:
        """Time the tap piped into a target, without Meltano."""
        began = time.monotonic()
        with subprocess.Popen(  # noqa: S603 - ourselves
            self.tap(state, streams),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            env=self._environment,
        ) as tap:
            self._run(self.target(target, dataset), stdin=tap.stdout)
        if tap.returncode:
            message = f"the tap ended with {tap.returncode}"
            raise FailedError(message)
        return time.monotonic() - began

    def run_meltano(self, target: str, dataset: str, streams: Sequence[str]) -> float:
        """Time ``meltano run``; Meltano's state decides whether it is a first run."""
        added = {
            "TARGET_BIGQUERY_DATASET": dataset,
            "TARGET_BIGQUERY_STRICT_DATASET": dataset,
            "TAP_CLOCKIFY__SELECT": json.dumps([f"{stream}.*" for stream in streams]),
        }
        if "summary" not in streams or target == "target-jsonl":
            added["TAP_CLOCKIFY_STREAM_MAPS"] = "{}"
        began = time.monotonic()
        command = ("run", "--no-install", "--state-id-suffix", dataset, "tap-clockify", target)
        self._meltano("--environment", "demo", *command, **added)
        return time.monotonic() - began

    def edit(self) -> None:
        """Make some edits between two runs."""
        body = {"count": EDITS, "seed": 1}
        url = f"{self.places.clockify_url}/_sandbox/edit"
        requests.post(url, json=body, timeout=TIMEOUT).raise_for_status()

    def _meltano(self, *arguments: str, **added: str) -> None:
        command = [str(Path(sys.executable).with_name("meltano")), *arguments]
        self._run(command, cwd=self.folder, env={**self._environment, **added})

    def _run(
        self, command: Sequence[str | Path], **options: Any
    ) -> subprocess.CompletedProcess[bytes]:
        options = {"cwd": ROOT, "env": self._environment, "timeout": TIMEOUT, **options}
        done = subprocess.run(command, capture_output=True, check=False, **options)  # noqa: S603
        if done.returncode:
            raise FailedError(f"{command}:\n{done.stderr.decode(errors='replace')[-3000:]}")
        return done


def main() -> None:
    """Measure, and write the section."""
    with TemporaryDirectory() as folder, _sandbox(Path(folder)) as project:
        (project.folder / "output").mkdir()
        state = project.folder / "state.json"
        rows: list[tuple[str, ...]] = []
        layouts: list[tuple[str, ...]] = []
        project.run_tap(None, ALL)  # From here on, files and the stand-in's answers are cached.
        first = {target: _stack(project, target, None, ALL, SLEEP_NEW) for target in TARGETS}
        project.run_tap(None, ALL, state)
        project.edit()
        for target, stack in first.items():
            rows.append(stack.row(f"{target}, first"))
            daily = _stack(project, target, state, ALL, SLEEP_KNOWN)
            rows.append(daily.row(f"{target}, daily"))
        for name, streams in LAYOUTS.items():
            took = [project.run_meltano(each, _dataset(each), streams) for each in BIGQUERY]
            shown = (f"{seconds:.1f} s" for seconds in took)
            layouts.append((name, str(len(streams)), *shown))
        if failed := project.places.bigquery.failed_loads():
            raise FailedError(failed[0])
    results.write("pipeline", _text(rows, layouts))


def _stack(
    project: Project,
    target: str,
    state: Path | None,
    streams: Sequence[str],
    sleep: float,
) -> Stack:
    stack = Stack(
        tap=project.run_tap(state, streams),
        piped=project.run_piped(target, f"{_dataset(target)}_piped", state, streams),
        meltano=project.run_meltano(target, _dataset(target), streams),
        sleeps=sleep * len(streams) if target == "target-bigquery" else 0.0,
    )
    print(f"  {target}: {stack}", flush=True)  # noqa: T201 - a command line
    return stack


def _dataset(target: str) -> str:
    """Return a dataset of the target's own; it also separates the states that Meltano keeps."""
    return f"{DATASET}_{target.replace('-', '_')}"


@contextmanager
def _sandbox(folder: Path) -> Iterator[Project]:
    project = Project(folder)
    supervisor.up(project.places, idle_minutes=10)
    try:
        yield project
    finally:
        with suppress(supervisor.SandboxError):  # If that fails, it still ends when idle.
            supervisor.down(project.places)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _text(rows: list[tuple[str, ...]], layouts: list[tuple[str, ...]]) -> str:
    head = ("pipeline", "Meltano", "tap", "target: sleeps", "target: work", "together", "sleeps")
    return "\n".join(
        (
            "## The whole pipeline\n",
            "The sandbox's agency (12 people, 120 days) through `meltano run`, once each. *Meltano*"
            " is the extra time over the same programs piped; *tap* is the tap alone;"
            f" target-bigquery sleeps {SLEEP_NEW} s for a new table and {SLEEP_KNOWN} s for an"
            " existing one (computed, not timed); *work* is the rest, which overlaps with the tap"
            " and may therefore be small.\n",
            results.table(head, rows),
            "A daily run into the local BigQuery by selection; every table adds"
            " sleeps of target-bigquery, however few its rows:\n",
            results.table(("selection", "tables", *BIGQUERY), layouts),
        )
    )
