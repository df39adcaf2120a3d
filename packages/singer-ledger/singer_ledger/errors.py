"""Errors as sentences: what happened, why, and what to do. They never quote rows or secrets."""

from __future__ import annotations

import re

MOST_QUOTED = 200
"""Characters of a message from outside that an error repeats."""


class ExtractError(Exception):
    """A run cannot continue."""


class RefusedError(ExtractError):
    """The service refuses a request, and would refuse it again."""

    def __init__(self, message: str, status: int, body: str = "") -> None:
        """Keep the HTTP status and the body besides the sentence."""
        super().__init__(message)
        self.status = status
        self.body = body


def quoted(text: str, secrets: frozenset[str] = frozenset()) -> str:
    """Return the beginning of a foreign text on one line, without secrets."""
    for secret in secrets:
        text = text.replace(secret, "***")
    text = re.sub(r"\s+", " ", text).strip()
    return f'"{text[:MOST_QUOTED]}{"…" if len(text) > MOST_QUOTED else ""}"'
