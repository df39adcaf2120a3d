"""The command `clockify-sandbox`."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import TYPE_CHECKING

import click
import requests
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from clockify_sandbox import bigquery, comparison, mirror, supervisor
from clockify_sandbox.bigquery import LocalBigQuery, QueryError
from clockify_sandbox.environment import check_environment, unused_keys
from clockify_sandbox.places import (
    BIGQUERY_PORT,
    CLOCKIFY_PORT,
    Places,
    places_of,
    project_folder,
)
from clockify_sandbox.printing import as_csv, as_json, print_rows
from clockify_sandbox.report import report as lines_of_report
from clockify_sandbox.services import CLOCKIFY, SERVICES
from clockify_sandbox.supervisor import SandboxError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

pass_places = click.make_pass_decorator(Places)


class Command(click.Group):
    """A group whose commands turn errors of the sandbox and of queries into messages."""

    def invoke(self, ctx: click.Context) -> object:
        """Turn the errors that a user can fix into messages."""
        try:
            return super().invoke(ctx)
        except (SandboxError, QueryError) as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=Command, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="CLOCKIFY_SANDBOX_FOLDER",
    help="Folder of the data. Default: .sandbox in the project.",
)
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    envvar="CLOCKIFY_SANDBOX_PORT",
    show_envvar=True,
    help=f"Port of the Clockify stand-in. Default: the last one, at first {CLOCKIFY_PORT}.",
)
@click.option(
    "--bigquery-port",
    type=click.IntRange(1, 65535),
    envvar="CLOCKIFY_SANDBOX_BIGQUERY_PORT",
    show_envvar=True,
    help=f"Port of the local BigQuery. Default: the last one, at first {BIGQUERY_PORT}.",
)
@click.pass_context
def main(
    ctx: click.Context, folder: Path | None, port: int | None, bigquery_port: int | None
) -> None:
    """Try tap-clockify without a key or a cloud: a Clockify and a BigQuery on this machine."""
    folder = folder or project_folder(Path.cwd()) / ".sandbox"
    ctx.obj = places_of(folder.resolve(), port, bigquery_port)


@main.command()
@click.option("--fresh", is_flag=True, help="Throw away Clockify, the tables and Meltano's state.")
@click.option("--idle-minutes", type=float, default=30, show_default=True, help="End after idling.")
@click.option(
    "--if-used",
    is_flag=True,
    help="Do nothing unless BIGQUERY_EMULATOR_HOST is set, as in the environments demo and local.",
)
@click.option(
    "--for",
    "wanted",
    metavar="ENVIRONMENT",
    help="Stop, with a sentence, unless this is Meltano's environment. In demo, every address that"
    " is set must be on this machine.",
)
@pass_places
def up(
    places: Places, *, fresh: bool, idle_minutes: float, if_used: bool, wanted: str | None
) -> None:
    """Start the sandbox in the background, unless it is running."""
    if wanted is not None:
        check_environment(wanted, os.environ)
        for name in unused_keys(wanted, os.environ):
            click.echo(f"{name} is set, but the demo uses only simulated services.", err=True)
    if if_used and not os.environ.get("BIGQUERY_EMULATOR_HOST"):
        return
    if fresh:
        supervisor.down(places)
        places.clear()
    started = supervisor.up(places, idle_minutes)
    click.echo(
        f"The sandbox {'is up' if started else 'was up already'}:"
        f" Clockify at {places.clockify_url}, BigQuery at {places.bigquery.url}"
    )


@main.command()
@pass_places
def down(places: Places) -> None:
    """Stop the sandbox; its data are kept."""
    click.echo("The sandbox is down." if supervisor.down(places) else "The sandbox was not up.")


@main.command()
@pass_places
def status(places: Places) -> None:
    """Show whether the sandbox is running; exit code 1 if not."""
    supervisor.require(places)
    click.echo(f"Clockify       {places.clockify_url}/api/v1")
    click.echo(f"TimeCamp       {places.timecamp_url}")
    click.echo(f"Google Health  {places.health_url}")
    click.echo(f"BigQuery       {places.bigquery.url}  (project {places.bigquery.project})")
    click.echo(f"Data           {places.folder}")
    click.echo(f"Process        {supervisor.find(places).pid}")


@main.command()
@click.option("--count", type=click.IntRange(1, 10_000), default=5, show_default=True)
@click.option("--seed", type=int, help="In the same world, the same seed makes the same edits.")
@click.option(
    "--of",
    "name",
    type=click.Choice([service.name for service in SERVICES]),
    default=CLOCKIFY.name,
    show_default=True,
    help="Where: the service that people use.",
)
@pass_places
def edit(places: Places, count: int, seed: int | None, name: str) -> None:
    """Make random edits, as people do, and print them."""
    supervisor.require(places)
    seed = random.SystemRandom().randrange(10**6) if seed is None else seed
    service = next(each for each in SERVICES if each.name == name)
    url = f"{places.control_url(service)}/edit"
    answer = requests.post(url, json={"count": count, "seed": seed}, timeout=60)
    if not answer.ok:
        raise SandboxError(f"The {service.title} stand-in refused the edits: {answer.text}")
    console = Console(highlight=False)
    console.print(f"{count} random edits, seed {seed}:")
    for made in answer.json()["edits"]:
        told = made if isinstance(made, str) else json.dumps(made, ensure_ascii=False)
        console.print(Padding(Text(told), (0, 0, 0, 2), expand=False))
    console.print(f"Load them: uv run meltano run {service.demo}")


@main.command()
@click.argument("query")
@click.option("--json", "form", flag_value="json", help="Print one JSON array of objects.")
@click.option("--csv", "form", flag_value="csv", help="Print CSV with a header.")
@click.option(
    "--project",
    default=bigquery.PROJECT,
    envvar="CLOCKIFY_SANDBOX_PROJECT",
    show_default=True,
    help="clockify-demo holds the demo's tables, clockify-local those of a real Clockify.",
)
@pass_places
def sql(places: Places, query: str, *, form: str | None, project: str) -> None:
    """Run a BigQuery query on the local BigQuery.

    Rows that are too wide for the terminal are printed as records, with a line for each column.
    """
    supervisor.require(places)
    rows = LocalBigQuery(places.bigquery.url, project).query(query)
    if form == "json":
        click.echo(as_json(rows))
    elif form == "csv":
        click.echo(as_csv(rows), nl=False)
    else:
        print_rows(rows)


@main.command()
@pass_places
def report(places: Places) -> None:
    """Print what the demo loaded: hours, money, the largest projects."""
    _print_report(places, lines_of_report(places))


@main.command()
@pass_places
def timecamp_report(places: Places) -> None:
    """Compare the entries that demo-timecamp loaded with the simulated TimeCamp."""
    _print_report(places, comparison.of_timecamp(places))


@main.command()
@pass_places
def fitbit_report(places: Places) -> None:
    """Compare the tables that demo-fitbit loaded with the simulated Google Health."""
    _print_report(places, comparison.of_fitbit(places))


main.add_command(mirror.client_workspace)
main.add_command(mirror.mirror_edit)
main.add_command(mirror.mirror_up)
main.add_command(mirror.mirror_report)


def _print_report(places: Places, lines: Iterator[RenderableType]) -> None:
    supervisor.require(places)
    if failed := places.bigquery.failed_loads():
        raise SandboxError("A load into the local BigQuery failed, rows are missing: " + failed[-1])
    console = Console(highlight=False)
    for line in lines:
        # A command to be copied must not be wrapped.
        console.print(line, soft_wrap=isinstance(line, str))
