"""A project whose Meltano is a script, and a warehouse that is a list."""

from __future__ import annotations

import io
import json
import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clockify_fleet import fleet as fleets
from clockify_fleet.alerts import Alerts
from clockify_fleet.database import connected
from clockify_fleet.errors import FleetError
from clockify_fleet.events import Events
from clockify_fleet.fleet import Fleet, Options
from clockify_fleet.jobs import Jobs
from clockify_fleet.organizations import Kind, Organization
from clockify_fleet.processes import Runner
from clockify_fleet.project import Project
from clockify_fleet.proof import Warehouse

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

SCRIPT = '''#!{python}
"""Does what the file of the organisation says, and notes what it was given."""
import json, os, pathlib, sys, time
arguments = sys.argv[1:]
here = pathlib.Path(__file__).parent
if "config" in arguments:
    print(json.dumps({{"project": "warehouse", "location": "EU"}}))
    sys.exit()
name = arguments[arguments.index("--state-id") + 1].rpartition(":")[2]
plan = here / f"{{name}}.json"
told = json.loads(plan.read_text()) if plan.exists() else {{}}
seen = here / "seen" / f"{{name}}.jsonl"
with seen.open("a") as file:
    file.write(json.dumps({{"arguments": arguments, "environ": dict(os.environ)}}) + "\\n")
attempt = len(seen.read_text().splitlines())
for line in told.get("lines", []):
    print(line, file=sys.stderr, flush=True)
if told.get("hangs"):
    (here / f"{{name}}.hangs").touch()
    time.sleep(600)
failures = told.get("fails", 0)
if attempt <= failures:
    print(json.dumps({{"severity": "ERROR", "cmd_type": "extractor", "name": "tap-clockify",
        "message": told.get("reason", "The tap has a reason.")}}), file=sys.stderr)
    sys.exit(1)
if not told.get("loads_nothing"):
    (here / "loaded" / name).write_text("")
'''


class ListedWarehouse(Warehouse):
    """Finds the row of a run where the script left a file."""

    def check_run(self, organization: Organization, since: dt.datetime) -> None:
        """Look for the file."""
        row = Path(self.settings["rows"]) / organization.organization_id
        if not row.exists() or row.stat().st_mtime < since.timestamp() - 1:
            raise FleetError("sync_runs has no row of it")


@dataclass
class Bench:
    """A fleet with a project, a database and a log of its own."""

    folder: Path
    fleet: Fleet
    output: io.StringIO
    variables: dict[str, str] = field(default_factory=dict)

    def plan(self, name: str, **told: Any) -> Organization:
        """Say what the script does for an organisation, give it a key, and return it."""
        (self.folder / f"{name}.json").write_text(json.dumps(told))
        organization = organization_of(name)
        self.variables[organization.variable] = key_of(name)
        return organization

    def run(self, *organizations: Organization, **options: Any) -> dict[str, str | None]:
        """Run them, and return the errors by organisation."""
        outcomes = self.fleet.run(list(organizations), Options(**options))
        return {each.organization_id: each.error for each in outcomes}

    def seen(self, name: str) -> list[dict[str, Any]]:
        """Return what each child of an organisation was given."""
        path = self.folder / "seen" / f"{name}.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    @property
    def log(self) -> list[dict[str, Any]]:
        """Return the events."""
        return [json.loads(line) for line in self.output.getvalue().splitlines()]

    def statuses(self) -> dict[str, str]:
        """Return the status of the last job of each organisation."""
        return {name: row["status"] for name, row in self.fleet.jobs.latest().items()}


def organization_of(name: str, **fields: Any) -> Organization:
    """Return an organisation with a dataset of its own."""
    values = {"kind": Kind.CLOCKIFY, "destination_dataset": f"{name.replace('-', '_')}_clockify"}
    return Organization.model_validate({"organization_id": name, **values, **fields})


def key_of(name: str) -> str:
    """Return a key that is nobody else's."""
    return f"key-of-{name}-0123456789"


@contextmanager
def bench_in(folder: Path) -> Iterator[Bench]:
    """Make a bench in a folder."""
    script = folder / "meltano"
    script.write_text(SCRIPT.format(python=sys.executable))
    script.chmod(0o755)
    for name in ("seen", "loaded", ".meltano/extractors/tap-clockify/venv"):
        (folder / name).mkdir(parents=True)
    (folder / ".meltano/loaders/target-bigquery-strict/venv").mkdir(parents=True)
    (folder / "meltano.yml").write_text("environments:\n- name: test\n")
    variables: dict[str, str] = {"PATH": os.environ["PATH"], "UNRELATED": "not passed on"}
    project = Project(folder, "test", variables, str(script), folder / "no.env")
    engine = connected(None, folder / ".meltano")
    output = io.StringIO()
    jobs = Jobs(engine, Runner.this(project.folder))
    bench = Bench(folder, Fleet(project, jobs, Events(output), Alerts()), output, variables)
    loaded = str(folder / "loaded")
    original = fleets.Warehouse

    def warehouse(settings: dict[str, Any], emulator: str | None) -> Warehouse:
        return ListedWarehouse({**settings, "rows": loaded}, emulator)

    fleets.Warehouse = warehouse  # type: ignore[assignment,misc]
    try:
        yield bench
    finally:
        fleets.Warehouse = original  # type: ignore[misc]
        engine.dispose()
