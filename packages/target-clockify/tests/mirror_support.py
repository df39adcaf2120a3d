"""Two workspaces on a simulated Clockify, and the target between them, in this process."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from clockify_client.errors import ClockifyError
from clockify_sandbox.api import Options
from clockify_sandbox.resources import store
from clockify_sandbox.server import running
from clockify_sandbox.world import build_empty, edits, truth
from clockify_sandbox.world.model import Membership, Tag, Task, User, Workspace
from target_clockify.command import Command
from target_clockify.sources import NEEDED_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from clockify_sandbox.server import Server
    from clockify_sandbox.world.model import Entry, Role
    from clockify_sandbox.world.world import Contents, World

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
MONDAY = dt.datetime(2026, 11, 16, 9, tzinfo=dt.UTC)
DESTINATION = "d0d0d0d0d0d0d0d0d0d0d0d0"
HOUR = dt.timedelta(hours=1)
ALL_DAYS = {"timezone": "UTC", "first": dt.date(2000, 1, 1), "last": dt.date(2100, 1, 1)}
EXTRA_COLUMNS = ("user", "date", "type", "is_running", "custom_fields", "_sdc_deleted_at")


def world_of_two(*, plan: str = "STANDARD_2021", role: Role = "OWNER") -> World:
    """Build two empty workspaces with one person, who has a role at the destination."""
    world = build_empty(now=NOW, plan=plan)
    source = world[source_of(world)].workspace
    world.add_workspace(Workspace(DESTINATION, "Theirs", plan=source.plan))
    world.put_member(Membership(world.owner_id, DESTINATION, role=role))
    return world


def source_of(world: World) -> str:
    """Return the id of the source."""
    return next(iter(world.workspaces))


def hire(world: World, name: str, *workspaces: str, role: Role = "MEMBER") -> User:
    """Add a person to workspaces."""
    user = User(world.new_id(), f"{name.lower()}@example.org", name)
    world.users[user.id] = user
    for workspace_id in workspaces:
        world.put_member(Membership(user.id, workspace_id, role=role))
    return user


@dataclass
class Result:
    """What a run of the target came to."""

    code: int
    out: str
    err: str
    error: str
    requests: Counter[str]

    @property
    def summary(self) -> dict[str, Any]:
        """The summary, as it was printed."""
        lines = [line for line in self.err.splitlines() if line.startswith('{"summary"')]
        return dict(json.loads(lines[-1])["summary"])

    @property
    def writes(self) -> int:
        """How many requests wrote."""
        return sum(n for name, n in self.requests.items() if not name.startswith("GET"))

    @property
    def states(self) -> list[Any]:
        """The STATE messages on stdout."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass
class Sync:
    """The target between the two workspaces of a server."""

    server: Server
    folder: Path
    settings: dict[str, Any] = field(default_factory=dict)
    state: int = 0
    gone: set[str] = field(default_factory=set)
    sent: set[str] = field(default_factory=set)

    @property
    def world(self) -> World:
        """The world behind the server."""
        return self.server.world

    @property
    def source(self) -> str:
        """The id of the source."""
        return source_of(self.world)

    @property
    def here(self) -> Contents:
        """What the source has."""
        return self.world[self.source]

    @property
    def there(self) -> Contents:
        """What the destination has."""
        return self.world[DESTINATION]

    @property
    def ledger(self) -> Path:
        """The path of the ledger."""
        return self.folder / "ledger.json"

    def project(self, name: str = "Website", *, both: bool = True, client: str = "") -> str:
        """Create a project of this name at both sides, and return its id at the source."""
        found = []
        for workspace_id in (self.source, DESTINATION) if both else (self.source,):
            client_id = None
            if client:
                known = [c for c in self.world[workspace_id].clients.values() if c.name == client]
                made = known[0] if known else edits.add_client(self.world, workspace_id, client)
                client_id = made.id
            found.append(edits.add_project(self.world, workspace_id, name, client_id=client_id))
        return found[0].id

    def track(self, start: dt.datetime = MONDAY, *, hours: float = 1, **columns: Any) -> Entry:
        """Track time at the source; with 0 hours, the timer is running."""
        end = start + HOUR * hours if hours else None
        user = columns.pop("user_id", self.world.owner_id)
        columns.setdefault("description", "Work")
        return edits.add_entry(self.world, self.source, user, start, end, **columns)

    def native(self, start: dt.datetime = MONDAY, *, hours: float = 1, **columns: Any) -> Entry:
        """Track time at the destination, without the target."""
        user = columns.pop("user_id", self.world.owner_id)
        columns.setdefault("description", "Native")
        return edits.add_entry(
            self.world, DESTINATION, user, start, start + HOUR * hours, **columns
        )

    def lines(self, *, streams: Iterable[str] = ("users", "tags"), state: bool = True) -> list[str]:
        """Write what the tap would send: live rows, tombstones of what is gone, one STATE."""
        found = []
        rows = truth.entry_rows(self.world, self.source, **ALL_DAYS)  # type: ignore[arg-type]
        found.append(_schema("time_entries"))
        found += [_record("time_entries", _plain(row)) for row in rows]
        for stream in streams:
            found.append(_schema(stream))
            found += [_record(stream, row) for row in self._objects(stream)]
        live = {str(row["id"]) for row in rows}
        self.gone |= self.sent - live
        self.gone -= live
        self.sent |= live
        for key in sorted(self.gone):
            columns = {"id": key, "workspace_id": self.source, "date": "2026-11-16"}
            dead = {**columns, "_sdc_deleted_at": NOW.isoformat(), "is_deleted": True}
            found.append(_record("time_entries", dead))
        if state:
            self.state += 1
            found.append(json.dumps({"type": "STATE", "value": {"run": self.state}}))
        return found

    def _objects(self, stream: str) -> Iterable[dict[str, Any]]:
        here, ids = self.here, {"workspaceId": self.source}
        if stream == "users":
            people = (self.world.users[key] for key in here.members)
            return [{"id": each.id, "email": each.email, **ids} for each in people]
        if stream == "projects":
            return [
                {
                    "id": each.id,
                    "name": each.name,
                    "archived": each.archived,
                    "clientId": each.client_id,
                    "clientName": here.clients[each.client_id].name if each.client_id else None,
                    **ids,
                }
                for each in here.projects.values()
            ]
        if stream == "tasks":
            tasks = here.tasks.values()
            return [{"id": t.id, "name": t.name, "projectId": t.project_id, **ids} for t in tasks]
        named = here.tags.values() if stream == "tags" else here.clients.values()
        return [{"id": each.id, "name": each.name, **ids} for each in named]

    def run(
        self, lines: Iterable[str] | None = None, *, first: bool = False, **more: Any
    ) -> Result:
        """Run the target as its command does; `first` writes the first ledger before."""
        given = list(self.lines()) if lines is None else list(lines)
        config = {
            "api_key": self.world.api_key,
            "api_url": self.server.api_url,
            "workspace_id": DESTINATION,
            "ledger": str(self.ledger),
            **self.settings,
            **more,
        }
        if config.get("ledger_field"):
            del config["ledger"]
        if first:
            self._start(config)
        before = self.server.requests.total
        out, err = io.StringIO(), io.StringIO()
        code, problem = 0, ""
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                target = Command(config=config)
                target.process_lines(io.StringIO("\n".join(given) + "\n"))
                target.process_endofpipe()
            except ClockifyError as error:
                code, problem = 1, str(error)
        made = Counter(_route(seen) for seen in self.server.requests.matching("")[before:])
        return Result(code, out.getvalue(), err.getvalue(), problem, made)

    def _start(self, config: dict[str, Any]) -> None:
        with contextlib.redirect_stderr(io.StringIO()):
            target = Command(config=config)
            target.start_ledger(io.StringIO('{"type": "STATE", "value": {}}\n'))

    def wanted(self, *entries: Entry) -> list[tuple[Any, ...]]:
        """Describe entries of the source, by default all that are finished."""
        chosen = entries or tuple(self.here.entries)
        return sorted(described(self.here, each) for each in chosen if each.end)

    def copies(self, *natives: Entry) -> list[tuple[Any, ...]]:
        """Describe the entries of the destination that are not natives."""
        ids = {each.id for each in natives}
        return sorted(
            described(self.there, each) for each in self.there.entries if each.id not in ids
        )


