"""Set a sync up by questions and answers, and write its part of a Meltano project."""

from __future__ import annotations

import logging
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import yaml
from clockify_client.client import workspace_path
from clockify_client.paging import pages
from clockify_client.settings import Connection, connect

from target_clockify.advice import ADVICE
from target_clockify.directory import Directory
from target_clockify.errors import MirrorError
from target_clockify.settings import CREATABLE, SETTINGS, mistakes, tidied

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from clockify_client.client import ClockifyClient

SILENT = logging.getLogger("target_clockify.setup")
REGION = "region"


@dataclass(frozen=True)
class Side:
    """One of the two workspaces.

    Attributes:
        key: The API key.
        hosts: The settings that determine the hosts: ``region`` or ``api_url``.
        client: Makes the requests.
        workspace_id: The workspace.
        name: Its name.
    """

    key: str = field(repr=False)
    hosts: dict[str, str]
    client: ClockifyClient
    workspace_id: str
    name: str


def set_up(preview: Callable[[dict[str, Any], Sequence[str]], None]) -> None:
    """Ask for everything that a sync needs, show its plan, and write its configuration.

    Args:
        preview: Shows what a configuration would write, given the lines of the tap.

    Raises:
        ClockifyError: Clockify refuses a key, or does not answer.
    """
    click.echo("This sets up a sync of time entries from one workspace to another.\n")
    source = _side("source", "TAP_CLOCKIFY_API_KEY")
    destination = _side("destination", "TARGET_CLOCKIFY_API_KEY", but_not=source.workspace_id)
    chosen = _choices(source, destination)
    config = {
        **destination.hosts,
        "workspace_id": destination.workspace_id,
        "source_workspace_id": source.workspace_id,
        **{name: value for name, value in chosen.items() if value},
    }
    _show_plan(source, destination, config, preview)
    _write(source, destination, config)


def _side(which: str, variable: str, but_not: str = "") -> Side:
    """Ask for a key, a host and a workspace."""
    known = os.environ.get(variable)
    hint = f" (empty: that of {variable})" if known else ""
    key = known or ""
    while True:
        key = click.prompt(
            f"API key of the {which}{hint}", hide_input=True, default=key, show_default=False
        )
        where = click.prompt("Data region, or URL of the API", default="global")
        hosts = {"api_url" if "://" in where else REGION: where}
        config = _with_defaults({**hosts, "api_key": key, "workspace_id": "unknown"})
        if found := mistakes(config):
            click.echo(" ".join(found))
            continue
        break
    client = connect(
        Connection.from_config(config),
        user_agent="target-clockify",
        logger=SILENT,
        metrics_logger=SILENT,
        advice=ADVICE,
    )
    body = client.get("/workspaces").body
    rows = [row for row in body if isinstance(row, dict)] if isinstance(body, list) else []
    rows = [row for row in rows if row.get("id") != but_not]
    if not rows:
        raise MirrorError(
            f"The key of the {which} sees no workspace that could be used. Use another key."
        )
    row = rows[_one(f"Workspace of the {which}", [str(row.get("name")) for row in rows])]
    return Side(key, hosts, client, str(row["id"]), str(row.get("name")))


def _choices(source: Side, destination: Side) -> dict[str, Any]:
    """Ask what is copied, whose it is, and what may be made."""
    clients = _names(source, "clients")
    people = _names(source, "users")
    select = {
        "clients": _some("Clients whose time is copied", clients),
        "users": _some("People whose time is copied", people),
    }
    one = len(select["users"]) == 1 or len(people) == 1
    is_mine = one and click.confirm(
        "Does the destination's key belong to the same person?", default=True
    )
    theirs = _names(destination, "clients")
    client = ""
    if theirs and click.confirm(
        "Are the projects at the destination under one client?", default=False
    ):
        client = theirs[_one("Client at the destination", theirs)]
    missing = [
        kind
        for kind in CREATABLE
        if click.confirm(f"Make {kind} that the destination lacks?", default=False)
    ]
    return {
        "select": {name: value for name, value in select.items() if value},
        "user_map": {"*": "me"} if is_mine else {},
        "client": client,
        "create_missing": missing,
    }


def _names(side: Side, kind: str) -> list[str]:
    if kind == "users":
        people = Directory(side.client, side.workspace_id).users.values()
        return sorted(person.name for person in people if person.name)
    path = workspace_path(side.workspace_id, kind)
    rows = [row for page in pages(side.client, path, {"archived": "false"}) for row in page]
    return sorted(str(row.get("name")) for row in rows if isinstance(row, dict))


