"""Progress of tables that link time entries to other objects, such as their tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_clockify.memory import packing
from tap_clockify.memory.entry_progress import EntriesProgress
from tap_clockify.memory.state import readable
from tap_clockify.memory.tombstones import Tombstone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from singer_sdk.helpers.types import Record

    from tap_clockify.dates.windows import Window
    from tap_clockify.memory.snapshots import IdSnapshot
    from tap_clockify.memory.state import Partition

Links = tuple[str, ...]


class LinksProgress(EntriesProgress):
    """The progress of a table with a row for each link of a time entry.

    A link is gone if its entry is gone, or if its entry was read again without it. So besides the
    entries, the links of each are remembered.
    """

    @override
    def __init__(
        self,
        stream: str,
        partition: Partition,
        *args: Any,
        links_of: Callable[[Record], Links],
        **kwargs: Any,
    ) -> None:
        """Load what the previous run remembered; see the base class.

        Args:
            stream: The name of the stream, for errors.
            partition: What the previous run left.
            args: For the base class.
            links_of: Returns the ids of the objects that an entry is linked to.
            kwargs: For the base class.
        """
        super().__init__(stream, partition, *args, **kwargs)
        self._links_of = links_of
        self._awaited = {str(row.key[0]) for _, row in self._tombstones}
        self._links: dict[str, Links] = {}
        with readable(stream, "links"):
            self._linked = _unpacked(partition.get("links"), self._ids)
            running = dict(partition.get("running_links") or {})
            self._linked.update((item, tuple(links)) for item, links in running.items())

    @override
    def take(self, window: Window, entries: list[Record], answers: Mapping[int, bytes]) -> None:
        super().take(window, entries, answers)
        self._links.update((entry["id"], self._links_of(entry)) for entry in entries)

    @override
    def take_running(self, entry: Record) -> None:
        super().take_running(entry)
        self._links[entry["id"]] = self._links_of(entry)

    @override
    def tombstones(self, stamp: str) -> Iterator[tuple[str, Tombstone]]:
        return self._tombstones.renewed(stamp, self._gone_links(), self._is_linked)

    def _gone_links(self) -> Iterator[Tombstone]:
        for gone in self.gone():
            for link in self._linked.get(str(gone.key), ()):
                yield Tombstone(gone.day, (str(gone.key), link))
        for entry, links in self._links.items():
            for link in self._linked.get(entry, ()):
                if link not in links:
                    yield Tombstone(None, (entry, link))

    def _is_linked(self, row: Tombstone) -> bool:
        entry, link = tuple(row.key)
        return link in self._links.get(entry, ())

    @override
    def _present(self) -> Partition:
        present = super()._present()
        links = {**self._linked, **self._links}
        return {
            **present,
            "links": _packed(links, self._ids),
            **_running_links(links, present["running"]),
        }

    @override
    def interrupted(self) -> Partition:
        interrupted = super().interrupted()
        links = {
            item: tuple(dict.fromkeys((*self._linked.get(item, ()), *self._links.get(item, ()))))
            for item in self._linked.keys() | self._links.keys()
        }
        return {
            **interrupted,
            "links": _packed(links, self._ids.united_with(self._dropped)),
            **_running_links(links, interrupted["running"]),
        }


def _running_links(links: Mapping[str, Links], running: Mapping[str, str]) -> Partition:
    found = {item: list(links[item]) for item in running if links.get(item)}
    return {"running_links": found} if found else {}


def _packed(links: Mapping[str, Links], ids: IdSnapshot) -> str:
    """Pack the links of the entries in a snapshot, in its order: most entries share few sets."""
    sets = [links.get(item, ()) for item in ids.in_order()]
    distinct = sorted(set(sets))
    number_of = {links: number for number, links in enumerate(distinct)}
    numbers = packing.column(number_of[links] for links in sets)
    return packing.pack([[list(links) for links in distinct], numbers])


def _unpacked(packed: str | None, ids: IdSnapshot) -> dict[str, Links]:
    if packed is None:
        return {}
    distinct, column = packing.list_of(packing.unpack(packed), 2)
    sets = [tuple(map(str, links)) for links in distinct]
    numbers = packing.numbers(column)
    pairs = zip(ids.in_order(), numbers, strict=True)
    return {item: sets[number] for item, number in pairs if sets[number]}
