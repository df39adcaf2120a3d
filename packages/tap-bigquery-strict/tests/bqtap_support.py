"""The tap and the loader on a local BigQuery."""

from __future__ import annotations

import io
import json
import sys
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tap_bigquery_strict.tap import TapBigQueryStrict
from target_bigquery_strict.target import TargetBigQueryStrict

if TYPE_CHECKING:
    from pathlib import Path

    from clockify_sandbox.bigquery import LocalBigQuery

SOURCE, COPY = "`clockify-demo`.source", "`clockify-demo`.copied"
CONFIG = {"project": "clockify-demo", "dataset": "source"}


@dataclass
class Bench:
    """A tap, a loader, and the state between runs."""

    bigquery: LocalBigQuery
    state: dict[str, Any] = field(default_factory=dict)

    def tap(self, tables: Any, **settings: Any) -> TapBigQueryStrict:
        """Return the tap."""
        return TapBigQueryStrict(
            config={**CONFIG, "tables": tables, **settings}, state=self.state or None
        )

    def read(self, tables: Any, **settings: Any) -> list[dict[str, Any]]:
        """Return the messages of a run, and keep its state for the next one."""
        printed = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        with redirect_stdout(printed):
            self.tap(tables, **settings).sync_all()
            printed.flush()
        text = printed.buffer.getvalue().decode()  # type: ignore[attr-defined]
        messages = [json.loads(line) for line in text.splitlines()]
        for message in messages:
            if message["type"] == "STATE":
                self.state = message["value"]
        self.sent = text
        return messages

    def copy(self, tables: Any, **settings: Any) -> None:
        """Read, and load what was read."""
        self.read(tables, **settings)
        target = TargetBigQueryStrict(config=target_config())
        try:
            with redirect_stdout(io.StringIO()):
                target.listen(io.BytesIO(self.sent.encode()))  # type: ignore[arg-type]
        finally:
            target.close()


def rows_of(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the records among messages."""
    return [message["record"] for message in messages if message["type"] == "RECORD"]


def target_config() -> dict[str, Any]:
    """Return the settings of the loader."""
    return {"project": "clockify-demo", "dataset": "copied", "hard_delete": True}


def command_of(module: str, config: Path, *arguments: str) -> list[str]:
    """Return the command of a tap or a target."""
    return [sys.executable, "-m", module, "--config", str(config), *arguments]
