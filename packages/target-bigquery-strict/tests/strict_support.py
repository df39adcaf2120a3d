"""Singer messages, and the target on a local BigQuery."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import requests
from target_bigquery_strict.target import TargetBigQueryStrict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from clockify_sandbox.bigquery import LocalBigQuery

DATASET = "strict"
COMMAND = [sys.executable, "-m", "target_bigquery_strict.target"]
# `preexec_fn` would set the limit, too, but it forks this process: the threads of gRPC, which the
# local BigQuery starts in it, sometimes kill the child before it becomes the target.
WITH_FILE_LIMIT = """\
import os, resource, sys
limit = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
os.execv(sys.argv[2], sys.argv[2:])
"""
HOURS = {
    "id": {"type": "integer"},
    "person": {"type": ["string", "null"], "description": "Who worked."},
    "hours": {"type": ["number", "null"], "description": "How long."},
}


def schema(
    stream: str = "hours",
    properties: Mapping[str, Any] = HOURS,
    keys: Sequence[str] = ("id",),
) -> dict[str, Any]:
    """Return a SCHEMA message."""
    return {
        "type": "SCHEMA",
        "stream": stream,
        "schema": {"properties": dict(properties)},
        "key_properties": list(keys),
    }


def record(row: Mapping[str, Any], stream: str = "hours", **more: Any) -> dict[str, Any]:
    """Return a RECORD message."""
    at = "2026-01-02T03:04:05.678901Z"
    return {"type": "RECORD", "stream": stream, "record": row, "time_extracted": at, **more}


def state(value: Any = "all") -> dict[str, Any]:
    """Return a STATE message."""
    return {"type": "STATE", "value": {"at": value}}


def hours(number: int, **more: Any) -> dict[str, Any]:
    """Return a row."""
    return {"id": number, "person": f"p{number % 7}", "hours": number / 4, **more}


def lines(messages: Iterable[Mapping[str, Any]]) -> bytes:
    """Encode messages."""
    return b"".join(json.dumps(message).encode() + b"\n" for message in messages)


def load_of(
    count: int, stream: str = "hours", keys: Sequence[str] = ("id",)
) -> list[dict[str, Any]]:
    """Return the messages of a whole run of a stream."""
    rows = [record(hours(number), stream) for number in range(count)]
    return [schema(stream, keys=keys), *rows, state(stream)]


@dataclass
class Loaded:
    """What a run in a process of its own left behind."""

    code: int
    states: list[Any]
    log: str


@dataclass
class Strict:
    """The target, with settings that point it to a local BigQuery."""

    bigquery: LocalBigQuery
    url: str
    folder: Path

    def settings(self, **more: Any) -> dict[str, Any]:
        return {"project": self.bigquery.project, "dataset": DATASET, **more}

    def load(self, messages: Iterable[Mapping[str, Any]] | bytes, **settings: Any) -> list[Any]:
        """Load in this process and return the STATE values that were printed."""
        sent = messages if isinstance(messages, bytes) else lines(messages)
        printed = io.StringIO()
        target = TargetBigQueryStrict(config=self.settings(**settings))
        try:
            with redirect_stdout(printed):
                target.listen(io.BytesIO(sent))  # type: ignore[arg-type]
        finally:
            target.close()
        return [json.loads(line) for line in printed.getvalue().splitlines()]

    def start(self, file_limit: int | None = None, **options: Any) -> subprocess.Popen[bytes]:
        """Start the command, reading from a pipe; it can write files of `file_limit` bytes."""
        config = self.folder / "config.json"
        config.write_text(json.dumps(self.settings(**options.pop("settings", {}))))
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        limit = [sys.executable, "-c", WITH_FILE_LIMIT, str(file_limit)] if file_limit else []
        return subprocess.Popen(
            [*limit, *COMMAND, "--config", config],
            env={**os.environ, "BIGQUERY_EMULATOR_HOST": self.url, **options.pop("env", {})},
            **(pipes | options),
        )

    def run(self, messages: Iterable[Mapping[str, Any]] | bytes, **options: Any) -> Loaded:
        """Load in a process of its own."""
        sent = messages if isinstance(messages, bytes) else lines(messages)
        process = self.start(**options)
        out, log = process.communicate(sent, timeout=300)
        states = [json.loads(line) for line in (out or b"").splitlines()]
        return Loaded(process.returncode, states, log.decode())

    def rows(self, table: str = "hours", columns: str = "id, person, hours") -> list[Any]:
        """Return rows, ordered by their first column."""
        return self.bigquery.query(f"SELECT {columns} FROM {DATASET}.{table} ORDER BY 1")

    def table(self, name: str) -> dict[str, Any]:
        """Return a table as the API shows it."""
        path = f"projects/{self.bigquery.project}/datasets/{DATASET}/tables/{name}"
        found = requests.get(f"{self.bigquery.url}/bigquery/v2/{path}", timeout=30)
        found.raise_for_status()
        shown: dict[str, Any] = found.json()
        return shown

    def tables(self) -> list[str]:
        """Return the names of all tables, staging tables included."""
        found = self.bigquery.query(f"SELECT table_name FROM {DATASET}.INFORMATION_SCHEMA.TABLES")
        return sorted(str(row["table_name"]) for row in found)
