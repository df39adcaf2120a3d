"""The world behind the stand-in: workspaces and what is in them, a clock and a change log."""

from __future__ import annotations

import hashlib
import threading
from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from clockify_sandbox.world.clock import Clock
from clockify_sandbox.world.entries import Entries
from clockify_sandbox.world.model import (
    Change,
    Client,
    Deletion,
    DocumentType,
    Entity,
    Entry,
    Erasure,
    Membership,
    Project,
    Tag,
    Task,
    User,
    Workspace,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from clockify_sandbox.world.model import Json

E = TypeVar("E", Client, Project, Task, Tag, Entry)

ENTRY: DocumentType = "TIME_ENTRY"
DOCUMENT_TYPES: dict[type[Entity], DocumentType] = {
    Client: "CLIENTS",
    Project: "PROJECTS",
    Task: "TASKS",
    Tag: "TAGS",
    Entry: ENTRY,
    User: "USER",
}


@dataclass
class Contents:
    """What is in one workspace. `version` counts its changes and invalidates caches."""

    workspace: Workspace
    members: dict[str, Membership] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)
    projects: dict[str, Project] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    tags: dict[str, Tag] = field(default_factory=dict)
    entries: Entries = field(default_factory=Entries)
    bin: dict[str, Deletion] = field(default_factory=dict)
    objects: defaultdict[str, dict[str, Json]] = field(default_factory=lambda: defaultdict(dict))
    """All other kinds of object as JSON, by kind and id; `clockify_sandbox.resources` has them."""
    audits: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    """When each of these objects was created and last changed, by its id."""
    erased: list[Erasure] = field(default_factory=list)
    """Those of these objects that were deleted."""
    version: int = 0

    def currency_of(self, project_id: str | None) -> str:
        """Return the currency of a project: its client's, else the workspace's."""
        project = self.projects.get(project_id or "")
        client = self.clients.get(project.client_id or "") if project else None
        return (client and client.currency) or self.workspace.default_currency

    def tasks_of(self, project_id: str) -> list[Task]:
        """List the tasks of a project."""
        return [task for task in self.tasks.values() if task.project_id == project_id]


