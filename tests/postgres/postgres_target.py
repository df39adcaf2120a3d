"""The community's target-postgres, configured as in meltano.yml, and what it wrote."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, text

from plugins import declaration, executable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sqlalchemy import URL
    from support import Message, Row

TARGET = "loaders", "target-postgres"
SCHEMA = "dl_clockify"
TIMEOUT = 800
METADATA = {
    "_sdc_batched_at",
    "_sdc_extracted_at",
    "_sdc_received_at",
    "_sdc_sequence",
    "_sdc_sync_started_at",
    "_sdc_table_version",
}
"""Columns that the loader adds."""


@dataclass(frozen=True)
class Postgres:
    """A database, and the loader that writes into it."""

    url: URL
    folder: Path

    def load(self, messages: Iterable[Message]) -> subprocess.CompletedProcess[str]:
        """Pipe Singer messages through the loader."""
        declared = declaration(*TARGET)
        config = self.folder / "postgres.json"
        server = {name: getattr(self.url, name) for name in ("host", "port", "database")}
        account = {"user": self.url.username, "password": "none is asked for"}
        config.write_text(json.dumps(declared["config"] | server | account))
        return subprocess.run(  # noqa: S603
            [executable(*TARGET), "--config", config],
            input="".join(json.dumps(message) + "\n" for message in messages),
            env=os.environ | declared["env"],
            text=True,
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
        )

    def query(self, sql: str) -> list[Row]:
        """Run a query and return its rows."""
        engine = create_engine(self.url)
        try:
            with engine.connect() as connection:
                return [dict(row) for row in connection.execute(text(sql)).mappings()]
        finally:
            engine.dispose()

    def rows(self, table: str) -> list[Row]:
        """Read a table, with values as the tap sends them, without the loader's own columns."""
        return [
            {name: _as_sent(value) for name, value in row.items() if name not in METADATA}
            for row in self.query(f'SELECT * FROM {SCHEMA}."{table}"')  # noqa: S608
        ]

    def types(self) -> dict[tuple[str, str], str]:
        """Return the type of each column, by table and column."""
        found = self.query(
            "SELECT table_name, column_name, data_type FROM information_schema.columns"  # noqa: S608
            f" WHERE table_schema = '{SCHEMA}'"
        )
        return {(row["table_name"], row["column_name"]): row["data_type"] for row in found}


def _as_sent(value: Any) -> Any:
    match value:
        case dt.datetime():
            return value.replace(tzinfo=dt.UTC)
        case dt.date():
            return value.isoformat()
        case Decimal():
            return float(value)
    return value
