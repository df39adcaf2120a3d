"""Errors that a user can understand: a sentence that says what happened, why, and what to do."""

from __future__ import annotations

LONGEST = 2000
"""Characters of an error that are kept in the job table and in messages."""


class FleetError(Exception):
    """A sentence for whoever runs the fleet. It never contains a key."""


def shortened(text: str, longest: int = LONGEST) -> str:
    """Cut a text that is too long for a log line or a table, and say so."""
    text = text.strip()
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
