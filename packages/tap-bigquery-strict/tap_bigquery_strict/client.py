"""BigQuery: credentials, queries with a limit of cost, and its refusals as sentences."""

from __future__ import annotations

import json
import os
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import google.auth
from google.api_core.client_options import ClientOptions
from google.api_core.exceptions import GoogleAPIError, NotFound
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import GoogleAuthError
from google.cloud import bigquery
from requests import RequestException

from tap_bigquery_strict.errors import ExtractError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from google.cloud.bigquery.query import ScalarQueryParameter
    from google.cloud.bigquery.table import RowIterator

EMULATOR = "BIGQUERY_EMULATOR_HOST"
"""Environment variable with the address of a local BigQuery, which Google's client honours too."""
SCOPES = ("https://www.googleapis.com/auth/bigquery",)
REASON_LENGTH = 300
TOO_EXPENSIVE = ("bytesBilledLimitExceeded", "limit for bytes billed")
FAILURES = (GoogleAPIError, GoogleAuthError, RequestException, TimeoutError)


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
        try:
            return self.client.get_table(f"{self.dataset}.{name}")
        except NotFound:
            raise ExtractError(
                f"There is no table {self.dataset}.{name}. Check the settings tables, dataset,"
                " source_project and location."
            ) from None
        except FAILURES as error:
            raise ExtractError(
                f"The table {self.dataset}.{name} cannot be read: {reason_of(error)}. The account"
                " needs roles/bigquery.dataViewer on the dataset."
            ) from None

    def query(self, sql: str, parameters: Sequence[ScalarQueryParameter] = ()) -> RowIterator:
        """Run a query and return its rows.

        Raises:
            ExtractError: BigQuery refuses it.
        """
        config = bigquery.QueryJobConfig(query_parameters=list(parameters), use_query_cache=False)
        if self.maximum_bytes:
            config.maximum_bytes_billed = self.maximum_bytes
        with _refusals(self):
            return self.client.query(sql, job_config=config).result()

    def arrow(self, rows: RowIterator) -> Iterator[list[dict[str, Any]]]:
        """Return the rows in batches, through the Storage Read API where it is installed."""
        with _refusals(self):
            for batch in rows.to_arrow_iterable(bqstorage_client=self._storage()):
                yield batch.to_pylist()

    def _storage(self) -> Any:
        if os.environ.get(EMULATOR):
            return None
        try:
            # Optional: it is the extra `storage`.
            from google.cloud.bigquery_storage import BigQueryReadClient  # noqa: PLC0415
        except ImportError:
            return None
        return BigQueryReadClient(credentials=self.client._credentials)  # noqa: SLF001


class _refusals:  # noqa: N801 -- it reads as a statement
    """Turns BigQuery's refusals into sentences."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, FAILURES):
            reason = reason_of(error)
            if any(each in str(error) for each in TOO_EXPENSIVE):
                raise ExtractError(
                    f"A query of {self._warehouse.dataset} would read more than"
                    f" maximum_bytes_billed ({self._warehouse.maximum_bytes:,} bytes), so BigQuery"
                    " refused it. Raise the setting, or set a replication_key by which the table"
                    " is partitioned."
                ) from None
            raise ExtractError(
                f"BigQuery refused a query of {self._warehouse.dataset}: {reason}. The account"
                " needs roles/bigquery.jobUser on the project that pays, and dataViewer on the"
                " dataset."
            ) from None


def reason_of(error: BaseException) -> str:
    """Return BigQuery's own reason, in one line."""
    told = getattr(error, "message", None) or str(error) or type(error).__name__
    first = str(told).strip().splitlines()[0]
    return f'"{first[:REASON_LENGTH]}"'


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
