"""Errors of requests, and the advice for users that goes with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clockify_client.errors import ClockifyError, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

BAD_REQUEST = 400
UNAUTHORIZED = 401
PAYMENT_REQUIRED = 402
FORBIDDEN = 403
NOT_FOUND = 404
METHOD_NOT_ALLOWED = 405
TOO_MANY_REQUESTS = 429
SERVER_ERRORS = 500
"""The lowest status that reports an error on the server's side."""


@dataclass(frozen=True)
class Advice:
    """What the user can do about a failed request to this API.

    Attributes:
        by_status: What to do about a status.
        server: What to do about any status from ``SERVER_ERRORS`` upwards.
        unreachable: What to do if the connection fails.
        unexpected: What to do if a response has an unexpected structure; ``{reason}`` says how.
        undecodable: What to do if a response is not JSON.
    """

    by_status: Mapping[int, str]
    server: str
    unreachable: str
    unexpected: str
    undecodable: str

    def for_status(self, status: int) -> str:
        """Return what to do about an HTTP status; an empty string if there is no advice."""
        return self.by_status.get(status, self.server if status >= SERVER_ERRORS else "")


class RequestError(ClockifyError):
    """A server answered a request with an error, and retrying did not help.

    Attributes:
        status: The HTTP status.
        api_message: The server's own message; an empty string if it sent none.
    """

    def __init__(
        self, request: str, status: int, api_message: str, *, tries: int, advice: str = ""
    ) -> None:
        """Form the message from the request, the response, the number of tries and the advice."""
        self.status = status
        self.api_message = api_message
        said = f": {quoted(api_message)}" if api_message else ""
        after = f" after {tries} tries" if tries > 1 else ""
        super().__init__(f"{request} failed with status {status}{after}{said}. {advice}".rstrip())


class UnansweredError(ClockifyError):
    """A write had no usable answer, so nobody knows whether it was carried out."""
