"""Signals: the first one ends the input, so that what is complete is still loaded."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_STAT = Path("/proc/self/stat")
_START_TIME = 19
"""Position of the start of the process, after the name of the command."""
HANDLED = (signal.SIGINT, signal.SIGTERM)


class Interruption:
    """Notes the first signal; a second one ends the process at once.

    The handler must not raise: it may run between any two instructions of the main thread, where
    an exception would leave locks held or half a line of STATE on stdout.
    """

    def __init__(self, wakes: int | None = None) -> None:
        """Start without a signal; `wakes` becomes readable when one arrives."""
        self.signal: int | None = None
        self.wakes = wakes

    def __call__(self, signum: int, _frame: FrameType | None) -> None:
        """Note the signal; this is the handler."""
        self.signal = signum
        signal.signal(signum, signal.SIG_DFL)

    def __bool__(self) -> bool:
        """Return whether a signal has arrived."""
        return self.signal is not None


@contextmanager
def interruptible() -> Iterator[Interruption]:
    """Handle signals for as long as the context lasts; in other threads there are none."""
    if threading.current_thread() is not threading.main_thread():
        yield Interruption()
        return
    readable, writable = os.pipe()
    os.set_blocking(writable, False)
    handler = Interruption(readable)
    before = {number: signal.signal(number, handler) for number in HANDLED}
    # Written to by the interpreter itself, whichever thread the signal interrupts.
    woken = signal.set_wakeup_fd(writable, warn_on_full_buffer=False)
    try:
        yield handler
    finally:
        signal.set_wakeup_fd(woken)
        for number, earlier in before.items():
            with suppress(TypeError):  # None: a handler that was not set from Python
                signal.signal(number, earlier)
        os.close(readable)
        os.close(writable)


def began() -> float:
    """Return when this process began, by `time.monotonic`; now, where the system does not tell."""
    now = time.monotonic()
    try:
        ticks = int(_STAT.read_text().rpartition(")")[2].split()[_START_TIME])
        age = time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, AttributeError, ValueError, IndexError):  # It is not Linux.
        return now
    return now - max(age, 0.0)
