"""Many runs of the fleet with real processes on the sandbox, and a check of each.

python packages/clockify-fleet/tests/rounds.py 20     # rounds of three, of which one fails
python packages/clockify-fleet/tests/rounds.py 1 50   # one round of fifty
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[3]
COPIED = ("meltano.yml", "logging.yaml", "pyproject.toml", "README.md", "LICENSE", "uv.lock")
LINKED = ("packages", "tap_clockify", "plugins", "dashboard", "transform")
PORTS = {"8701": "8791", "8702": "8792"}
"""Ports of its own, so that it disturbs no other sandbox."""
VARIABLES = {
    "MELTANO_ENVIRONMENT": "demo",
    "CLOCKIFY_SANDBOX_PORT": PORTS["8701"],
    "CLOCKIFY_SANDBOX_BIGQUERY_PORT": PORTS["8702"],
}
WORKSPACES = {
    "sandbox-api-key": "5a6e4c700000000000000001",
    "sandbox-client-key": "5c11e4700000000000000001",
}
TABLES = ("time_entries", "summary_time_entry_report", "sync_runs")


def main(rounds: int, count: int) -> None:
    """Run the rounds, and print what was wrong with each."""
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder)
        keys = organizations(count)
        prepare(project, keys)
        try:
            wrong = sum(bool(check(project, keys, number)) for number in range(1, rounds + 1))
        finally:
            run(project, "clockify-sandbox", "down")
    print(f"{wrong} of {rounds} rounds of {count} organisations were wrong")
    sys.exit(bool(wrong))


def organizations(count: int) -> dict[str, str]:
    """Return the key of each organisation; the last one's was revoked."""
    known = list(WORKSPACES)
    keys = {f"org-{number}": known[number % 2] for number in range(count - 1)}
    return {**keys, f"org-{count - 1}": "a-key-that-was-revoked"}


def prepare(project: Path, keys: dict[str, str]) -> None:
    """Make a project with its organisations, and start the sandbox."""
    for name in COPIED:
        shutil.copy(ROOT / name, project)
    for name in LINKED:
        (project / name).symlink_to(ROOT / name)
    text = (project / "meltano.yml").read_text()
    for port, own in PORTS.items():
        text = text.replace(f'"{port}"', f'"{own}"')
    (project / "meltano.yml").write_text(text)
    rows = [
        {"organization_id": name, "destination_dataset": f"{name.replace('-', '_')}_clockify"}
        for name in keys
    ]
    (project / "fleet.yml").write_text(yaml.safe_dump({"organizations": rows}))
    for command in ("up", "client-workspace"):
        code, output = run(project, "clockify-sandbox", command)
        assert code == 0, output


def check(project: Path, keys: dict[str, str], number: int) -> list[str]:
    """Run all organisations once, and return what is wrong."""
    own = {f"CLOCKIFY_API_KEY__{name.upper().replace('-', '_')}": key for name, key in keys.items()}
    began = time.monotonic()
    code, output = run(project, "clockify-fleet", "run", "--retries", "0", **own)
    seconds = time.monotonic() - began
    wrong = [] if code == 1 else [f"exit code {code}: {output[-500:]}"]
    rows = json.loads(run(project, "clockify-fleet", "status", "--json")[1])
    statuses = {row["organization_id"]: row["status"] for row in rows}
    for name, key in keys.items():
        wanted = "SUCCESS" if key in WORKSPACES else "FAILED"
        if statuses.get(name) != wanted:
            wrong.append(f"{name} is {statuses.get(name)}")
        if wanted == "SUCCESS":
            dataset = f"{name.replace('-', '_')}_clockify"
            wrong += [f"{dataset} has {each}" for each in others(project, dataset, WORKSPACES[key])]
    wrong += [f"{key} is in the log" for key in set(keys.values()) if key in output]
    print(f"round {number}: {seconds:.0f} s, {'; '.join(wrong) or 'right'}", flush=True)
    return wrong


def others(project: Path, dataset: str, workspace: str) -> list[str]:
    """Return the workspaces in a dataset that are not its organisation's."""
    parts = [f"SELECT DISTINCT workspace_id FROM {dataset}.{table}" for table in TABLES]  # noqa: S608
    code, output = run(project, "clockify-sandbox", "sql", "--json", " UNION DISTINCT ".join(parts))
    found: list[dict[str, Any]] = json.loads(output) if code == 0 else [{"workspace_id": output}]
    seen = {str(row["workspace_id"]) for row in found}
    return sorted(seen ^ {workspace})


def run(project: Path, *command: str, **variables: str) -> tuple[int, str]:
    """Run a command in the project."""
    done = subprocess.run(  # noqa: S603 -- our own commands
        [Path(sys.executable).parent / command[0], *command[1:]],
        cwd=project,
        env={**os.environ, **VARIABLES, **variables},
        text=True,
        capture_output=True,
        check=False,
    )
    return done.returncode, done.stdout if done.returncode in {0, 1} else done.stderr


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 3)
