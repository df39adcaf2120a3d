"""The commands that demonstrate a mirror of time entries between two workspaces."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import requests
from rich.console import Console
from rich.table import Table

from clockify_sandbox import supervisor
from clockify_sandbox.environment import check_addresses
from clockify_sandbox.places import Places
from clockify_sandbox.supervisor import SandboxError

TIMEOUT_SECONDS = 60
IDLE_MINUTES = 30
TARGET = "target-clockify"
LEDGERS = {"projects-in": "agency", "time-out": "client"}
"""The ledgers of the two directions, by the workspace that is written to."""

pass_places = click.make_pass_decorator(Places)


@click.command()
@pass_places
def client_workspace(places: Places) -> None:
    """Open the workspace of a client of the agency, to mirror time entries into."""
    opened = _ask(places, "POST", "client-workspace")
    freelancer, at_agency = opened["freelancer"]["name"], opened["clientAtTheAgency"]["name"]
    for side, title in (("agency", "The agency"), ("client", "Its client")):
        shown = opened[side]
        click.echo(f"{title}  {shown['id']}  {shown['name']}  key {shown['apiKey']}")
    click.echo(f"In both     {freelancer}  key {opened['freelancer']['apiKey']}")
    click.echo()
    click.echo(f"Copy the time of {freelancer} for {at_agency} from the first to the second,")
    click.echo("with the last key for both. Then compare, edit both, copy and compare again:")
    click.echo("  uv run clockify-sandbox mirror-report")
    click.echo("  uv run clockify-sandbox mirror-edit")


@click.command()
@pass_places
def mirror_up(places: Places) -> None:
    """Start the sandbox, open the client's workspace, and write the first ledgers."""
    check_addresses(os.environ)
    supervisor.up(places, IDLE_MINUTES)
    opened = _ask(places, "POST", "client-workspace")
    for name, side in LEDGERS.items():
        ledger = places.mirror / f"{name}.json"
        if not ledger.exists():
            _write_first_ledger(places, ledger, opened[side]["id"], opened["freelancer"]["apiKey"])
    titles = {side: opened[side]["name"] for side in ("agency", "client")}
    click.echo(
        f"{opened['freelancer']['name']} works in two workspaces: {titles['agency']}, with many"
        f" clients, and {titles['client']}, that of one client."
    )


def _write_first_ledger(places: Places, ledger: Path, workspace_id: str, key: str) -> None:
    """Run the target's own command, as a user does once for each pair of workspaces."""
    settings = {
        "API_KEY": key,
        "API_URL": f"{places.clockify_url}/api/v1",
        "WORKSPACE_ID": workspace_id,
        "LEDGER": str(ledger),
    }
    command = shutil.which(TARGET) or shutil.which(TARGET, path=str(Path(sys.executable).parent))
    if command is None:
        raise SandboxError(f"{TARGET} is not installed here. Run: uv sync")
    done = subprocess.run(  # noqa: S603 -- our own command
        [command, "--config=ENV", "--init"],
        env={**os.environ, **{f"TARGET_CLOCKIFY_{name}": text for name, text in settings.items()}},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SandboxError(f"{TARGET} --init failed: {done.stderr.strip().splitlines()[-1]}")


@click.command()
@pass_places
def mirror_edit(places: Places) -> None:
    """Make edits at the agency and in its client's workspace, and print them."""
    for line in _ask(places, "POST", "mirror-edit")["edits"]:
        click.echo(line)


@click.command()
@pass_places
def mirror_report(places: Places) -> None:
    """Compare the client's workspace with the agency; exit code 1 if they are not equal."""
    report = _ask(places, "GET", "mirror-report")
    table = Table(title=f"{report['person']} for {report['client']}", title_justify="left")
    table.add_column("")
    for name in ("Entries", "Hours"):
        table.add_column(name, justify="right")
    rows = {
        "entries": "At the agency",
        "copies": "At the client",
        "natives": "At the client, of others",
    }
    for key, title in rows.items():
        table.add_row(title, f"{report[key]['count']:,}", f"{report[key]['hours']:,.2f}")
    console = Console(highlight=False)
    console.print(table)
    for key, sign in (("missing", "+"), ("surplus", "-")):
        for row in report[key]["first"]:
            tags = f" [{', '.join(row['tags'])}]" if row["tags"] else ""
            line = (
                f"{sign} {row['start']} to {row['end']}  {row['project']}  {row['description']!r}"
            )
            console.print(line + tags, markup=False, soft_wrap=True)
        if more := report[key]["count"] - len(report[key]["first"]):
            console.print(f"{sign} and {more} more")
    console.print(f"equal: {'yes' if report['equal'] else 'no'}")
    if not report["equal"]:
        sys.exit(1)


def _ask(places: Places, method: str, path: str) -> dict[str, Any]:
    supervisor.require(places)
    url = f"{places.clockify_url}/_sandbox/{path}"
    answer = requests.request(method, url, timeout=TIMEOUT_SECONDS)
    if not answer.ok:
        raise SandboxError(answer.json()["error"])
    found: dict[str, Any] = answer.json()
    return found
