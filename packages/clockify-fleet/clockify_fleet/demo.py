"""The demo: two simulated organisations, a copy between them, and one that fails on purpose."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

from clockify_fleet.environment import passed_on
from clockify_fleet.errors import FleetError
from clockify_fleet.organizations import Kind, Organization

if TYPE_CHECKING:
    from clockify_fleet.project import Project

ENVIRONMENT = "demo"
AGENCY, CLIENT = "5a6e4c700000000000000001", "5c11e4700000000000000001"
"""The workspaces of the sandbox."""
KEYS = {
    "CLOCKIFY_API_KEY__AGENCY": "sandbox-api-key",
    "CLOCKIFY_API_KEY__CLIENT": "sandbox-client-key",
    "CLOCKIFY_API_KEY__FORMER_CLIENT": "a-key-that-was-revoked",
}
"""They open nothing but the sandbox."""
ORGANIZATIONS = [
    Organization(
        organization_id="agency",
        kind=Kind.CLOCKIFY,
        destination_dataset="agency_clockify",
        workspace_ids=(AGENCY,),
    ),
    Organization(
        organization_id="client",
        kind=Kind.CLOCKIFY,
        destination_dataset="client_clockify",
        workspace_ids=(CLIENT,),
    ),
    Organization(
        organization_id="former-client",
        kind=Kind.CLOCKIFY,
        destination_dataset="former_client_clockify",
    ),
    Organization(
        organization_id="holding",
        kind=Kind.BIGQUERY,
        source_dataset="agency_clockify",
        destination_dataset="holding_billing",
        destination_table=("summary_time_entry_report",),
        key_columns=("workspace_id", "user_id", "project_id", "tag_id", "date"),
        replication_key="import_timestamp",
    ),
]
RETRIES = 0
"""None, since the organisation that fails on purpose would fail again."""
REAL = ("MELTANO_", "TAP_", "TARGET_", "DBT_", "GOOGLE_", "GCP_", "CLOUDSDK_", "GCE_", "BIGQUERY_")


def isolated(project: Project) -> Project:
    """Return the project without any variable that leads to a real account."""
    variables = {
        name: value
        for name, value in passed_on(project.variables).items()
        if not name.startswith(REAL)
    }
    return replace(project, variables={**variables, **KEYS})


def start_sandbox(project: Project) -> None:
    """Start the sandbox with both workspaces.

    Raises:
        FleetError: It does not start.
    """
    for command in ("up", "client-workspace"):
        done = subprocess.run(  # noqa: S603 -- our own command
            project.meltano("invoke", f"clockify-sandbox:{command}"),
            env=project.child_variables({}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode:
            told = done.stderr.strip().splitlines()[-1:]
            raise FleetError(f"The sandbox does not start: {' '.join(told)}")
