"""Starts a child process, reads its lines, and ends it together with its own children."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

GRACE_SECONDS = 30
"""How long a child may take to end after SIGTERM: the loader then finishes what is complete."""


@dataclass
class Children:
    """The running children of the fleet, and whether it is stopping."""

    stopping: threading.Event = field(default_factory=threading.Event)
    _alive: dict[int, subprocess.Popen[str]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(
        self,
        command: Sequence[str],
        variables: Mapping[str, str],
        folder: Path,
        on_line: Callable[[str], None],
    ) -> int:
        """Run a command to its end and return its exit code.

        Args:
            command: The command and its arguments; none of them may be secret.
            variables: Its whole environment.
            folder: The folder that it runs in.
            on_line: Receives each line that it prints.
        """
        with self._lock:
            if self.stopping.is_set():
                return -signal.SIGTERM
            # A group of its own: a signal for the fleet is passed on once, by `stop`.
            child = subprocess.Popen(  # noqa: S603 -- our own command
                command,
                env=variables,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,
            )
            self._alive[child.pid] = child
        try:
            with child:
                for line in child.stdout or ():
                    on_line(line.rstrip("\n"))
            return child.returncode
        finally:
            with self._lock:
                del self._alive[child.pid]

    def stop(self) -> None:
        """End all children: with SIGTERM, and after a while with SIGKILL. New ones do not begin."""
        self.stopping.set()
        with self._lock:
            groups = list(self._alive)
        for group in groups:
            _signal(group, signal.SIGTERM)
        timer = threading.Timer(GRACE_SECONDS, self._kill)
        timer.daemon = True
        timer.start()

    def _kill(self) -> None:
        with self._lock:
            for group in self._alive:
                _signal(group, signal.SIGKILL)


def _signal(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
