"""From an entry of the source to what its copy says: people, projects, tasks and tags.

An id is looked up in this order: the settings, the ledger, the same name at the destination. What
is missing may be made if ``create_missing`` names its kind.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clockify_client.errors import quoted

from target_clockify.content import Content, instant, only
from target_clockify.custom_fields import NULL, named_values, value_text
from target_clockify.directory import matching
from target_clockify.errors import MirrorError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from target_clockify.directory import Directory, Item
    from target_clockify.ledger import Ledger
    from target_clockify.settings import Settings
    from target_clockify.sources import Input, SourceEntry

LONGEST_DESCRIPTION = 3000
"""Characters of a description (OpenAPI, CreateTimeEntryRequest)."""

PLACEHOLDER = "new:"
"""Begins ids of what is still to be made; no id of Clockify has a colon."""


def is_unmade(content: Content) -> bool:
    """Return whether something that a content names is still to be made."""
    return any(
        each.startswith(PLACEHOLDER) for each in (content.project, content.task, *content.tags)
    )


class RejectedError(Exception):
    """An entry cannot be written; the message says why."""


class UnsureError(Exception):
    """The ledger does not know an id, so the destination's lists must be requested."""


@dataclass(frozen=True)
class Make:
    """Something that is missing at the destination and may be made.

    Attributes:
        kind: ``clients``, ``projects``, ``tasks`` or ``tags``.
        key: The id at the source; for a client, its name.
        name: Its name.
        parent: The id of a project's client or of a task's project, which may be a placeholder.
    """

    kind: str
    key: str
    name: str
    parent: str = ""

    @property
    def placeholder(self) -> str:
        """A temporary id, until Clockify gives it one."""
        return f"{PLACEHOLDER}{self.kind}:{self.key}"


