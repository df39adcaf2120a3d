"""Which rows an object of the API has in a table: itself, or the items of a list in it. Pure.

Reading a list adds two keys to its objects: ``workspaceId``, and under ``PARENT`` the object whose
list it is, if every object has a list of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Object = dict[str, Any]

PARENT = "_parent"


def object_in(item: Object, key: str) -> Object:
    """Return the object under a key; an empty one if there is none."""
    found = item.get(key)
    return found if isinstance(found, dict) else {}


class Rows(Protocol):
    """Returns the objects, to be flattened, that an object has for a table."""

    def __call__(self, item: Object, /) -> Iterable[Object]:
        """Return them."""


@dataclass(frozen=True)
class Whole:
    """The object itself.

    Attributes:
        without: Keys that are streams of their own, or that no column may have.
        of_parent: Columns, each with the key that has its value in the parent.
    """

    without: tuple[str, ...] = ()
    of_parent: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, item: Object, /) -> Iterator[Object]:
        """Yield the object."""
        parent = item.get(PARENT) or {}
        yield {
            **{key: value for key, value in item.items() if key not in {PARENT, *self.without}},
            **{column: parent.get(key) for column, key in self.of_parent.items()},
        }


@dataclass(frozen=True)
class Each:
    """The items of a list in the object; an item that is only an id has it in ``id_column``.

    Attributes:
        key: The key of the list.
        of_object: Columns, each with the key that has its value in the object.
        id_column: The column of an item that is only an id.
        numbered: The column with the number of an item. If it does not tell the items apart, they
            are numbered by their positions, from 1.
    """

    key: str
    of_object: Mapping[str, str] = field(default_factory=dict)
    id_column: str = "id"
    numbered: str | None = None

    def __call__(self, item: Object, /) -> Iterator[Object]:
        """Yield the items."""
        shared = {column: item.get(key) for column, key in self.of_object.items()}
        # Clockify may send null, or an empty string, in a list.
        found = [each for each in item.get(self.key) or () if each]
        parts = [each if isinstance(each, dict) else {self.id_column: each} for each in found]
        if self.numbered is None:
            yield from ({**part, **shared} for part in parts)
            return
        numbers = [part.get(self.numbered) for part in parts]
        if len({*numbers}) < len(parts) or not all(type(number) is int for number in numbers):
            numbers = list(range(1, len(parts) + 1))
        for number, part in zip(numbers, parts, strict=True):
            yield {**part, self.numbered: number, **shared}
