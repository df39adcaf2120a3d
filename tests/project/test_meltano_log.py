"""What `logging.yaml` shows and hides of a run under Meltano."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
TALK = """
import sys
import structlog
from meltano.core.logging import setup_logging

setup_logging(log_config=sys.argv[1])
told = structlog.stdlib.get_logger("meltano.cli.run")
told.info("Run completed", status="failure")
told.error("Block run completed", err="`clockify-sandbox up` failed with exit code: 1")
structlog.stdlib.get_logger("meltano.core.plugin.singer.tap").info("Running catalog discovery")
structlog.stdlib.get_logger("meltano.core.plugin.singer.tap").warning("No state was found")
tap = structlog.stdlib.get_logger("meltano.plugin.stderr.extractors.tap-clockify")
tap.info("Complete in 0.2 s", name="tap-clockify")
tap.warning("Totals differ", name="tap-clockify")
sandbox = structlog.stdlib.get_logger("meltano.plugin.stderr.utilities.clockify-sandbox")
sandbox.info("1.50 hours in 1 rows", name="clockify-sandbox")
"""


def test_log_shows_failures_summaries_and_the_report() -> None:
    talk = [sys.executable, "-c", TALK, str(ROOT / "logging.yaml")]
    run = subprocess.run(  # noqa: S603
        talk, capture_output=True, text=True, timeout=300, check=True
    )
    lines = run.stderr.splitlines()
    # Without the time, which comes first in all but the report.
    shown = [" ".join(line.split()[1:]) for line in lines[:-1]]
    assert shown == [
        "[error ] meltano Block run completed err='`clockify-sandbox up` failed with exit code: 1'",
        "[warning ] meltano No state was found",
        "[info ] tap-clockify Complete in 0.2 s",
        "[warning ] tap-clockify Totals differ",
    ]
    assert lines[-1] == "1.50 hours in 1 rows"
