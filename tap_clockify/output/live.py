"""Live lines on a terminal, one for each stream. Only imported where there is one: rich is slow."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn


class LiveLines:
    """Shows a line for each stream, and removes all of them at the end."""

    def __init__(self) -> None:
        """Begin to show."""
        columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[text]}")
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
        self._tasks: dict[str, TaskID] = {}
        self._progress.start()

    def show(self, stream: str, text: str, *, done: int, planned: int) -> None:
        """Show how far a stream has come; ``planned`` is 0 where that is not known."""
        if stream not in self._tasks:
            self._tasks[stream] = self._progress.add_task(stream, total=None, text="")
        self._progress.update(self._tasks[stream], completed=done, total=planned or None, text=text)

    def stop(self) -> None:
        """Remove the lines."""
        self._progress.stop()
