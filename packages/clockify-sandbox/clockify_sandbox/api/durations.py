"""Reads durations as clients send them: in hours, minutes and seconds of ISO 8601."""

from __future__ import annotations

import re

from clockify_sandbox.api import errors

DURATION = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?")


def seconds(text: str) -> int:
    """Read a duration."""
    match = DURATION.fullmatch(text)
    if match is None or text == "PT":
        raise errors.unreadable_body("a duration could not be parsed")
    hours, minutes, rest = (int(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + rest
