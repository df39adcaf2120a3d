"""Where the marts are, from environment variables."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clockify_dashboard.errors import DashboardError

if TYPE_CHECKING:
    from collections.abc import Mapping

PROJECT = "CLOCKIFY_DASHBOARD_PROJECT"
DATASET = "CLOCKIFY_DASHBOARD_DATASET"
LOCATION = "CLOCKIFY_DASHBOARD_LOCATION"
EMULATOR = "BIGQUERY_EMULATOR_HOST"
"""Address of a local BigQuery, which Google's client honours too."""

A_PROJECT = re.compile(r"[a-z][a-z0-9.:-]{0,98}[a-z0-9]")
A_DATASET = re.compile(r"[A-Za-z0-9_]{1,1024}")


@dataclass(frozen=True)
class Settings:
    """Where the marts are."""

    project: str
    dataset: str = "clockify_marts"
    location: str | None = None
    emulator: str | None = None

    def table(self, mart: str) -> str:
        """Return the quoted name of a mart for a query."""
        return f"`{self.project}`.`{self.dataset}`.`{mart}`"


def from_environment(environ: Mapping[str, str]) -> Settings:
    """Read the settings from environment variables.

    Raises:
        DashboardError: A variable is missing, or is no name of a project or dataset.
    """
    project = environ.get(PROJECT) or environ.get("GCP_PROJECT_ID") or ""
    dataset = environ.get(DATASET) or Settings.dataset
    if not project:
        raise DashboardError(
            "The dashboard does not know which Google Cloud project has the marts.",
            "Set the environment variable `GCP_PROJECT_ID` to the project.",
        )
    for name, value, form in ((PROJECT, project, A_PROJECT), (DATASET, dataset, A_DATASET)):
        if not form.fullmatch(value):
            raise DashboardError(
                f"The value of `{name}` is not the name of a project or dataset.",
                "Correct the environment variable, and start the dashboard again.",
            )
    location, emulator = environ.get(LOCATION), environ.get(EMULATOR)
    return Settings(project, dataset, location or None, emulator or None)
