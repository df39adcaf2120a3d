"""A source workspace that people edit, and what the tap sends of it."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

SOURCE = "src"
FIRST_DAY = dt.date(2026, 3, 1)
SCHEMAS = Path(__file__).parents[3] / "tap_clockify" / "schemas"
RUNS_KEPT = 2
KEYS = {"time_entries": ["id"], "users": ["id", "workspaceId"], "tags": ["id", "workspaceId"]}

PEOPLE = {
    "u1": ("Ada", "ada@example.org"),
    "u2": ("Bo", "bo@example.org"),
    "s3": ("Cy", "cy@example.org"),
}
"""Names and e-mail addresses by id at the source."""

PROJECTS = {"Web": "Acme", "App": "Acme", "Misc": "Other", "Ops": "Other"}
"""The client of each project."""

TASKS = {"Web": ("Design", "Build"), "App": ("Design",), "Misc": (), "Ops": ("Build",)}
TAGS = ("remote", "share", "night", "a, b", "b")
"""Two names have a comma or look like a part of one that has."""


@dataclass
class Entry:
    """A time entry of the source; one without an end is a running timer."""

    id: str
    user: str
    start: dt.datetime
    end: dt.datetime | None
    description: str = ""
    project: str | None = None
    task: str | None = None
    tags: tuple[str, ...] = ()
    billable: bool = False
    type: str = "REGULAR"

    @property
    def client(self) -> str | None:
        """The client of the project."""
        return PROJECTS.get(self.project) if self.project else None

    def row(self) -> dict[str, Any]:
        """Return the row of the tap's stream ``time_entries``."""
        seconds = int((self.end - self.start).total_seconds()) if self.end else 0
        tags = sorted(self.tags, key=tag_id)
        columns = dict.fromkeys(schema("time_entries")["properties"])
        return {
            **columns,
            "id": self.id,
            "workspace_id": SOURCE,
            "user_id": self.user,
            "user": PEOPLE[self.user][0],
            "project_id": f"sp-{self.project}" if self.project else None,
            "project": self.project,
            "task_id": f"sk-{self.project}-{self.task}" if self.task else None,
            "task": self.task,
            "client_id": f"sc-{self.client}" if self.client else None,
            "client": self.client,
            "tag_ids": ",".join(tag_id(tag) for tag in tags),
            "tags": ", ".join(tags),
            "description": self.description,
            "billable": self.billable,
            "start": utc(self.start),
            "end": utc(self.end) if self.end else None,
            "date": self.start.date().isoformat(),
            "duration_seconds": seconds,
            "duration_decimal": seconds / 3600,
            "type": self.type,
            "is_locked": False,
            "is_running": self.end is None,
            "is_invoiced": False,
            "custom_fields": "[]",
            "is_deleted": False,
        }


@dataclass
class Source:
    """The source workspace.

    Attributes:
        live: Its entries by id.
        bin: Its deleted entries by id.
    """

    live: dict[str, Entry] = field(default_factory=dict)
    bin: dict[str, Entry] = field(default_factory=dict)
    made: int = 0

    def add(self, **values: Any) -> Entry:
        """Add an entry."""
        self.made += 1
        entry = Entry(id=f"s{self.made:04d}", **values)
        self.live[entry.id] = entry
        return entry

    def twin(self, entry: Entry) -> Entry:
        """Add an entry that differs from another one in its id only."""
        return self.add(**{key: value for key, value in asdict(entry).items() if key != "id"})

    def delete(self, entry: Entry) -> None:
        """Delete an entry."""
        self.bin[entry.id] = self.live.pop(entry.id)

    def restore(self, entry_id: str) -> None:
        """Restore a deleted entry."""
        self.live[entry_id] = self.bin.pop(entry_id)


@dataclass(frozen=True)
class Memory:
    """What the tap keeps in its state.

    Attributes:
        day: The day of the last run whose state was kept.
        rows: The rows that were sent and are not gone, by id.
        gone: Date, instant and remaining repetitions of each tombstone, by id.
    """

    day: dt.date | None = None
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    gone: dict[str, tuple[str, str, int]] = field(default_factory=dict)


def read(
    source: Source,
    memory: Memory,
    today: dt.date,
    *,
    lookback: int = 7,
    with_tags: bool = True,
) -> tuple[str, Memory]:
    """Return the messages of a run, and what the tap remembers if its state is kept."""
    rows = {entry.id: entry.row() for entry in source.live.values()}
    since = (memory.day or FIRST_DAY) - dt.timedelta(days=lookback)
    changed = {
        row["date"]
        for key in rows.keys() | memory.rows.keys()
        if rows.get(key) != memory.rows.get(key)
        for row in (rows.get(key), memory.rows.get(key))
        if row
    }
    sent = [
        row
        for row in sorted(rows.values(), key=lambda row: (row["date"], row["user_id"], row["id"]))
        if memory.day is None or row["date"] >= since.isoformat() or row["date"] in changed
    ]
    at = f"{today}T06:00:00Z"
    gone = {key: row for key, row in memory.gone.items() if key not in rows}
    gone |= {
        key: (row["date"], at, RUNS_KEPT + 1) for key, row in memory.rows.items() if key not in rows
    }
    tombstones = [
        tombstone(key, date, deleted) for key, (date, deleted, left) in gone.items() if left
    ]
    kept = {key: (date, deleted, max(0, left - 1)) for key, (date, deleted, left) in gone.items()}
    lines = messages([*sent, *tombstones], with_tags=with_tags)
    return lines, Memory(today, rows, kept)


def tombstone(entry_id: str, date: str, deleted: str) -> dict[str, Any]:
    """Return the row of an entry that is gone."""
    columns = dict.fromkeys(schema("time_entries")["properties"])
    known = {"id": entry_id, "workspace_id": SOURCE, "date": date}
    return {**columns, **known, "_sdc_deleted_at": deleted, "is_deleted": True}


def messages(
    rows: Iterable[dict[str, Any]], *, with_tags: bool = True, with_state: bool = True
) -> str:
    """Return the lines of a run of the tap."""
    live = {"_sdc_deleted_at": None, "is_deleted": False, "workspaceId": SOURCE}
    users = [
        {"id": key, "email": email, "name": name, "status": "ACTIVE", **live}
        for key, (name, email) in PEOPLE.items()
    ]
    tags = [{"id": tag_id(name), "name": name, "archived": False, **live} for name in TAGS]
    streams = {"users": users, **({"tags": tags} if with_tags else {}), "time_entries": list(rows)}
    sent: list[dict[str, Any]] = []
    for stream, found in streams.items():
        known = {"schema": schema(stream), "key_properties": KEYS[stream]}
        sent.append({"type": "SCHEMA", "stream": stream, **known})
        sent += [{"type": "RECORD", "stream": stream, "record": row} for row in found]
    if with_state:
        sent.append({"type": "STATE", "value": {"bookmarks": {"time_entries": {"version": 2}}}})
    return "".join(json.dumps(each) + "\n" for each in sent)


@cache
def schema(stream: str) -> dict[str, Any]:
    """Return the schema that the tap sends."""
    found: dict[str, Any] = json.loads((SCHEMAS / f"{stream}.json").read_text())
    return found


def tag_id(name: str) -> str:
    """Return the id of a tag; ids and names have different orders."""
    return f"st-{TAGS[::-1].index(name)}" if name in TAGS else f"st-{name}"


def utc(moment: dt.datetime) -> str:
    """Write an instant as the tap does."""
    return f"{moment.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
