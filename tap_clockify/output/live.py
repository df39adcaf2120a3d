"""Live lines on a terminal, one per stream. Imported only on a terminal: rich loads slowly."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn


class LiveLines:
    """Shows one line per stream, and removes them at the end."""

    def __init__(self) -> None:
        """Start the display."""
        columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[text]}")
        self._progress = Progress(
            *columns, console=Console(stderr=True), transient=True, redirect_stdout=False
        )
        self._tasks: dict[str, TaskID] = {}
        self._progress.start()

    def show(self, stream: str, text: str, *, done: int, planned: int) -> None:
        """Show the progress of a stream; ``planned`` is 0 if it is unknown."""
        if stream not in self._tasks:
            self._tasks[stream] = self._progress.add_task(stream, total=None, text="")
        self._progress.update(self._tasks[stream], completed=done, total=planned or None, text=text)

    def stop(self) -> None:
        """Remove the lines."""
        self._progress.stop()
