"""Tell how far a run has come: live on a terminal, else one line from time to time."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import logging

    from tap_clockify.api import Usage
    from tap_clockify.limits import RateLimits
    from tap_clockify.live import LiveLines

TELL_EVERY = 30.0
"""Seconds between two lines in a log."""


@dataclass
class Come:
    """How far one stream has come; days only where it is read by days."""

    rows: int = 0
    days_done: int = 0
    days_planned: int = 0


class Display:
    """Shows the progress of a run to whoever watches it."""

    def __init__(self, logger: logging.Logger, usage: Usage, limits: RateLimits) -> None:
        """Begin to watch a run."""
        self._logger = logger
        self._usage = usage
        self._limits = limits
        self._began = self._told_at = time.monotonic()
        self._streams: dict[str, Come] = {}
        self._live = _live_lines() if sys.stderr.isatty() else None

    def rows(self, stream: str, count: int) -> None:
        """Note rows that have gone out."""
        come = self._streams.setdefault(stream, Come())
        come.rows += count
        self._tell(stream, come)

    def days(self, streams: list[str], *, planned: int = 0, done: int = 0) -> None:
        """Note days that are to be read, or have been read."""
        for stream in streams:
            come = self._streams.setdefault(stream, Come())
            come.days_planned += planned
            come.days_done += done

    def finish(self, *, is_complete: bool) -> None:
        """Take the live lines away, and sum the run up in one."""
        if self._live is not None:
            self._live.stop()
        rows = ", ".join(f"{come.rows} of {name}" for name, come in sorted(self._streams.items()))
        self._logger.info(
            "%s in %.1f s: %s requests, %s of them retries; rows sent: %s.",
            "Complete" if is_complete else "Not complete",
            time.monotonic() - self._began,
            self._usage.requests,
            self._usage.retries,
            rows or "none",
        )

    def _tell(self, stream: str, come: Come) -> None:
        if self._live is not None:
            done, planned = come.days_done, come.days_planned
            self._live.show(stream, self._worded(come), done=done, planned=planned)
        elif time.monotonic() - self._told_at >= TELL_EVERY:
            self._told_at = time.monotonic()
            for name, other in sorted(self._streams.items()):
                self._logger.info("%s: %s.", name, self._worded(other))

    def _worded(self, come: Come) -> str:
        parts = [f"{come.rows} rows"]
        if come.days_planned:
            parts.append(f"{come.days_done} of {come.days_planned} days")
        parts.append(f"{self._usage.requests} requests")
        left = self._limits.left()
        if left is not None:
            parts.append(f"{left} left of this hour")
        if come.days_done:
            spent = time.monotonic() - self._began
            more = spent * (come.days_planned - come.days_done) / come.days_done
            parts.append(f"about {max(0, round(more))} s left")
        return ", ".join(parts)


def _live_lines() -> LiveLines:
    from tap_clockify.live import LiveLines  # noqa: PLC0415 - a tenth of the tap's start

    return LiveLines()
