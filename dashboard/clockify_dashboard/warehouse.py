"""Reading the marts from BigQuery, or from the local one."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import google.auth
import requests
from google.api_core.exceptions import ClientError, GoogleAPIError, NotFound, Unauthorized
from google.api_core.retry import Retry
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import GoogleAuthError
from google.cloud.bigquery import Client, QueryJobConfig

from clockify_dashboard.errors import DashboardError
from clockify_dashboard.statements import frames, parameters, statement

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from clockify_dashboard.filters import Filters
    from clockify_dashboard.settings import Settings
    from clockify_dashboard.statements import Section

SCOPES = ("https://www.googleapis.com/auth/bigquery",)
RETRY = Retry(timeout=8)
"""For how many seconds an unanswered request is sent again: a reader waits for the page."""
TIMEOUT = 60
"""Seconds that a query may take."""


@dataclass(frozen=True)
class Answer:
    """What BigQuery answered: a data frame for each section, and which sections have a mart."""

    read_at: datetime
    frames: dict[str, Any]
    present: frozenset[str]

    def __getitem__(self, section: str) -> Any:
        """Return the rows of a section."""
        return self.frames[section]


def read(settings: Settings, sections: Sequence[Section], filters: Filters) -> Answer:
    """Read all sections with one query.

    Raises:
        DashboardError: The marts are missing, or BigQuery does not answer.
    """
    with _client(settings) as client:
        marts = {item.table_id for item in _tables(client, settings.dataset)}
        present = [section for section in sections if section.marts <= marts]
        if any(not section.optional for section in sections if section not in present):
            raise _not_built()
        job = client.query(
            statement(present, settings.table),
            job_config=QueryJobConfig(query_parameters=parameters(filters)),
            retry=RETRY,
            job_retry=None,
            timeout=TIMEOUT,
        )
        rows = [dict(row) for row in job.result(retry=RETRY, job_retry=None, timeout=TIMEOUT)]
    names = frozenset(section.name for section in present)
    return Answer(datetime.now(UTC), frames(sections, rows), names)


def _tables(client: Client, dataset: str) -> list[Any]:
    try:
        return list(client.list_tables(dataset, retry=RETRY, timeout=TIMEOUT))
    except NotFound:
        return []


def _not_built() -> DashboardError:
    return DashboardError("The marts are not built yet.", "Run: `uv run meltano run marts`")


@contextmanager
def _client(settings: Settings) -> Iterator[Client]:
    try:
        with Client(
            project=settings.project, credentials=_credentials(settings), location=settings.location
        ) as client:
            yield client
    except GoogleAuthError as error:
        raise DashboardError(
            "This machine has no credentials that Google accepts.",
            "Run: `gcloud auth application-default login`",
        ) from error
    except (ClientError, GoogleAPIError, requests.RequestException, TimeoutError) as error:
        raise _explained(settings, error) from error


def _credentials(settings: Settings) -> Any:
    """Return the machine's own credentials; the local BigQuery asks for none."""
    if settings.emulator:
        return AnonymousCredentials()
    return google.auth.default(scopes=SCOPES)[0]


def _explained(settings: Settings, error: Exception) -> DashboardError:
    if isinstance(error, Unauthorized):
        return DashboardError(
            "BigQuery does not accept the credentials of this machine.",
            "Run: `gcloud auth application-default login`",
        )
    if isinstance(error, ClientError):
        return DashboardError(
            f"BigQuery refused the query: {_code(error.message)}",
            "If a column or table is missing, the marts are older than the dashboard. Run: "
            "`uv run meltano run marts`. If access is denied, the account needs the roles BigQuery "
            "Job User on the project and BigQuery Data Viewer on the dataset.",
        )
    where = settings.emulator or "Google"
    remedy = "Run: `uv run clockify-sandbox up`" if settings.emulator else "Try again in a minute."
    return DashboardError(f"BigQuery does not answer at {_code(where)}.", remedy)


def _code(text: str) -> str:
    """Quote a text of others for Markdown."""
    return "`" + " ".join(text.replace("`", "'").split())[:300] + "`"
