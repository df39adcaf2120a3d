"""A signal ends a run between two lines of stdout, however slowly the target reads."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, cast

import pytest
from clockify_client.errors import ClockifyError
from clockify_client.interruption import Interruption
from support import agency, config_for, serving

from tap_clockify.output.writer import CHUNK, Writer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

    from clockify_sandbox.server import Server

GUARD = 300.0
"""Seconds after which a test fails instead of hanging."""

IN_A_LOCK = """
import logging, os, signal, threading
from tap_clockify.tap import TapClockify

class Interrupting(logging.NullHandler):
    def createLock(self):
        self.lock = threading.RLock()
    def handle(self, record):
        self.lock.acquire()
        if threading.current_thread() is threading.main_thread() and "Reading" in record.msg:
            # An exception here would leave the lock held, and other threads wait for it.
            os.kill(os.getpid(), signal.SIGTERM)
        self.lock.release()

logging.getLogger().addHandler(Interrupting())
TapClockify.cli()
"""


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(agency(now=None, people=12, days=80)) as server:
        yield server


def started(folder: Path, server: Server, code: str) -> subprocess.Popen[bytes]:
    (folder / "config.json").write_text(json.dumps(config_for(server)))
    return subprocess.Popen(  # noqa: S603 - the tap itself
        [sys.executable, "-c", code, "--config=config.json"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.mark.parametrize("lines_read", [1, 40, 700])
def test_lines_are_whole_if_the_target_reads_slowly(
    tmp_path: Path, server: Server, lines_read: int
) -> None:
    """The pipe is full when the signal comes, so the tap waits in the middle of a write."""
    process = started(tmp_path, server, "from tap_clockify.tap import TapClockify as T; T.cli()")
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(lines_read)]
    time.sleep(1.0)  # The tap fills the pipe meanwhile; a slower machine only weakens the test.
    os.kill(process.pid, signal.SIGTERM)
    time.sleep(0.2)
    lines += process.stdout.readlines()
    process.communicate(timeout=GUARD)
    assert all(line.endswith(b"\n") for line in lines)
    kinds = [json.loads(line)["type"] for line in lines]
    assert kinds[-1] == "STATE"
    assert kinds.count("STATE") == 1
    assert process.returncode == 128 + signal.SIGTERM


def test_signal_while_the_log_is_locked_does_not_hang(tmp_path: Path, server: Server) -> None:
    process = started(tmp_path, server, IN_A_LOCK)
    out, _ = process.communicate(timeout=GUARD)
    assert json.loads(out.splitlines()[-1])["type"] == "STATE"
    assert process.returncode == 128 + signal.SIGTERM


class Pipe:
    """Replaces stdout; a signal arrives after some writes."""

    def __init__(self, interruption: Interruption, after: int) -> None:
        """Start empty; ``after`` is the number of the write that a signal follows."""
        self.data = b""
        self._interruption = interruption
        self._left = after

    def write(self, data: bytes) -> int:
        self.data += data
        self._left -= 1
        if self._left == 0:
            self._interruption(signal.SIGTERM, None)
        return len(data)

    def flush(self) -> None:
        """Do nothing."""


@pytest.mark.parametrize("after", range(1, 12))
def test_only_the_line_that_was_begun_is_finished(after: int) -> None:
    interruption = Interruption()
    pipe = Pipe(interruption, after)
    writer = Writer(cast("BinaryIO", pipe))
    writer.ends_when(interruption)
    rows = ({"id": str(number), "text": "x" * 1500} for number in range(10_000))
    with pytest.raises(ClockifyError):
        writer.write_records("one", rows)
    writer.end_records()
    writer.write_state({"bookmarks": {}})
    *records, state = pipe.data.splitlines(keepends=True)
    assert [json.loads(line)["record"]["id"] for line in records] == [
        str(number) for number in range(len(records))
    ]
    assert json.loads(state)["type"] == "STATE"
    assert after * CHUNK <= len(b"".join(records)) < after * CHUNK + 1700


def test_signal_before_the_last_rows_are_written_leaves_no_state_of_success() -> None:
    interruption = Interruption()
    pipe = Pipe(interruption, after=1)
    writer = Writer(cast("BinaryIO", pipe))
    writer.ends_when(interruption)
    writer.write_records("one", [{"id": "1"}])
    interruption(signal.SIGTERM, None)
    with pytest.raises(ClockifyError):
        writer.write_state({"bookmarks": {"one": "ahead of the data"}})
    assert pipe.data == b""
