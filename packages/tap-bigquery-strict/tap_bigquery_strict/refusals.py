"""What BigQuery refuses, as sentences that quote no value of a row."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import requests
from google.api_core.exceptions import (
    Forbidden,
    GoogleAPICallError,
    GoogleAPIError,
    NotFound,
    RetryError,
)
from google.auth.exceptions import GoogleAuthError, TransportError
from google.cloud.bigquery.retry import DEFAULT_RETRY

from tap_bigquery_strict.errors import ExtractError

if TYPE_CHECKING:
    from google.api_core.retry import Retry

EMULATOR = "BIGQUERY_EMULATOR_HOST"
"""Environment variable with the address of a local BigQuery, which Google's client honours too."""
FAILURES = (GoogleAPIError, GoogleAuthError, OSError, pa.ArrowException)
"""What a request to BigQuery may raise; those of requests are OSErrors."""
LOCAL_SECONDS = 5.0
"""How long a local BigQuery is waited for: it answers, or it was not started."""

_SERVER_ERROR = 500
_TRANSIENT_CODES = frozenset({408, 429})
_BROKEN = (
    ConnectionError,
    TimeoutError,
    TransportError,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ConnectionError,
    requests.exceptions.Timeout,
)
_TOO_EXPENSIVE = ("bytesBilledLimitExceeded", "limit for bytes billed")
_LENGTH = 300


def patience() -> Retry:
    """Return how requests are repeated: Google's client does so for ten minutes."""
    return DEFAULT_RETRY.with_timeout(LOCAL_SECONDS) if os.environ.get(EMULATOR) else DEFAULT_RETRY


def refusal(
    error: BaseException, what: str, *, maximum_bytes: int | None = None, has_read: bool = False
) -> ExtractError:
    """Say why BigQuery refused a request, and what to do.

    Args:
        error: What Google's client raised.
        what: What was to be read, such as "The table a.b.c".
        maximum_bytes: The limit of cost.
        has_read: Whether rows have been read, so that BigQuery's message may quote their values.
    """
    if isinstance(error, RetryError) and error.cause is not None:
        error = error.cause
    if known := _known(error, maximum_bytes):
        return ExtractError(f"{what} cannot be read: {known}")
    if has_read:
        return ExtractError(
            f"{what} cannot be read: the query failed ({_kind(error)}). BigQuery's message may"
            " quote values of rows, so it is not repeated here. It is in BigQuery's list of jobs:"
            " correct its cause, often an expression of a view."
        )
    return ExtractError(f"{what} cannot be read. BigQuery says: {_shortened(error)}")


def _known(error: BaseException, maximum_bytes: int | None) -> str:
    if _is_transient(error):
        return _unanswered(error)
    if isinstance(error, GoogleAuthError):
        return (
            f"Google did not accept the credentials ({type(error).__name__}). Check"
            " credentials_path, or run: gcloud auth application-default login"
        )
    if maximum_bytes and any(each in f"{_reasons(error)} {error}" for each in _TOO_EXPENSIVE):
        return (
            f"it would take more than maximum_bytes_billed ({maximum_bytes:,} bytes), so BigQuery"
            " refused it. Raise the setting, or select fewer columns. If the table is partitioned"
            " by its replication_key, later runs read less."
        )
    if isinstance(error, Forbidden):
        return (
            "the account lacks a role. It needs roles/bigquery.jobUser on the project that pays,"
            " roles/bigquery.dataViewer on the dataset, and, with the extra storage,"
            f" roles/bigquery.readSessionUser. BigQuery says: {_shortened(error)}"
        )
    if isinstance(error, NotFound):
        return (
            "BigQuery does not find it. Check the settings project, source_project, dataset, tables"
            f" and location. BigQuery says: {_shortened(error)}"
        )
    return ""


def _unanswered(error: BaseException) -> str:
    if os.environ.get(EMULATOR) and "NewConnectionError" in repr(error):
        return (
            f"nothing listens at {EMULATOR}. Start the local BigQuery, or unset the variable to"
            " read Google's."
        )
    return (
        f"BigQuery did not answer ({_kind(error)}), though the request was repeated. Run it again."
    )


def _is_transient(error: BaseException) -> bool:
    if isinstance(error, _BROKEN):
        return True
    code = error.code if isinstance(error, GoogleAPICallError) else None
    return isinstance(code, int) and (code >= _SERVER_ERROR or code in _TRANSIENT_CODES)


def _reasons(error: BaseException) -> str:
    found: Any = error.errors if isinstance(error, GoogleAPICallError) else ()
    return " ".join(str(one.get("reason")) for one in found or () if isinstance(one, dict))


def _kind(error: BaseException) -> str:
    return _reasons(error) or type(error).__name__


def _shortened(error: BaseException) -> str:
    """Return an external message as one line of limited length."""
    told = getattr(error, "message", None) or str(error) or type(error).__name__
    first = " ".join(str(told).strip().splitlines()[0].split())
    return f'"{first[:_LENGTH]}"'
