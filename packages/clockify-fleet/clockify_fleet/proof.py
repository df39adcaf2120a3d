"""Whether the run's row is in the destination: an exit code alone proves no load."""

from __future__ import annotations

import json
import os
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from google.api_core.client_options import ClientOptions
from google.api_core.exceptions import GoogleAPIError, NotFound
from google.auth import load_credentials_from_dict, load_credentials_from_file
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import GoogleAuthError
from google.cloud import bigquery

from clockify_fleet.errors import FleetError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from clockify_fleet.organizations import Organization

SCOPES = ("https://www.googleapis.com/auth/bigquery",)
TIMEOUT_SECONDS = 120


@dataclass(frozen=True)
class Warehouse:
    """BigQuery, as the loader's settings describe it."""

    settings: Mapping[str, Any]
    emulator: str | None

    def project_of(self, organization: Organization) -> str:
        """Return the project that an organisation is loaded into.

        Raises:
            FleetError: Neither the organisation nor the loader has one.
        """
        found = organization.destination_project or self.settings.get("project")
        if not found:
            raise FleetError(
                f"Organisation {organization.organization_id} has no destination_project, and the"
                " loader has no project. Set one of them, or GCP_PROJECT_ID."
            )
        return str(found)

    def location_of(self, organization: Organization) -> str | None:
        """Return where its dataset is; None if BigQuery is to find out."""
        return organization.location or self.settings.get("location")

    def check_run(self, organization: Organization, since: dt.datetime) -> None:
        """Check that a run which began at `since` or later left its row in `sync_runs`.

        Raises:
            FleetError: It is not there, or a workspace of the organisation has none.
        """
        seen = self._workspaces_since(organization, since)
        where = f"{organization.destination_dataset}.sync_runs"
        if not seen:
            raise FleetError(
                f"The run ended without an error, but {where} has no row of it, so nobody can say"
                " that its rows are loaded. Select the stream sync_runs, and run it again."
            )
        if missing := sorted(set(organization.workspace_ids) - seen):
            raise FleetError(
                f"The run ended without an error, but {where} has no row of it for workspace"
                f" {', '.join(missing)}. Check workspace_ids and what the key may see."
            )

    def _workspaces_since(self, organization: Organization, since: dt.datetime) -> set[str]:
        project = self.project_of(organization)
        table = f"`{project}`.`{organization.destination_dataset}`.`sync_runs`"
        query = (
            "SELECT DISTINCT workspace_id FROM "  # noqa: S608 -- the names are checked
            + table
            + " WHERE started_at >= @since"
        )
        # Some instants in the table have no fractions of a second.
        second = since.replace(microsecond=0)
        parameters = [bigquery.ScalarQueryParameter("since", "TIMESTAMP", second)]
        try:
            client = self._client(project, self.location_of(organization))
            rows = client.query_and_wait(
                query,
                job_config=bigquery.QueryJobConfig(query_parameters=parameters),
                wait_timeout=TIMEOUT_SECONDS,
            )
            return {str(row["workspace_id"]) for row in rows}
        except NotFound:
            return set()
        except (GoogleAPIError, GoogleAuthError, OSError, ValueError) as error:
            raise FleetError(
                "The run ended without an error, but the fleet could not look for its row in"
                f" {organization.destination_dataset}.sync_runs ({type(error).__name__}). Its"
                " account needs roles/bigquery.jobUser, and may read the dataset."
            ) from None

    def _client(self, project: str, location: str | None) -> bigquery.Client:
        options = ClientOptions(api_endpoint=self.emulator) if self.emulator else None
        return bigquery.Client(
            project, self._credentials(), location=location, client_options=options
        )

    def _credentials(self) -> Any:
        with warnings.catch_warnings():
            # It warns of keys from strangers; this one comes from the owner of the settings.
            warnings.simplefilter("ignore", DeprecationWarning)
            if text := self.settings.get("credentials_json"):
                return load_credentials_from_dict(json.loads(text), scopes=SCOPES)[0]
            if path := self.settings.get("credentials_path"):
                return load_credentials_from_file(os.fspath(path), scopes=SCOPES)[0]
        return AnonymousCredentials() if self.emulator else None
