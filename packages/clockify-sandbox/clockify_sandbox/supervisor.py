"""Start, find and stop the sandbox in the background.

Whether it is running is asked at its ports, never read from a file: so nothing is stale after a
kill, and the answer says to which folder the sandbox belongs.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import requests

from clockify_sandbox.places import places_of, project_folder

if TYPE_CHECKING:
    from clockify_sandbox.places import Places

START_SECONDS = 180
STOP_SECONDS = 60
POLL_SECONDS = 0.1


class SandboxError(Exception):
    """The sandbox cannot do that; the message says why, and what to do."""


@dataclass(frozen=True)
class Found:
    """Who answers at the sandbox's ports."""

    bigquery: bool
    clockify: bool
    pid: int | None = None
    folder: str | None = None


def find(places: Places) -> Found:
    """Find out who answers at the two ports."""
    about = places.bigquery.about()
    pid = about.get("pid")
    return Found(
        bigquery="folder" in about,
        clockify=about.get("clockify") == places.clockify_url and _clockify_answers(places),
        pid=pid if isinstance(pid, int) else None,
        folder=str(about["folder"]) if "folder" in about else None,
    )


def is_up(places: Places) -> bool:
    """Tell whether this folder's sandbox answers at both ports."""
    found = find(places)
    return found.clockify and found.folder == str(places.folder)


def up(places: Places, idle_minutes: float) -> bool:
    """Start the sandbox if needed, wait until it answers, and return whether it was started.

    Raises:
        SandboxError: A port is taken, or the sandbox did not start.
    """
    if is_up(places):
        return False
    last = places_of(places.folder, None, None)
    if last != places and is_up(last):
        msg = (
            f"This folder's sandbox already runs, at ports {last.clockify_port} and"
            f" {last.bigquery_port}. Stop it first: clockify-sandbox --port {last.clockify_port}"
            f" --bigquery-port {last.bigquery_port} down"
        )
        raise SandboxError(msg)
    _require_ports(places)
    places.folder.mkdir(parents=True, exist_ok=True)
    places.remember_ports()
    with places.log.open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 -- ourselves
            [
                *(sys.executable, "-m", "clockify_sandbox.daemon"),
                *("--folder", str(places.folder)),
                *("--clockify-port", str(places.clockify_port)),
                *("--bigquery-port", str(places.bigquery_port)),
                *("--idle-seconds", str(idle_minutes * 60)),
            ],
            # None of the caller's pipes: Meltano waits until every process has closed them.
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=places.folder,
            start_new_session=True,
        )
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if is_up(places):
            return True
        if process.poll() is not None and not _somebody_else_starts(places, deadline):
            break
        time.sleep(POLL_SECONDS)
    said = places.log.read_text(errors="replace").strip().splitlines()[-5:]
    msg = f"The sandbox did not start. The end of {places.log}:\n" + "\n".join(said)
    raise SandboxError(msg)


def down(places: Places) -> bool:
    """Stop the sandbox, wait until it has ended, and return whether it was running.

    Raises:
        SandboxError: Another folder's sandbox answers, or it did not stop.
    """
    found = find(places)
    if found.pid is None:
        return False
    if found.folder != str(places.folder):
        raise SandboxError(_of_another_folder(places, found))
    os.kill(found.pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while time.monotonic() < deadline:
        # The port closes before the process ends, and only then is the database free.
        if not _lives(found.pid):
            return True
        time.sleep(POLL_SECONDS)
    msg = f"The sandbox (process {found.pid}) did not stop within {STOP_SECONDS} s: kill it."
    raise SandboxError(msg)


def require(places: Places) -> None:
    """Make sure that the sandbox is running.

    Raises:
        SandboxError: It is not.
    """
    if not is_up(places):
        found = find(places)
        if found.folder not in (None, str(places.folder)):
            raise SandboxError(_of_another_folder(places, found))
        msg = "The sandbox is down. Start it: clockify-sandbox up"
        raise SandboxError(msg)


def _require_ports(places: Places) -> None:
    found = find(places)
    if found.folder is not None and found.folder != str(places.folder):
        raise SandboxError(_of_another_folder(places, found))
    if found.folder is not None:
        return  # It is ours and is still starting.
    for port, name, option, variable in (
        (places.clockify_port, "Clockify stand-in", "--port", "CLOCKIFY_SANDBOX_PORT"),
        (
            places.bigquery_port,
            "local BigQuery",
            "--bigquery-port",
            "CLOCKIFY_SANDBOX_BIGQUERY_PORT",
        ),
    ):
        if not _is_free(port):
            msg = (
                f"Port {port}, where the {name} should answer, is taken by another program. Stop"
                f" that program, or choose another port {_setting(places, option, variable)}."
            )
            raise SandboxError(msg)


def _of_another_folder(places: Places, found: Found) -> str:
    ports = _setting(
        places,
        "--port and --bigquery-port",
        "CLOCKIFY_SANDBOX_PORT and CLOCKIFY_SANDBOX_BIGQUERY_PORT",
    )
    return (
        f"Port {places.bigquery_port} is taken by the sandbox of another checkout, in"
        f" {project_folder(Path(str(found.folder)))}: stop it there with"
        f" `uv run clockify-sandbox down`, or choose two other ports {ports}."
    )


def _setting(places: Places, options: str, variables: str) -> str:
    """Say where to choose ports: if Meltano runs this, what meltano.yml says overrides a shell."""
    if "MELTANO_PROJECT_ROOT" in os.environ:
        return f"in {project_folder(places.folder) / 'meltano.yml'}, under `env`: {variables}"
    return f"with {options} or {variables}"


def _somebody_else_starts(places: Places, deadline: float) -> bool:
    """Tell whether our process lost a race: of two `up` at once, only one gets the ports."""
    until = min(deadline, time.monotonic() + 5)
    while time.monotonic() < until:
        if find(places).folder == str(places.folder):
            return True
        time.sleep(POLL_SECONDS)
    return False


def _clockify_answers(places: Places) -> bool:
    try:
        return requests.get(f"{places.clockify_url}/_sandbox/health", timeout=5).ok
    except requests.RequestException:
        return False


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As a server does: a port that was just closed counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
