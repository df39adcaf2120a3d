"""BigQuery: credentials, and queries with a limit of cost."""

from __future__ import annotations

import json
import os
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import google.auth
from google.api_core.client_options import ClientOptions
from google.api_core.exceptions import NotFound
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import GoogleAuthError
from google.cloud import bigquery

from tap_bigquery_strict.errors import ExtractError
from tap_bigquery_strict.refusals import EMULATOR, FAILURES, patience, refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from google.cloud.bigquery.query import ScalarQueryParameter
    from google.cloud.bigquery.table import RowIterator

SCOPES = ("https://www.googleapis.com/auth/bigquery",)


@dataclass(frozen=True)
class Warehouse:
    """BigQuery, with the settings that concern all tables."""

    client: bigquery.Client
    dataset: str
    """As project.dataset."""
    maximum_bytes: int | None

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Warehouse:
        """Connect.

        Raises:
            ExtractError: There are no credentials that can be used.
        """
        emulator = os.environ.get(EMULATOR)
        client = bigquery.Client(
            settings["project"],
            _credentials(settings),
            location=settings.get("location"),
            client_options=ClientOptions(api_endpoint=emulator) if emulator else None,
        )
        project = settings.get("source_project") or settings["project"]
        return cls(client, f"{project}.{settings['dataset']}", settings.get("maximum_bytes_billed"))

    def table(self, name: str) -> bigquery.Table:
        """Return a table or a view.

        Raises:
            ExtractError: It does not exist, or may not be seen.
        """
        address = f"{self.dataset}.{name}"
        try:
            return self.client.get_table(address, retry=patience())
        except NotFound:
            raise ExtractError(
                f"There is no table {address}. Check the settings tables, dataset, source_project"
                " and location."
            ) from None
        except FAILURES as error:
            raise refusal(error, f"The table {address}") from None

    def query(
        self, sql: str, parameters: Sequence[ScalarQueryParameter] = (), *, what: str = "The clock"
    ) -> RowIterator:
        """Run a query and return its rows.

        Args:
            sql: The query.
            parameters: Its named parameters.
            what: What it reads, for errors.

        Raises:
            ExtractError: BigQuery refuses it.
        """
        config = bigquery.QueryJobConfig(query_parameters=list(parameters), use_query_cache=False)
        if self.maximum_bytes:
            config.maximum_bytes_billed = self.maximum_bytes
        job = None
        try:
            job = self.client.query(sql, job_config=config)
            return job.result()
        except FAILURES as error:
            # A query that does not start has read no row.
            has_read = job is not None
            raise refusal(
                error, what, maximum_bytes=self.maximum_bytes, has_read=has_read
            ) from None

    def arrow(self, rows: RowIterator, what: str) -> Iterator[list[dict[str, Any]]]:
        """Return the rows in batches, through the Storage Read API where it is installed.

        Raises:
            ExtractError: They cannot be read.
        """
        batches = iter(rows.to_arrow_iterable(bqstorage_client=self._storage()))
        while True:
            try:
                batch = next(batches, None)
                if batch is None:
                    return
                found = batch.to_pylist()
            except FAILURES as error:
                raise refusal(error, what, has_read=True) from None
            yield found

    def _storage(self) -> Any:
        if os.environ.get(EMULATOR):
            return None
        try:
            # Optional: it is the extra `storage`.
            from google.cloud.bigquery_storage import BigQueryReadClient  # noqa: PLC0415
        except ImportError:
            return None
        return BigQueryReadClient(credentials=self.client._credentials)  # noqa: SLF001


def _credentials(settings: Mapping[str, Any]) -> Any:
    path, text = settings.get("credentials_path"), settings.get("credentials_json")
    try:
        with warnings.catch_warnings():
            # It warns of keys from strangers; this one comes from the owner of the settings.
            warnings.simplefilter("ignore", DeprecationWarning)
            if text:
                return google.auth.load_credentials_from_dict(json.loads(text), scopes=SCOPES)[0]
            if path:
                return google.auth.load_credentials_from_file(path, scopes=SCOPES)[0]
        if os.environ.get(EMULATOR):
            return AnonymousCredentials()
        return google.auth.default(scopes=SCOPES)[0]
    except (GoogleAuthError, OSError, ValueError, TypeError, AttributeError) as error:
        # Google's messages quote the key.
        source = "credentials_json" if text else f"credentials_path ({path})" if path else ""
        raise ExtractError(
            f"{source} holds no key that Google's client can use ({type(error).__name__})."
            if source
            else "There are no credentials for BigQuery. Set credentials_path to a key file, or"
            " run: gcloud auth application-default login"
        ) from None
