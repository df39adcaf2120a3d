"""The company behind the stand-in: people, tasks, tags, entries, a clock and what has changed."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from clockify_sandbox.timecamp.model import Change, Entry, Tag, TagList, Task, User
from clockify_sandbox.world.clock import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, datetime

    from clockify_sandbox.timecamp.model import (
        Activity,
        Approval,
        ChangeKind,
        CustomField,
        Group,
        Rate,
        ResourceType,
    )
    from clockify_sandbox.timecamp.options import Options

SERVER_ZONE = ZoneInfo("Europe/Warsaw")
"""The zone of TimeCamp's own clock, which stamps modifications and deletions."""
API_KEY = "sandbox-timecamp-key"
FIRST_IDS = {
    "group": 530_222,
    "user": 1_231_456,
    "task": 73_479_227,
    "tag_list": 8,
    "tag": 113,
    "entry": 104_950_298,
    "approval": 87_769,
    "rate": 145_995,
    "application": 795_630,
    "window_title": 23_745_620,
    "custom_field": 15,
}
"""The first id of each kind; the next ones count up."""


class World:
    """All that TimeCamp knows. Hold `lock` to read or write more than one object."""

    def __init__(self, now: datetime | None = None) -> None:
        """Start empty, with the clock frozen at `now` or running with real time."""
        self.lock = threading.RLock()
        self.clock = Clock(now)
        self.version = 0
        """Counts the changes."""
        self.root_group_id = 0
        self.groups: dict[int, Group] = {}
        self.users: dict[int, User] = {}
        self.tasks: dict[int, Task] = {}
        self.tag_lists: dict[int, TagList] = {}
        self.tags: dict[int, Tag] = {}
        self.entries: dict[int, Entry] = {}
        self.approvals: list[Approval] = []
        self.changes: list[Change] = []
        self.applications: dict[int, str] = {}
        """The names of the programs in which people did something."""
        self.window_titles: dict[int, str] = {}
        self.activities: list[Activity] = []
        self.rates: dict[int, Rate] = {}
        self.custom_fields: dict[int, CustomField] = {}
        self.custom_values: dict[tuple[int, int], str] = {}
        """The values that were given, by the ids of the field and of the person, task or entry."""
        self.tokens: dict[str, int] = {}
        """Each token and the id of its owner."""
        self._counts: Counter[str] = Counter()

    @property
    def api_key(self) -> str:
        """The first token: that of the first administrator."""
        return next(iter(self.tokens))

    def now(self) -> datetime:
        """Return the time, in UTC."""
        return self.clock()

    def set_now(self, now: datetime) -> None:
        """Freeze the clock at an instant; running timers grow up to it."""
        with self.lock:
            self.clock.set(now.astimezone(UTC))
            self.version += 1

    def new_id(self, kind: str) -> int:
        """Make an id."""
        self._counts[kind] += 1
        return FIRST_IDS[kind] + self._counts[kind] - 1

    def token_of(self, user_id: int) -> str:
        """Find the token of a person.

        Raises:
            KeyError: Nobody has that id.
        """
        for token, owner_id in self.tokens.items():
            if owner_id == user_id:
                return token
        raise KeyError(user_id)

    def put(self, thing: Group | User | Task | TagList | Tag) -> None:
        """Add or replace anything that is not an entry."""
        with self.lock:
            match thing:
                case User():
                    self.users[thing.id] = thing
                case Task():
                    self.tasks[thing.id] = thing
                case TagList():
                    self.tag_lists[thing.id] = thing
                case Tag():
                    self.tags[thing.id] = thing
                case _:
                    self.groups[thing.id] = thing
            self.version += 1

    def put_entry(self, entry: Entry, *, kind: ChangeKind, at: datetime | None = None) -> None:
        """Add or replace an entry, and note the change; `at`: when it was, if not now."""
        with self.lock:
            at = at or self.now()
            old = self.entries.get(entry.id)
            entry = replace(entry, modified_at=at)
            self.entries[entry.id] = entry
            before = self.grown(old).seconds if old else 0
            self.changes.append(Change(kind, at, entry, before, self.grown(entry).seconds))
            self.version += 1

    def remove_entry(self, entry_id: int, at: datetime | None = None) -> Entry:
        """Delete an entry, and note it; `at`: when it was, if not now."""
        with self.lock:
            entry = replace(self.grown(self.entries.pop(entry_id)), started_at=None)
            self.changes.append(Change("delete", at or self.now(), entry, entry.seconds, 0))
            self.version += 1
            return entry

    def grown(self, entry: Entry) -> Entry:
        """Return an entry as it is now: that of a running timer has grown since it was started."""
        if entry.started_at is None:
            return entry
        now = max(self.now(), entry.started_at)
        end = now.astimezone(self.users[entry.user_id].tzinfo).time().replace(microsecond=0)
        return replace(
            entry,
            end=end,
            seconds=int((now - entry.started_at).total_seconds()),
            modified_at=max(now, entry.modified_at),
        )

    def last_modified(self, entry: Entry, options: Options) -> datetime:
        """Tell when an entry was modified last, to the second, in UTC."""
        instants = [self.grown(entry).modified_at]
        if options.rename_moves_last_modify:
            instants.append(self.users[entry.user_id].named_at)
            if entry.task_id in self.tasks:
                instants.append(self.tasks[entry.task_id].named_at)
        return max(instants).replace(microsecond=0)

    def lineage(self, task_id: int) -> list[Task]:
        """List a task and those above it, the topmost first; nothing if there is no such task."""
        found: list[Task] = []
        task = self.tasks.get(task_id)
        while task is not None:
            found.insert(0, task)
            task = self.tasks.get(task.parent_id)
        return found

    def below(self, task_id: int) -> Iterator[Task]:
        """Iterate over a task and all those below it."""
        return (
            task
            for task in self.tasks.values()
            if any(each.id == task_id for each in self.lineage(task.id))
        )

    def resources(self, kind: ResourceType) -> dict[int, User] | dict[int, Task] | dict[int, Entry]:
        """Find the things that can have custom fields: all people, tasks or entries."""
        match kind:
            case "user":
                return self.users
            case "task":
                return self.tasks
        return self.entries

    def seconds_ahead(self, user: User) -> int:
        """Tell by how many seconds a person's clock is ahead of TimeCamp's own at present."""
        now = self.now()
        own = now.astimezone(user.tzinfo).utcoffset() or timedelta()
        return int((own - (now.astimezone(SERVER_ZONE).utcoffset() or timedelta())).total_seconds())


def server_day(instant: datetime) -> date:
    """Return the day of an instant by TimeCamp's own clock."""
    return instant.astimezone(SERVER_ZONE).date()


def server_time(instant: datetime) -> str:
    """Write an instant as TimeCamp stamps it: "YYYY-MM-DD HH:MM:SS" in Europe/Warsaw."""
    return f"{instant.astimezone(SERVER_ZONE):%Y-%m-%d %H:%M:%S}"
