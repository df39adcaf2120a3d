"""Signals: a run that is interrupted ends at its next safe point, and fails."""

from __future__ import annotations

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

    @property
    def number(self) -> int:
        """The number of the signal; 0 if none has arrived."""
        return self._signal or 0

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


@contextmanager
def handled_signals() -> Iterator[Interruption]:
    """Note signals, and restore the earlier handlers in the end.

    Unlike with the SDK, a signal makes a run fail, since not everything was read or written.
    """
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
