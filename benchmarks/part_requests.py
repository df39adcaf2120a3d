"""Requests and time of a first and of a daily sync, compared with what the tap replaced."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import results
from benchmarks.processes import REPEATS
from benchmarks.references import PAUSE, day_by_day, person_by_person
from benchmarks.standin import DAYS, LATENCY, PER_SECOND, serving
from benchmarks.syncs import CHANGES, DAY, Sync, Syncer, middle

SIZES = (5, 50, 500)
JUDGED = 50
"""The size for which the replaced functions run in full and whose time is judged."""
SAMPLE_DAYS = 7
SAMPLE_PEOPLE = 30
FORCED_CHAIN = 3
"""Requests that depend on each other: the workspaces, the first page, which has the number of
pages, and the other pages."""

MOST_FIRST = 10
MOST_DAILY = 14
LEAST_FASTER = 20.0
MOST_OF_BOUND = 2.0

Syncs = list[Sync]


def main() -> None:
    """Measure, and write the section."""
    rows: list[tuple[str, ...]] = []
    judged: list[tuple[str, ...]] = []
    refused = 0
    peak = 0
    for people in SIZES:
        first, daily, before, usual = _measure(people)
        refused += sum(sync.seen.refused for sync in (*first, *daily))
        peak = max(peak, *(sync.seen.peak for sync in (*first, *daily)))
        rows += [_row(f"{people}, first", first), _row(f"{people}, daily", daily)]
        rows += [_reference(f"{people}, replaced", *before), _reference(f"{people}, usual", *usual)]
        judged += _judged(people, first, daily, before[1])
        ceiling = results.verdict(peak, PER_SECOND)
        whole = [
            *judged,
            ("most requests in any second", str(peak), f"≤ {PER_SECOND}", ceiling),
            ("answers other than 200", str(refused), "0", results.verdict(refused, 0)),
        ]
        results.write("requests", _text(rows, whole))


def _measure(
    people: int,
) -> tuple[Syncs, Syncs, tuple[float, float, str], tuple[float, float, str]]:
    now = dt.datetime.now(dt.UTC)
    start = now.date() - (DAYS - 1) * DAY
    with TemporaryDirectory() as folder, serving(people, now - DAY) as standin:
        syncer = Syncer(standin, Path(folder))
        syncer.sync(now - DAY, keep=True)
        state = syncer.state()
        standin.work_a_day(now, CHANGES)
        syncer.sync()  # Let the stand-in compute and cache its answers.
        first, daily = [], []
        for _ in range(REPEATS):
            first.append(syncer.sync())
            daily.append(syncer.sync(state=state))
        days = DAYS if people == JUDGED else SAMPLE_DAYS
        took = day_by_day(standin, start, days)
        before = (DAYS, took.wall * DAYS / days, _share(days, DAYS, "days"))
        took, everybody = person_by_person(standin, start, SAMPLE_PEOPLE)
        factor = everybody / took.done
        share = _share(took.done, everybody, "people")
        usual = (took.requests * factor, took.wall * factor, share)
    return first, daily, before, usual


def _share(done: int, of: int, what: str) -> str:
    return "measured whole" if done == of else f"{done} of {of} {what} measured, multiplied"


def bound(requests: float, chain: int = FORCED_CHAIN) -> float:
    """Return the least number of seconds that so many requests can take."""
    return max(LATENCY * chain, requests / PER_SECOND)


def _row(name: str, syncs: Syncs) -> tuple[str, ...]:
    seen = syncs[0].seen
    asking = middle([sync.asking for sync in syncs])
    last = middle([sync.seen.last_at - sync.seen.first_at for sync in syncs])
    least = bound(seen.requests)
    return (
        name,
        str(seen.requests),
        str(max(sync.seen.peak for sync in syncs)),
        str(max(sync.seen.chain for sync in syncs)),
        f"{least:.2f} s",
        f"{last:.2f} s",
        f"{asking:.2f} s",
        f"{asking / least:.1f}",
        f"{middle([sync.cost.wall for sync in syncs]):.2f} s",
    )


def _reference(name: str, requests: float, wall: float, how: str) -> tuple[str, ...]:
    return (name, f"{requests:.0f}", "", "", "", "", "", "", f"{wall:.1f} s ({how})")


def _judged(people: int, first: Syncs, daily: Syncs, before: float) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for name, syncs, most in (("first", first, MOST_FIRST), ("daily", daily, MOST_DAILY)):
        requests, what = syncs[0].seen.requests, f"{people} people, {name}"
        if people == min(SIZES):
            met = results.verdict(requests, most)
            rows.append((f"requests, {what}", str(requests), f"≤ {most}", met))
        if people == JUDGED:
            faster = before / middle([sync.cost.wall for sync in syncs])
            met = results.verdict(LEAST_FASTER, faster)
            rows.append(
                (f"faster than replaced, {what}", f"{faster:.0f}", f"≥ {LEAST_FASTER:.0f}", met)
            )
            ratio = middle([sync.asking for sync in syncs]) / bound(requests)
            met = results.verdict(ratio, MOST_OF_BOUND)
            rows.append((f"time ÷ bound, {what}", f"{ratio:.1f}", f"≤ {MOST_OF_BOUND:.0f}", met))
    return rows


def _text(rows: list[tuple[str, ...]], judged: list[tuple[str, ...]]) -> str:
    head = (
        *("people, sync", "requests", "peak a second", "chain", "bound", "asking", "to the end"),
        *("÷ bound", "whole program"),
    )
    return "\n".join(
        (
            f"## A first and a daily sync of {DAYS} days\n",
            f"{LATENCY * 1000:.0f} ms latency, {PER_SECOND} requests a second, paid plan, all"
            f" streams; median of {REPEATS}. A daily sync comes a day after the first: everyone"
            f" has tracked a day, and {CHANGES} random edits were made. *Replaced* is one summary"
            f" request for each day with a pause of {PAUSE:.0f} s; *usual* is one person after"
            " another through `/user/{id}/time-entries` at 50 rows a page. *Chain*: the"
            " longest chain of requests that each came after the answer to the one before. *Bound*:"
            f" max(latency times {FORCED_CHAIN}, requests ÷ {PER_SECOND}), since {FORCED_CHAIN}"
            " requests must follow each other (the workspaces; the first page, which has their"
            " number; the other pages). *Asking*: first request to last answer; *to the end*: first"
            " request to the end of the program; the start of Python and of the SDK is only in"
            " *whole program*.\n",
            results.table(head, rows),
            results.table(("judged", "measured", "wanted", ""), judged),
        )
    )
