"""Talk to Clockify: authentication, retries, errors, pages. Knows no stream and no schema."""

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

from tap_clockify.connections import StoppableAdapter
from tap_clockify.errors import ClockifyError, RequestError, without_secrets

if TYPE_CHECKING:
    import logging
    from collections.abc import Iterator, Mapping, Sequence

    from tap_clockify.hosts import Hosts
    from tap_clockify.limits import RateLimits

TIMEOUT = (10, 120)
"""Seconds to connect and to wait for the next byte."""

READ_AT_ONCE = 1 << 20
"""Bytes of a body: 10 kB, as requests reads by itself, cost more to read than to decode."""

MAX_TRIES = 7
LONGEST_WAIT = 60.0
LONGEST_RETRY_AFTER = 3600.0
TOO_MANY_REQUESTS = 429
BAD_REQUEST = 400
SERVER_ERRORS = 500

LIST_PAGE_SIZES = (5000, 200, 50)
"""Sizes to ask for in turn where Clockify refuses the one before (facts sheet, section 4)."""

BROKEN_CONNECTION = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
)


@dataclass(frozen=True)
class Answer:
    """The parsed body of a successful answer, and what its ``Last-Page`` header said, if sent."""

    body: Any
    last_page: bool | None


@dataclass
class Usage:
    """Requests sent, retries included, and how many of them were retries."""

    requests: int = 0
    retries: int = 0


class _TransientError(Exception):
    """Something that may be gone at the next try; ``final`` is raised if it is not."""

    def __init__(self, final: ClockifyError, retry_after: float | None = None) -> None:
        super().__init__(str(final))
        self.final = final
        self.retry_after = retry_after


