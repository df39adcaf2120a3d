"""The real target-bigquery in its own environment, configured as in meltano.yml."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from plugins import declaration, executable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from clockify_sandbox.bigquery import LocalBigQuery

TARGET = "loaders", "target-bigquery"
# Without a server the target silently retries for ten minutes.
TIMEOUT = 400


@dataclass(frozen=True)
class Target:
    """A target that loads into a local BigQuery."""

    bigquery: LocalBigQuery
    folder: Path

    def load(self, lines: Iterable[str]) -> list[dict[str, Any]]:
        """Pipe Singer messages through the target and give the STATE that it printed.

        A failed load job is an error here, although the target itself ends with 0.
        """
        before = len(self.bigquery.failed_loads())
        config = self.folder / "target.json"
        settings = declaration(*TARGET)["config"] | {"project": self.bigquery.project}
        config.write_text(json.dumps(settings))
        done = self._run([executable(*TARGET), "--config", config], lines)
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
