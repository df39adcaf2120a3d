"""Requests on the Free plan: 30 an hour, reports of 31 days. The hours are the world's."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import results
from benchmarks.standin import serving
from benchmarks.syncs import CHANGES, DAY, Sync, Syncer

SIZES = (5, 50)
AN_HOUR = 30
PAUSE = dt.timedelta(minutes=61)
MOST_RUNS = 12
MOST_FIRST = 16
MOST_DAILY = 20


def main() -> None:
    """Count, and write the section."""
    rows: list[tuple[object, ...]] = []
    judged: list[tuple[object, ...]] = []
    for people in SIZES:
        for name, most, runs in zip(
            ("first", "daily"), (MOST_FIRST, MOST_DAILY), _syncs(people), strict=True
        ):
            requests = sum(sync.seen.requests for sync in runs)
            refused = sum(sync.seen.refused for sync in runs)
            rows.append((f"{people}, {name}", requests, len(runs), refused))
            judged.append(
                (f"refused, {people} people, {name}", refused, 0, results.verdict(refused, 0))
            )
            if people == min(SIZES):
                met = results.verdict(requests, most)
                judged.append((f"requests, {people} people, {name}", requests, most, met))
    text = "\n".join(
        (
            "## The same on Free\n",
            f"{AN_HOUR} requests an hour, reports cut to 31 days, `when_budget_spent: stop`: a run"
            " that uses up the hour ends with exit code 0, and the next continues an hour later."
            " *Refused* are answers other than 200: a window that is too long, or a 429.\n",
            results.table(("people, sync", "requests", "runs", "refused"), rows),
            results.table(("judged", "measured", "at most", ""), judged),
        )
    )
    results.write("free", text)


def _syncs(people: int) -> tuple[list[Sync], list[Sync]]:
    began = dt.datetime.now(dt.UTC) - DAY
    with (
        TemporaryDirectory() as folder,
        serving(people, began, plan="FREE", latency=0.0) as standin,
    ):
        syncer = Syncer(standin, Path(folder), when_budget_spent="stop")

        def until_complete(now: dt.datetime, state: dict[str, Any] | None) -> list[Sync]:
            runs: list[Sync] = []
            while len(runs) < MOST_RUNS:
                standin.move_to(now)
                runs.append(syncer.sync(now, state, keep=True))
                state = syncer.state()
                if "used up" not in syncer.log.read_text():
                    return runs
                now += PAUSE
            message = f"{MOST_RUNS} hours were not enough"
            raise RuntimeError(message)

        first = until_complete(began, None)
        standin.work_a_day(began + DAY, CHANGES)
        return first, until_complete(began + DAY, syncer.state())