class ClockifyAPI:
    """Clockify's two hosts behind one session, one limiter and one way to retry.

    Attributes:
        usage: What was sent so far.
    """

    def __init__(
        self,
        hosts: Hosts,
        *,
        auth_header: tuple[str, str],
        user_agent: str,
        limits: RateLimits,
        logger: logging.Logger,
        metrics_logger: logging.Logger,
        concurrency: int = 1,
    ) -> None:
        """Open a session; nothing is sent yet.

        Args:
            hosts: Where Clockify is.
            auth_header: Name and value of the header that holds the secret.
            user_agent: Value of the header of that name.
            limits: Holds requests back.
            logger: Where retries are told.
            metrics_logger: Where the duration of every request is told.
            concurrency: How many requests may be under way at once.
        """
        self.hosts = hosts
        self.limits = limits
        self.usage = Usage()
        self._totals: tuple[Usage, ...] = ()
        self._secret = auth_header[1]
        self._logger = logger
        self._metrics_logger = metrics_logger
        self._counting = threading.Lock()
        self._session = requests.Session()
        self._adapter = StoppableAdapter(concurrency)
        self._session.mount("https://", self._adapter)
        self._session.mount("http://", self._adapter)
        self._session.headers.update({auth_header[0]: auth_header[1], "User-Agent": user_agent})
        self._retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_TransientError),
            stop=tenacity.stop_after_attempt(MAX_TRIES),
            wait=_wait,
            sleep=limits.wait,
            before_sleep=self._tell_of_retry,
        )

    def stop(self) -> None:
        """Send nothing more, and wait for no answer."""
        self.limits.stop()
        self._adapter.break_off()

    def counted(self) -> ClockifyAPI:
        """Return the same API with a usage of its own, which counts towards this one's too."""
        part = copy.copy(self)
        part.usage = Usage()
        part._totals = (*self._totals, self.usage)  # noqa: SLF001 - its own class
        part._retrying = self._retrying.copy(before_sleep=part._tell_of_retry)  # noqa: SLF001
        return part

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Answer:
        """Read a path of the core host.

        Raises:
            RequestError: Clockify answered with an error that retrying did not mend.
            ClockifyError: No usable answer came at all.
        """
        return self._request("GET", self.hosts.core, path, params=params)

    def post_report(self, path: str, body: Mapping[str, Any], into: Any = Any) -> Answer:
        """Ask the reports host for a report; errors as in ``get``. Reading, so safe to repeat.

        Args:
            path: Path on the reports host.
            body: The request.
            into: The type to decode the answer into.
        """
        return self._request("POST", self.hosts.reports, path, into=into, json=body)

    def pages(
        self,
        path: str,
        params: Mapping[str, Any] | None = None,
        *,
        sizes: Sequence[int] = LIST_PAGE_SIZES,
    ) -> Iterator[list[Any]]:
        """Read a list of the core host page by page, as large as Clockify lets them be."""
        size, *smaller_sizes = sizes
        number = 1
        while True:
            query = {**(params or {}), "page": number, "page-size": size}
            try:
                answer = self.get(path, query)
            except RequestError as error:
                if number > 1 or error.status != BAD_REQUEST or not smaller_sizes:
                    raise
                size, *smaller_sizes = smaller_sizes
                continue
            rows = self._rows(answer, path)
            yield rows
            if is_last_page(answer, rows, size):
                return
            number += 1

    @staticmethod
    def _rows(answer: Answer, path: str) -> list[Any]:
        if not isinstance(answer.body, list):
            message = (
                f"GET {path}: Clockify sent {type(answer.body).__name__} where a list was due."
            )
            raise ClockifyError(message)
        return answer.body

    def _request(
        self, method: str, base: str, path: str, *, into: Any = Any, **options: Any
    ) -> Answer:
        request = f"{method} {base}{path}"
        tries = itertools.count(1)
        try:
            return self._retrying.copy()(
                self._try_once, request, method, base + path, tries, into, options
            )
        except tenacity.RetryError as error:
            transient = error.last_attempt.exception()
            assert isinstance(transient, _TransientError)  # noqa: S101 - the only kind retried
            raise transient.final from None

    def _try_once(
        self,
        request: str,
        method: str,
        url: str,
        tries: Iterator[int],
        into: Any,
        options: dict[str, Any],
    ) -> Answer:
        attempt = next(tries)
        self.limits.acquire(_workspace_in(url))
        self._count(retry=attempt > 1)
        response, content = self._sent(request, method, url, attempt, options)
        if response.status_code == TOO_MANY_REQUESTS:
            self.limits.slow_down()
        else:
            self.limits.speed_up()
        if not response.ok or response.is_redirect:
            refusal = self._refusal(request, response.status_code, content, attempt)
            if response.status_code == TOO_MANY_REQUESTS or response.status_code >= SERVER_ERRORS:
                raise _TransientError(refusal, _retry_after(response))
            raise refusal
        header = response.headers.get("Last-Page")
        is_last = None if header is None else header.strip().lower() == "true"
        return Answer(_decoded(request, content, attempt, into), is_last)

    def _sent(
        self, request: str, method: str, url: str, attempt: int, options: dict[str, Any]
    ) -> tuple[requests.Response, bytes]:
        started = time.monotonic()
        try:
            # A redirect would take the key to wherever it points.
            with self._session.request(
                method, url, timeout=TIMEOUT, allow_redirects=False, stream=True, **options
            ) as response:
                content = b"".join(response.iter_content(READ_AT_ONCE))
        except BROKEN_CONNECTION as error:
            self.limits.check()
            raise _TransientError(self._unreachable(request, error, attempt)) from None
        except requests.RequestException as error:
            raise self._unreachable(request, error, attempt) from None
        self._log_duration(request, response.status_code, time.monotonic() - started)
        return response, content

    def _refusal(self, request: str, status: int, content: bytes, attempt: int) -> RequestError:
        """Word an error status; only the API's own message is taken from the body."""
        try:
            body = msgspec.json.decode(content)
        except (msgspec.DecodeError, UnicodeDecodeError):
            body = None
        message = (body.get("message") or body.get("error")) if isinstance(body, dict) else None
        text = without_secrets(message, [self._secret]) if isinstance(message, str) else ""
        return RequestError(request, status, text, tries=attempt)

    def _unreachable(self, request: str, error: Exception, attempt: int) -> ClockifyError:
        reason = without_secrets(type(error).__name__, [self._secret])
        times = f"{attempt} times " if attempt > 1 else ""
        return ClockifyError(
            f"{request}: the connection failed {times}({reason}). Check the network and the"
            " settings region, subdomain, api_url and reports_url."
        )

    def _count(self, *, retry: bool) -> None:
        with self._counting:
            for usage in (self.usage, *self._totals):
                usage.requests += 1
                usage.retries += retry

    def _tell_of_retry(self, state: tenacity.RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        wait = state.next_action.sleep if state.next_action else 0.0
        self._logger.warning("%s Trying again in %.1f s.", error, wait)

    def _log_duration(self, request: str, status: int, seconds: float) -> None:
        point = metrics.Point(
            "timer",
            metrics.Metric.HTTP_REQUEST_DURATION,
            seconds,
            {metrics.Tag.ENDPOINT: request, metrics.Tag.HTTP_STATUS_CODE: status},
        )
        metrics.log(self._metrics_logger, point)


def _decoded(request: str, content: bytes, attempt: int, into: Any) -> Any:
    try:
        return msgspec.json.decode(content, type=into)
    except msgspec.ValidationError as error:
        raise ClockifyError(
            f"{request}: the answer is not as Clockify documents it ({error}). Check that"
            " reports_url leads to Clockify."
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        broken = ClockifyError(
            f"{request}: {attempt} times the answer was not JSON or broke off. Check that no proxy"
            " stands between, or run again later."
        )
        raise _TransientError(broken) from None


def _workspace_in(url: str) -> str | None:
    """Find the workspace that a request counts for."""
    return url.partition("/workspaces/")[2].partition("/")[0] or None


def is_last_page(answer: Answer, rows: list[Any], size: int) -> bool:
    """Tell whether a list ends here: by the header, or by an empty or a short page."""
    if not rows:
        return True
    if answer.last_page is not None:
        return answer.last_page
    # Without the header a page may also be short because the server's own maximum is lower than
    # what was asked for; 50 is the default size, so nothing shorter can be such a cap.
    return len(rows) < min(size, LIST_PAGE_SIZES[-1])


def _wait(state: tenacity.RetryCallState) -> float:
    """Wait as long as Clockify asks for, else 1, 2, 4, … seconds with jitter."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after if isinstance(error, _TransientError) else None
    backoff = tenacity.wait_random_exponential(multiplier=1, min=0.5, max=LONGEST_WAIT)
    return asked if asked is not None else backoff(state)


def _retry_after(response: requests.Response) -> float | None:
    """Read ``Retry-After``, in seconds or as an HTTP date (RFC 9110, 10.2.3)."""
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
