"""Which entries of the source should have a copy.

The selection belongs to the target: a stream map that filters would also drop an entry that moves
to another client, and every tombstone, and their copies would stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from target_clockify.sources import Named, SourceEntry

WRITABLE_TYPES = ("REGULAR", "BREAK")
"""The types of entries that Clockify lets others create (OpenAPI, CreateTimeEntryRequest)."""


@dataclass(frozen=True)
class Selection:
    """The setting ``select``: names or ids at the source; without any, everything.

    An entry must match each of the parts that are set.
    """

    clients: frozenset[str] = frozenset()
    projects: frozenset[str] = frozenset()
    users: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    since: str = ""

    def has(self, entry: SourceEntry, emails: Mapping[str, str], tags: Iterable[str]) -> bool:
        """Return whether an entry should have a copy; one whose timer runs has none yet.

        Args:
            entry: The entry.
            emails: E-mail addresses of people at the source, by id.
            tags: The names of its tags.
        """
        if not entry.end or entry.type not in WRITABLE_TYPES:
            return False
        if self.since and (entry.day or entry.start[:10]) < self.since:
            return False
        who = (entry.user_id, entry.user, emails.get(entry.user_id, ""))
        return (
            _matches(self.clients, (entry.client_id, entry.client))
            and _matches(self.projects, (entry.project_id, entry.project))
            and _matches(self.users, who)
            and _matches(self.tags, (*entry.tag_ids, *tags))
        )

    def needs_emails(self, entry: SourceEntry) -> bool:
        """Return whether an e-mail address would decide about an entry."""
        return any("@" in each for each in self.users) and not _matches(
            self.users, (entry.user_id, entry.user)
        )

    def has_project(self, project: Named) -> bool:
        """Return whether a project of the source is selected."""
        return _matches(self.clients, (project.parent_id, project.parent)) and _matches(
            self.projects, (project.id, project.name)
        )

    def has_client(self, client: Named) -> bool:
        """Return whether a client of the source is selected."""
        return _matches(self.clients, (client.id, client.name))

    def has_tag(self, tag: Named) -> bool:
        """Return whether a tag of the source is selected."""
        return _matches(self.tags, (tag.id, tag.name))


def _matches(wanted: frozenset[str], candidates: Iterable[str]) -> bool:
    return not wanted or any(each in wanted for each in candidates if each)