@contextlib.contextmanager
def syncing(folder: Path, world: World | None = None, **options: Any) -> Iterator[Sync]:
    """Provide the target between two workspaces on a server with these options."""
    chosen = Options(**{"enforce_rate_limits": False, **options})
    with running(world or world_of_two(), options=chosen) as server:
        yield Sync(server, folder)


def with_field(sync: Sync) -> Sync:
    """Give the destination a custom field for the ids of the source, instead of a ledger."""
    store.add(
        sync.world,
        DESTINATION,
        "custom_fields",
        name="Source",
        type="TXT",
        entityType="TIMEENTRY",
        status="INVISIBLE",
    )
    sync.settings["ledger_field"] = "Source"
    return sync


def described(contents: Contents, entry: Entry) -> tuple[Any, ...]:
    """Describe an entry by names, so that both sides can be compared."""
    project = contents.projects.get(entry.project_id or "")
    task = contents.tasks.get(entry.task_id or "")
    return (
        entry.start,
        entry.end,
        entry.user_id,
        project.name if project else "",
        task.name if task else "",
        tuple(sorted(contents.tags[tag].name for tag in entry.tag_ids)),
        entry.description,
        entry.billable,
        entry.type,
    )


def tag_at_both(sync: Sync, name: str) -> Tag:
    """Create a tag at both sides, and return that of the source."""
    edits.add_tag(sync.world, DESTINATION, name)
    return edits.add_tag(sync.world, sync.source, name)


def task_at_both(sync: Sync, project_id: str, name: str) -> Task:
    """Create a task of a project at both sides, and return that of the source."""
    title = sync.here.projects[project_id].name
    theirs = next(p for p in sync.there.projects.values() if p.name == title)
    edits.add_task(sync.world, DESTINATION, theirs.id, name)
    return edits.add_task(sync.world, sync.source, project_id, name)


def _plain(row: dict[str, object]) -> dict[str, object]:
    """Write instants as the tap does."""
    fields = row.pop("custom_fields")
    named = [{"name": key, "value": value} for key, value in dict(fields).items()]  # type: ignore[call-overload]
    row["custom_fields"] = json.dumps(named)
    return {
        key: value.isoformat().replace("+00:00", "Z")
        if isinstance(value, dt.date | dt.datetime)
        else value
        for key, value in row.items()
    }


def _schema(stream: str) -> str:
    names = (*NEEDED_COLUMNS[stream], *EXTRA_COLUMNS)
    schema = {"properties": {name: {} for name in names}}
    message = {"type": "SCHEMA", "stream": stream, "schema": schema, "key_properties": ["id"]}
    return json.dumps(message)


def _record(stream: str, row: dict[str, Any]) -> str:
    return json.dumps({"type": "RECORD", "stream": stream, "record": row})


def _route(seen: Any) -> str:
    """Name the kind of a request: a batch of ids is only read."""
    if seen.path.endswith("/batch"):
        return "GET batch"
    return f"{seen.method} {seen.path.rpartition('/')[2] if seen.method == 'POST' else 'entry'}"
