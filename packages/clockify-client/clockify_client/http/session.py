"""Send requests to a server: authentication, retries, decoding, counting."""

from __future__ import annotations

import copy
import email.utils
import itertools
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import requests
import tenacity
from singer_sdk import metrics
from typing_extensions import override

from clockify_client.errors import ClockifyError, without_secrets
from clockify_client.http.connections import StoppableAdapter
from clockify_client.http.errors import (
    SERVER_ERRORS,
    TOO_MANY_REQUESTS,
    Advice,
    RequestError,
    UnansweredError,
)
from clockify_client.http.limits import LOGGED_FROM, clock_time

if TYPE_CHECKING:
    import logging
    from collections.abc import Iterator, Mapping

    from clockify_client.http.limits import RateLimits

TIMEOUT = (10, 120)
"""Timeouts for the connection and for the next byte, in seconds."""

HURRIED_TIMEOUT = (5, 20)
HURRIED_TRIES = 2
HURRIED_SECONDS = 5.0
"""Somebody waits for the answer of a check, so it does not begin another try after this time."""

CHUNK = 1 << 20
"""Bytes of a body to read at once. With the default of ``requests``, 10 kB, reading a report costs
more than decoding it."""

DIRECT = {"http": ""}
"""No proxy for plain HTTP: it would see the secret unencrypted. HTTPS goes through the proxies of
the environment."""

EVERY_STREAM = "all"
"""In the metrics, the stream of requests that belong to no stream in particular."""

MAX_TRIES = 7
LONGEST_WAIT = 60.0
LONGEST_RETRY_AFTER = 3600.0

BROKEN_CONNECTION = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
)


@dataclass(frozen=True)
class Answer:
    """A successful response.

    Attributes:
        body: The decoded body.
        headers: The headers.
        content: The body as it came, if it was to be kept.
    """

    body: Any
    headers: Mapping[str, str]
    content: bytes = b""


@dataclass
class Usage:
    """Requests sent, including retries, and how many of them were retries."""

    requests: int = 0
    retries: int = 0


class HeaderAuth(requests.auth.AuthBase):
    """Authenticates with a custom header.

    Since the session has an ``auth``, ``requests`` does not read credentials from ``~/.netrc``.
    """

    def __init__(self, name: str, secret: str) -> None:
        """Set the header's name and value."""
        self._name = name
        self._secret = secret

    @override
    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        r.headers[self._name] = self._secret
        return r


class _TransientError(Exception):
    """An error that the next try may not have; ``final`` is raised when the tries run out."""

    def __init__(
        self,
        final: ClockifyError,
        retry_after: float | None = None,
        *,
        had_no_effect: bool = False,
    ) -> None:
        super().__init__(str(final))
        self.final = final
        self.retry_after = retry_after
        self.had_no_effect = had_no_effect


@dataclass(frozen=True)
class _Request:
    """A request, as ``send`` takes it; as text, its method and URL without the query."""

    method: str
    url: str
    scope: str | None
    into: Any
    options: dict[str, Any]
    keeps_content: bool
    is_write: bool

    def __str__(self) -> str:
        return f"{self.method} {self.url}"


