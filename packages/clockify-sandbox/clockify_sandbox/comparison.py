"""What the demos of TimeCamp and Fitbit loaded, compared with the simulated services."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import requests
from rich.table import Table

from clockify_sandbox.services import FITBIT, TIMECAMP
from clockify_sandbox.supervisor import SandboxError, require

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rich.console import RenderableType

    from clockify_sandbox.places import Places
    from clockify_sandbox.services import Service

Row = dict[str, Any]
TIMEOUT_SECONDS = 60
SECONDS_PER_HOUR = 3600
AHEAD_DAYS = 30
"""Days after today of which the demo's tap reads entries, as its setting ahead_days says."""
TOP = 5
COMPARED = ("duration", "user_id", "task_id", "name", "description", "billable", "last_modify")
"""The columns of entries that are compared, besides `id` and `date`."""


def of_timecamp(places: Places) -> Iterator[RenderableType]:
    """Compare the entries, sum their hours by task, and say what to do next.

    Raises:
        SandboxError: The sandbox is down.
    """
    require(places)
    last = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=AHEAD_DAYS)
    true = _ask(places, TIMECAMP, "truth", table="entries", last=last.isoformat())
    columns = ", ".join(("id", "date", *COMPARED))
    loaded = places.bigquery.query(
        f"SELECT {columns} FROM {TIMECAMP.dataset}.timecamp_entries WHERE _sdc_deleted_at IS NULL"  # noqa: S608
    )
    growing = _ids_of_timers(places)
    hours = sum(int(str(row["duration"])) for row in loaded) / SECONDS_PER_HOUR
    days = sorted(str(row["date"]) for row in loaded)
    yield f"[bold]{hours:,.2f}[/] hours in {len(loaded):,} entries, {days[0]} to {days[-1]}"
    yield _verdict(TIMECAMP, "entries", _of_entries(loaded), _of_entries(true), growing)
    yield _hours_by_task(loaded)
    yield _next(TIMECAMP, "tasks")


def of_fitbit(places: Places) -> Iterator[RenderableType]:
    """Compare exercises, sleeps, weights and the steps of each day, and say what to do next.

    Raises:
        SandboxError: The sandbox is down.
    """
    require(places)
    days = places.bigquery.query(
        f"SELECT date, steps, resting_heart_rate FROM {FITBIT.dataset}.summary ORDER BY date"  # noqa: S608
    )
    first, last = str(days[0]["date"]), str(days[-1]["date"])
    steps = sum(int(str(row["steps"] or 0)) for row in days)
    yield f"[bold]{steps:,}[/] steps on {len(days):,} days, {first} to {last}"
    true = _ask(places, FITBIT, "truth", table="days", first=first, last=last)
    yield _verdict(
        FITBIT,
        "days",
        {str(row["date"]): row["steps"] for row in days},
        {row["day"]: row.get("steps") for row in true},
    )
    for table, what, columns in (
        ("activity", "exercises", ("calories", "description")),
        ("sleep", "sleeps", ("minutes_asleep", "is_main_sleep")),
    ):
        loaded = places.bigquery.query(
            f"SELECT log_id, {', '.join(columns)} FROM {FITBIT.dataset}.{table}"  # noqa: S608
            " WHERE _sdc_deleted_at IS NULL"
        )
        found = _ask(places, FITBIT, "truth", table=what)
        yield _verdict(
            FITBIT,
            f"{len(loaded):,} {what}",
            {row["log_id"]: tuple(row[name] for name in columns) for row in loaded},
            {row["id"]: _of_session(row) for row in found if row["day"] >= first},
        )
    yield _next(FITBIT, "summary")


def _of_session(row: Row) -> tuple[object, object]:
    if "caloriesKcal" in row:
        return round(Decimal(str(row["caloriesKcal"]))), row["notes"]
    return row.get("minutesAsleep"), row["mainSleep"]


def _ids_of_timers(places: Places) -> set[int]:
    """Return the entries that grow while this is printed."""
    health = requests.get(f"{places.control_url(TIMECAMP)}/health", timeout=TIMEOUT_SECONDS).json()
    answer = requests.get(
        f"{places.timecamp_url}/timer_running",
        headers={"Authorization": f"Bearer {health['apiKey']}", "Accept": "application/json"},
        timeout=TIMEOUT_SECONDS,
    )
    return {int(row["timer_id"]) for row in answer.json()}


def _of_entries(rows: Iterable[Row]) -> dict[object, tuple[str, ...]]:
    return {row["id"]: tuple(_text(row[name]) for name in ("date", *COMPARED)) for row in rows}


def _text(value: object) -> str:
    """Write a value as text: the service and the table have other types."""
    return "" if value is None else str(value)


def _hours_by_task(rows: Iterable[Row]) -> Table:
    sums: dict[str, float] = {}
    for row in rows:
        name = row["name"] or "(no task)"
        sums[name] = sums.get(name, 0) + int(row["duration"]) / SECONDS_PER_HOUR
    table = Table(title=f"Top {TOP} tasks", title_justify="left")
    table.add_column("Task")
    table.add_column("Hours", justify="right")
    for name in sorted(sums, key=lambda each: (-sums[each], each))[:TOP]:
        table.add_row(name, f"{sums[name]:,.2f}")
    return table


def _verdict(
    service: Service,
    what: str,
    loaded: Mapping[object, object],
    true: Mapping[object, object],
    growing: Iterable[object] = (),
) -> str:
    """Say how many rows differ, are missing or are surplus."""
    shared = (loaded.keys() & true.keys()) - set(growing)
    counts = {
        "missing": len(true.keys() - loaded.keys()),
        "surplus": len(loaded.keys() - true.keys()),
        "different": sum(loaded[key] != true[key] for key in shared),
    }
    if not any(counts.values()):
        return f"The {what} equal those of the simulated {service.title}."
    told = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
    return f"The {what} differ from those of the simulated {service.title}: {told}. Load them."


def _next(service: Service, table: str) -> str:
    query = f"SELECT * FROM {service.dataset}.{table} LIMIT 1"  # noqa: S608 -- ours
    return f"""
Make edits in the simulated {service.title}, load them, and query the tables:
  uv run clockify-sandbox edit --of {service.name} --count 20
  uv run meltano run {service.demo}
  uv run clockify-sandbox sql "{query}\""""


def _ask(places: Places, service: Service, path: str, **query: str) -> list[Row]:
    answer = requests.get(
        f"{places.control_url(service)}/{path}", params=query, timeout=TIMEOUT_SECONDS
    )
    if not answer.ok:
        raise SandboxError(f"The {service.title} stand-in does not say what is true: {answer.text}")
    found: list[Row] = answer.json()
    return found
