"""Start the community's loader, which ends in a KeyError if it is given no project."""

from __future__ import annotations

import os
import sys

PROJECT = "TARGET_BIGQUERY_PROJECT"
"""Meltano sets it to the loader's setting ``project``."""


def main() -> None:
    """Start the loader, or say what is missing."""
    if not os.environ.get(PROJECT):
        sys.exit(
            "The setting project of target-bigquery is missing: set GCP_PROJECT_ID, in the shell or"
            " in .env, to the id of your Google Cloud project."
        )
    # It is in the loader's own environment, where this module is installed beside it.
    from target_bigquery.target import TargetBigQuery  # noqa: PLC0415

    TargetBigQuery.cli()
