"""Read what the destination has of the entries that a run is about."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec
from clockify_client.http.errors import BAD_REQUEST, FORBIDDEN, NOT_FOUND, RequestError

from target_clockify.ledger import Doomed, Mark

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable, Mapping

    from target_clockify.content import Content
    from target_clockify.entries import Entries, Entry
    from target_clockify.ledger import Ledger

NOT_SHOWN = {BAD_REQUEST, FORBIDDEN, NOT_FOUND}
"""How Clockify answers if a person is no member any more, or if the key may not see the time."""


@dataclass
class Survey:
    """Reads the entries of the destination.

    Attributes:
        entries: Makes the requests.
        ledger: Says which entries are own copies.
        owner: The id of the key's owner.
        hidden: People whose entries the key turned out not to read.
    """

    entries: Entries
    ledger: Ledger
    owner: str
    hidden: set[str] = field(default_factory=set)

    def around(self, contents: Mapping[str, Content], others: Iterable[str]) -> dict[str, Entry]:
        """Read entries around those that are wanted and those that were written.

        Args:
            contents: What copies should say, by the ids of entries at the source.
            others: Ids of other entries whose copies matter.

        Returns:
            Entries by id: everybody's around these instants, and all own copies that exist.
        """
        moments: defaultdict[str, set[dt.datetime]] = defaultdict(set)
        ids: set[str] = set()
        for content in contents.values():
            moments[content.user].add(content.start)
        for key in {*contents, *others, *self._doomed_keys(), *self.ledger.waiting}:
            self._add_known(key, moments, ids)
        found = {
            entry.id: entry for user in sorted(moments) for entry in self._of(user, moments[user])
        }
        if unseen := ids - found.keys():
            found |= {entry.id: entry for entry in self.entries.read_by_ids(unseen)}
        return found

    def of_everybody(
        self, people: Collection[str], field_id: str, contents: Mapping[str, Content]
    ) -> dict[str, Entry]:
        """Read all entries of some people, and learn from a custom field which are copies.

        Args:
            people: The ids of the people.
            field_id: The custom field that keeps the id of the source.
            contents: As of ``around``; of several copies, the one that fits best stays.
        """
        found = {entry.id: entry for user in people for entry in self._of(user, None)}
        copies: defaultdict[str, list[Entry]] = defaultdict(list)
        for entry in found.values():
            text = dict(entry.content.custom_fields).get(field_id, "null")
            source = msgspec.json.decode(text)
            if isinstance(source, str) and source:
                copies[source].append(entry)
        self.ledger.marks.clear()
        for source, entries in copies.items():
            wanted = contents.get(source)
            entries.sort(key=lambda entry: (_misfit(wanted, entry), entry.id))
            first, *others = entries
            self.ledger.marks[source] = Mark(
                copy=first.id,
                user=first.content.user,
                start=first.content.start,
                doomed=tuple(
                    Doomed(each.id, each.content.user, each.content.start) for each in others
                ),
            )
        return found

    def _of(self, user: str, moments: Iterable[dt.datetime] | None) -> list[Entry]:
        try:
            return list(self.entries.read(user, moments))
        except RequestError as error:
            if user == self.owner or error.status not in NOT_SHOWN:
                raise
            self.hidden.add(user)
            return []

    def _doomed_keys(self) -> Iterable[str]:
        return (key for key, mark in self.ledger.marks.items() if mark.doomed)

    def _add_known(
        self, key: str, moments: defaultdict[str, set[dt.datetime]], ids: set[str]
    ) -> None:
        mark = self.ledger.marks.get(key)
        if mark is not None:
            if mark.copy and mark.start is not None:
                moments[mark.user].add(mark.start)
                ids.add(mark.copy)
            for each in mark.doomed:
                moments[each.user].add(each.start)
                ids.add(each.id)
        waiting = self.ledger.waiting.get(key)
        if waiting is not None and waiting.planned is not None:
            moments[waiting.planned.user].add(waiting.planned.start)


def _misfit(wanted: Content | None, entry: Entry) -> int:
    if wanted is None:
        return 0
    return 0 if wanted.user == entry.content.user else 1
