"""What the target remembers between runs: which copies are its own, and what it meant to write.

The ledger is saved before the first write of a run, with the content of everything that is about
to be written, and after the last one. A run that is killed in between leaves enough for the next
one to find what was written.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec

from target_clockify.content import Content, digest
from target_clockify.errors import LedgerError
from target_clockify.sources import SourceEntry

if TYPE_CHECKING:
    from collections.abc import Iterator

VERSION = 1


class Doomed(msgspec.Struct, frozen=True):
    """A copy that is to be deleted, and stays the target's own until it is seen to be gone."""

    id: str
    user: str
    start: dt.datetime


class Mark(msgspec.Struct, omit_defaults=True):
    """What is known of the copy of one entry.

    Attributes:
        copy: The id of the copy; empty if there is none.
        digest: The hash of what was last written.
        user: The person at the destination whose entry the copy is.
        start: When the copy starts.
        day: The day of the entry at the source.
        doomed: Earlier copies that are to be deleted.
        is_refused: Whether somebody deleted the copy, and ``on_conflict`` is ``keep``.
    """

    copy: str = ""
    digest: str = ""
    user: str = ""
    start: dt.datetime | None = None
    day: str = ""
    doomed: tuple[Doomed, ...] = ()
    is_refused: bool = False


class Waiting(msgspec.Struct, omit_defaults=True):
    """An entry that is still to be written.

    The tap sends older days only once, so the entry is kept here until it is written.

    Attributes:
        entry: The entry.
        reason: Why it could not be written; empty if it was not tried yet.
        planned: What a copy that was about to be made says; None if none was.
        lookalikes: Ids of entries that looked like that before, so none of them is the copy.
        is_first: Whether it waits since the first run, so that an equal entry may be adopted.
        email: The e-mail address of its person at the source, if it is known.
        tag_names: The names of its tags at the source, if they are known.
    """

    entry: SourceEntry
    reason: str = ""
    planned: Content | None = None
    lookalikes: tuple[str, ...] = ()
    is_first: bool = False
    email: str = ""
    tag_names: tuple[str, ...] = ()


class Made(msgspec.Struct, frozen=True):
    """A client, project, task or tag that the target made, and the name that it gave it."""

    id: str
    name: str


class Ledger(msgspec.Struct):
    """The memory of one pair of workspaces.

    Attributes:
        source: The id of the workspace whose entries are copied; empty before the first run.
        destination: The id of the workspace that has the copies.
        rules: The hash of the settings that the ids below follow from.
        fields: What was kept equal when the hashes were made.
        is_new: Whether no run has ended well yet, so that equal entries may be adopted.
        marks: What is known of copies, by the id of the entry at the source.
        waiting: Entries that are still to be written, by id.
        ids: Ids at the destination by ids at the source, of ``users``, ``projects``, ``tasks`` and
            ``tags``.
        made: What the target made, by kind and id at the source.
        unsettled: Ids of entries that were written by runs whose STATE was not passed on. The tap
            mentions them again, unless they were deleted or restored meanwhile.
    """

    destination: str
    source: str = ""
    version: int = VERSION
    rules: str = ""
    fields: tuple[str, ...] = ()
    is_new: bool = True
    marks: dict[str, Mark] = msgspec.field(default_factory=dict)
    waiting: dict[str, Waiting] = msgspec.field(default_factory=dict)
    ids: dict[str, dict[str, str]] = msgspec.field(default_factory=dict)
    made: dict[str, dict[str, Made]] = msgspec.field(default_factory=dict)
    unsettled: tuple[str, ...] = ()

    def own_ids(self) -> Iterator[str]:
        """Yield the ids of all entries that the target wrote or adopted."""
        for mark in self.marks.values():
            if mark.copy:
                yield mark.copy
            yield from (each.id for each in mark.doomed)

    @property
    def copies(self) -> int:
        """How many copies there are."""
        return sum(bool(mark.copy) for mark in self.marks.values())

    def mark(self, key: str) -> Mark:
        """Return what is known of an entry's copy, to be changed in place."""
        return self.marks.setdefault(key, Mark())

    def written(self, key: str, copy: str, content: Content, digest: str, day: str) -> None:
        """Note that a copy says what it should."""
        mark = self.mark(key)
        mark.copy, mark.digest, mark.day = copy, digest, day
        mark.user, mark.start, mark.is_refused = content.user, content.start, False

    def learn(self, key: str, copy: str) -> None:
        """Note the copy of an entry that was about to be created when the process was killed."""
        waiting = self.waiting.get(key)
        if waiting is None or waiting.planned is None:
            return
        hashed = digest(waiting.planned, self.fields)
        self.written(key, copy, waiting.planned, hashed, waiting.entry.day)

    def revive(self, key: str, copy: str) -> None:
        """Note that a copy that was to be deleted is wanted again; what it says is not known."""
        mark = self.mark(key)
        again = next(each for each in mark.doomed if each.id == copy)
        mark.doomed = tuple(each for each in mark.doomed if each.id != copy)
        mark.copy, mark.user, mark.start, mark.digest = copy, again.user, again.start, ""

    def doom(self, key: str) -> None:
        """Note that the copy of an entry is to be deleted."""
        mark = self.mark(key)
        if mark.copy and mark.start is not None:
            mark.doomed += (Doomed(mark.copy, mark.user, mark.start),)
        mark.copy = mark.digest = ""

    def lose(self, key: str) -> None:
        """Note that the copy of an entry does not exist any more."""
        if key in self.marks:
            self.marks[key].copy = self.marks[key].digest = ""

    def forget_empty(self) -> None:
        """Drop marks that say nothing any more."""
        for key in [
            key
            for key, mark in self.marks.items()
            if not mark.copy and not mark.doomed and not mark.is_refused
        ]:
            del self.marks[key]


def parse(text: bytes, place: str) -> Ledger:
    """Read a ledger.

    Raises:
        LedgerError: It is damaged, or a newer version of the target wrote it.
    """
    try:
        version = msgspec.json.decode(text, type=dict[str, msgspec.Raw]).get("version")
        if version is not None and msgspec.json.decode(version, type=int) > VERSION:
            raise LedgerError(
                f"A newer version of target-clockify wrote the ledger {place}. Upgrade this one."
            )
        return msgspec.json.decode(text, type=Ledger)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise LedgerError(
            f"The ledger {place} cannot be read: {error}. Restore it from a backup. Without it,"
            " entries that were changed since the last run would be copied twice."
        ) from None


def dump(ledger: Ledger) -> bytes:
    """Write a ledger as JSON."""
    return msgspec.json.encode(ledger)
