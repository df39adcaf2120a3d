"""Load files of Singer messages through each loader, and check what arrived."""

from __future__ import annotations

import datetime as dt
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from benchmarks.processes import ROOT, Cost, FailedError, run
from tests.plugins import executable

if TYPE_CHECKING:
    from benchmarks.local_bigquery import OwnProcess
    from benchmarks.made_entries import Made

OURS, COMMUNITY, FLOOR = "target-bigquery-strict", "target-bigquery", "floor"


def command_of(loader: str) -> list[str | Path]:
    """Return a loader's command, without its settings; the community's is installed if needed."""
    if loader == FLOOR:
        return [sys.executable, "-m", "benchmarks.floor_load"]
    return [
        executable("loaders", COMMUNITY)
        if loader == COMMUNITY
        else Path(sys.executable).with_name(OURS)
    ]


def declared(loader: str) -> dict[str, Any]:
    """Return a loader's settings in meltano.yml."""
    plugins = yaml.safe_load((ROOT / "meltano.yml").read_text())["plugins"]
    found: dict[str, Any] = next(one for one in plugins["loaders"] if one["name"] == loader)
    return dict(found["config"])


@dataclass(frozen=True)
class Loads:
    """Runs loaders against one local BigQuery, and fails unless all rows arrive."""

    bigquery: OwnProcess
    folder: Path

    def load(self, loader: str, source: Path, dataset: str) -> Cost:
        """Pipe a file into a loader.

        Raises:
            FailedError: It failed, or one of its load jobs did, or it did not report the state.
        """
        command = command_of(loader)
        if loader == FLOOR:
            return run(command, source=source, log=self.folder / "log")
        config = self.folder / f"{loader}.json"
        settings = declared(loader) | {"project": self.bigquery.project, "dataset": dataset}
        config.write_text(json.dumps(settings))
        out, failed = self.folder / "state", len(self.bigquery.failed_loads())
        cost = run(
            [*command, "--config", config],
            source=source,
            into=out,
            log=self.folder / "log",
            added=self.bigquery.target_env(self.folder),
        )
        if found := self.bigquery.failed_loads()[failed:]:
            raise FailedError(f"a load job of {loader} failed: {found[0]}")
        if not out.read_bytes().strip():
            raise FailedError(f"{loader} reported no state")
        return cost

    def check_made(self, dataset: str, made: Made) -> None:
        """Require that a table has exactly the entries that were made.

        Raises:
            FailedError: It has not.
        """
        (found,) = self.bigquery.query(
            "SELECT COUNT(*) AS row_count, COUNT(DISTINCT id) AS ids,"  # noqa: S608 - our names
            " SUM(duration_seconds) AS seconds, SUM(LENGTH(description)) AS characters"
            f" FROM {dataset}.time_entries"
        )
        expected = {
            "row_count": made.rows,
            "ids": made.rows,
            "seconds": made.seconds,
            "characters": made.characters,
        }
        if found != expected:
            raise FailedError(f"{dataset} has {found} where {expected} was sent")

    def check_tables(self, dataset: str, expected: Expected) -> None:
        """Require that tables have exactly the rows that were sent, with all their values.

        Raises:
            FailedError: They have not.
        """
        for stream, rows in expected.rows.items():
            names = list(expected.properties[stream])
            columns = ", ".join(f"`{name}`" for name in names)
            sql = f"SELECT {columns} FROM {dataset}.{stream}"  # noqa: S608 - our names
            found = sorted(repr([row[name] for name in names]) for row in self.bigquery.query(sql))
            wanted = sorted(repr([row[name] for name in names]) for row in rows.values())
            if found != wanted:
                missing = sorted(set(wanted) - set(found))[:1]
                surplus = sorted(set(found) - set(wanted))[:1]
                message = f"{len(found)} rows for {len(wanted)}, {surplus} for {missing}"
                raise FailedError(f"{dataset}.{stream} has {message}")


@dataclass
class Expected:
    """The rows that tables must have after all messages that were added, by stream and key."""

    properties: dict[str, dict[str, Any]] = field(default_factory=dict)
    rows: dict[str, dict[tuple[Any, ...], dict[str, Any]]] = field(default_factory=dict)
    _keys: dict[str, list[str]] = field(default_factory=dict)

    def add(self, source: Path) -> int:
        """Add the messages of a file; return the number of its records."""
        records = 0
        for line in source.read_bytes().splitlines():
            message = json.loads(line)
            stream = message.get("stream")
            if message["type"] == "SCHEMA":
                self.properties[stream] = message["schema"]["properties"]
                self._keys[stream] = message["key_properties"]
                self.rows.setdefault(stream, {})
            elif message["type"] == "RECORD":
                records += 1
                key = tuple(message["record"][name] for name in self._keys[stream])
                self.rows[stream][key] = {
                    name: _value(message["record"].get(name), declared)
                    for name, declared in self.properties[stream].items()
                }
        return records


def _value(value: Any, declared: dict[str, Any]) -> Any:
    """Return a value as the local BigQuery gives it back."""
    if value is None:
        return None
    if declared.get("format") == "date-time":
        return dt.datetime.fromisoformat(value)
    if declared.get("format") == "date":
        return dt.date.fromisoformat(value)
    return float(value) if "number" in declared["type"] else value
