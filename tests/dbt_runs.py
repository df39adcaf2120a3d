"""dbt in the environment that Meltano installs for it, on a local BigQuery."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from plugins import ROOT, executable

if TYPE_CHECKING:
    from pathlib import Path

    from clockify_sandbox.bigquery import LocalBigQuery

TIMEOUT = 800


@dataclass(frozen=True)
class Done:
    """What a command of dbt ended with and printed."""

    code: int
    printed: str


@dataclass(frozen=True)
class Dbt:
    """The dbt project in transform/, over the tables of one local BigQuery."""

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
        done = subprocess.run(  # noqa: S603
            [executable("utilities", "dbt-bigquery"), "--no-use-colors", *arguments],
            env=os.environ | environment,
            text=True,
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
        )
        return Done(done.returncode, done.stdout + done.stderr)

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