class World:
    """All that Clockify knows. Hold `lock` to read or write more than one object."""

    def __init__(self, *, seed: int = 0, clock: Clock | None = None) -> None:
        """Start empty; `seed` determines the ids."""
        self.lock = threading.RLock()
        self.clock = clock or Clock()
        self.users: dict[str, User] = {}
        self.workspaces: dict[str, Contents] = {}
        self.api_keys: dict[str, str] = {}
        self.addon_tokens: dict[str, str] = {}
        self.changes: list[Change] = []
        self.owner_id = ""
        self.mirrored_client_id = ""
        """The client whose own workspace is open, by its id at the agency."""
        self._count = 0
        self._stamp = hashlib.blake2b(str(seed).encode(), digest_size=5).hexdigest()
        self._object_count = 0
        self._object_stamp = hashlib.blake2b(f"{seed}/objects".encode(), digest_size=5).hexdigest()

    @property
    def api_key(self) -> str:
        """The first API key: that of the owner of everything."""
        return next(iter(self.api_keys))

    @property
    def owner(self) -> User:
        """The person who owns the first key."""
        return self.users[self.owner_id]

    @property
    def version(self) -> int:
        """A number that grows with every change."""
        return sum(contents.version + 1 for contents in self.workspaces.values())

    @property
    def own_workspaces(self) -> list[str]:
        """The workspaces that the owner of the first key belongs to, oldest first."""
        return [w for w, contents in self.workspaces.items() if self.owner_id in contents.members]

    def __getitem__(self, workspace_id: str) -> Contents:
        """Find the contents of a workspace."""
        return self.workspaces[workspace_id]

    def now(self) -> datetime:
        """Return the time, in UTC."""
        return self.clock()

    def new_id(self, at: datetime | None = None) -> str:
        """Make an id as MongoDB does: second of creation, machine, counter."""
        self._count += 1
        second = int((at or self.now()).timestamp()) & 0xFFFFFFFF
        return f"{second:08x}{self._stamp}{self._count:06x}"

    def new_object_id(self, at: datetime | None = None) -> str:
        """Make an id for an object of another kind; it has a counter of its own.

        Therefore the ids of entries, projects and so on do not depend on the other kinds.
        """
        self._object_count += 1
        second = int((at or self.now()).timestamp()) & 0xFFFFFFFF
        return f"{second:08x}{self._object_stamp}{self._object_count:06x}"

    def add_workspace(self, workspace: Workspace) -> Contents:
        """Open a workspace."""
        with self.lock:
            contents = self.workspaces[workspace.id] = Contents(workspace)
            return contents

    def change_workspace(self, workspace: Workspace) -> None:
        """Replace a workspace's plan, rates or settings."""
        with self.lock:
            contents = self.workspaces[workspace.id]
            contents.workspace = workspace
            contents.version += 1

    def put_user(self, user: User) -> User:
        """Add or replace an account."""
        with self.lock:
            user = replace(user, created_at=user.created_at, updated_at=self.now())
            self.users[user.id] = user
            for contents in self.workspaces.values():
                if user.id in contents.members:
                    contents.version += 1
                    self._log("updated", contents, user)
            return user

    def put_member(self, member: Membership) -> None:
        """Add or replace a membership of a workspace."""
        with self.lock:
            contents = self.workspaces[member.target_id]
            contents.members[member.user_id] = member
            contents.version += 1

    def add(self, entity: E) -> E:
        """Add a new client, project, task, tag or entry, created now."""
        with self.lock:
            contents = self.workspaces[entity.workspace_id]
            entity = replace(entity, created_at=self.now(), updated_at=self.now())
            self._store(contents, entity)
            self._log("created", contents, entity)
            return entity

    def load(self, workspace_id: str, entities: Iterable[Entity]) -> None:
        """Add an entity that existed before, with its own audit instants and no line in the log."""
        with self.lock:
            contents = self.workspaces[workspace_id]
            entries: list[Entry] = []
            for entity in entities:
                if isinstance(entity, Entry):
                    entries.append(entity)
                else:
                    self._store(contents, entity)
            contents.entries.extend(entries)
            contents.version += 1

    def change(self, entity: E, *, touch: bool = True) -> E:
        """Replace an entity by its new state.

        With `touch` false its `updated_at` is kept, as for consequences of another entity's edit
        that Clockify is not known to count as an edit of this one.
        """
        with self.lock:
            contents = self.workspaces[entity.workspace_id]
            if touch:
                entity = replace(entity, updated_at=self.now())
            if isinstance(entity, Entry):
                contents.entries.remove(entity.id)
            self._store(contents, entity)
            if touch:
                self._log("updated", contents, entity)
            return entity

    def delete(self, entity: Client | Project | Task | Tag | Entry) -> None:
        """Move an entity to the deletion bin."""
        with self.lock:
            contents = self.workspaces[entity.workspace_id]
            match entity:
                case Entry():
                    contents.entries.remove(entity.id)
                case Client():
                    del contents.clients[entity.id]
                case Project():
                    del contents.projects[entity.id]
                case Task():
                    del contents.tasks[entity.id]
                case Tag():
                    del contents.tags[entity.id]
            contents.bin[entity.id] = Deletion(
                self.new_id(), self.now(), DOCUMENT_TYPES[type(entity)], entity.workspace_id, entity
            )
            self._log("deleted", contents, entity)

    def restore(self, entity: E) -> E:
        """Move an entity out of the deletion bin, in its new state."""
        with self.lock:
            contents = self.workspaces[entity.workspace_id]
            del contents.bin[entity.id]
            entity = replace(entity, updated_at=self.now())
            self._store(contents, entity)
            self._log("restored", contents, entity)
            return entity

    def put_object(
        self,
        workspace_id: str,
        kind: str,
        object_id: str,
        data: Json,
        *,
        at: datetime | None = None,
    ) -> Json:
        """Add or replace an object that is kept as JSON; `at`: when it was created, if not now."""
        with self.lock:
            contents = self.workspaces[workspace_id]
            moment = at or self.now()
            created_at, _ = contents.audits.get(object_id, (moment, moment))
            contents.objects[kind][object_id] = data
            contents.audits[object_id] = (created_at, moment)
            contents.version += 1
            return data

    def erase_object(self, workspace_id: str, kind: str, object_id: str) -> Json:
        """Delete an object that is kept as JSON."""
        with self.lock:
            contents = self.workspaces[workspace_id]
            data = contents.objects[kind].pop(object_id)
            audit = contents.audits.pop(object_id)
            bin_id = self.new_object_id()
            contents.erased.append(Erasure(kind, object_id, bin_id, self.now(), *audit, data))
            contents.version += 1
            return data

    def _store(self, contents: Contents, entity: Entity) -> None:
        match entity:
            case Entry():
                contents.entries.add(entity)
            case Client():
                contents.clients[entity.id] = entity
            case Project():
                contents.projects[entity.id] = entity
            case Task():
                contents.tasks[entity.id] = entity
            case Tag():
                contents.tags[entity.id] = entity
            case User():
                self.users[entity.id] = entity
        contents.version += 1

    def _log(self, kind: str, contents: Contents, entity: Entity) -> None:
        contents.version += 1
        self.changes.append(
            Change(
                self.now(),
                kind,  # type: ignore[arg-type]
                DOCUMENT_TYPES[type(entity)],
                contents.workspace.id,
                entity.id,
                entity,
            )
        )
