"""What the command changes in its process, and restores when it ends."""

from __future__ import annotations

import errno
import gc
import os
import signal
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from clockify_client.errors import ClockifyError
from clockify_client.interruption import Interruption, handled_signals
from singer_sdk.exceptions import ConfigValidationError, MappingError

if TYPE_CHECKING:
    import logging
    from collections.abc import Iterator

FULL = {errno.ENOSPC, errno.EDQUOT}
STATUS = Path("/proc/self/stat")
START_TIME = 19
"""Position of the start of the process in ``STATUS``, after the name of the command."""

COLLECT_AFTER = 200_000
"""Objects allocated between two garbage collections. Rows hold no reference cycles, yet the
collector scans every row in memory each time: with Python's default of 700, 100,000 entries take
about a tenth more CPU time (``python -m benchmarks --only cpu``)."""


def interruption() -> Interruption:
    """Return the handler of the command; in a program that embeds the tap, one without signals."""
    handler = signal.getsignal(signal.SIGTERM)
    return handler if isinstance(handler, Interruption) else Interruption()


def began() -> float:
    """Return when the command began, by ``time.monotonic``; now, in a program that embeds the tap.

    Loading the tap takes a second or more, which the user waits for as well.
    """
    now = time.monotonic()
    if not isinstance(signal.getsignal(signal.SIGTERM), Interruption):
        return now
    try:
        ticks = int(STATUS.read_text().rpartition(")")[2].split()[START_TIME])
        age = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, AttributeError, ValueError, IndexError):  # It is not Linux.
        return now
    return now - max(age, 0.0)


@contextmanager
def command_process(logger: logging.Logger) -> Iterator[Interruption]:
    """Handle signals, collect garbage rarely, and log errors of users without a traceback.

    Raises:
        SystemExit: Something failed that a user can repair; the log says what.
    """
    with handled_signals() as handler, _rare_collections():
        try:
            yield handler
        except (ClockifyError, ConfigValidationError, MappingError, OSError) as error:
            sentences = _sentences(error)
            if not sentences:
                raise
            handler.check(logger)
            for sentence in sentences:
                logger.error("%s", sentence)  # noqa: TRY400 - no traceback
            sys.exit(1)


def _sentences(error: Exception) -> list[str]:
    """Describe an error that a user can repair; empty for any other."""
    if isinstance(error, ConfigValidationError):
        return [_with_a_stop(str(item)) for item in error.errors]
    if isinstance(error, MappingError):
        return [f"stream_maps: {_with_a_stop(str(error))} Correct this setting."]
    if isinstance(error, OSError):
        return [_no_space(error)] if error.errno in FULL else []
    return [str(error)]


def _with_a_stop(text: str) -> str:
    return text if text.endswith((".", "?")) else f"{text}."


def _no_space(error: OSError) -> str:
    where = f"to {error.filename}" if error.filename else "to stdout"
    return (
        f"Writing {where} failed: {error.strerror}. Free space on the disk that the output goes to,"
        " then run again: the next run sends everything that is missing."
    )


@contextmanager
def _rare_collections() -> Iterator[None]:
    thresholds = gc.get_threshold()
    # Imported modules stay until the process ends, so the collector need not scan them. What the
    # process has frozen itself cannot be told apart from them later, so then nothing is added.
    freezes = gc.get_freeze_count() == 0
    if freezes:
        gc.freeze()
    gc.set_threshold(COLLECT_AFTER, *thresholds[1:])
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        if freezes:
            gc.unfreeze()
