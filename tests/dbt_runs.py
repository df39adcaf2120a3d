"""dbt in the environment that Meltano installs for it, on a local BigQuery."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from plugins import ROOT, executable

if TYPE_CHECKING:
    from types import TracebackType

    from clockify_sandbox.bigquery import LocalBigQuery

DRIVER = Path(__file__).with_name("dbt_driver.py")


@dataclass(frozen=True)
class Done:
    """What a command of dbt ended with and printed."""

    code: int
    printed: str


class DbtProcess:
    """A process that runs commands of dbt, since its start takes longer than most commands."""

    def __init__(self) -> None:
        """Begin without a process; the first command starts it."""
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        """Use it until the end of the context."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it."""
        if self._process is not None:
            self._process.__exit__(kind, error, trace)

    def run(self, arguments: tuple[str, ...], environment: dict[str, str]) -> Done:
        """Run a command, with some more variables."""
        if self._process is None:
            python = executable("utilities", "dbt-bigquery").with_name("python")
            self._process = subprocess.Popen(  # noqa: S603
                # Isolated, since dbt imports whatever it finds that is called dbt_*.
                [python, "-I", DRIVER],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        assert self._process.stdin
        assert self._process.stdout
        asked = {"arguments": arguments, "environment": environment}
        print(json.dumps(asked), file=self._process.stdin, flush=True)
        return Done(**json.loads(self._process.stdout.readline()))


@dataclass(frozen=True)
class Dbt:
    """The dbt project in transform/, over the tables of one local BigQuery."""

    process: DbtProcess
    bigquery: LocalBigQuery
    folder: Path

    def __call__(self, *arguments: str) -> Done:
        """Run a command of dbt, as the Meltano environment `demo` does."""
        self.bigquery.target_env(self.folder / ".sandbox")
        environment = {
            "MELTANO_ENVIRONMENT": "demo",
            "MELTANO_PROJECT_ROOT": str(self.folder),
            "BIGQUERY_EMULATOR_HOST": self.bigquery.url,
            "DBT_PROJECT_DIR": str(ROOT / "transform"),
            "DBT_PROFILES_DIR": str(ROOT / "transform"),
            "DBT_TARGET_PATH": str(self.folder / "target"),
            "DBT_LOG_PATH": str(self.folder / "logs"),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        }
        return self.process.run(("--no-use-colors", *arguments), environment)

    def build(self) -> None:
        """Build the marts and test them, as `meltano run dbt-bigquery:build` does."""
        done = self("build", "--exclude", "tag:verify")
        assert done.code == 0, done.printed[-4000:]

    def verify(self) -> Done:
        """Run the proof, as `meltano run dbt-bigquery:verify` does."""
        return self("test", "--select", "tag:verify")

    def mart(self, name: str) -> list[dict[str, Any]]:
        """Read a mart as it is now."""
        return self.bigquery.query(f"SELECT * FROM clockify_marts.clockify__{name}")  # noqa: S608
