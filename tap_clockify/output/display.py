"""Show the progress of a run: live on a terminal, otherwise in a log line now and then."""

from __future__ import annotations

import sys
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Iterable

    from tap_clockify.output.audit import RequestCount
    from tap_clockify.output.live import LiveLines

LOG_EVERY = 30.0
"""Seconds between two lines of progress in a log."""

LARGEST = 3
"""How many streams the summary names: those with the most rows."""


@dataclass
class StreamProgress:
    """The progress of one stream; days only if it is read by days."""

    rows: int = 0
    days_done: int = 0
    days_planned: int = 0


class Display:
    """Shows the progress of a run on stderr or in the log."""

    def __init__(
        self,
        logger: logging.Logger,
        usage: RequestCount,
        left: Callable[[], int | None],
        began: float,
    ) -> None:
        """Start to show a run.

        Args:
            logger: Gets progress lines if there is no terminal, and the last lines in any case.
            usage: The requests of the run.
            left: Returns how many requests are left this hour, None without a limit.
            began: When the program began, by ``time.monotonic``.
        """
        self._logger = logger
        self._usage = usage
        self._left = left
        self._program_began = began
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

    def finish(self, *, is_complete: bool, removed: int, proof: str | None) -> None:
        """Remove the live lines, and log the proof and a summary of the run, a line each.

        Args:
            is_complete: Whether everything was read.
            removed: How many of the rows are gone from Clockify.
            proof: The comparison with Clockify's own totals, if there was one.
        """
        if self._live is not None:
            self._live.stop()
        if is_complete and proof:
            self._logger.info("%s", proof)
        rows = Counter({name: item.rows for name, item in self._streams.items() if item.rows})
        largest = ", ".join(f"{name} {count:,}" for name, count in rows.most_common(LARGEST))
        self._logger.info(
            "%s in %.1f s: %s, %s; sent %s of %s, %s of them gone from Clockify%s.",
            "Complete" if is_complete else "Not complete",
            time.monotonic() - self._program_began,
            counted(self._usage.requests, "request"),
            counted(self._usage.retries, "retry", "retries"),
            counted(rows.total(), "row"),
            counted(len(rows), "stream"),
            f"{removed:,}",
            f". Most rows: {largest}" if largest else "",
        )
        for name, count in sorted(rows.items()):
            self._logger.debug("%s: %s.", name, counted(count, "row"))

    def _show(self, stream: str, progress: StreamProgress) -> None:
        if self._live is not None or sys.stderr.isatty():
            # Not before there is something to show: --plan and an embedder may have nothing.
            self._live = self._live or _live_lines()
            done, planned = progress.days_done, progress.days_planned
            self._live.show(stream, self._described(progress), done=done, planned=planned)
        elif time.monotonic() - self._logged_at >= LOG_EVERY:
            self._logged_at = time.monotonic()
            self._logger.info("Reading: %s.", self._all_described())

    def _all_described(self) -> str:
        """Describe the progress of all streams in one line, the days of the one that has most."""
        streams = self._streams.values()
        planned = max(streams, key=lambda progress: progress.days_planned)
        rows = sum(progress.rows for progress in streams)
        whole = StreamProgress(rows, planned.days_done, planned.days_planned)
        return f"{counted(len(streams), 'stream')}, {self._described(whole)}"

    def _described(self, progress: StreamProgress) -> str:
        parts = [counted(progress.rows, "row")]
        if progress.days_planned:
            parts.append(f"{progress.days_done} of {progress.days_planned} days")
        parts.append(counted(self._usage.requests, "request"))
        left = self._left()
        if left is not None:
            parts.append(f"{left} left this hour")
        if progress.days_done:
            spent = time.monotonic() - self._began
            more = spent * (progress.days_planned - progress.days_done) / progress.days_done
            parts.append(f"about {max(0, round(more))} s left")
        return ", ".join(parts)


def counted(count: int, singular: str, plural: str = "") -> str:
    """Return a number with its noun, such as "1 row" or "2,490 rows"."""
    return f"{count:,} {singular if count == 1 else plural or singular + 's'}"


def _live_lines() -> LiveLines:
    from tap_clockify.output.live import LiveLines  # noqa: PLC0415 - slow import

    return LiveLines()
