"""Where the sandbox keeps its files, and at which ports it answers."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clockify_sandbox.bigquery import LocalBigQuery, write_service_account
from clockify_sandbox.services import CLOCKIFY, SERVICES, service_of

if TYPE_CHECKING:
    from pathlib import Path

    from clockify_sandbox.services import Service

HOST = "127.0.0.1"
CLOCKIFY_PORT = 8701
BIGQUERY_PORT = 8702
MIRROR = "to-target-clockify"
"""In the names of the states of pipelines that write to Clockify: they have no tables."""

PORTS_FILE = "ports.json"


@dataclass(frozen=True)
class Places:
    """The folder and the two ports of one sandbox."""

    folder: Path
    clockify_port: int = CLOCKIFY_PORT
    bigquery_port: int = BIGQUERY_PORT

    @property
    def clockify_url(self) -> str:
        """The address of the Clockify stand-in."""
        return f"http://{HOST}:{self.clockify_port}"

    @property
    def timecamp_url(self) -> str:
        """The base URL of the TimeCamp stand-in."""
        return f"{self.clockify_url}/timecamp/third_party/api"

    @property
    def health_url(self) -> str:
        """The base URL of the Google Health stand-in."""
        return f"{self.clockify_url}/google-health/v4"

    def control_url(self, service: Service) -> str:
        """The address of the routes that control a stand-in and are not part of the service."""
        return "/".join(filter(None, (self.clockify_url, service.path, "_sandbox")))

    @property
    def bigquery(self) -> LocalBigQuery:
        """The local BigQuery, running or not."""
        return LocalBigQuery(f"http://{HOST}:{self.bigquery_port}")

    @property
    def warehouse(self) -> Path:
        """The file of the local BigQuery's data."""
        return self.folder / "bigquery"

    def world_of(self, service: Service) -> Path:
        """The file of a stand-in's world."""
        name = "world" if service is CLOCKIFY else service.name
        return self.folder / f"{name}.pickle"

    @property
    def log(self) -> Path:
        """The log of the background process."""
        return self.folder / "sandbox.log"

    @property
    def service_account(self) -> Path:
        """The credentials that a target needs here."""
        return self.folder / "service-account.json"

    def make_service_account(self) -> None:
        """Write the credentials, unless the existing ones already point to this port."""
        try:
            there = json.loads(self.service_account.read_text())["token_uri"]
        except (OSError, ValueError, KeyError):
            there = None
        if there != f"{self.bigquery.url}/token":
            write_service_account(self.folder, self.bigquery.url)

    def clear(self) -> None:
        """Delete the worlds, the tables and Meltano's state, together."""
        for service in SERVICES:
            self.world_of(service).unlink(missing_ok=True)
        shutil.rmtree(self.warehouse, ignore_errors=True)
        self.forget_state("demo", "local")
        self.forget_mirror()

    @property
    def mirror(self) -> Path:
        """The folder of the ledgers of the demonstration of a mirror."""
        return self.folder / "mirror"

    def forget_mirror(self) -> None:
        """Delete what a mirror between two workspaces remembers of a world that is gone."""
        shutil.rmtree(self.mirror, ignore_errors=True)
        for state in self._states():
            if MIRROR in state.name:
                shutil.rmtree(state)

    def forget_state(self, *environments: str, of: Service | None = None) -> None:
        """Delete Meltano's state of environments whose tables are gone: of one service, or of all.

        The tap does not send again what its state says was sent: with the state but without the
        tables, the warehouse would silently lack rows.
        """
        for state in self._states():
            environment, _, pipeline = state.name.partition(":")
            belongs = of is None or service_of(pipeline) is of
            if environment in environments and belongs and MIRROR not in pipeline:
                shutil.rmtree(state)

    def _states(self) -> list[Path]:
        """List Meltano's states; `state_backend.uri` in meltano.yml names their folder."""
        return list((project_folder(self.folder) / ".meltano" / "state").glob("*:*"))

    def remember_ports(self) -> None:
        """Save the ports, so that later commands find the sandbox without options."""
        ports = {"clockify": self.clockify_port, "bigquery": self.bigquery_port}
        (self.folder / PORTS_FILE).write_text(json.dumps(ports))


def places_of(folder: Path, clockify_port: int | None, bigquery_port: int | None) -> Places:
    """Find a folder's sandbox: at the given ports, else its last ones, else the default ones."""
    try:
        last = json.loads((folder / PORTS_FILE).read_text())
        last_clockify, last_bigquery = int(last["clockify"]), int(last["bigquery"])
    except (OSError, ValueError, KeyError, TypeError):
        last_clockify, last_bigquery = CLOCKIFY_PORT, BIGQUERY_PORT
    return Places(folder, clockify_port or last_clockify, bigquery_port or last_bigquery)


def project_folder(start: Path) -> Path:
    """Find the project that a folder belongs to, by its meltano.yml; else the folder itself."""
    for folder in (start, *start.parents):
        if (folder / "meltano.yml").exists():
            return folder
    return start
