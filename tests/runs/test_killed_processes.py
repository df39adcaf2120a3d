"""A process that is killed or terminated, followed by a normal run, ends in the same tables."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from clockify_sandbox.world import edits
from crashing import DAY, HOUR, bookmarks, small_agency
from invariants import wrong_with
from support import UpsertStore, config_for, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clockify_sandbox.server import Server
    from clockify_sandbox.world import World
    from support import Message

CLI = "from tap_clockify.tap import TapClockify as T; T.cli()"


class Process:
    """The command in a separate process, at the present time."""

    def __init__(self, folder: Path, server: Server) -> None:
        """Prepare a folder with the configuration."""
        self.folder = folder
        self.server = server
        self.state: dict[str, Any] = {}
        self.config = {
            "timezone": "UTC",
            "lookback_days": 30,
            "start_date": (server.world.now() - 60 * DAY).date().isoformat(),
        }
        (folder / "config.json").write_text(json.dumps(config_for(server, **self.config)))

    def run(self, sign: int | None = None, match: str = "", after: int = 1) -> list[Message]:
        """Run; if a signal is given, send it while the answer to a request is on its way."""
        started = self.start()
        if sign is not None:
            self.server.faults.call(lambda: os.kill(started.pid, sign), match=match, after=after)
        try:
            out, _ = started.communicate(timeout=300)
        except subprocess.TimeoutExpired:
            started.kill()
            started.communicate()
            raise
        self.code = started.returncode
        self.server.faults.clear()
        # A target reads only whole lines.
        return [json.loads(line) for line in out.splitlines(keepends=True) if line.endswith(b"\n")]

    def start(self) -> subprocess.Popen[bytes]:
        (self.folder / "state.json").write_text(json.dumps(self.state))
        return subprocess.Popen(  # noqa: S603 - the tap itself
            [sys.executable, "-c", CLI, "--config=config.json", "--state=state.json"],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    with serving(small_agency(now=None)) as server:
        yield Process(tmp_path, server)


def wrong_now(process: Process, store: UpsertStore) -> list[str]:
    world = process.server.world
    return wrong_with(
        store,
        world,
        first=dt.date.fromisoformat(process.config["start_date"]),
        names_from=world.now().date() - 29 * DAY,
    )


KILLS = [("/clients", 1), ("/reports/detailed", 1), ("/users", 1)]


def test_killed_process(process: Process) -> None:
    """A real kill -9, at several moments of a later run."""
    store = UpsertStore().apply(process.run())
    work_now(process.server.world)
    for match, after in KILLS:
        process.state = store.state
        messages = process.run(signal.SIGKILL, match, after)
        assert process.code == -signal.SIGKILL
        assert "STATE" not in [message["type"] for message in messages]
        store.apply(messages)
    process.state = store.state
    store.apply(process.run())
    assert process.code == 0
    assert wrong_now(process, store) == []


def work_now(world: World) -> None:
    (home,) = world.workspaces
    entries = [entry for entry in world[home].entries if entry.end is not None]
    for entry in entries[-12:-6]:
        edits.delete_entry(world, home, entry.id)
    edits.add_entry(world, home, world.owner_id, world.now() - 2 * HOUR, world.now() - HOUR)


@pytest.mark.parametrize("match", ["/reports/summary", "/users"])
def test_terminated_process_writes_a_state_that_remembers(process: Process, match: str) -> None:
    """Orchestrators send SIGTERM first; a target may load the rows written so far."""
    store = UpsertStore().apply(process.run())
    world = process.server.world
    (home,) = world.workspaces
    made = edits.add_entry(world, home, world.owner_id, world.now() - 2 * HOUR, world.now() - HOUR)
    process.state = store.state
    messages = process.run(signal.SIGTERM, match)
    assert [message["type"] for message in messages].count("STATE") == 1
    assert messages[-1]["type"] == "STATE"
    assert bookmarks(messages[-1]["value"])["summary"] == bookmarks(store.state)["summary"]
    store.apply(messages)
    edits.delete_entry(world, home, made.id)
    process.state = store.state
    store.apply(process.run())
    assert wrong_now(process, store) == []


def test_terminated_process_does_not_wait_with_its_state_for_an_answer(process: Process) -> None:
    """It may be killed soon after."""
    process.server.faults.add("slow", match="/users", seconds=60)
    started = process.start()

    def end_once_it_hangs() -> None:
        while not process.server.requests.matching("/users"):
            time.sleep(0.01)
        os.kill(started.pid, signal.SIGTERM)

    ending = threading.Thread(target=end_once_it_hangs, daemon=True)
    process.server.faults.call(ending.start, match="/reports/summary")
    assert started.stdout is not None
    try:
        kinds = (json.loads(line)["type"] for line in iter(started.stdout.readline, b""))
        assert "STATE" in kinds
        (hanging,) = process.server.requests.matching("/users")
        assert hanging.status is None
    finally:
        started.kill()
        started.communicate()


def test_terminated_process_says_that_it_failed(process: Process) -> None:
    process.run(signal.SIGTERM, "/reports/summary")
    assert process.code == 128 + signal.SIGTERM
