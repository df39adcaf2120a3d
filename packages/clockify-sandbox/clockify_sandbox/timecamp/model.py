"""What TimeCamp keeps. Ids are numbers; 0 means none. Instants are in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from datetime import date, datetime, time
    from decimal import Decimal

ChangeKind = Literal["add", "edit", "delete"]
RateKind = Literal["user", "task", "group"]
ResourceType = Literal["user", "task", "entry"]
FieldType = Literal["string", "number"]


@dataclass(frozen=True)
class Group:
    """A group of people; the root group is the company."""

    id: int
    name: str
    parent_id: int = 0


@dataclass(frozen=True)
class User:
    """A person with an account."""

    id: int
    name: str
    email: str
    group_id: int
    zone: str
    """The time zone by which the person writes down time, as "Europe/Berlin"."""
    is_admin: bool
    is_disabled: bool
    rate: int
    """What an hour earns, in currency units."""
    cost: int
    """What an hour costs, in currency units."""
    logins: int
    registered_at: datetime
    named_at: datetime
    """When the person got this name."""

    @property
    def tzinfo(self) -> ZoneInfo:
        """The person's time zone."""
        return ZoneInfo(self.zone)


@dataclass(frozen=True)
class Task:
    """A task or project; they make a tree."""

    id: int
    name: str
    parent_id: int
    archived: bool
    billable: bool
    color: str
    note: str | None
    external_id: str | None
    user_ids: tuple[int, ...]
    """Those who are assigned to this task, and so to the tasks below it."""
    added_by: int
    added_at: datetime
    modified_at: datetime
    named_at: datetime
    """When the task got this name."""


@dataclass(frozen=True)
class TagList:
    """A list of tags."""

    id: int
    name: str
    archived: bool = False


@dataclass(frozen=True)
class Tag:
    """A tag of a list."""

    id: int
    list_id: int
    name: str
    archived: bool = False


@dataclass(frozen=True)
class Entry:
    """A time entry. Day and times are the wall clock of the person, who may have given no times."""

    id: int
    user_id: int
    task_id: int
    day: date
    start: time | None
    end: time | None
    seconds: int
    description: str
    billable: bool
    locked: bool
    invoice_id: int
    tag_ids: tuple[int, ...]
    external_id: str
    location_history: bool
    added_at: datetime
    modified_at: datetime
    started_at: datetime | None = None
    """When the timer was started, if it is still running; `end` and `seconds` follow from it."""


@dataclass(frozen=True)
class Change:
    """What happened to an entry, and the entry after it or, if it was deleted, before it."""

    kind: ChangeKind
    at: datetime
    entry: Entry
    old_seconds: int
    new_seconds: int


@dataclass(frozen=True)
class Approval:
    """A week of a person that was handed in."""

    id: int
    user_id: int
    first: date
    last: date
    status: int
    by: int


@dataclass(frozen=True)
class Activity:
    """What a person did at the computer in one window. TimeCamp gives it no id."""

    user_id: int
    application_id: int
    window_title_id: int
    day: date
    end: time
    """When it ended, on the wall clock of the person; `day` is the day of that."""
    seconds: int
    task_id: int
    entry_id: int


@dataclass(frozen=True)
class Rate:
    """What an hour of a person, a task or a group is worth from a day on, in currency units."""

    id: int
    kind: RateKind
    ref_id: int
    """The id of the person, task or group."""
    type_id: int
    """The type of rate, such as 12 or 13. The contract does not say what the types mean."""
    value: Decimal
    """With two decimals."""
    since: date


@dataclass(frozen=True)
class CustomField:
    """A field that a company adds to its people, tasks or entries; its values are text."""

    id: int
    name: str
    resource_type: ResourceType
    field_type: FieldType
    required: bool
    default: str | None
    """The value of things that were given none; only a required field needs it."""
    is_active: bool
