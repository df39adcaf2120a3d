"""A BigQuery on this machine: start it, query it, and let a Singer target load into it.

with running() as bigquery:
    subprocess.run(["target-bigquery", ...], env=os.environ | bigquery.target_env(folder))
    bigquery.query("SELECT COUNT(*) AS n FROM dl_clockify.clients")
"""

from __future__ import annotations

import json
import logging
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from clockify_sandbox.bigquery_rows import rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from clockify_sandbox.bigquery_emulator import Emulator
    from clockify_sandbox.bigquery_rows import Row

PROJECT = "clockify-demo"
TIMEOUT = 60


class QueryError(Exception):
    """The local BigQuery refused a query; the text is its reason."""


@dataclass(frozen=True)
class LocalBigQuery:
    """A local BigQuery that answers at `url`."""

    url: str
    project: str = PROJECT

    @property
    def host(self) -> str:
        """The address as host:port."""
        return self.url.removeprefix("http://")

    def query(self, sql: str) -> list[Row]:
        """Run a query and return its rows, with numbers as numbers and dates as dates.

        Raises:
            QueryError: The query is wrong, or names a table that does not exist.
        """
        queries = f"{self.url}/bigquery/v2/projects/{self.project}/queries"
        answer = requests.post(
            queries, json={"query": sql, "useLegacySql": False}, timeout=TIMEOUT
        ).json()
        rows: list[Row] = []
        while True:
            if problems := answer.get("errors") or ([answer["error"]] if "error" in answer else []):
                raise QueryError(str(problems[0]["message"]).strip())
            rows += rows_of(answer)
            if not (token := answer.get("pageToken")):
                return rows
            job = answer["jobReference"]["jobId"]
            answer = requests.get(
                f"{queries}/{job}", params={"pageToken": token}, timeout=TIMEOUT
            ).json()

    def failed_loads(self) -> list[str]:
        """List the load jobs that failed since the start; a target may not have noticed."""
        failed: list[str] = requests.get(
            f"{self.url}/_sandbox/failed-loads", timeout=TIMEOUT
        ).json()
        return failed

    def about(self) -> dict[str, object]:
        """Ask what was passed as `about` at its start; empty if nobody answers."""
        try:
            answer = requests.get(f"{self.url}/_sandbox/about", timeout=5)
            told = answer.json() if answer.ok else {}
        except (requests.RequestException, ValueError):
            return {}
        return told if isinstance(told, dict) else {}

    def target_env(self, folder: Path) -> dict[str, str]:
        """Create a service account in `folder`; return the variables that point a target here."""
        return {
            "BIGQUERY_EMULATOR_HOST": self.url,
            "GOOGLE_APPLICATION_CREDENTIALS": str(write_service_account(folder, self.url)),
        }


def write_service_account(folder: Path, url: str) -> Path:
    """Write a service account with a key of its own, whose tokens come from `url`."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    account = {
        "type": "service_account",
        "project_id": PROJECT,
        "private_key_id": "local",
        "private_key": key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode(),
        # Without an address google-auth has nothing to ask Google about: it would look up
        # where the account may be used, over the network.
        "client_email": "",
        "client_id": "local",
        "token_uri": f"{url}/token",
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "service-account.json"
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(account, indent=2))
    return path


@dataclass(frozen=True)
class RunningBigQuery(LocalBigQuery):
    """A local BigQuery that runs in this process."""

    emulator: Emulator | None = None

    @property
    def idle_seconds(self) -> float:
        """Seconds since the last query."""
        return 0.0 if self.emulator is None else self.emulator.idle_seconds


@contextmanager
def running(
    data_dir: Path | None = None, port: int = 0, about: Mapping[str, object] | None = None
) -> Iterator[RunningBigQuery]:
    """Run a local BigQuery in this process: in memory, or with its data in a folder."""
    with _logging_kept():
        # Not at the top: the import takes two seconds, which only the daemon should pay.
        from bqemulator.config import LogFormat, LogLevel  # noqa: PLC0415
        from bqemulator.observability.logging_ import configure_logging  # noqa: PLC0415

        # While being imported the emulator prints debug lines, unless its logging is set up.
        configure_logging(level=LogLevel.WARNING, fmt=LogFormat.JSON)
        from clockify_sandbox.bigquery_emulator import Emulator  # noqa: PLC0415

        emulator = Emulator(data_dir, port, about)
        url = emulator.start()
    try:
        yield RunningBigQuery(url, emulator=emulator)
    finally:
        emulator.stop()


@contextmanager
def _logging_kept() -> Iterator[None]:
    """Undo what the emulator's start does to the caller's logging."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    # It closes the handlers that it finds; let it find none.
    root.handlers.clear()
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
