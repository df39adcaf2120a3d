"""First and daily syncs against the sandbox's Clockify."""

from __future__ import annotations

import datetime as dt
import json
import statistics
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.processes import TAP, Cost, catalog_in, run
from benchmarks.standin import DAYS, Seen

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.standin import StandIn

DAY = dt.timedelta(days=1)
CHANGES = 10
"""Edits of old entries and other objects between two syncs, besides the day's entries."""


@dataclass(frozen=True)
class Sync:
    """The cost of a sync, and what the stand-in saw of it."""

    cost: Cost
    seen: Seen

    @property
    def asking(self) -> float:
        """Seconds from the first request to the end of the program."""
        return self.cost.ended - self.seen.first_at


class Syncer:
    """Runs the tap against a stand-in."""

    def __init__(self, standin: StandIn, folder: Path, **config: Any) -> None:
        """Keep the settings and states in a folder."""
        self._standin = standin
        self._folder = folder
        self._config = {**standin.config, "lookback_days": DAYS, **config}
        self._catalog = catalog_in(folder)
        self.output = folder / "output"
        self.log = folder / "log"

    def sync(
        self,
        at: dt.datetime | None = None,
        state: dict[str, Any] | None = None,
        *,
        keep: bool = False,
        **config: Any,
    ) -> Sync:
        """Run once; at another time if one is given, which costs some speed."""
        settings = self._folder / "config.json"
        settings.write_text(json.dumps({**self._config, **config}))
        command: list[str | Path] = (
            [*TAP] if at is None else [sys.executable, "-m", "benchmarks.tap_at", at.isoformat()]
        )
        command += ["--config", settings, "--catalog", self._catalog]
        if state is not None:
            (self._folder / "state.json").write_text(json.dumps(state))
            command += ["--state", self._folder / "state.json"]
        self._standin.seen()  # Forget the earlier requests.
        cost = run(command, into=self.output if keep else None, log=self.log)
        return Sync(cost, self._standin.seen())

    def state(self) -> dict[str, Any]:
        """Return the last state that was written."""
        lines = self.output.read_bytes().splitlines()
        last = next(line for line in reversed(lines) if line.startswith(b'{"type":"STATE"'))
        state: dict[str, Any] = json.loads(last)["value"]
        return state


def middle(values: Sequence[float]) -> float:
    """Return the median."""
    return statistics.median(values)
