"""Runs of a tap in this process, and a model of the warehouse that they fill."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from singer_sdk import Tap

Row = dict[str, Any]


@dataclass
class Runs:
    """A tap's runs one after the other: its settings, its state, and the tables that it fills."""

    tap: type[Tap]
    config: Row
    streams: tuple[str, ...] = ()
    """The streams that are selected; none means those that are by default."""
    state: Row = field(default_factory=dict)
    tables: dict[str, dict[str, Row]] = field(default_factory=dict)

    def messages(self, **settings: Any) -> list[Row]:
        """Run the tap, and return what it wrote, without loading it.

        What it wrote before an error is in `written`.
        """
        printed = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        self.written: list[Row] = []
        try:
            with redirect_stdout(printed):
                tap = self.tap(
                    config={**self.config, **settings},
                    state=json.loads(json.dumps(self.state)),
                    catalog=self.catalog() if self.streams else None,
                )
                tap.sync_all()
        finally:
            printed.flush()
            text = printed.buffer.getvalue().decode()
            self.written = [json.loads(line) for line in text.splitlines()]
        return self.written

    def run(self, **settings: Any) -> list[Row]:
        """Run the tap, and load all that it wrote, even if it fails."""
        try:
            self.messages(**settings)
        finally:
            self.load(self.written)
        return self.written

    def killed(self, after: int, **settings: Any) -> None:
        """Run the tap as if it were killed after so many messages."""
        self.load(self.messages(**settings)[:after])

    def load(self, messages: list[Row]) -> None:
        """Upsert rows by their keys, and keep the last state, as a loader does."""
        keys: dict[str, list[str]] = {}
        for message in messages:
            match message["type"]:
                case "SCHEMA":
                    keys[message["stream"]] = message["key_properties"]
                case "RECORD":
                    row = message["record"]
                    key = json.dumps([row[name] for name in keys[message["stream"]]])
                    self.tables.setdefault(message["stream"], {})[key] = row
                case "STATE":
                    self.state = message["value"]

    def live(self, table: str) -> list[Row]:
        """Return the rows of a table that are not gone."""
        rows = self.tables.get(table, {}).values()
        return [row for row in rows if row["_sdc_deleted_at"] is None]

    def gone(self, table: str) -> list[Row]:
        """Return the rows of a table that are gone."""
        rows = self.tables.get(table, {}).values()
        return [row for row in rows if row["_sdc_deleted_at"] is not None]

    def catalog(self) -> Row:
        """Return a catalog in which the wanted streams are selected."""
        catalog: Row = self.tap(config=self.config).catalog_dict
        for stream in catalog["streams"]:
            is_wanted = stream["tap_stream_id"] in self.streams
            for entry in stream["metadata"]:
                if entry["breadcrumb"] in ([], ()):
                    entry["metadata"]["selected"] = is_wanted
        return catalog


def records(messages: list[Row], stream: str) -> list[Row]:
    """Return the rows of a stream among messages."""
    return [
        message["record"]
        for message in messages
        if message["type"] == "RECORD" and message["stream"] == stream
    ]


def command(
    module: str, folder: Path, settings: dict[str, Any], *arguments: str
) -> subprocess.CompletedProcess[str]:
    """Run a tap as a user does, with its settings in a file in the folder."""
    config = folder / "config.json"
    config.write_text(json.dumps(settings))
    return subprocess.run(  # noqa: S603 -- our own command
        [sys.executable, "-m", module, "--config", str(config), *arguments],
        text=True,
        capture_output=True,
        check=False,
    )
