"""Start the community's loader, which ends in a KeyError if it is given no project."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

PROJECT = "TARGET_BIGQUERY_PROJECT"
"""The variable that the loader reads the project from with ``--config ENV``."""


def main() -> None:
    """Start the loader, or say what is missing."""
    files = _configurations(sys.argv)
    if files and not any(_has_project(file) for file in files):
        sys.exit(
            "The setting project of target-bigquery is missing: set GCP_PROJECT_ID, in the shell or"
            " in .env, to the id of your Google Cloud project."
        )
    # It is in the loader's own environment, where this module is installed beside it.
    from target_bigquery.target import TargetBigQuery  # noqa: PLC0415

    TargetBigQuery.cli()


def _configurations(arguments: list[str]) -> list[str]:
    """Return what is given with ``--config``: files, or ENV for the environment's variables."""
    apart = [value for name, value in zip(arguments, arguments[1:]) if name == "--config"]  # noqa: B905, RUF007
    joined = [each.partition("=")[2] for each in arguments if each.startswith("--config=")]
    return apart + joined


def _has_project(file: str) -> bool:
    """Return whether a configuration names a project; True if it cannot be read."""
    if file == "ENV":
        return bool(os.environ.get(PROJECT))
    try:
        return bool(json.loads(Path(file).read_text("utf-8")).get("project"))
    except (OSError, ValueError, AttributeError):
        return True
