"""Invariants of the warehouse after every run of the tap, whatever happened before."""

from __future__ import annotations

import datetime as dt
import json
import math
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from clockify_sandbox.world import truth
from support import KEYS, differences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Set as AbstractSet

    from clockify_sandbox.world import World
    from support import Message, Row, UpsertStore

FAR = dt.date(2030, 1, 1)
HOURS = 1e-9
MONEY = 1e-6
MEASURES = {
    "summary": ("duration_decimal", "amount_decimal"),
    "time_entries": ("duration_seconds", "duration_decimal", "amount", "cost_amount"),
}
NAMES = {"user", "project", "client", "client_id", "task", "tags", "currency"}
"""Columns that depend on other objects: the entry does not change when they do."""

LISTS = {
    "clients": truth.client_rows,
    "projects": truth.project_rows,
    "users": truth.user_rows,
}


def wrong_with(
    store: UpsertStore,
    world: World,
    *,
    timezone: str = "UTC",
    first: dt.date,
    names_from: dt.date | None = None,
    streams: Iterable[str] = ("summary", "time_entries", *LISTS),
    without: AbstractSet[str] = frozenset(),
) -> list[str]:
    """Describe the differences between the tables of a store and the truth.

    Args:
        store: The warehouse.
        world: What Clockify knows.
        timezone: The calendar.
        first: The first day that the warehouse holds.
        names_from: The first day whose rows must have the current names; all days by default.
        streams: The tables to compare.
        without: Columns not to compare.
    """
    found: list[str] = []
    for stream in streams:
        if stream in LISTS:
            found += _wrong_list(store, world, stream)
        else:
            rows = wanted(world, stream, timezone=timezone, first=first)
            for row in rows:
                past = row["date"] < (names_from or first).isoformat()
                for name in (without | NAMES) if past else without:
                    row.pop(name, None)
            found += _rows(store, stream, rows, without)
    return found


def wanted(world: World, stream: str, *, timezone: str = "UTC", first: dt.date) -> list[Row]:
    """List what a table of time must hold, in the columns and values that the tap promises."""
    bounds: Any = {"timezone": timezone, "first": first, "last": FAR}
    if stream == "summary":
        return [
            _as_sent(row)
            for workspace in world.workspaces
            for row in truth.summary_rows(world, workspace, **bounds)
        ]
    return [
        _as_entry(row)
        for workspace in world.workspaces
        for row in truth.entry_rows(world, workspace, **bounds)
    ]


def _as_entry(row: Row) -> Row:
    """Convert the truth about an entry to the columns of the tap's table."""
    entry = _as_sent(row)
    fields = entry.pop("custom_fields")
    entry["is_locked"] = entry.pop("locked")
    entry["is_invoiced"] = entry["invoice_id"] is not None
    entry["project_id"] = entry["project_id"] or None
    # An amount that Clockify does not give counts as 0.
    entry["amount"] = float(entry["amount"] or 0)
    entry["cost_amount"] = float(entry["cost_amount"] or 0)
    entry["field_values"] = sorted(map(str, fields.values()))
    return entry


def _as_sent(row: Row) -> Row:
    return {name: _text(value) for name, value in row.items()}


def _text(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value.isoformat() if isinstance(value, dt.date) else value


def _rows(
    store: UpsertStore, stream: str, wanted_rows: list[Row], without: AbstractSet[str]
) -> Iterator[str]:
    found = [_with_field_values(row) for row in store.rows(stream, live=True)]
    # Hours are divided by 3600 once, money is summed up: the tolerance is that of hours.
    for said in differences(found, wanted_rows, KEYS[stream], tolerance=HOURS):
        yield f"{stream}: {said}"
    for measure in [name for name in MEASURES[stream] if name not in without]:
        raw = math.fsum(row[measure] or 0 for row in store.rows(stream))
        true = math.fsum(row.get(measure, 0) for row in wanted_rows)
        if abs(raw - true) > (HOURS if "duration" in measure else MONEY):
            yield f"{stream}: the raw sum of {measure} is {raw} instead of {true}"
    yield from _tombstones(store, stream)


def _tombstones(store: UpsertStore, stream: str) -> Iterator[str]:
    for row in store.rows(stream):
        measures = [row[name] for name in MEASURES[stream]]
        if row["_sdc_deleted_at"] is not None and measures != [0] * len(measures):
            yield f"{stream}: a deleted row has measures: {row}"
        if (row["_sdc_deleted_at"] or "") > row["import_timestamp"]:
            yield f"{stream}: a row was deleted by a run after the one that sent it: {row}"


def _with_field_values(row: Row) -> Row:
    if "custom_fields" not in row:
        return row
    fields = json.loads(row["custom_fields"]) if row["custom_fields"] else []
    return {**row, "field_values": sorted(str(field["value"]) for field in fields)}


def _wrong_list(store: UpsertStore, world: World, stream: str) -> list[str]:
    rows = [row for workspace in world.workspaces for row in LISTS[stream](world, workspace)]
    if stream == "projects":
        rows = [{**row, "clientId": row["clientId"] or None} for row in rows]
    found = [
        f"{stream}: {said}"
        for said in differences(store.rows(stream, live=True), rows, KEYS[stream])
    ]
    present = {row["id"] for row in rows}
    for row in store.rows(stream):
        if row["_sdc_deleted_at"] is not None and row["id"] in present:
            found.append(f"{stream}: {row['id']} is there, but counts as deleted")
        if row["_sdc_deleted_at"] is not None and bool(row["name"]) == (stream == "users"):
            found.append(f"{stream}: {row['id']} is deleted, with the name {row['name']!r}")
    return found


def wrong_messages(messages: list[Message]) -> list[str]:
    """Describe what is wrong with the messages of a successful run."""
    kinds = [message["type"] for message in messages]
    found = []
    if kinds.count("STATE") != 1 or kinds[-1] != "STATE":
        found.append("not one STATE message, at the end")
    stamps = {m["record"]["import_timestamp"] for m in messages if m["type"] == "RECORD"}
    if len(stamps) > 1:
        found.append(f"import_timestamp differs within a run: {stamps}")
    return found


def local_today(world: World, timezone: str) -> dt.date:
    """Return today's date in a time zone."""
    return world.now().astimezone(ZoneInfo(timezone)).date()
