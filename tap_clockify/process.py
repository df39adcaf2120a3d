"""What the command changes in its process, and restores when it ends."""

from __future__ import annotations

import gc
import signal
import sys
import threading
from contextlib import contextmanager
from queue import SimpleQueue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Iterator
    from types import FrameType

COLLECT_AFTER = 200_000
"""Objects allocated between two garbage collections. Rows hold no reference cycles, yet the
collector scans every row in memory each time: with Python's default of 700, 100,000 entries take
about a tenth more CPU time (``python -m benchmarks --only cpu``)."""


class Interruption:
    """A signal handler that notes the first signal; the run ends at its next safe point.

    The handler must not raise. It may be called between any two instructions of the main thread:
    an exception there leaves locks held (of logging, of a future), for which other threads then
    wait for ever, or half a line on stdout.
    """

    def __init__(self) -> None:
        """Start without a signal."""
        self._signal: int | None = None
        # Unlike a lock or an event, it may be used in a signal handler.
        self._arrived: SimpleQueue[int | None] = SimpleQueue()
        self._stops: list[Callable[[], None]] = []

    def __call__(self, signum: int, _frame: FrameType | None) -> None:
        """Note the signal; this is the handler."""
        if self._signal is None:
            self._signal = signum
            self._arrived.put(signum)

    def __bool__(self) -> bool:
        """Return whether a signal has arrived."""
        return self._signal is not None

    def also_stops(self, stop: Callable[[], None]) -> None:
        """Call a function in another thread when a signal arrives, or now if one has."""
        self._stops.append(stop)
        if self:
            stop()

    def check(self, logger: logging.Logger) -> None:
        """End the process if a signal has arrived.

        Raises:
            SystemExit: A signal has arrived; the code is 128 and its number, as in a shell.
        """
        if self._signal is not None:
            logger.error(
                "Interrupted by signal %s before the sync finished. Run it again: nothing is lost.",
                self._signal,
            )
            sys.exit(128 + self._signal)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Stop everything once a signal arrives."""
        watcher = threading.Thread(target=self._watch, name="signals", daemon=True)
        watcher.start()
        try:
            yield
        finally:
            self._arrived.put(None)
            watcher.join()

    def _watch(self) -> None:
        if self._arrived.get() is not None:
            for stop in tuple(self._stops):
                stop()


def interruption() -> Interruption:
    """Return the handler of the command; in a program that embeds the tap, one without signals."""
    handler = signal.getsignal(signal.SIGTERM)
    return handler if isinstance(handler, Interruption) else Interruption()


@contextmanager
def command_process() -> Iterator[Interruption]:
    """Handle signals, and collect garbage rarely, while the command runs."""
    with _handled_signals() as handler, _rare_collections():
        yield handler


@contextmanager
def _handled_signals() -> Iterator[Interruption]:
    """Treat a signal as a failed run, unlike the SDK, since not everything has been read."""
    handler = Interruption()
    if threading.current_thread() is not threading.main_thread():
        yield handler
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, handler)
    try:
        with handler.watched():
            yield handler
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)


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
