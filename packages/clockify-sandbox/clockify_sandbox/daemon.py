"""The background process: the stand-ins and the local BigQuery, until idle.

The supervisor runs it as `python -m clockify_sandbox.daemon`. One process holds all, so that they
start and stop together. A world is saved next to the warehouse whenever it changes: after a restart
the services and the tables still agree, even if the process was killed.
"""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

from clockify_sandbox import bigquery, google_health, timecamp
from clockify_sandbox.places import Places
from clockify_sandbox.saving import SavedWorld
from clockify_sandbox.server import Server
from clockify_sandbox.services import CLOCKIFY, FITBIT, SERVICES, TIMECAMP
from clockify_sandbox.world.demo import build_demo
from clockify_sandbox.world.world import World

if TYPE_CHECKING:
    from types import FrameType

TICK_SECONDS = 0.5


@click.command()
@click.option("--folder", type=click.Path(path_type=Path), required=True)
@click.option("--clockify-port", type=int, required=True)
@click.option("--bigquery-port", type=int, required=True)
@click.option("--idle-seconds", type=float, required=True)
def main(folder: Path, clockify_port: int, bigquery_port: int, idle_seconds: float) -> None:
    """Serve until a signal comes, or until there was no request for `idle_seconds`."""
    stop = threading.Event()

    def leave(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    places = Places(folder, clockify_port, bigquery_port)
    had_tables = places.warehouse.exists()
    # Only one process can open the database. One that fails here has changed nothing else.
    with bigquery.running(places.warehouse, bigquery_port, _about(places)) as warehouse:
        if not had_tables:
            places.forget_state("demo", "local")
        for service in SERVICES:
            if not places.world_of(service).exists():
                # Otherwise the rows of the old and the new world would end up in the same tables.
                warehouse.query(f"DROP SCHEMA IF EXISTS {service.dataset} CASCADE")
                places.forget_state("demo", of=service)
        if not places.world_of(CLOCKIFY).exists():
            places.forget_mirror()
        worlds = Worlds(places)
        places.make_service_account()
        # Started last, since callers wait for this one to answer.
        with worlds.serve(clockify_port) as front:
            print(  # noqa: T201 -- the log
                f"ready: {places.clockify_url}, {warehouse.url}, process {os.getpid()}", flush=True
            )
            while not stop.wait(TICK_SECONDS):
                worlds.save()
                if min(front.idle_seconds, warehouse.idle_seconds) > idle_seconds:
                    break
        worlds.save()


class Worlds:
    """The worlds of all services."""

    def __init__(self, places: Places) -> None:
        """Load those that are saved, and build the others."""
        self.clockify = SavedWorld(places.world_of(CLOCKIFY), World, build_demo, _check_agency)
        self.timecamp = SavedWorld(
            places.world_of(TIMECAMP), timecamp.World, timecamp.build_company
        )
        self.health = SavedWorld(
            places.world_of(FITBIT), google_health.World, google_health.build_person
        )

    def serve(self, port: int) -> Server:
        """Make the server that answers for all of them."""
        return Server(
            self.clockify.world,
            port=port,
            beside={
                TIMECAMP.path: timecamp.gateway(self.timecamp.world),
                FITBIT.path: google_health.gateway(self.health.world),
            },
        )

    def save(self) -> None:
        """Save those that have changed."""
        self.clockify.save()
        self.timecamp.save()
        self.health.save()


def _check_agency(world: World) -> None:
    """Fail on a world from before these existed."""
    for contents in world.workspaces.values():
        _ = contents.objects, contents.workspace.rules


def _about(places: Places) -> dict[str, object]:
    return {"folder": str(places.folder), "pid": os.getpid(), "clockify": places.clockify_url}


if __name__ == "__main__":
    main()
