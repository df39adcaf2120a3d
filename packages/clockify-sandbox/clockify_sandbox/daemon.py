"""The process in the background: the Clockify stand-in and the local BigQuery, until idle.

Run as `python -m clockify_sandbox.daemon`, by the supervisor. One process holds both, so that
they come and go together. The world is saved beside the warehouse as it changes: after a restart
Clockify and the tables still tell the same story, even if the process was killed.
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
    """Serve until a signal comes, or until nobody has asked anything for so long."""
    stop = threading.Event()

    def leave(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    places = Places(folder, clockify_port, bigquery_port)
    had_tables = places.warehouse.exists()
    # The database can be open in one process only: who fails here leaves all else untouched.
    with bigquery.running(places.warehouse, bigquery_port, _about(places)) as warehouse:
        if not had_tables:
            places.forget_state("demo", "local")
        elif not places.world.exists():
            # A new world and the old one's rows would add up in one table.
            warehouse.query(f"DROP SCHEMA IF EXISTS {bigquery.DATASET} CASCADE")
            places.forget_state("demo")
        world = SavedWorld(places.world)
        places.make_service_account()
        # Last, since whoever waits for the sandbox waits for this one to answer.
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
    """The stand-in's world and the file that it survives in."""

    def __init__(self, path: Path) -> None:
        """Take up the saved world, or build one."""
        self._path = path
        self._saved: object = None
        self.world = self._load() if path.exists() else build_agency()
        self.save()

    def _load(self) -> World:
        world = World()
        try:
            # Written by ourselves, into a folder of ours.
            vars(world).update(pickle.loads(self._path.read_bytes()))  # noqa: S301
        except Exception as error:
            msg = (
                f"{self._path} was written by another version of the sandbox ({error}). Begin"
                " anew: clockify-sandbox up --fresh"
            )
            raise click.ClickException(msg) from error
        return world

    def save(self) -> None:
        """Write the world if it changed; a kill meanwhile leaves the file as it was."""
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
