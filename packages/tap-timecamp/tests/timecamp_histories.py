"""Histories of a company with edits, faults and kills, after each of which all must be equal.

As a command: `python packages/tap-timecamp/tests/timecamp_histories.py 100`.
"""

from __future__ import annotations

import datetime as dt
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import time_machine
from clockify_sandbox import timecamp
from clockify_sandbox.timecamp import edits, truth
from singer_ledger.errors import ExtractError
from tap_timecamp.tap import TapTimeCamp

sys.path.append(str(Path(__file__).parents[2] / "singer-ledger" / "tests"))
from ledger_runs import Runs

if TYPE_CHECKING:
    from clockify_sandbox.timecamp import Server, World

NOW = dt.datetime(2026, 8, 14, 9, 30, tzinfo=dt.UTC)
START = dt.date(2024, 1, 1)
FAULTS: tuple[dict[str, Any], ...] = (
    {"kind": "429", "retry_after": 0},
    {"kind": "5xx", "status": 502},
    {"kind": "truncated"},
    {"kind": "malformed"},
    {"kind": "empty"},
    {"kind": "reset"},
)
COLUMNS = (
    *("id", "duration", "user_id", "user_name", "task_id", "last_modify", "date"),
    *("start_time", "end_time", "locked", "name", "addons_external_id", "billable", "invoiceId"),
    *("color", "description", "hasEntryLocationHistory"),
)
LISTS = {"tasks": ("task_id", "name"), "users": ("user_id", "email"), "tags": ("tag_id", "name")}
"""Of each list, its key and a column that is compared."""


def runs_of(server: Server, **settings: Any) -> Runs:
    """Return runs against a stand-in, from its first day on."""
    return Runs(
        TapTimeCamp,
        {
            "api_key": server.world.api_key,
            "api_url": server.api_url,
            "start_date": START.isoformat(),
            **settings,
        },
    )


def difference(runs: Runs, world: World, options: timecamp.Options | None = None) -> list[str]:
    """Say how the live rows differ from what TimeCamp has."""
    wanted = {row["id"]: row for row in truth.rows(world, "entries", START, options=options)}
    found = {row["id"]: row for row in runs.live("timecamp_entries")}
    said = [f"{key} is missing" for key in wanted.keys() - found.keys()]
    said += [f"{key} is too much" for key in found.keys() - wanted.keys()]
    for key in wanted.keys() & found.keys():
        said += [
            f"{key}.{name} is {found[key][name]!r} and not {wanted[key][name]!r}"
            for name in COLUMNS
            if found[key][name] != wanted[key][name]
        ]
    for table, (key, column) in LISTS.items():
        here = {str(row[key]): row[column] for row in runs.live(table)}
        there = {str(row[key]): row[column] for row in truth.rows(world, table)}
        said += [f"{table} differ"] if here != there else []
    return said


class History:
    """A company that works, and runs of the tap that meet faults."""

    def __init__(self, seed: int, options: timecamp.Options | None = None) -> None:
        """Build the company; equal seeds make equal histories."""
        self.rng = random.Random(seed)  # noqa: S311 -- made-up data
        self.now = NOW
        self.options = options
        days = self.rng.choice((20, 200, 500))
        self.world = timecamp.build_company(seed=seed, people=4, days=days, now=NOW)

    def play(self, rounds: int = 6) -> list[str]:
        """Play some rounds, then run once without a fault, and say what differs."""
        with (
            time_machine.travel(self.now, tick=False) as clock,
            timecamp.running(self.world, self.options) as server,
            mock.patch("backoff._sync.time"),
        ):
            runs = runs_of(server)
            for _ in range(rounds):
                self.now += dt.timedelta(hours=self.rng.choice((1, 5, 24, 24, 72, 24 * 40)))
                clock.move_to(self.now)
                self.world.set_now(self.now)
                self._round(server, runs)
            runs.run()
            return difference(runs, self.world, self.options)

    def _round(self, server: Server, runs: Runs) -> None:
        rng = self.rng
        for _ in range(rng.randrange(8)):
            self._edit()
        for _ in range(rng.randrange(3)):
            server.faults.add(match="third_party", after=rng.randrange(9), **rng.choice(FAULTS))
        if rng.random() < 0.3:
            server.faults.call(self._edit, match="third_party", after=rng.randrange(1, 9))
        fate = rng.random()
        try:
            if fate < 0.25:
                runs.killed(after=rng.randrange(400))
                return
            if fate < 0.4:  # rights are lost half-way
                lost = {"status": 403, "body": "[]", "times": None}
                server.faults.add("status", match="entries", after=rng.randrange(3), **lost)
            runs.run()
        except ExtractError:
            pass
        finally:
            server.faults.clear()

    def _edit(self) -> None:
        edits.random_edit(self.world, self.rng)


def main() -> None:
    """Play as many histories as the command line says."""
    count = int(sys.argv[1])
    wrong = {seed: said for seed in range(count) if (said := History(seed).play())}
    for seed, said in wrong.items():
        print(f"History {seed}: {len(said)} differences, such as {said[0]}")
    print(f"{len(wrong)} of {count} histories were wrong")


if __name__ == "__main__":
    main()
