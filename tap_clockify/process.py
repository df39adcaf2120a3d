"""What the command changes in its process, and restores when it ends."""

from __future__ import annotations

import gc
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

from clockify_client.interruption import Interruption, handled_signals

if TYPE_CHECKING:
    from collections.abc import Iterator

COLLECT_AFTER = 200_000
"""Objects allocated between two garbage collections. Rows hold no reference cycles, yet the
collector scans every row in memory each time: with Python's default of 700, 100,000 entries take
about a tenth more CPU time (``python -m benchmarks --only cpu``)."""


def interruption() -> Interruption:
    """Return the handler of the command; in a program that embeds the tap, one without signals."""
    handler = signal.getsignal(signal.SIGTERM)
    return handler if isinstance(handler, Interruption) else Interruption()


@contextmanager
def command_process() -> Iterator[Interruption]:
    """Handle signals, and collect garbage rarely, while the command runs."""
    with handled_signals() as handler, _rare_collections():
        yield handler


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
