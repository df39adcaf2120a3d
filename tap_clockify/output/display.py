"""Show the progress of a run: live on a terminal, otherwise in a log line now and then."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Iterable

    from tap_clockify.output.audit import RequestCount
    from tap_clockify.output.live import LiveLines

LOG_EVERY = 30.0
"""Seconds between two rounds of progress lines in a log."""


@dataclass
class StreamProgress:
    """The progress of one stream; days only if it is read by days."""

    rows: int = 0
    days_done: int = 0
    days_planned: int = 0


class Display:
    """Shows the progress of a run on stderr or in the log."""

    def __init__(
        self, logger: logging.Logger, usage: RequestCount, left: Callable[[], int | None]
    ) -> None:
        """Start to show a run.

        Args:
            logger: Gets progress lines if there is no terminal, and the last line in any case.
            usage: The requests of the run.
            left: Returns how many requests are left this hour, None without a limit.
        """
        self._logger = logger
        self._usage = usage
        self._left = left
        self._began = self._logged_at = time.monotonic()
        self._streams: dict[str, StreamProgress] = {}
        self._live: LiveLines | None = None

    def rows(self, stream: str, count: int) -> None:
        """Record rows that have been written."""
        progress = self._streams.setdefault(stream, StreamProgress())
        progress.rows += count
        self._show(stream, progress)

    def days(self, streams: Iterable[str], *, planned: int = 0, done: int = 0) -> None:
        """Record days that are planned or have been read."""
        for stream in streams:
            progress = self._streams.setdefault(stream, StreamProgress())
            progress.days_planned += planned
            progress.days_done += done

    def finish(self, *, is_complete: bool) -> None:
        """Remove the live lines, and log a summary of the run in one line."""
        if self._live is not None:
            self._live.stop()
        rows = ", ".join(f"{item.rows} of {name}" for name, item in sorted(self._streams.items()))
        self._logger.info(
            "%s in %.1f s: %s requests, %s of them retries; rows sent: %s.",
            "Complete" if is_complete else "Not complete",
            time.monotonic() - self._began,
            self._usage.requests,
            self._usage.retries,
            rows or "none",
        )

    def _show(self, stream: str, progress: StreamProgress) -> None:
        if self._live is not None or sys.stderr.isatty():
            # Not before there is something to show: --plan and an embedder may have nothing.
            self._live = self._live or _live_lines()
            done, planned = progress.days_done, progress.days_planned
            self._live.show(stream, self._described(progress), done=done, planned=planned)
        elif time.monotonic() - self._logged_at >= LOG_EVERY:
            self._logged_at = time.monotonic()
            for name, other in sorted(self._streams.items()):
                self._logger.info("%s: %s.", name, self._described(other))

    def _described(self, progress: StreamProgress) -> str:
        parts = [f"{progress.rows} rows"]
        if progress.days_planned:
            parts.append(f"{progress.days_done} of {progress.days_planned} days")
        parts.append(f"{self._usage.requests} requests")
        left = self._left()
        if left is not None:
            parts.append(f"{left} left this hour")
        if progress.days_done:
            spent = time.monotonic() - self._began
            more = spent * (progress.days_planned - progress.days_done) / progress.days_done
            parts.append(f"about {max(0, round(more))} s left")
        return ", ".join(parts)


def _live_lines() -> LiveLines:
    from tap_clockify.output.live import LiveLines  # noqa: PLC0415 - slow import

    return LiveLines()
