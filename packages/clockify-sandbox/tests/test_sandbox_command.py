"""The command that starts and stops the sandbox, run as a user runs it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from clockify_sandbox.world.agency import AGENCY_ID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

GUARD = 300.0
"""Seconds after which a test fails instead of hanging."""


class Command:
    """`clockify-sandbox` for a folder and ports of its own."""

    def __init__(self, folder: Path, ports: tuple[int, int]) -> None:
        """Use a folder and two ports."""
        self.folder = folder
        self.ports = ports

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run it and capture its output."""
        ports = ["--port", str(self.ports[0]), "--bigquery-port", str(self.ports[1])]
        return subprocess.run(  # noqa: S603
            [_executable(), "--folder", str(self.folder), *ports, *arguments],
            capture_output=True,
            text=True,
            timeout=GUARD,
            check=False,
            env={**os.environ, **variables},
        )

    def rows(self, sql: str) -> object:
        """Ask the local BigQuery."""
        done = self.run("sql", "--json", sql)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


def _executable() -> str:
    found = shutil.which("clockify-sandbox", path=str(Path(sys.executable).parent))
    assert found
    return found


def wait_until(condition: Callable[[], bool]) -> bool:
    """Wait for a condition; return False if it does not come true in time."""
    deadline = time.monotonic() + GUARD
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


@pytest.fixture
def sandbox(tmp_path: Path, free_port: Callable[[], int]) -> Iterator[Command]:
    command = Command(tmp_path / "sandbox", (free_port(), free_port()))
    yield command
    command.run("down")


def _pid(sandbox: Command) -> int:
    return int(sandbox.run("status").stdout.split("Process")[1])


def _has_ended(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_life_of_a_sandbox(sandbox: Command) -> None:
    asleep = sandbox.run("sql", "SELECT 1")
    assert asleep.returncode == 1
    assert asleep.stderr == "Error: The sandbox is down. Start it: clockify-sandbox up\n"
    assert "is up" in sandbox.run("up").stdout
    assert "was up already" in sandbox.run("up").stdout
    assert sandbox.rows("SELECT 1 AS a, 0.5 AS b, NULL AS c, DATE '2024-01-31' AS d") == [
        {"a": 1, "b": 0.5, "c": None, "d": "2024-01-31"}
    ]
    wrong = sandbox.run("sql", "SELEC 1")
    assert wrong.returncode == 1
    assert wrong.stderr.startswith("Error: Syntax error")
    edited = sandbox.run("edit", "--count", "3", "--seed", "7").stdout.splitlines()
    assert sum(line.startswith("  ") for line in edited) >= 3
    assert edited[-1] == "Load them: uv run meltano run demo"
    assert max(map(len, edited)) <= 80
    assert sandbox.run("down").stdout == "The sandbox is down.\n"
    assert sandbox.run("down").stdout == "The sandbox was not up.\n"


def test_report_compares_the_table_with_clockify(sandbox: Command) -> None:
    sandbox.run("up")
    sandbox.run("sql", "CREATE SCHEMA dl_clockify")
    sandbox.run(
        "sql",
        "CREATE TABLE dl_clockify.sync_runs AS SELECT 'summary' AS stream, 'succeeded' AS status,"
        f" '{AGENCY_ID}' AS workspace_id, 'Europe/Berlin' AS timezone,"
        " CURRENT_TIMESTAMP() AS started_at, DATE_SUB(CURRENT_DATE(), INTERVAL 40 DAY) AS"
        " window_first, CURRENT_DATE() AS window_last",
    )
    sandbox.run(
        "sql",
        "CREATE TABLE dl_clockify.summary_time_entry_report AS SELECT CURRENT_DATE() AS date,"
        f" '{AGENCY_ID}' AS workspace_id, 'p' AS project_id, 'A project' AS project, 'Ada' AS"
        " client, 'EUR' AS currency, 1.5 AS duration_decimal, 20.0 AS amount_decimal,"
        " CAST(NULL AS TIMESTAMP) AS _sdc_deleted_at",
    )
    said = sandbox.run("report")
    assert said.returncode == 0, said.stderr
    lines = said.stdout.splitlines()
    assert len(lines) <= 20
    assert max(map(len, lines)) <= 80
    figures = re.fullmatch(
        r"Clockify's own report: (.*) h; the table: (.*) h; difference (.*) h", lines[2]
    )
    assert figures, lines[2]
    reported, held, difference = (float(each.replace(",", "")) for each in figures.groups())
    assert (reported > 100, held) == (True, 1.5)
    assert difference == pytest.approx(reported - held, abs=0.01)


def test_a_mirror_is_demonstrated(sandbox: Command) -> None:
    sandbox.run("up")
    early = sandbox.run("mirror-report")
    assert early.returncode == 1
    assert early.stderr.endswith("Open one: clockify-sandbox client-workspace\n")
    first, second = (sandbox.run("client-workspace").stdout for _ in range(2))
    assert first == second
    assert all(f"sandbox-{whose}-key" in first for whose in ("api", "client", "freelancer"))
    edited = sandbox.run("mirror-edit")
    assert (edited.returncode, len(edited.stdout.splitlines())) == (0, 8)
    report = sandbox.run("mirror-report")
    assert report.returncode == 1
    assert report.stdout.endswith("equal: no\n")
    assert "At the client, of others" in report.stdout


def test_clockify_and_tables_survive_a_kill(sandbox: Command) -> None:
    sandbox.run("up")
    saved = sandbox.folder / "world.pickle"
    unedited = saved.read_bytes()
    sandbox.run("edit", "--count", "3", "--seed", "7")
    sandbox.run("sql", "CREATE SCHEMA d")
    sandbox.run("sql", "CREATE TABLE d.t AS SELECT 1 AS n")
    assert wait_until(lambda: saved.read_bytes() != unedited)
    pid = _pid(sandbox)
    os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: _has_ended(pid))
    world = saved.read_bytes()
    assert "is up" in sandbox.run("up").stdout
    assert sandbox.rows("SELECT n FROM d.t") == [{"n": 1}]
    assert saved.read_bytes() == world
    assert "is up" in sandbox.run("up", "--fresh").stdout
    assert sandbox.run("sql", "SELECT n FROM d.t").returncode == 1


