"""`clockify-fleet run --demo`, with real processes, as docs/fleet.md promises it."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import psutil
import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Project

KEYS = {
    "agency": "sandbox-api-key",
    "client": "sandbox-client-key",
    "former-client": "a-key-that-was-revoked",
}
WORKSPACES = {
    "agency_clockify": "5a6e4c700000000000000001",
    "client_clockify": "5c11e4700000000000000001",
}
ENDED = {
    "agency": ("clockify", "SUCCESS", "agency_clockify"),
    "client": ("clockify", "SUCCESS", "client_clockify"),
    "former-client": ("clockify", "FAILED", "former_client_clockify"),
    "holding": ("bigquery", "SUCCESS", "holding_billing"),
}
DIFFERENCE = """
SELECT COUNT(*) AS n
FROM agency_clockify.summary_time_entry_report AS s
FULL OUTER JOIN holding_billing.summary_time_entry_report AS d
  USING (workspace_id, user_id, project_id, tag_id, date)
WHERE s.import_timestamp IS NULL OR d.import_timestamp IS NULL
  OR s.import_timestamp != d.import_timestamp OR s.duration_decimal != d.duration_decimal
  OR s.is_deleted != d.is_deleted
"""


class Watch(threading.Thread):
    """Looks at the processes of a run while it lasts."""

    def __init__(self, runner: int) -> None:
        """Look at what this process starts."""
        super().__init__()
        self.runner, self.ended = psutil.Process(runner), threading.Event()
        self.seen: dict[int, dict[str, str]] = {}
        self.arguments: set[str] = set()

    def run(self) -> None:
        """Look until the run has ended."""
        while not self.ended.wait(0.05):
            with suppress(psutil.Error, OSError):
                for child in self.runner.children(recursive=True):
                    self.arguments.add(" ".join(child.cmdline()))
                    self.seen[child.pid] = child.environ()


def status(project: Project) -> list[dict[str, Any]]:
    code, output = project.run("clockify-fleet", "status", "--json")
    assert code == 0, output
    found: list[dict[str, Any]] = json.loads(output)
    return found


def check_ended(project: Project) -> None:
    """Check statuses, that no dataset has rows of another workspace, and that the copy is equal."""
    rows = {row["organization_id"]: row for row in status(project)}
    ended = {
        name: (row["kind"], row["status"], row["destination_dataset"]) for name, row in rows.items()
    }
    assert ended == ENDED
    assert "401" in rows["former-client"]["error_message"]
    for dataset, workspace in WORKSPACES.items():
        for table in ("time_entries", "sync_runs", "summary_time_entry_report"):
            found = project.bigquery.query(f"SELECT DISTINCT workspace_id FROM {dataset}.{table}")  # noqa: S608
            assert found == [{"workspace_id": workspace}], table
    assert project.bigquery.query(DIFFERENCE) == [{"n": 0}]


def texts_below(folder: Path) -> str:
    """Return everything that a run left in the project's folder, outside of installed plugins."""
    kept = [
        path
        for path in (folder / ".meltano").rglob("*")
        if path.is_file() and "venv" not in path.parts
    ]
    return "".join(path.read_bytes().decode("utf-8", "replace") for path in kept)


@pytest.mark.bigquery
@pytest.mark.timeout(2400)  # three runs of the fleet, on a machine that may be busy
def test_the_demo_keeps_organisations_apart_and_survives_its_own_death(project: Project) -> None:
    with project.start("clockify-fleet", "run", "--demo") as process:
        watch = Watch(process.pid)
        watch.start()
        output, _ = process.communicate()
        watch.ended.set()
        watch.join()

    assert process.returncode == 1, output[-3000:]
    events = [json.loads(line) for line in output.splitlines()]
    assert all({"severity", "message", "timestamp"} <= set(event) for event in events)
    assert {event.get("organization_id") for event in events} == {*KEYS, "holding", None}
    check_ended(project)
    left = output + texts_below(project.folder)
    for key in KEYS.values():
        assert key not in left
        assert not any(key in each for each in watch.arguments)
    for environment in watch.seen.values():
        held = [key for key in KEYS.values() if key in environment.values()]
        job = environment.get("CLOCKIFY_FLEET_JOB_ID")
        owner = {event["organization_id"] for event in events if event.get("job_id") == job and job}
        # The sandbox's own environment of Meltano names a key, which is the agency's.
        assert {KEYS[each] for each in owner & set(KEYS)} >= set(held) - {KEYS["agency"]}

    project.run("clockify-sandbox", "edit", "--count", "30", "--seed", "7")
    with project.start("clockify-fleet", "run", "--demo", "agency", "client") as process:
        lines = iter(process.stdout or ())
        while "tap-clockify v" not in next(lines):
            pass
        children = psutil.Process(process.pid).children(recursive=True)
        os.kill(process.pid, signal.SIGKILL)

    assert {row["status"] for row in status(project)} <= {"FAILED", "SUCCESS"}
    deadline = time.monotonic() + 300
    while any(child.is_running() for child in children):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert not any(key in texts_below(project.folder) for key in KEYS.values())

    code, output = project.run("clockify-fleet", "run", "--demo")
    assert code == 1, output[-3000:]
    check_ended(project)
