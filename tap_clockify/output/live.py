"""Live lines on a terminal, one per stream. Imported only on a terminal: rich loads slowly."""

from __future__ import annotations

import io
import logging
import sys
import threading
import time
from typing import TYPE_CHECKING, TextIO, cast

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Iterator

DRAW_EVERY = 0.1
"""Seconds between two drawings of the lines."""


class LiveLines:
    """Shows one line per stream below the lines of the log, and removes them at the end."""

    def __init__(self) -> None:
        """Start the display."""
        columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[text]}")
        # The terminal wraps long lines of the log, so that they can still be copied whole.
        console = Console(stderr=True, soft_wrap=True)
        # With a thread of its own, rich would draw the lines while a line of the log is written.
        self._progress = Progress(
            *columns, console=console, transient=True, auto_refresh=False, redirect_stdout=False
        )
        self._drawing = threading.Lock()
        self._drawn_at = 0.0
        self._tasks: dict[str, TaskID] = {}
        self._terminal = sys.stderr
        self._progress.start()
        # While the lines are shown, rich puts whatever is written to sys.stderr above them, but the
        # handlers of the log have the stream that it replaced.
        self._handlers = list(_handlers_on(self._terminal))
        for handler in self._handlers:
            handler.setStream(cast("TextIO", _OneAtATime(sys.stderr, self._drawing)))

    def show(self, stream: str, text: str, *, done: int, planned: int) -> None:
        """Show the progress of a stream; ``planned`` is 0 if it is unknown."""
        with self._drawing:
            if stream not in self._tasks:
                self._tasks[stream] = self._progress.add_task(stream, total=None, text="")
            task, total = self._tasks[stream], planned or None
            self._progress.update(task, completed=done, total=total, text=text)
            if time.monotonic() - self._drawn_at >= DRAW_EVERY:
                self._progress.refresh()
                self._drawn_at = time.monotonic()

    def stop(self) -> None:
        """Remove the lines, and give the handlers of the log their stream back."""
        with self._drawing:
            self._progress.stop()
        for handler in self._handlers:
            handler.setStream(self._terminal)


class _OneAtATime(io.TextIOBase):
    """Writes to a stream while nothing else is drawn."""

    def __init__(self, stream: TextIO, drawing: threading.Lock) -> None:
        self._stream = stream
        self._drawing = drawing

    @override
    def write(self, text: str) -> int:
        with self._drawing:
            return self._stream.write(text)

    @override
    def flush(self) -> None:
        with self._drawing:
            self._stream.flush()


def _handlers_on(stream: TextIO) -> Iterator[logging.StreamHandler[TextIO]]:
    """Yield the handlers of all loggers that write to a stream."""
    loggers = [logging.getLogger(), *logging.getLogger().manager.loggerDict.values()]
    for logger in loggers:
        for handler in logger.handlers if isinstance(logger, logging.Logger) else ():
            if isinstance(handler, logging.StreamHandler) and handler.stream is stream:
                yield handler