def test_tables_without_their_world_are_dropped(sandbox: Command) -> None:
    sandbox.run("up")
    sandbox.run("sql", "CREATE SCHEMA dl_clockify")
    sandbox.run("sql", "CREATE TABLE dl_clockify.clients AS SELECT 1 AS n")
    sandbox.run("down")
    (sandbox.folder / "world.pickle").unlink()
    sandbox.run("up")
    assert sandbox.run("sql", "SELECT n FROM dl_clockify.clients").returncode == 1


def test_error_names_the_taken_port(sandbox: Command) -> None:
    with socket.create_server(("127.0.0.1", sandbox.ports[0])):
        refused = sandbox.run("up")
    assert refused.returncode == 1
    assert f"Port {sandbox.ports[0]}, where the Clockify stand-in" in refused.stderr
    assert "--port or CLOCKIFY_SANDBOX_PORT" in refused.stderr


def test_error_names_the_checkout_that_holds_the_ports(sandbox: Command, tmp_path: Path) -> None:
    checkouts = [tmp_path / "first", tmp_path / "second"]
    for checkout in checkouts:
        checkout.mkdir()
        (checkout / "meltano.yml").touch()
    sandbox.folder = checkouts[0] / ".sandbox"
    sandbox.run("up")
    second = Command(checkouts[1] / ".sandbox", sandbox.ports)
    taken = (
        f"Error: Port {sandbox.ports[1]} is taken by the sandbox of another checkout, in"
        f" {checkouts[0]}: stop it there with `uv run clockify-sandbox down`, or choose two other"
        " ports"
    )
    variables = "CLOCKIFY_SANDBOX_PORT and CLOCKIFY_SANDBOX_BIGQUERY_PORT"
    refused = second.run("up")
    assert refused.returncode == 1
    assert refused.stderr == f"{taken} with --port and --bigquery-port or {variables}.\n"
    # Under Meltano, options cannot be given, and meltano.yml overrides the shell.
    refused = second.run("up", MELTANO_PROJECT_ROOT=str(checkouts[1]))
    assert refused.returncode == 1
    assert refused.stderr == f"{taken} in {checkouts[1]}/meltano.yml, under `env`: {variables}.\n"
    assert second.run("down").returncode == 1
    assert sandbox.run("status").returncode == 0


def test_it_ends_when_idle(sandbox: Command) -> None:
    started = sandbox.run("up", "--idle-minutes", "0.1")
    assert "is up" in started.stdout
    # Read from the log, since the sandbox may have ended before it could be asked.
    (pid,) = re.findall(r"process (\d+)", (sandbox.folder / "sandbox.log").read_text())
    assert wait_until(lambda: _has_ended(int(pid))), "it is still running"
    assert sandbox.run("status").returncode == 1
