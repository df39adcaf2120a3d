"""What is worth another try, and how patiently."""

from __future__ import annotations

import logging
import os
import threading
import time
from typing import TYPE_CHECKING, TypeVar

import requests
import urllib3
from google.api_core.exceptions import GoogleAPICallError, GoogleAPIError
from google.api_core.retry import Retry
from google.auth.exceptions import GoogleAuthError, TransportError

from target_bigquery_strict.credentials import EMULATOR

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
FIRST_WAIT = 0.5
LONGEST_WAIT = 32.0
GIVE_UP_AFTER = 600.0
"""Seconds after which a transient error ends the run."""
SILENT_SECONDS = 30.0
"""After a warning that something is tried again, others are logged at DEBUG for so long."""
REQUEST_TIMEOUT = 60.0
JOB_TIMEOUT = 600.0
"""Seconds to wait for the answer to a request that starts a job or carries rows."""
ONCE = Retry(predicate=lambda _: False)
"""For requests that we repeat ourselves, together with what must be repeated with them."""
FAILURES = (GoogleAPIError, GoogleAuthError, OSError, urllib3.exceptions.HTTPError)
"""What a request to BigQuery may raise; those of requests are OSErrors."""

_TRANSIENT_CODES = frozenset({408, 429, 500, 502, 503, 504})
_TRANSIENT_REASONS = frozenset(
    {
        "backendError",
        "internalError",
        "jobBackendError",
        "jobInternalError",
        "jobRateLimitExceeded",
        "rateLimitExceeded",
        "tableUnavailable",
    }
)
_CONCURRENT = ("concurrent update", "could not serialize access")
_BROKEN = (
    ConnectionError,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ConnectionError,
    requests.exceptions.Timeout,
    TransportError,
    urllib3.exceptions.HTTPError,
)


def is_transient(error: BaseException) -> bool:
    """Return whether the same request may succeed if it is sent again."""
    if isinstance(error, _BROKEN):
        return not is_refused_by_emulator(error)
    if not isinstance(error, GoogleAPICallError):
        return False
    reasons = {str(one.get("reason")) for one in error.errors or () if isinstance(one, dict)}
    message = str(error.message).lower()
    return (
        error.code in _TRANSIENT_CODES
        or bool(reasons & _TRANSIENT_REASONS)
        or any(text in message for text in _CONCURRENT)
    )


def is_refused_by_emulator(error: BaseException) -> bool:
    """Return whether nothing listens at the emulator's address, as after a forgotten start."""
    return bool(os.environ.get(EMULATOR)) and "NewConnectionError" in repr(error)


class Patience:
    """Repeats what is worth another try, until it is told to stop."""

    def __init__(self, logger: logging.Logger, seconds: float | None = None) -> None:
        """Begin; `seconds` after its first failure, work is not repeated any more."""
        self._logger = logger
        self._seconds = GIVE_UP_AFTER if seconds is None else seconds
        self._is_over = threading.Event()
        self._silent_until = 0.0

    def stop(self) -> None:
        """Repeat nothing any more: the run has failed, and should not wait for BigQuery."""
        self._is_over.set()

    def __call__(
        self, work: Callable[[], T], also: Callable[[BaseException], bool] = lambda _: False
    ) -> T:
        """Do some work, again after transient errors, with random and growing waits."""

        def is_worth_it(error: BaseException) -> bool:
            return (is_transient(error) or also(error)) and not self._is_over.is_set()

        retry = Retry(
            predicate=is_worth_it,
            initial=FIRST_WAIT,
            maximum=LONGEST_WAIT,
            timeout=self._seconds,
            on_error=self._log,
        )
        done: T = retry(work)()
        return done

    def _log(self, error: Exception) -> None:
        """Warn, but not for every stream and every try of a long outage."""
        if self._is_over.is_set():
            return
        now = time.monotonic()
        is_news = now >= self._silent_until
        if is_news:
            self._silent_until = now + SILENT_SECONDS
        self._logger.log(
            logging.WARNING if is_news else logging.DEBUG,
            "BigQuery did not answer as expected, trying again: %s",
            shown(error),
        )


def shown(error: BaseException) -> str:
    """Describe a failure without the content of a request or an answer."""
    code = getattr(error, "code", None)
    return f"{type(error).__name__}{f' ({int(code)})' if isinstance(code, int) else ''}"
