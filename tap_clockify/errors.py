"""What can go wrong between the tap and Clockify, said in sentences for the owner of the key."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from singer_sdk.exceptions import SingerSDKError

if TYPE_CHECKING:
    from collections.abc import Iterable

MESSAGE_LIMIT = 300

MENDS = {
    400: "Clockify does not accept these values.",
    401: (
        "Check the setting api_key or addon_token. A workspace on a subdomain or in a data region"
        " needs a key that was made there: see the settings region and subdomain."
    ),
    402: "The workspace's plan does not include this.",
    403: (
        "The owner of the key needs to be an owner or admin of the workspace, and the workspace's"
        " plan must include this."
    ),
    404: "The host does not know the path: check region, subdomain, api_url and reports_url.",
    405: "The host does not offer the path for reading: check api_url and reports_url.",
    429: "Lower the setting requests_per_second or requests_per_hour, or run again later.",
}
"""What to do about a status that retrying did not or would not mend (facts sheet, section 2)."""

SERVER_MEND = (
    "Clockify is in trouble: run again later; nothing that was not read has been bookmarked."
)


class ClockifyError(SingerSDKError):
    """A run cannot go on; the message is a sentence that says why and what to do."""


class RequestError(ClockifyError):
    """Clockify answered a request with an error that retrying does not mend.

    Attributes:
        status: The HTTP status.
        api_message: The API's own message, or an empty string where it sent none.
    """

    def __init__(self, request: str, status: int, api_message: str, *, tries: int) -> None:
        """Word the error from the request, the answer and the number of tries."""
        self.status = status
        self.api_message = api_message
        said = f": {quoted(api_message)}" if api_message else ""
        after = f" after {tries} tries" if tries > 1 else ""
        mend = MENDS.get(status, SERVER_MEND if status >= 500 else "")  # noqa: PLR2004
        super().__init__(f"{request} failed with status {status}{after}{said}. {mend}".rstrip())


class TotalsDifferError(ClockifyError):
    """The rows read differ from Clockify's own totals and ``verify_totals`` is ``fail``."""


def quoted(message: str) -> str:
    """Quote a message from outside: one line, no control characters, bounded length."""
    short = message if len(message) <= MESSAGE_LIMIT else f"{message[:MESSAGE_LIMIT]}…"
    return json.dumps(short, ensure_ascii=False)


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """Blank out secrets in a text from outside, in case Clockify or a proxy echoes them."""
    for secret in secrets:
        text = text.replace(secret, "***")
    return text