def _one(question: str, names: Sequence[str]) -> int:
    """Let one of several names be chosen, and return its position."""
    if len(names) == 1:
        click.echo(f"{question}: {names[0]}")
        return 0
    for number, name in enumerate(names, start=1):
        click.echo(f"  {number}. {name}")
    return int(click.prompt(question, type=click.IntRange(1, len(names)))) - 1


def _some(question: str, names: Sequence[str]) -> list[str]:
    """Let some of several names be chosen; none means all."""
    if not names:
        return []
    for number, name in enumerate(names, start=1):
        click.echo(f"  {number}. {name}")
    while True:
        text = click.prompt(f"{question}, such as 1,3 (empty: all)", default="", show_default=False)
        parts = [part.strip() for part in text.split(",") if part.strip()]
        if all(part.isdecimal() and 0 < int(part) <= len(names) for part in parts):
            return [names[int(part) - 1] for part in parts]
        click.echo("Please answer with numbers from the list.")


def _with_defaults(config: Mapping[str, Any]) -> dict[str, Any]:
    defaults = {
        name: declared["default"]
        for name, declared in SETTINGS["properties"].items()
        if "default" in declared
    }
    return {**defaults, **tidied(config)}


def _show_plan(
    source: Side,
    destination: Side,
    config: dict[str, Any],
    preview: Callable[[dict[str, Any], Sequence[str]], None],
) -> None:
    """Run the tap, if it is installed, and show what would be written."""
    tap = shutil.which("tap-clockify")
    if tap is None:
        click.echo("\ntap-clockify is not installed here, so the plan cannot be shown yet.")
        return
    if not click.confirm("\nShow what the first run would write?", default=True):
        return
    settings = {"API_KEY": source.key, "WORKSPACE_IDS": source.workspace_id, **source.hosts}
    variables = {f"TAP_CLOCKIFY_{name.upper()}": value for name, value in settings.items()}
    done = subprocess.run(  # noqa: S603 - the command is ours
        [tap, "--config=ENV"],
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    if done.returncode:
        raise MirrorError(
            f"tap-clockify failed with exit code {done.returncode}. Run it alone to see why."
        )
    preview(
        {**config, "api_key": destination.key, "dry_run": True},
        done.stdout.splitlines(keepends=True),
    )


def _write(source: Side, destination: Side, config: dict[str, Any]) -> None:
    """Write a file that a Meltano project can include."""
    name = re.sub(r"[^a-z0-9]+", "-", f"{source.name}-to-{destination.name}".lower()).strip("-")
    path = Path(click.prompt("File to write", default=f"{name}.meltano.yml"))
    if path.exists() and not click.confirm(f"{path} exists. Overwrite it?", default=False):
        raise MirrorError(f"{path} was left alone. Run --setup again with another file.")
    path.write_text(meltano_yaml(name, source, config), encoding="utf-8")
    variable = re.sub(r"[^A-Z0-9]", "_", name.upper())
    click.echo(
        f"\nWrote {path}. Next:\n"
        f"1. Put `- {path.name}` under include_paths in meltano.yml.\n"
        f"2. Put both keys into .env, as {variable}_SOURCE_KEY and {variable}_DESTINATION_KEY.\n"
        f"3. meltano invoke target-clockify--{name} --init    (writes the first ledger)\n"
        f"4. meltano run {name}"
    )


def meltano_yaml(name: str, source: Side, config: Mapping[str, Any]) -> str:
    """Return the part of a Meltano project that runs the sync; keys are named, not written.

    Args:
        name: The name of the job, and the end of the plugins' names.
        source: The workspace whose entries are copied.
        config: The settings of the target.
    """
    variable = re.sub(r"[^A-Z0-9]", "_", name.upper())
    tap = {
        "name": f"tap-clockify--{name}",
        "inherit_from": "tap-clockify",
        "select": ["time_entries.*", "users.*", "tags.*"],
        "config": {
            **source.hosts,
            "api_key": f"${variable}_SOURCE_KEY",
            "workspace_ids": source.workspace_id,
        },
    }
    target = {
        "name": f"target-clockify--{name}",
        "inherit_from": "target-clockify",
        "config": {
            **config,
            "api_key": f"${variable}_DESTINATION_KEY",
            "ledger": f"$MELTANO_PROJECT_ROOT/.meltano/target-clockify/{name}.json",
        },
    }
    part = {
        "plugins": {"extractors": [tap], "loaders": [target]},
        "jobs": [{"name": name, "tasks": [f"{tap['name']} {target['name']}"]}],
    }
    return yaml.safe_dump(part, sort_keys=False, allow_unicode=True)
