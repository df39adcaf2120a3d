"""Where an organisation's key comes from: a variable, or else Secret Manager. Never a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clockify_fleet.errors import FleetError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clockify_fleet.organizations import Organization

PROJECT = "FLEET_SECRET_PROJECT"


def key_of(organization: Organization, variables: Mapping[str, str]) -> str:
    """Return the organisation's Clockify key.

    Raises:
        FleetError: There is none, or Secret Manager does not give it.
    """
    if key := variables.get(organization.variable, "").strip():
        return key
    name = organization.secret or f"clockify-api-key-{organization.organization_id}"
    project = variables.get(PROJECT) or variables.get("GCP_PROJECT_ID")
    if not (organization.secret or variables.get(PROJECT)):
        raise FleetError(
            f"Organisation {organization.organization_id} has no key. Set"
            f" {organization.variable}, or set {PROJECT} to the project whose Secret Manager has"
            f" the secret {name}."
        )
    path = _path(name, project, organization)
    return _from_secret_manager(path, organization)


def _path(name: str, project: str | None, organization: Organization) -> str:
    if name.startswith("projects/"):
        return name if "/versions/" in name else f"{name}/versions/latest"
    if not project:
        raise FleetError(
            f"Organisation {organization.organization_id}: its key is in the secret {name}, but"
            f" nobody said in which project. Set {PROJECT}."
        )
    return f"projects/{project}/secrets/{name}/versions/latest"


def _from_secret_manager(path: str, organization: Organization) -> str:
    try:
        # Optional, and slow to import.
        from google.api_core.exceptions import GoogleAPIError  # noqa: PLC0415
        from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415
        from google.cloud.secretmanager import SecretManagerServiceClient  # noqa: PLC0415
    except ImportError:
        raise FleetError(
            f"Organisation {organization.organization_id}: reading {path} needs Google's client."
            f" Install clockify-fleet[gcp], or set {organization.variable}."
        ) from None
    try:
        answer = SecretManagerServiceClient(transport="rest").access_secret_version(name=path)
        key = str(answer.payload.data.decode("utf-8")).strip()
    except (GoogleAPIError, GoogleAuthError, UnicodeDecodeError) as error:
        raise FleetError(
            f"Organisation {organization.organization_id}: Secret Manager does not give {path}"
            f" ({type(error).__name__}). The account needs roles/secretmanager.secretAccessor on"
            f" it, and it needs an enabled version. Or set {organization.variable}."
        ) from None
    if not key:
        raise FleetError(f"Organisation {organization.organization_id}: {path} is empty.")
    return key