@dataclass
class Resolver:
    """Looks up ids at the destination.

    Attributes:
        sources: Entries of the source, by id: those of the input and those that wait.
        trusts_ledger: Whether ids that the ledger knows are used without a look at the lists.
        unmakeable: Why something could not be made, by kind and key.
        twins: Names that several of the selected projects of the source have.
        makes: What is missing and may be made, by its placeholder.
    """

    settings: Settings
    ledger: Ledger
    read: Input
    sources: Mapping[str, SourceEntry]
    directory: Directory
    trusts_ledger: bool
    unmakeable: Mapping[tuple[str, str], str] = field(default_factory=dict)
    twins: Collection[str] = ()
    makes: dict[str, Make] = field(default_factory=dict)

    def content(self, entry: SourceEntry) -> Content:
        """Return what the copy of an entry says.

        Raises:
            RejectedError: There can be no copy.
            UnsureError: The destination's lists are needed, and may not be requested yet.
        """
        project = self.project(entry)
        fields = self.settings.kept
        wanted = Content(
            user=self.user(entry),
            start=instant(entry.start),
            end=instant(entry.end),
            project=project,
            task=self.task(entry, project) if "task" in fields else "",
            tags=self.tags(entry) if "tags" in fields else (),
            description=entry.description,
            billable=entry.billable,
            type=entry.type,
            custom_fields=self.custom_fields(entry),
        )
        if len(entry.description) > LONGEST_DESCRIPTION:
            raise RejectedError(f"description over {LONGEST_DESCRIPTION} characters")
        return only(wanted, fields)

    # People

    def user(self, entry: SourceEntry) -> str:
        """Return the id of the person at the destination."""
        key, email = entry.user_id, self.read.emails.get(entry.user_id, "")
        mapped = self.settings.user_map
        by_email = any("@" in each for each in mapped)
        if by_email and key not in mapped and self.is_unknown(key):
            raise RejectedError(
                "user_map has e-mail addresses: let the tap select the stream users"
            )
        given = mapped.get(key) or mapped.get(email) or mapped.get("*")
        if given == "me" or (key == self.directory.owner_id and not given):
            return self.directory.owner_id
        known = self.ledger.ids.get("users", {}).get(key)
        if self.trusts_ledger:
            if not known:
                raise UnsureError
            return known
        found = self._person(given or key) or (None if given else self._person(email))
        if not found:
            # By the id, since the log has no names of people.
            raise RejectedError(f"no person {quoted(key)}")
        self._note("users", key, found)
        return found

    def is_unknown(self, key: str) -> bool:
        """Return whether the input has no row of a person, so that the e-mail is not known."""
        return key not in self.read.people and key not in self.read.emails

    def _person(self, wanted: str) -> str | None:
        people = self.directory.users
        if wanted in people:
            return wanted
        found = matching(people.values(), wanted) if "@" in wanted else []
        return found[0].id if len(found) == 1 else None

    # Projects

    def project(self, entry: SourceEntry) -> str:
        """Return the id of the project at the destination; an empty string without one."""
        if not entry.project_id:
            return ""
        return self.project_id(entry.project_id, entry.project, entry.client)

    def project_id(self, key: str, name: str, client: str) -> str:
        """Look up a project by its id, its name and its client's name at the source."""
        known = self.ledger.ids.get("projects", {}).get(key)
        if self.trusts_ledger:
            if not known:
                raise UnsureError
            return known
        projects = self.directory.projects
        if given := self.settings.project_map.get(key) or self.settings.project_map.get(name):
            if given in projects:
                return self._note("projects", key, given)
            candidates = matching(self._projects_of_client(), given)
            return self._note("projects", key, self._only(candidates, "project", given))
        if known in projects:
            return str(known)
        candidates = self._of_client(matching(self._projects_of_client(), name), name, client)
        if not candidates and "projects" in self.settings.create_missing:
            return self._make(Make("projects", key, name, self._client_for(client)))
        return self._note("projects", key, self._only(candidates, "project", name))

    def _projects_of_client(self) -> Iterable[Item]:
        projects = self.directory.projects.values()
        if not self.settings.client:
            return projects
        client = self.client_id(self.settings.client)
        return [project for project in projects if project.parent == client]

    def _of_client(self, candidates: list[Item], name: str, client: str) -> list[Item]:
        """Choose by the client's name, if the source has several projects of one name.

        Otherwise, the time of one of them would be booked on the other.
        """
        if self.settings.client or name not in self.twins:
            return candidates
        return [item for item in candidates if _client_name(item) == client]

    def _client_for(self, name: str) -> str:
        """Return the client under which a project is made; an empty string for none."""
        wanted = self.settings.client or name
        return self.client_id(wanted) if wanted else ""

    def client_id(self, name: str) -> str:
        """Look up a client by its name, or by its id at the destination."""
        clients = self.directory.clients
        if name in clients:
            return name
        candidates = matching(clients.values(), name)
        if not candidates and "clients" in self.settings.create_missing:
            return self._make(Make("clients", name, name))
        return self._only(candidates, "client", name)

    # Tasks and tags

    def task(self, entry: SourceEntry, project: str) -> str:
        """Return the id of the task at the destination; an empty string without one."""
        if not entry.task_id:
            return ""
        if not project:
            raise RejectedError(f"no project for task {quoted(entry.task)}")
        return self.task_id(entry.task_id, entry.task, project)

    def task_id(self, key: str, name: str, project: str) -> str:
        """Look up a task by its id and its name at the source."""
        known = self.ledger.ids.get("tasks", {}).get(key)
        if self.trusts_ledger:
            if not known:
                raise UnsureError
            return known
        is_new = project.startswith(PLACEHOLDER)
        tasks = {} if is_new else self.directory.tasks(project, name)
        if known in tasks:
            return str(known)
        candidates = matching(tasks.values(), name)
        if not candidates and "tasks" in self.settings.create_missing:
            return self._make(Make("tasks", key, name, project))
        return self._note("tasks", key, self._only(candidates, "task", name))

    def tag_names(self, entry: SourceEntry) -> list[str] | None:
        """Return the names of an entry's tags, in the order of their ids; None if unclear."""
        known = self.read.objects["tags"]
        names = [known[key].name if key in known else "" for key in entry.tag_ids]
        if all(names):
            return names
        parts = entry.tags.split(", ")
        return parts if len(parts) == len(entry.tag_ids) else None

    def tags(self, entry: SourceEntry) -> tuple[str, ...]:
        """Return the ids of the tags at the destination, in ascending order."""
        if not entry.tag_ids:
            return ()
        names = self.tag_names(entry)
        if names is None:
            raise RejectedError(
                f"the names of the tags {quoted(entry.tags)} are ambiguous: select the stream tags"
            )
        found = {self.tag_id(key, name) for key, name in zip(entry.tag_ids, names, strict=True)}
        return tuple(sorted(found))

    def tag_id(self, key: str, name: str) -> str:
        """Look up a tag by its id and its name at the source."""
        known = self.ledger.ids.get("tags", {}).get(key)
        if self.trusts_ledger:
            if not known:
                raise UnsureError
            return known
        tags = self.directory.tags
        if known in tags:
            return str(known)
        candidates = matching(tags.values(), name)
        if not candidates and "tags" in self.settings.create_missing:
            return self._make(Make("tags", key, name))
        return self._note("tags", key, self._only(candidates, "tag", name))

    # Custom fields

    def custom_fields(self, entry: SourceEntry) -> tuple[tuple[str, str], ...]:
        """Return values of custom fields by ids of the destination, where names are equal."""
        found = {}
        if "custom_fields" in self.settings.fields:
            for name, value in named_values(entry.custom_fields):
                fields = matching(self.directory.custom_fields.values(), name)
                if fields or value != NULL:
                    found[self._only(fields, "custom field", name)] = value
        if self.settings.ledger_field:
            found[self.ledger_field] = value_text(entry.id)
        return tuple(sorted(found.items()))

    @property
    def ledger_field(self) -> str:
        """The id of the custom field that keeps the id of the source.

        Raises:
            MirrorError: The destination has no such field, or its type is not text.
        """
        name = str(self.settings.ledger_field)
        found = matching(self.directory.custom_fields.values(), name)
        if len(found) != 1 or found[0].body.get("type") not in {None, "TXT"}:
            raise MirrorError(
                f"The destination has no custom field {quoted(name)} of the type text, which"
                " ledger_field names. Create it (Pro or Enterprise, invisible is enough), or remove"
                " ledger_field, so that the ledger is a file."
            )
        return found[0].id

    # Shared

    def _only(self, candidates: list[Item], kind: str, name: str) -> str:
        if len(candidates) == 1:
            return candidates[0].id
        is_unclear = candidates or (kind == "project" and name in self.twins)
        problem = "ambiguous" if is_unclear else "no"
        raise RejectedError(f"{problem} {kind} {quoted(name)}")

    def _make(self, make: Make) -> str:
        reason = self.unmakeable.get((make.kind, make.key))
        if reason:
            raise RejectedError(reason)
        self.makes[make.placeholder] = make
        return make.placeholder

    def _note(self, kind: str, key: str, found: str) -> str:
        self.ledger.ids.setdefault(kind, {})[key] = found
        return found


def _client_name(project: Item) -> str:
    """Return the name of a project's client, which a hydrated project contains."""
    client = project.body.get("client")
    named = client.get("name") if isinstance(client, dict) else project.body.get("clientName")
    return str(named or "")
