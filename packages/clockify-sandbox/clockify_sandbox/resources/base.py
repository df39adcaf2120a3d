"""What a declaration of a kind of object consists of."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from clockify_sandbox.api.call import Call, Handler
    from clockify_sandbox.world.model import Json
    from clockify_sandbox.world.world import Contents, World

    Rows = list[Json]
    Select = Callable[[Call, Rows], Rows]
    Show = Callable[[World, Contents, Json], Json]
    Change = Callable[[World, Contents, Json, random.Random], Json]
    """Returns the keys of an object to change, as for `store.edit`."""
    After = Callable[[World, Contents, "Verb", Json], None]
    Wrap = Callable[[Call, Rows, Rows], object]
    """Puts the rows of a page, given all rows that were selected, into the answer's envelope."""

Host = Literal["core", "reports", "audit"]
Verb = Literal["created", "edited", "deleted"]
Paging = Literal["query", "camel", "body", "none"]


@dataclass(frozen=True)
class Link:
    """A reference: `key` (dotted inside nested objects) holds the id, or ids, of objects of `to`.

    If the target is gone, an object that it owns is gone too; other references become null. With
    `name`, that key always holds the present name of the target.
    """

    key: str
    to: str
    owned: bool = False
    name: str = ""


@dataclass(frozen=True)
class Read:
    """A route that lists objects, or shows that of the path's `{object_id}` if it is `single`."""

    path: str
    method: str = "GET"
    host: Host = "core"
    paging: Paging = "query"
    default_size: int = 50
    max_size: int | None = None
    max_page: int | None = None
    single: bool = False
    administrators: bool = False
    """Whether only owners and administrators may read it."""
    own: str = ""
    """Key with a person's id: a member sees only the rows that have their own there."""
    select: Select | None = None
    columns: Mapping[str, Callable[[Json], Any]] = field(default_factory=dict)
    """Columns to sort by; the first is the default."""
    sort_parameter: str = "sort-column"
    show: Show | None = None
    """How this route sends an object, if not as its kind does."""
    wrap: Wrap | None = None
    handler: Handler | None = None
    """What answers instead of all of the above, except for the plan and the role."""


@dataclass(frozen=True)
class Made:
    """An object that an agency has from the beginning."""

    at: datetime
    data: Json


@dataclass
class Making:
    """What the functions that make an agency's objects work with."""

    world: World
    contents: Contents
    rng: random.Random
    days: int

    @property
    def now(self) -> datetime:
        """The end of the agency's history."""
        return self.world.now().replace(microsecond=0)

    @property
    def began(self) -> datetime:
        """When the agency opened, some days before its first entry."""
        return self.now - timedelta(days=self.days + 20)

    @property
    def people(self) -> list[str]:
        """The ids of those who can do something: active members, in the order of hiring."""
        members = self.contents.members.values()
        return [member.user_id for member in members if member.status == "ACTIVE"]

    def row(self, at: datetime, **data: Any) -> Made:
        """Make an object with an id of the instant of its creation, unless it has one."""
        own = {"id": data.pop("id", None) or self.world.new_object_id(at)}
        return Made(at, {**own, "workspaceId": self.contents.workspace.id, **data})

    def stored(self, kind: str) -> list[Json]:
        """List the objects of a kind that was made before."""
        return list(self.contents.objects[kind].values())


@dataclass(frozen=True)
class Resource:
    """A kind of object: everything that the sandbox needs to know about it.

    Keys that begin with an underscore are kept, but not sent.
    """

    kind: str
    reads: tuple[Read, ...] = ()
    make: Callable[[Making], Iterable[Made]] | None = None
    links: tuple[Link, ...] = ()
    feature: str | None = None
    """The feature of a plan without which its routes are forbidden."""
    document: str | None = None
    """Its type in the change feed."""
    show: Show | None = None
    """How it is sent; by default as it is kept."""
    derive: Callable[[World, Contents], Rows] | None = None
    """Computes the objects of a kind that follow from others, instead of keeping them."""
    edits: Sequence[Change] = ()
    """Believable changes of one object, for random edits."""
    copy: Change | None = None
    """What is different in an object that a random edit adds after the model of another."""
    after: After | None = None
    """What else happens when one was created, edited or deleted."""
    blank: Json = field(default_factory=dict)
    """Keys that are different in the first object of its kind in a workspace."""
    deletes: bool = True
    """Whether a random edit may delete one."""
    key: str = "id"


def get(row: Json, key: str) -> Any:
    """Read a dotted key; None if it is missing anywhere."""
    value: Any = row
    for part in key.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def put(row: Json, key: str, value: object) -> Json:
    """Return a copy of an object with another value at a dotted key."""
    first, _, rest = key.partition(".")
    if not rest:
        return {**row, first: value}
    inner = row.get(first)
    return {**row, first: put(inner, rest, value)} if isinstance(inner, dict) else row


def sent(row: Json) -> Json:
    """Drop what is kept but not sent."""
    return {key: value for key, value in row.items() if not key.startswith("_")}
