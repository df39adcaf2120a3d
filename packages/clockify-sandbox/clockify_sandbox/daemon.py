"""The background process: the Clockify stand-in and the local BigQuery, until idle.

The supervisor runs it as `python -m clockify_sandbox.daemon`. One process holds both, so that they
start and stop together. The world is saved next to the warehouse whenever it changes: after a
restart Clockify and the tables still agree, even if the process was killed.
"""

from __future__ import annotations

import os
import pickle
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

from clockify_sandbox import bigquery, server
from clockify_sandbox.places import Places
from clockify_sandbox.world.agency import build_agency
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
        elif not places.world.exists():
            # Otherwise the rows of the old and the new world would end up in the same tables.
            warehouse.query(f"DROP SCHEMA IF EXISTS {bigquery.DATASET} CASCADE")
            places.forget_state("demo")
        if not places.world.exists():
            places.forget_mirror()
        world = SavedWorld(places.world)
        places.make_service_account()
        # Started last, since callers wait for this one to answer.
        with server.running(world.world, port=clockify_port) as clockify:
            print(f"ready: {places.clockify_url}, {warehouse.url}", flush=True)  # noqa: T201 -- the log
            while not stop.wait(TICK_SECONDS):
                world.save()
                if min(clockify.idle_seconds, warehouse.idle_seconds) > idle_seconds:
                    break
        world.save()


def _about(places: Places) -> dict[str, object]:
    return {"folder": str(places.folder), "pid": os.getpid(), "clockify": places.clockify_url}


class SavedWorld:
    """The stand-in's world and the file that it is saved in."""

    def __init__(self, path: Path) -> None:
        """Load the saved world, or build one."""
        self._path = path
        self._saved: object = None
        self.world = self._load() if path.exists() else build_agency()
        self.save()

    def _load(self) -> World:
        world = World()
        try:
            # We wrote the file ourselves, into our own folder.
            vars(world).update(pickle.loads(self._path.read_bytes()))  # noqa: S301
            # Missing if the file is older than these.
            _ = [(each.objects, each.workspace.rules) for each in world.workspaces.values()]
        except Exception as error:
            msg = (
                f"{self._path} was written by another version of the sandbox ({error}). Start"
                " afresh: clockify-sandbox up --fresh"
            )
            raise click.ClickException(msg) from error
        return world

    def save(self) -> None:
        """Write the world if it has changed; a kill meanwhile leaves the old file intact."""
        with self.world.lock:
            state = [contents.version for contents in self.world.workspaces.values()]
            if state == self._saved:
                return
            kept = {name: value for name, value in vars(self.world).items() if name != "lock"}
            packed = pickle.dumps(kept)
        unfinished = self._path.with_suffix(".part")
        unfinished.write_bytes(packed)
        unfinished.replace(self._path)
        self._saved = state


if __name__ == "__main__":
    main()
