"""What Clockify keeps: workspaces, people, clients, projects, tasks, tags and time entries.

Every entity is an immutable record. To change it, the world replaces the record, so that the
snapshots in the change log never change. Money is in minor units (cents), as in the API.
Instants are aware datetimes in UTC with whole seconds, the resolution of Clockify's entries.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Json = dict[str, Any]

AccountStatus = Literal[
    "ACTIVE",
    "PENDING_EMAIL_VERIFICATION",
    "DELETED",
    "NOT_REGISTERED",
    "LIMITED",
    "LIMITED_DELETED",
]
MembershipStatus = Literal["PENDING", "ACTIVE", "DECLINED", "INACTIVE"]
MembershipType = Literal["WORKSPACE", "PROJECT", "USERGROUP"]
Role = Literal["OWNER", "WORKSPACE_ADMIN", "MANAGER", "MEMBER"]
Creators = Literal["ADMINS", "ADMINS_AND_PROJECT_MANAGERS", "EVERYONE"]
EntryType = Literal["REGULAR", "BREAK", "HOLIDAY", "TIME_OFF"]
DocumentType = Literal["CLIENTS", "PROJECTS", "TASKS", "TAGS", "TIME_ENTRY", "USER"]
RoundingMode = Literal["ROUND_UP", "ROUND_DOWN", "ROUND_NEAR"]

FREE_FEATURES = ("TIME_TRACKING", "BILLABLE_HOURS", "ONE_MONTH_RANGE_REPORTS", "SHARED_REPORTS")
PAID_FEATURES = (
    "ADD_TIME_FOR_OTHERS",
    "APPROVAL",
    "ATTENDANCE_REPORT",
    "BILLABLE_HOURS",
    "CLIENT_CURRENCY",
    "CSV_EXPORT",
    "CUSTOM_FIELDS",
    "EXPENSES",
    "HISTORIC_RATES",
    "INVOICING",
    "LABOR_COST",
    "PROJECT_BUDGET",
    "PROJECT_TEMPLATES",
    "SCHEDULING",
    "SHARED_REPORTS",
    "TASK_RATES",
    "TIME_OFF",
    "TIME_TRACKING",
    "UNLIMITED_REPORTS",
    "USER_CUSTOM_FIELDS",
)


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency that a workspace bills in, with its ISO 4217 code."""

    id: str
    code: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a workspace pays for: `featureSubscriptionType` and `features` of the API."""

    subscription: str
    features: tuple[str, ...]

    @property
    def free(self) -> bool:
        """Whether the limits of the Free plan apply (31 days a report, 30 requests an hour)."""
        return self.subscription == "FREE"


FREE = Plan("FREE", FREE_FEATURES)
STANDARD = Plan("STANDARD_2021", PAID_FEATURES)
ENTERPRISE = Plan("ENTERPRISE_2021", ("AUDIT_LOG", *PAID_FEATURES, "MANAGER_ROLE"))
"""The only plan with an audit log."""


@dataclass(frozen=True, slots=True)
class Rounding:
    """How reports round durations on request: `round` of the workspace settings."""

    mode: RoundingMode = "ROUND_NEAR"
    minutes: int = 15


@dataclass(frozen=True, slots=True)
class Rules:
    """What a workspace demands of time entries, and what it permits whom.

    They apply on every plan, although Clockify sells some of them.
    """

    force_projects: bool = False
    force_tasks: bool = False
    force_tags: bool = False
    force_description: bool = False
    lock_before: datetime | None = datetime(2019, 12, 31, tzinfo=UTC)
    """Only administrators may write entries that start earlier."""
    create_projects: Creators = "ADMINS"
    """Who may create projects and clients."""
    create_tasks: Creators = "EVERYONE"
    create_tags: Creators = "EVERYONE"
    only_admins_change_billable: bool = False


@dataclass(frozen=True, slots=True)
class Workspace:
    """A workspace; its rates apply if nothing closer to the entry sets one."""

    id: str
    name: str
    plan: Plan = STANDARD
    currencies: tuple[Currency, ...] = ()
    default_currency: str = "USD"
    hourly_rate: int | None = None
    cost_rate: int | None = None
    time_zone: str = "UTC"
    rounding: Rounding = field(default_factory=Rounding)
    rules: Rules = field(default_factory=Rules)


@dataclass(frozen=True, slots=True)
class UserSettings:
    """The settings of an account that affect answers; the others are constant in the answers."""

    time_zone: str
    week_start: str = "MONDAY"
    time_format: str = "HOUR24"
    date_format: str = "DD/MM/YYYY"
    lang: str = "EN"


@dataclass(frozen=True, slots=True)
class Membership:
    """A user's membership of a workspace or project, with the rates that apply there."""

    user_id: str
    target_id: str
    type: MembershipType = "WORKSPACE"
    status: MembershipStatus = "ACTIVE"
    hourly_rate: int | None = None
    cost_rate: int | None = None
    role: Role = "MEMBER"


