"""Requests that wait as long as the service asks, and tell what went wrong in a sentence."""

from __future__ import annotations

import datetime as dt
import email.utils
import itertools
import logging
from typing import TYPE_CHECKING, Any, ClassVar, cast

import backoff
import requests
from singer_sdk import RESTStream
from singer_sdk.exceptions import RetriableAPIError
from typing_extensions import override

from singer_ledger.errors import ExtractError, RefusedError, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from singer_ledger.tap import LedgerTap

TRIES = 8
LONGEST_WAIT = 64.0
"""Seconds, if the service does not say how long to wait."""
LONGEST_ASKED = 3600.0
"""Seconds that a service may ask to wait; beyond that, the run fails and can be repeated."""


class PatientStream(RESTStream[Any]):
    """A stream whose requests are tried again, follow no redirect, and share one connection."""

    allow_redirects = False
    timeout = 180

    service: ClassVar[str]
    """The name of the service, for messages."""

    address_setting: ClassVar[str] = "api_url"
    """The setting that has the address of the service, for messages."""

    @property
    def tap(self) -> LedgerTap:
        """The tap that the stream belongs to."""
        return cast("LedgerTap", self._tap)

    @property
    @override
    def requests_session(self) -> requests.Session:
        return self.tap.session

    def ask(
        self,
        path: str,
        params: Mapping[str, Any] | None = None,
        body: object = None,
        *,
        as_json: bool = True,
    ) -> Any:
        """Send a GET, or a POST if there is a body, and return the answer, as JSON or as text.

        Raises:
            RefusedError: The service refuses the request.
            ExtractError: The service cannot be reached, or does not answer as documented.
        """
        request = self.build_prepared_request(
            method="GET" if body is None else "POST",
            url=f"{self.url_base}{path}",
            params=dict(params or {}),
            json=body,
            headers={**self.http_headers, "Accept": "application/json" if as_json else "*/*"},
        )
        send: Callable[..., requests.Response] = self.request_decorator(self._request)
        try:
            answer = send(request, None)
        except RetriableAPIError as error:
            raise ExtractError(f"{error} Tried {TRIES} times: run again later.") from error
        except requests.RequestException as error:
            raise ExtractError(
                f"{self.service} does not answer {path} ({type(error).__name__}). Tried {TRIES}"
                f" times: check the network and {self.address_setting}, and run again."
            ) from error
        return answer.json() if as_json else answer.text

    @override
    def validate_response(self, response: requests.Response) -> None:
        """Accept an answer, or say whether another try may help.

        Raises:
            RetriableAPIError: Another try may help.
            RefusedError: No other try helps.
        """
        path, status = _path_of(response), response.status_code
        said = f"{self.service} answered {path} with status {status}"
        if status in self.extra_retry_statuses or status >= requests.codes.server_error:
            raise RetriableAPIError(f"{said}.", response)
        if status >= requests.codes.bad_request:
            raise self.refusal(path, response)
        if status >= requests.codes.multiple_choices:
            raise RefusedError(
                f"{said}, a redirect, which is not followed, since the token must not go to another"
                f" host. Check {self.address_setting}.",
                status,
            )
        if response.request.headers.get("Accept") == "application/json":
            try:
                response.json()
            except ValueError as error:
                raise RetriableAPIError(
                    f"{self.service} answered {path} with something that is not JSON.", response
                ) from error

    @override
    def log(self, message: str, *args: Any, level: int = logging.INFO, **kwargs: Any) -> None:
        """Leave out the SDK's errors: they announce an exception, whose sentence is logged."""
        if level < logging.ERROR:
            super().log(message, *args, level=level, **kwargs)

    def refusal(self, path: str, response: requests.Response) -> RefusedError:
        """Return the error for a request that is refused."""
        body = response.text
        said = f": {quoted(body, self.tap.secrets)}" if body.strip() else ""
        return RefusedError(
            f"{self.service} refuses {path} with status {response.status_code}{said}."
            f" {self.advice(response.status_code)}".rstrip(),
            response.status_code,
            body,
        )

    def advice(self, status: int) -> str:  # noqa: ARG002 -- of subclasses
        """Return what to do about a refusal, as a sentence."""
        return ""

    @override
    def request_decorator(self, func: Callable[..., Any]) -> Callable[..., Any]:
        # The library would log every error once more, with the whole address.
        return backoff.on_exception(
            waits,
            (
                ConnectionResetError,
                RetriableAPIError,
                requests.ConnectionError,
                requests.Timeout,
                requests.exceptions.ChunkedEncodingError,
                requests.exceptions.ContentDecodingError,
            ),
            max_tries=TRIES,
            jitter=None,
            on_backoff=self.backoff_handler,
            logger=None,
        )(func)

    @override
    def backoff_handler(self, details: Any) -> None:
        self.logger.warning(
            "%s Waiting %.0f s before try %d.",
            self._reason(details.get("exception")),
            details.get("wait", 0),
            details.get("tries", 0) + 1,
        )

    def _reason(self, error: Exception | None) -> str:
        if isinstance(error, RetriableAPIError):
            return str(error)
        return f"{self.service} did not answer ({type(error).__name__})."


def waits() -> Generator[float, Any, None]:
    """Yield the seconds to wait after each error that is sent in: as long as the service asks.

    Raises:
        ExtractError: The service asks for more than an hour.
    """
    error = yield 0.0  # the library sends nothing to the first one
    for tried in itertools.count():
        response = getattr(error, "response", None)
        asked = asked_seconds(response) if response is not None else None
        if asked is not None and asked > LONGEST_ASKED:
            raise ExtractError(f"{error} It asks to wait {asked:.0f} s. Run again after that.")
        error = yield min(LONGEST_WAIT, 2.0**tried) if asked is None else asked


def asked_seconds(response: requests.Response) -> float | None:
    """Return the seconds that an answer asks to wait, in its head or in its body."""
    header = response.headers.get("Retry-After")
    if header is not None:
        return _seconds(header)
    try:
        body = response.json()
    except ValueError:
        return None
    return _seconds(body.get("retry_after")) if isinstance(body, dict) else None


def _seconds(asked: object) -> float | None:
    """Read seconds, or the instant of an HTTP header."""
    text = str(asked).strip()
    try:
        seconds = float(text)
    except ValueError:
        try:
            instant = email.utils.parsedate_to_datetime(text)
        except ValueError:
            return None
        now = dt.datetime.now(dt.UTC)
        seconds = (instant.astimezone(dt.UTC) - now).total_seconds()
    # A number that is none has no order.
    return max(0.0, seconds) if seconds == seconds else None  # noqa: PLR0124


def _path_of(response: requests.Response) -> str:
    """Return the path of a request, without its query, which may have personal data."""
    return str(response.request.path_url).partition("?")[0]
