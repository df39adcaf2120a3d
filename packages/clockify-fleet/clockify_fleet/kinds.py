"""What each kind of job runs: commands, what their environments add, and the plugins they need.

Another kind is another function here, and another member of `Kind`.
"""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clockify_fleet.organizations import Kind
from clockify_fleet.project import BIGQUERY_TAP, DBT, LOADER, TAP
from clockify_fleet.secrets import key_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from clockify_fleet.organizations import Organization
    from clockify_fleet.project import Project
    from clockify_fleet.proof import Warehouse

UNSAFE_IN_VARIABLE = re.compile(r"[^A-Z0-9]")

PLUGINS = {
    Kind.CLOCKIFY: {TAP, LOADER},
    Kind.BIGQUERY: {DBT},
    Kind.BIGQUERY_TAP: {BIGQUERY_TAP, LOADER},
}
"""The plugins that must be installed before a job of a kind can begin."""


@dataclass(frozen=True)
class Request:
    """What somebody asks of a job."""

    organization: Organization
    job_id: str
    full_refresh: bool = False
    select: tuple[str, ...] = ()
    """Streams; all that Meltano selects if there are none."""
    waits: bool = False
    """Whether it waits while another job of the organisation is running."""

    @property
    def run_id(self) -> str:
        """Meltano's id of the run."""
        return run_id_of(self.job_id)


def run_id_of(job_id: str) -> str:
    """Return Meltano's id of a job's run: the job's own, if it is a UUID, as Meltano's must be."""
    try:
        return str(uuid.UUID(job_id))
    except ValueError:
        return str(uuid.uuid5(uuid.NAMESPACE_OID, job_id))


@dataclass(frozen=True)
class Step:
    """A command, and what only its process gets to know."""

    command: tuple[str, ...]
    variables: Mapping[str, str] = field(repr=False)
    """Its own part of the environment. It may hold a key, so it is never shown."""
    secrets: tuple[str, ...] = field(default=(), repr=False)


def steps(request: Request, project: Project, warehouse: Warehouse, folder: Path) -> list[Step]:
    """Return the commands of a job, in order.

    Args:
        request: Whose job, and how.
        project: Where its commands run.
        warehouse: Where its rows go.
        folder: A folder for files of this job, which is deleted at its end.

    Raises:
        FleetError: Something that it needs is missing, such as its key.
    """
    return _STEPS[request.organization.kind](request, project, warehouse, folder)


def _clockify(request: Request, project: Project, warehouse: Warehouse, _: Path) -> list[Step]:
    organization = request.organization
    key = key_of(organization, project.variables)
    selected = {*request.select, "sync_runs"} if request.select else set()
    filters = [part for name in sorted(selected) for part in ("--select", name)]
    variables = {
        **_settings("TAP_CLOCKIFY", organization),
        **_destination(organization, warehouse),
        "TAP_CLOCKIFY_API_KEY": key,
        "TAP_CLOCKIFY_WORKSPACE_IDS": ",".join(organization.workspace_ids),
    }
    return [Step(_el(request, project, filters, TAP), variables, (key,))]


def _bigquery_tap(request: Request, project: Project, warehouse: Warehouse, _: Path) -> list[Step]:
    organization = request.organization
    tables = [
        {
            "name": name,
            "key_columns": list(organization.key_columns),
            **(
                {"replication_key": organization.replication_key}
                if organization.replication_key
                else {}
            ),
        }
        for name in organization.destination_table
    ]
    source = organization.source_project or warehouse.project_of(organization)
    variables = {
        **_settings("TAP_BIGQUERY_STRICT", organization),
        **_destination(organization, warehouse),
        "TAP_BIGQUERY_STRICT_SOURCE_PROJECT": source,
        "TAP_BIGQUERY_STRICT_DATASET": str(organization.source_dataset),
        "TAP_BIGQUERY_STRICT_TABLES": json.dumps(tables),
        # A whole table is read: what is gone from the source is gone from the copy. With a
        # replication key, rows that the source marks as deleted are copied with their mark.
        "TARGET_BIGQUERY_STRICT_HARD_DELETE": json.dumps(organization.replication_key is None),
    }
    variables.setdefault("TAP_BIGQUERY_STRICT_PROJECT", source)
    return [Step(_el(request, project, [], BIGQUERY_TAP), variables)]


def _el(request: Request, project: Project, filters: list[str], tap: str) -> tuple[str, ...]:
    """Return Meltano's command. `run` would share files with other jobs of the same plugins.

    `--force`, since the fleet's own lock keeps two jobs of an organisation apart: Meltano's would
    hold for five minutes after a job was killed.
    """
    name = request.organization.organization_id
    state_id = f"{project.environment}:{tap}-to-{LOADER}:{name}"
    return tuple(
        project.meltano(
            "el",
            "--no-install",
            "--force",
            *(["--full-refresh"] if request.full_refresh else []),
            *filters,
            "--run-id",
            request.run_id,
            "--state-id",
            state_id,
            tap,
            LOADER,
        )
    )


def _settings(prefix: str, organization: Organization) -> dict[str, str]:
    """Return the organisation's settings as variables, as Meltano reads them."""
    return {
        f"{prefix}_{UNSAFE_IN_VARIABLE.sub('_', name.upper())}": value
        if isinstance(value, str)
        else json.dumps(value)
        for name, value in organization.settings.items()
    }


def _destination(organization: Organization, warehouse: Warehouse) -> dict[str, str]:
    variables = {
        "TARGET_BIGQUERY_STRICT_PROJECT": warehouse.project_of(organization),
        "TARGET_BIGQUERY_STRICT_DATASET": organization.destination_dataset,
    }
    if organization.location:
        variables["TARGET_BIGQUERY_STRICT_LOCATION"] = organization.location
    return variables


def _bigquery(request: Request, project: Project, warehouse: Warehouse, folder: Path) -> list[Step]:
    organization = request.organization
    variables = {
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
        "DBT_LOG_FORMAT": "json",
    }
    if organization.location:
        # The profile of the dbt project reads it.
        variables["TARGET_BIGQUERY_STRICT_LOCATION"] = organization.location
    refresh = ["--full-refresh"] if request.full_refresh else []
    command = project.meltano("invoke", "--no-install", f"{DBT}:copy", *refresh, "--vars")
    return [
        Step((*command, json.dumps(_copy_of(organization, table, warehouse))), variables)
        for table in organization.destination_table
    ]


def _copy_of(organization: Organization, table: str, warehouse: Warehouse) -> dict[str, object]:
    """Return the variables of the dbt model, which docs/copies.md describes."""
    destination = warehouse.project_of(organization)
    return {
        "copy_source_project": organization.source_project or destination,
        "copy_source_dataset": organization.source_dataset,
        "copy_destination_project": destination,
        "copy_destination_dataset": organization.destination_dataset,
        "copy_table": table,
        "copy_key_columns": list(organization.key_columns),
        "copy_replication_key": organization.replication_key,
        **{f"copy_{name}": value for name, value in organization.settings.items()},
    }


_STEPS: Mapping[Kind, Callable[[Request, Project, Warehouse, Path], list[Step]]] = {
    Kind.CLOCKIFY: _clockify,
    Kind.BIGQUERY: _bigquery,
    Kind.BIGQUERY_TAP: _bigquery_tap,
}
