"""What the command changes in its process, and puts back when it ends."""

from __future__ import annotations

import atexit
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
"""Objects made between two collections. Rows hold no cycles, so the collector finds none among
them, but it goes through all rows in hand each time."""


@contextmanager
def command_process(logger: logging.Logger) -> Iterator[None]:
    """Handle signals, and collect garbage rarely, as long as the command runs."""
    with _handled_signals(logger), _rare_collections():
        yield


@contextmanager
def _handled_signals(logger: logging.Logger) -> Iterator[None]:
    """End on a signal as a run that failed, unlike the SDK: not everything has been read."""

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
    # Imported modules stay until the process ends: the collector need not go through them.
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, *thresholds[1:])
    # Nor does the interpreter need a last collection when the process ends.
    atexit.register(gc.freeze)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()
