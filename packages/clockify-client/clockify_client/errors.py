"""Base class of the errors, whose messages say what happened, why, and what to do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from singer_sdk.exceptions import SingerSDKError

if TYPE_CHECKING:
    from collections.abc import Iterable

MESSAGE_LIMIT = 300


class ClockifyError(SingerSDKError):
    """The run cannot continue; the message says why, and what to do."""


def quoted(message: str) -> str:
    """Quote an external message: one line, no control characters, limited length."""
    short = message if len(message) <= MESSAGE_LIMIT else f"{message[:MESSAGE_LIMIT]}…"
    return json.dumps(short, ensure_ascii=False)


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """Mask secrets in an external text, in case a server or a proxy echoes them."""
    for secret in secrets:
        text = text.replace(secret, "***")
    return text