class Session:
    """Sends all requests of a run, with one limiter and one retry policy.

    Attributes:
        usage: The requests sent so far.
        limits: Delays requests.
    """

    def __init__(
        self,
        *,
        auth_header: tuple[str, str],
        user_agent: str,
        limits: RateLimits,
        advice: Advice,
        logger: logging.Logger,
        metrics_logger: logging.Logger,
        concurrency: int = 1,
        is_hurried: bool = False,
    ) -> None:
        """Set up a session without sending a request.

        Args:
            auth_header: Name and value of the header that holds the secret.
            user_agent: Value of the User-Agent header.
            limits: Delays requests.
            advice: What to tell the user about failed requests.
            logger: Where retries are logged.
            metrics_logger: Where the duration of every request is logged.
            concurrency: Maximum number of concurrent requests.
            is_hurried: Whether to give up after seconds, and log no retry.
        """
        self.limits = limits
        self.usage = Usage()
        self._totals: tuple[Usage, ...] = ()
        self._secret = auth_header[1]
        self._advice = advice
        self._logger = logger
        self._metrics_logger = metrics_logger
        self._stream = EVERY_STREAM
        self._counting = threading.Lock()
        self._session = requests.Session()
        self._adapter = StoppableAdapter(concurrency)
        self._session.mount("https://", self._adapter)
        self._session.mount("http://", self._adapter)
        self._session.auth = HeaderAuth(*auth_header)
        self._session.headers["User-Agent"] = user_agent
        self._timeout = HURRIED_TIMEOUT if is_hurried else TIMEOUT
        self._retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_TransientError),
            stop=_soon if is_hurried else tenacity.stop_after_attempt(MAX_TRIES),
            wait=_wait,
            sleep=limits.wait,
            before_sleep=None if is_hurried else self._log_retry,
        )

    def stop(self) -> None:
        """Send nothing more, and abort the requests that wait for a response."""
        self.limits.stop()
        self._adapter.break_off()

    def close(self) -> None:
        """Close the connections, once no request is sent or under way any more."""
        self._session.close()

    def counted(self, stream: str) -> Session:
        """Return the same session with a usage of its own, which also counts towards this one's.

        Args:
            stream: For which streams its requests are, in the metrics.
        """
        part = copy.copy(self)
        part.usage = Usage()
        part._stream = stream  # noqa: SLF001 - its own class
        part._totals = (*self._totals, self.usage)  # noqa: SLF001 - its own class
        return part

    def send(
        self,
        method: str,
        url: str,
        *,
        scope: str | None = None,
        into: Any = Any,
        keeps_content: bool = False,
        is_write: bool = False,
        **options: Any,
    ) -> Answer:
        """Send a request, and decode the response.

        Args:
            method: The HTTP method.
            url: The URL without its query; it appears in logs and errors.
            scope: The scope whose hourly limit the request counts towards, besides the run's.
            into: The type to decode the response into.
            keeps_content: Whether to keep the body as it came, too.
            is_write: Whether it changes something, so that it must not be sent again if nobody
                knows what came of it. Only status 429 says for certain that it had no effect. The
                response may be empty.
            options: ``params`` or ``json``, as in ``requests``.

        Raises:
            RequestError: The server answered with an error, and retrying did not help.
            UnansweredError: It is a write, and nobody knows what came of it.
            ClockifyError: No usable response came.
        """
        request = _Request(method, url, scope, into, options, keeps_content, is_write)
        tries = itertools.count(1)
        try:
            return self._retrying.copy()(self._try_once, request, tries)
        except tenacity.RetryError as error:
            transient = error.last_attempt.exception()
            assert isinstance(transient, _TransientError)  # noqa: S101 - the only kind retried
            raise transient.final from None

    def _try_once(self, request: _Request, tries: Iterator[int]) -> Answer:
        attempt = next(tries)
        self.limits.acquire(request.scope)
        self._count(retry=attempt > 1)
        try:
            return self._answer(request, attempt)
        except _TransientError as error:
            if request.is_write and not error.had_no_effect:
                raise UnansweredError(str(error.final)) from None
            raise

    def _answer(self, request: _Request, attempt: int) -> Answer:
        response, content = self._sent(request, attempt)
        is_too_many = response.status_code == TOO_MANY_REQUESTS
        if is_too_many:
            self.limits.slow_down()
        else:
            self.limits.speed_up()
        if not response.ok or response.is_redirect:
            refusal = self._refusal(request, response.status_code, content, attempt)
            if is_too_many or response.status_code >= SERVER_ERRORS:
                wait = _retry_after(response)
                raise _TransientError(refusal, wait, had_no_effect=is_too_many)
            raise refusal
        if request.is_write and not content:
            return Answer(None, response.headers)
        body = self._decoded(request, content, attempt)
        return Answer(body, response.headers, content if request.keeps_content else b"")

    def _sent(self, request: _Request, attempt: int) -> tuple[requests.Response, bytes]:
        started = time.monotonic()
        try:
            # A redirect could send the secret to another host.
            with self._session.request(
                request.method,
                request.url,
                timeout=self._timeout,
                allow_redirects=False,
                proxies=DIRECT,
                stream=True,
                **request.options,
            ) as response:
                content = b"".join(response.iter_content(CHUNK))
        except BROKEN_CONNECTION as error:
            self.limits.check()
            raise _TransientError(self._unreachable(request, error, attempt)) from None
        except requests.RequestException as error:
            raise self._unreachable(request, error, attempt) from None
        self._log_duration(request, response.status_code, time.monotonic() - started)
        return response, content

    def _refusal(
        self, request: _Request, status: int, content: bytes, attempt: int
    ) -> RequestError:
        """Build the error for a status; it quotes only the server's own message from the body."""
        try:
            body = msgspec.json.decode(content)
        except (msgspec.DecodeError, UnicodeDecodeError):
            body = None
        message = (body.get("message") or body.get("error")) if isinstance(body, dict) else None
        text = without_secrets(message, [self._secret]) if isinstance(message, str) else ""
        advice = self._advice.for_status(status)
        return RequestError(str(request), status, text, tries=attempt, advice=advice)

    def _unreachable(self, request: _Request, error: Exception, attempt: int) -> ClockifyError:
        reason = type(error).__name__
        times = f"{attempt} times " if attempt > 1 else ""
        return ClockifyError(
            f"{request}: the connection failed {times}({reason}). {self._advice.unreachable}"
        )

    def _decoded(self, request: _Request, content: bytes, attempt: int) -> Any:
        try:
            return msgspec.json.decode(content, type=request.into)
        except msgspec.ValidationError as error:
            problem = self._advice.unexpected.format(reason=error)
            raise ClockifyError(f"{request}: {problem}") from None
        except (msgspec.DecodeError, UnicodeDecodeError):
            broken = ClockifyError(
                f"{request}: the response was incomplete or not JSON (try {attempt})."
                f" {self._advice.undecodable}"
            )
            raise _TransientError(broken) from None

    def _count(self, *, retry: bool) -> None:
        with self._counting:
            for usage in (self.usage, *self._totals):
                usage.requests += 1
                usage.retries += retry

    def _log_retry(self, state: tenacity.RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        wait = state.next_action.sleep if state.next_action else 0.0
        asked = isinstance(error, _TransientError) and error.retry_after is not None
        self._logger.warning(
            "%s Trying again in %.1f s%s%s.",
            error,
            wait,
            f", at {clock_time(wait)}" if wait >= LOGGED_FROM else "",
            ", as the server asks" if asked else "",
        )

    def _log_duration(self, request: _Request, status: int, seconds: float) -> None:
        point = metrics.Point(
            "timer",
            metrics.Metric.HTTP_REQUEST_DURATION,
            seconds,
            {
                metrics.Tag.STREAM: self._stream,
                metrics.Tag.ENDPOINT: str(request),
                metrics.Tag.HTTP_STATUS_CODE: status,
            },
        )
        metrics.log(self._metrics_logger, point)


_soon = tenacity.stop_any(
    tenacity.stop_after_attempt(HURRIED_TRIES), tenacity.stop_before_delay(HURRIED_SECONDS)
)


def _wait(state: tenacity.RetryCallState) -> float:
    """Return the server's ``Retry-After``, or else 1, 2, 4, … seconds with jitter."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after if isinstance(error, _TransientError) else None
    backoff = tenacity.wait_random_exponential(multiplier=1, min=0.5, max=LONGEST_WAIT)
    return asked if asked is not None else backoff(state)


def _retry_after(response: requests.Response) -> float | None:
    """Parse ``Retry-After``, in seconds or as an HTTP date (RFC 9110, 10.2.3)."""
    header = response.headers.get("Retry-After")
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(header).timestamp() - time.time()
        except (TypeError, ValueError):
            return None
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER)
