"""The real target-bigquery in its own environment, configured as in meltano.yml."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from filelock import FileLock

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from clockify_sandbox.bigquery import LocalBigQuery

PROJECT_ROOT = Path(__file__).parents[2]
BY_MELTANO = PROJECT_ROOT / ".meltano/loaders/target-bigquery/venv"
BY_US = PROJECT_ROOT / ".sandbox/target-venv"
# Without a server the target silently retries for ten minutes.
TIMEOUT = 180


def declaration() -> dict[str, Any]:
    """Read the target's part of meltano.yml."""
    plugins = yaml.safe_load((PROJECT_ROOT / "meltano.yml").read_text())["plugins"]
    found: dict[str, Any] = next(p for p in plugins["loaders"] if p["name"] == "target-bigquery")
    return found


def executable() -> Path:
    """Find the target that Meltano installed, or install it, once for all test processes."""
    wanted = declaration()
    mark = BY_US / "installed.json"
    if (by_meltano := BY_MELTANO / "bin/target-bigquery").exists():
        return by_meltano
    BY_US.parent.mkdir(exist_ok=True)
    with FileLock(BY_US.with_suffix(".lock")):
        if not (mark.exists() and mark.read_text() == wanted["pip_url"]):
            _uv("venv", "--clear", "--python", wanted["python"], str(BY_US))
            _uv("pip", "install", "--python", str(BY_US), *wanted["pip_url"].split())
            mark.write_text(wanted["pip_url"])
    return BY_US / "bin/target-bigquery"


def _uv(*arguments: str) -> None:
    subprocess.run(["uv", "--quiet", *arguments], check=True)  # noqa: S603, S607


@dataclass(frozen=True)
class Target:
    """A target that loads into a local BigQuery."""

    executable: Path
    bigquery: LocalBigQuery
    folder: Path

    def load(self, lines: Iterable[str]) -> list[dict[str, Any]]:
        """Pipe Singer messages through the target and give the STATE that it printed.

        A failed load job is an error here, although the target itself ends with 0.
        """
        before = len(self.bigquery.failed_loads())
        config = self.folder / "target.json"
        settings = declaration()["config"] | {"project": self.bigquery.project}
        config.write_text(json.dumps(settings))
        done = self._run([self.executable, "--config", config], lines)
        if failed := self.bigquery.failed_loads()[before:]:
            raise AssertionError("A load job failed: " + failed[0])
        if done.returncode:
            raise AssertionError("The target failed:\n" + done.stderr[-3000:])
        return [json.loads(line) for line in done.stdout.splitlines()]

    def load_strictly(self, dataset: str, lines: Iterable[str]) -> None:
        """Pipe Singer messages through our own loader into a dataset."""
        config = self.folder / "strict.json"
        config.write_text(json.dumps({"project": self.bigquery.project, "dataset": dataset}))
        command = [sys.executable, "-m", "target_bigquery_strict.target", "--config", config]
        done = self._run(command, lines)
        assert done.returncode == 0, done.stderr[-3000:]

    def _run(
        self, command: Sequence[str | Path], lines: Iterable[str]
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603
            command,
            input="\n".join(lines) + "\n",
            env=os.environ | self.bigquery.target_env(self.folder),
            text=True,
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
        )
