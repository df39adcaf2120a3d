"""The command `clockify-fleet`."""

from __future__ import annotations

import io
import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from clockify_fleet import checks, demo, serving, sources, tables
from clockify_fleet.alerts import Alerts
from clockify_fleet.database import VARIABLE, connected
from clockify_fleet.errors import FleetError
from clockify_fleet.events import Events
from clockify_fleet.fleet import Fleet, Options, chosen
from clockify_fleet.jobs import Jobs
from clockify_fleet.leftovers import clear_abandoned
from clockify_fleet.organizations import Kind, Unusable, organization
from clockify_fleet.processes import Runner
from clockify_fleet.project import Project, opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clockify_fleet.organizations import Found


UNATTENDED = {"run", "check", "serve"}
"""Commands whose log is read by programs, which must find a failure there."""


class Refusal(click.ClickException):
    """Nothing could begin."""

    exit_code = 2


class Command(click.Group):
    """A group whose commands turn the fleet's errors into messages, with exit code 2."""

    def invoke(self, ctx: click.Context) -> object:
        """Turn the errors that a user can fix into messages."""
        try:
            return super().invoke(ctx)
        except FleetError as error:
            if ctx.invoked_subcommand in UNATTENDED:
                Events().error(str(error))
            raise Refusal(str(error)) from error


@dataclass(frozen=True)
class Context:
    """What every command needs."""

    project: Project
    jobs: Jobs
    file: Path
    is_in_database: bool

    def organizations(self) -> list[Found]:
        """Read the organisations."""
        return sources.read(self.file, self.jobs.engine)

    def some_organizations(self) -> list[Found]:
        """Read the organisations, of which there must be one.

        Raises:
            FleetError: There is none: a missing file must not look like success.
        """
        if not (found := self.organizations()):
            raise FleetError(
                f"No organisation is configured, neither in {self.file} nor in the table"
                " client_billing_config. Add one: clockify-fleet add ORG --destination-dataset"
                " DATASET"
            )
        return found

    def fleet(self, events: Events) -> Fleet:
        """Return what runs jobs."""
        for name, value in self.project.variables.items():
            if name.startswith("CLOCKIFY_API_KEY"):
                events.hide(value)
        return Fleet(self.project, self.jobs, events, Alerts.of(self.project.variables))


@dataclass(frozen=True)
class Places:
    """The file and the environment that the command line names."""

    file: Path | None
    environment: str | None

    @contextmanager
    def open(self, *, is_demo: bool = False) -> Iterator[Context]:
        """Open the project and the database.

        The demo uses the default database, and no variable that leads to a real account.
        """
        with opened(demo.ENVIRONMENT if is_demo else self.environment) as project:
            uri = None if is_demo else project.variables.get(VARIABLE)
            engine = connected(uri, project.folder.parent)
            jobs = Jobs(engine, Runner.this(project.folder))
            try:
                yield Context(
                    demo.isolated(project) if is_demo else project,
                    jobs,
                    self.file or project.root / sources.FILE,
                    is_in_database=uri is not None,
                )
            finally:
                engine.dispose()


pass_places = click.make_pass_decorator(Places)


@click.group(cls=Command, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--file",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="FLEET_FILE",
    show_envvar=True,
    help="The file of organisations. Default: fleet.yml in the Meltano project.",
)
@click.option("--environment", help="Meltano's environment. Default: MELTANO_ENVIRONMENT.")
@click.pass_context
def main(ctx: click.Context, file: Path | None, environment: str | None) -> None:
    """Run the pipelines of many organisations, each with its own key, dataset and state.

    Exit codes: 0 all succeeded, 1 an organisation failed, 2 nothing could begin.
    """
    ctx.obj = Places(file, environment)


@main.command()
@click.argument("organizations", metavar="[ORG…]", nargs=-1)
@click.option(
    "--jobs", "at_once", type=click.IntRange(1, 64), default=4, show_default=True,
    help="Organisations at once.",
)  # fmt: skip
@click.option(
    "--retries", type=click.IntRange(0, 10), help="Repetitions of a job that fails.  [default: 2]"
)
@click.option("--select", multiple=True, help="Streams; sync_runs is always added.")
@click.option("--schedule", help="Only organisations with this schedule.")
@click.option("--full-refresh", is_flag=True, help="Read everything again.")
@click.option("--job-id", help="The id of the job, for one organisation; it waits for its turn.")
@click.option("--demo", "is_demo", is_flag=True, help="Two simulated organisations, and two more.")
@pass_places
def run(
    places: Places,
    organizations: tuple[str, ...],
    *,
    at_once: int,
    retries: int | None,
    select: tuple[str, ...],
    schedule: str | None,
    full_refresh: bool,
    job_id: str | None,
    is_demo: bool,
) -> None:
    """Run a job of each organisation, or of those that are named."""
    if job_id and len(organizations) != 1:
        raise click.UsageError("--job-id is the id of one job. Name one organisation.")
    events = Events()
    with places.open(is_demo=is_demo) as context:
        if is_demo:
            demo.start_sandbox(context.project)
        options = Options(
            at_once,
            (demo.RETRIES if is_demo else 2) if retries is None else retries,
            full_refresh,
            select,
            job_id,
        )
        known = list(demo.ORGANIZATIONS) if is_demo else context.some_organizations()
        due = chosen(known, organizations, schedule, _shard())
        outcomes = context.fleet(events).run(due, options)
    if any(each.is_failed for each in outcomes):
        sys.exit(1)


