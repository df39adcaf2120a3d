"""What the command changes in its process, and restores when it ends."""

from __future__ import annotations

import gc
import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import logging
    from collections.abc import Iterator
    from types import FrameType

COLLECT_AFTER = 200_000
"""Objects allocated between two garbage collections. Rows hold no reference cycles, yet the
collector scans every row in memory each time: with Python's default of 700, 100,000 entries take
about a tenth more CPU time (``python -m benchmarks --only cpu``)."""


@contextmanager
def command_process(logger: logging.Logger) -> Iterator[None]:
    """Handle signals, and collect garbage rarely, while the command runs."""
    with _handled_signals(logger), _rare_collections():
        yield


@contextmanager
def _handled_signals(logger: logging.Logger) -> Iterator[None]:
    """Treat a signal as a failed run, unlike the SDK, since not everything has been read."""

    def interrupt(signum: int, _frame: FrameType | None) -> None:
        logger.error(
            "Interrupted by signal %s before the sync finished. Run it again: nothing is lost.",
            signum,
        )
        sys.exit(128 + signum)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


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