@dataclass(frozen=True, slots=True)
class UserFieldValue:
    """The value of a custom field of a person."""

    field_id: str
    name: str
    type: str
    value: object


@dataclass(frozen=True, slots=True)
class User:
    """An account, which may belong to several workspaces. Settings are null until it is set up."""

    id: str
    email: str
    name: str
    status: AccountStatus = "ACTIVE"
    settings: UserSettings | None = field(default_factory=lambda: UserSettings("UTC"))
    active_workspace: str = ""
    default_workspace: str = ""
    fields: tuple[UserFieldValue, ...] = ()
    created_at: datetime = EPOCH
    updated_at: datetime = EPOCH


@dataclass(frozen=True, slots=True)
class Client:
    """A customer. Its currency, if set, applies to all its projects."""

    id: str
    workspace_id: str
    name: str
    archived: bool = False
    email: str | None = None
    address: str | None = None
    note: str | None = None
    currency: str | None = None
    cc_emails: tuple[str, ...] | None = None
    created_at: datetime = EPOCH
    updated_at: datetime = EPOCH


@dataclass(frozen=True, slots=True)
class TimeEstimate:
    """How long a project is planned to take."""

    seconds: int = 0
    manual: bool = False
    active: bool = False
    reset: str | None = None
    include_non_billable: bool = True


@dataclass(frozen=True, slots=True)
class BudgetEstimate:
    """What a project is planned to cost, in minor units."""

    amount: int
    manual: bool = True
    active: bool = True
    reset: str | None = None
    include_expenses: bool = False


@dataclass(frozen=True, slots=True)
class Project:
    """A project, with those who work on it and their rates there."""

    id: str
    workspace_id: str
    name: str
    client_id: str | None = None
    archived: bool = False
    billable: bool = True
    public: bool = True
    template: bool = False
    color: str = "#03A9F4"
    note: str = ""
    hourly_rate: int | None = None
    cost_rate: int | None = None
    memberships: tuple[Membership, ...] = ()
    time_estimate: TimeEstimate = field(default_factory=TimeEstimate)
    budget_estimate: BudgetEstimate | None = None
    created_at: datetime = EPOCH
    updated_at: datetime = EPOCH


@dataclass(frozen=True, slots=True)
class Task:
    """A piece of a project's work."""

    id: str
    workspace_id: str
    project_id: str
    name: str
    done: bool = False
    billable: bool = True
    hourly_rate: int | None = None
    cost_rate: int | None = None
    assignee_ids: tuple[str, ...] = ()
    user_group_ids: tuple[str, ...] = ()
    estimate_seconds: int = 0
    budget_estimate: int = 0
    created_at: datetime = EPOCH
    updated_at: datetime = EPOCH


@dataclass(frozen=True, slots=True)
class Tag:
    """A label that an entry may carry."""

    id: str
    workspace_id: str
    name: str
    archived: bool = False
    created_at: datetime = EPOCH
    updated_at: datetime = EPOCH


@dataclass(frozen=True, slots=True)
class FieldValue:
    """The value of a custom field on an entry."""

    field_id: str
    name: str
    type: str
    value: object


@dataclass(frozen=True, slots=True)
class Entry:
    """A time entry. Without `end`, its timer is still running.

    `hourly_rate` and `cost_rate` are those in force when it was tracked, in minor units per hour;
    `currency` is that of the project's client, else the workspace's.
    """

    id: str
    workspace_id: str
    user_id: str
    start: datetime
    end: datetime | None
    project_id: str | None = None
    task_id: str | None = None
    tag_ids: tuple[str, ...] = ()
    description: str = ""
    billable: bool = True
    fields: tuple[FieldValue, ...] = ()
    type: EntryType = "REGULAR"
    locked: bool = False
    approval_request_id: str | None = None
    invoice_id: str | None = None
    hourly_rate: int | None = None
    cost_rate: int | None = None
    currency: str = "USD"
    created_at: datetime = EPOCH
    updated_at: datetime = EPOCH
    rate_updated_at: datetime | None = None

    @property
    def seconds(self) -> int:
        """Its duration in seconds; 0 while its timer is running."""
        return 0 if self.end is None else (self.end - self.start) // timedelta(seconds=1)


Entity = User | Client | Project | Task | Tag | Entry


@dataclass(frozen=True, slots=True)
class Change:
    """A line of the change log: what happened to one entity, and how it looked afterwards."""

    at: datetime
    kind: Literal["created", "updated", "deleted", "restored"]
    document_type: DocumentType
    workspace_id: str
    id: str
    document: Entity


@dataclass(frozen=True, slots=True)
class Deletion:
    """An entity in the deletion bin."""

    deletion_bin_id: str
    at: datetime
    document_type: DocumentType
    workspace_id: str
    document: Entity


@dataclass(frozen=True, slots=True)
class Erasure:
    """A deleted object of one of the kinds that are kept as JSON."""

    kind: str
    id: str
    deletion_bin_id: str
    at: datetime
    created_at: datetime
    updated_at: datetime
    data: Json