def _shard() -> tuple[int, int]:
    """Return which task of a Cloud Run job this is, and of how many."""
    return int(os.environ.get("CLOUD_RUN_TASK_INDEX", "0")), int(
        os.environ.get("CLOUD_RUN_TASK_COUNT", "1")
    )


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list.")
@click.option("--history", type=click.IntRange(1), help="The last N jobs instead.")
@click.option("--demo", "is_demo", is_flag=True, help="Of the demo, whatever database is set.")
@pass_places
def status(places: Places, *, as_json: bool, history: int | None, is_demo: bool) -> None:
    """Show the last job of each organisation."""
    with places.open(is_demo=is_demo) as context:
        # Without a log: the rows show it, and programs parse what this command prints.
        clear_abandoned(context.jobs, context.project.root, Events(io.StringIO()))
        found = [] if is_demo else context.organizations()
        rows = (
            tables.history(context.jobs, history) if history else tables.latest(context.jobs, found)
        )
    tables.show(rows, as_json=as_json)


@main.command()
@click.option("--max-age", default="26h", show_default=True, help="Such as 90m, 26h or 2d.")
@pass_places
def check(places: Places, max_age: str) -> None:
    """Alert, with exit code 1, if an organisation has had no success for too long."""
    longest = checks.age(max_age)
    events = Events()
    with places.open() as context:
        fleet = context.fleet(events)
        clear_abandoned(context.jobs, context.project.root, events)
        found = context.some_organizations()
        silent = checks.silent(found, context.jobs.last_successes(), longest)
        for sentence in silent:
            events.error(sentence)
        if silent:
            title = f"clockify-fleet: {len(silent)} organisations have had no success in {max_age}"
            fleet.alerts.send(title, "\n".join(silent), events)
            sys.exit(1)
        events.info(f"All {len(found)} organisations succeeded within {max_age}.")


@main.command()
@click.argument("organization_id", metavar="ORG")
@click.option("--kind", type=click.Choice([each.value for each in Kind]), default="clockify")
@click.option("--destination-dataset", required=True)
@click.option("--destination-project")
@click.option("--source-project")
@click.option("--source-dataset")
@click.option("--destination-table", help="Tables that are copied, comma-separated.")
@click.option("--key-columns", help="Their key, comma-separated.")
@click.option("--replication-key", help="A column that grows with every change.")
@click.option("--location")
@click.option("--workspace-ids", help="Comma-separated. Default: all that the key sees.")
@click.option("--secret", help="Name of its secret in Secret Manager; never the key.")
@click.option("--schedule", help="A word of your choice, for: run --schedule WORD")
@click.option("--settings", help="Settings of the tap, as a JSON object.")
@pass_places
def add(places: Places, /, **fields: str | None) -> None:
    """Add an organisation to fleet.yml, or to the table if FLEET_DATABASE_URI is set."""
    told = {name: value for name, value in fields.items() if value is not None}
    made = organization(told, "The command line")
    if isinstance(made, Unusable):
        raise FleetError(made.reason)
    with places.open() as context:
        where = sources.add(made, context.file, context.jobs.engine, context.is_in_database)
        click.echo(f"{made.organization_id} is added to {where}.")
        if made.kind is Kind.CLOCKIFY and not made.secret:
            click.echo(f"Its key is expected in the variable {made.variable}.")


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=int, envvar="PORT", default=8080, show_default=True)
@pass_places
def serve(places: Places, host: str, port: int) -> None:
    """Start jobs when Pub/Sub pushes a message: {"organization_id": "acme"}."""
    options = ["--environment", places.environment] if places.environment else []
    options += ["--file", str(places.file)] if places.file else []
    events = Events()
    with places.open() as context:
        clear_abandoned(context.jobs, context.project.root, events)
        serving.serve(
            context.organizations, context.jobs, context.project.variables, tuple(options), events,
            (host, port),
        )  # fmt: skip
