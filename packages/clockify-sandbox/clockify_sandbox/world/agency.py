"""A believable agency: people in many time zones, clients, projects and years of entries."""

# ruff: noqa: PLR2004 -- odds and rhythms of made-up data

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from clockify_sandbox.resources import furnishing
from clockify_sandbox.resources.kept import approval_id, invoice_id
from clockify_sandbox.world import names
from clockify_sandbox.world.clock import Clock
from clockify_sandbox.world.model import (
    ENTERPRISE,
    FREE,
    STANDARD,
    BudgetEstimate,
    Client,
    Currency,
    Entry,
    FieldValue,
    Membership,
    Project,
    Tag,
    Task,
    TimeEstimate,
    User,
    UserFieldValue,
    UserSettings,
    Workspace,
)
from clockify_sandbox.world.oddities import odd_entries
from clockify_sandbox.world.rates import rate_for
from clockify_sandbox.world.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from clockify_sandbox.resources.furnishing import Arrange
    from clockify_sandbox.world.model import Plan
    from clockify_sandbox.world.world import Contents

API_KEY = "sandbox-api-key"
ADDON_TOKEN = "sandbox-addon-token"  # noqa: S105 -- opens nothing but the stand-in
PLANS: dict[str, Plan] = {
    "FREE": FREE,
    "STANDARD_2021": STANDARD,
    "ENTERPRISE_2021": ENTERPRISE,
}
AGENCY_ID = "5a6e4c700000000000000001"
"""Id of the agency's workspace, the same in every world, so that a configuration can name it."""

ARCHIVED_SHARE = 4
"""One in this many clients and projects is archived."""


def build_empty(
    *,
    now: datetime | None = None,
    plan: str = "STANDARD_2021",
    timezone: str = "UTC",
    seed: int = 0,
    hourly_rate: int | None = None,
) -> World:
    """Build a world of one workspace whose only member is the key's owner, for tests to fill.

    With `now`, the clock is frozen there until it is moved.
    """
    world = World(seed=seed, clock=Clock(now))
    _open_workspace(world, "Workspace", plan, timezone, hourly_rate)
    return world


def build_agency(
    *,
    seed: int = 1,
    people: int = 12,
    days: int = 120,
    plan: str = "STANDARD_2021",
    now: datetime | None = None,
    entries_per_day: float = 4.0,
    workspaces: int = 1,
    zones: Sequence[str] = names.TIME_ZONES,
    arrange: Arrange | None = None,
) -> World:
    """Build an agency whose history ends at `now` (default: the real now, with a running clock).

    `entries_per_day` is per person and working day. The same arguments give the same world if
    `now` is given. The second and later workspaces are small ones of the same owner. `zones` are
    those of the people, and `arrange` is for `furnish`.
    """
    world = World(seed=seed, clock=Clock(now))
    rng = random.Random(seed)  # noqa: S311 -- made-up data, not a secret
    for number in range(workspaces):
        name = "Studio Nordwind" if number == 0 else f"Side business {number}"
        contents = _open_workspace(
            world,
            name,
            plan,
            zones[0],
            9000,
            workspace_id="" if number else AGENCY_ID,
        )
        small = number > 0
        _hire(world, contents, rng, 3 if small else people, days, zones)
        _win_clients(world, contents, rng, days)
        _fill(world, contents, rng, days, entries_per_day)
        furnishing.furnish(world, contents, seed, days, arrange)
    return world


def _open_workspace(
    world: World,
    name: str,
    plan: str,
    timezone: str,
    hourly_rate: int | None,
    workspace_id: str = "",
) -> Contents:
    now = world.now()
    made_up = world.new_id(now)
    workspace = Workspace(
        workspace_id or made_up,
        name,
        plan=PLANS[plan],
        currencies=tuple(Currency(world.new_id(now), code) for code in names.CURRENCIES),
        default_currency=names.CURRENCIES[0],
        hourly_rate=hourly_rate,
        time_zone=timezone,
    )
    contents = world.add_workspace(workspace)
    if not world.owner_id:
        owner = User(
            world.new_id(now),
            "owner@example.org",
            "Olga Owner",
            settings=UserSettings(timezone),
            active_workspace=workspace.id,
            default_workspace=workspace.id,
            created_at=now,
            updated_at=now,
        )
        world.users[owner.id] = owner
        world.owner_id = owner.id
        world.api_keys[API_KEY] = owner.id
        world.addon_tokens[ADDON_TOKEN] = owner.id
    world.put_member(Membership(world.owner_id, workspace.id, role="OWNER", hourly_rate=12000))
    return contents


def _hire(
    world: World,
    contents: Contents,
    rng: random.Random,
    people: int,
    days: int,
    zones: Sequence[str],
) -> None:
    """Add people until there are `people`, in every status that an account can have."""
    workspace_id = contents.workspace.id
    hired = world.now() - timedelta(days=days + 30)
    for number in range(1, people):
        name = names.PEOPLE[(number - 1) % len(names.PEOPLE)]
        repeated = (number - 1) // len(names.PEOPLE)
        name = f"{name} {repeated + 1}" if repeated else name
        status, membership = names.STATUSES.get(number, ("ACTIVE", "ACTIVE"))
        settings = UserSettings(zones[number % len(zones)])
        user = User(
            world.new_id(hired),
            f"person{number}@example.org",
            name,
            status=status,
            # An account that was never set up has no settings.
            settings=None if status == "NOT_REGISTERED" else settings,
            active_workspace=workspace_id,
            default_workspace=workspace_id,
            fields=(UserFieldValue(world.new_id(hired), "Level", "TXT", rng.choice("ABC")),)
            if number % 3 == 0
            else (),
            created_at=hired,
            updated_at=hired,
        )
        world.load(workspace_id, [user])
        world.put_member(
            Membership(
                user.id,
                workspace_id,
                status=membership,
                hourly_rate=rng.choice((None, 6500, 8000, 9550)),
                cost_rate=rng.choice((None, 3000, 4123)),
                role="WORKSPACE_ADMIN" if number == 1 else "MEMBER",
            )
        )


def _win_clients(world: World, contents: Contents, rng: random.Random, days: int) -> None:
    workspace_id = contents.workspace.id
    won = world.now() - timedelta(days=days + 20)
    clients = [
        Client(
            world.new_id(won),
            workspace_id,
            name,
            archived=number % ARCHIVED_SHARE == ARCHIVED_SHARE - 1,
            address=rng.choice((None, "", "Hauptstraße 1, Köln")),
            note=rng.choice((None, "", 'Pays late, "always"')),
            currency=rng.choice((None, *names.CURRENCIES)),
            created_at=won,
            updated_at=won,
        )
        for number, name in enumerate(names.CLIENTS)
    ]
    renamed = clients[0]
    clients[0] = replace(renamed, name=f"{renamed.name} GmbH", updated_at=won + timedelta(days=9))
    projects: list[Project] = []
    tasks: list[Task] = []
    for number, name in enumerate(names.PROJECTS):
        # The last project of the list has no client; two of the same name have different clients.
        client = None if number % 7 == 6 else clients[number % len(clients)]
        project_id = world.new_id(won)
        projects.append(
            Project(
                project_id,
                workspace_id,
                name,
                client_id=client.id if client else None,
                archived=number % ARCHIVED_SHARE == 1,
                billable=number % 5 != 4,
                public=number % 3 != 2,
                template=number == len(names.PROJECTS) - 1,
                color=rng.choice(names.COLORS),
                hourly_rate=rng.choice((None, 10000, 12050)),
                cost_rate=rng.choice((None, 4000)),
                memberships=_crew(contents, rng, project_id),
                time_estimate=TimeEstimate(360000, manual=True, active=True)
                if number % 3 == 0
                else TimeEstimate(),
                budget_estimate=BudgetEstimate(1500000, reset="MONTHLY")
                if number % 4 == 2
                else None,
                created_at=won,
                updated_at=won,
            )
        )
        tasks += [
            Task(
                world.new_id(won),
                workspace_id,
                project_id,
                task,
                done=rng.random() < 0.2,
                hourly_rate=rng.choice((None, None, 13300)),
                estimate_seconds=rng.choice((0, 36000)),
                created_at=won,
                updated_at=won,
            )
            for task in names.TASKS[: number % 4]
        ]
    tags = [
        Tag(
            world.new_id(won),
            workspace_id,
            name,
            archived=number == 1,
            created_at=won,
            updated_at=won,
        )
        for number, name in enumerate(names.TAGS)
    ]
    world.load(workspace_id, [*clients, *projects, *tasks, *tags])


def _crew(contents: Contents, rng: random.Random, project_id: str) -> tuple[Membership, ...]:
    members = sorted(contents.members)
    chosen = rng.sample(members, k=min(len(members), rng.randint(1, 4)))
    return tuple(
        Membership(
            user_id,
            project_id,
            type="PROJECT",
            hourly_rate=rng.choice((None, None, 15000)),
            cost_rate=rng.choice((None, 5000)),
        )
        for user_id in chosen
    )


def _fill(
    world: World, contents: Contents, rng: random.Random, days: int, entries_per_day: float
) -> None:
    entries: list[Entry] = []
    for position, user_id in enumerate(contents.members):
        leaver = contents.members[user_id].status == "INACTIVE"
        # The last entries of people who left are in the middle of the history.
        last = days // 2 if leaver else 0
        entries += _work(world, contents, rng, user_id, range(days, last, -1), entries_per_day)
        if position == 0:
            entries += odd_entries(world, contents, user_id)
    world.load(contents.workspace.id, entries)


def _work(
    world: World,
    contents: Contents,
    rng: random.Random,
    user_id: str,
    days_ago: range,
    entries_per_day: float,
) -> Iterator[Entry]:
    """Go through a person's working days; a fractional number of entries is a probability."""
    settings = world.users[user_id].settings
    zone = ZoneInfo(settings.time_zone if settings else contents.workspace.time_zone)
    now = world.now()
    today = now.astimezone(zone).date()
    projects = [None, *contents.projects.values()]
    tasks = {project_id: contents.tasks_of(project_id) for project_id in contents.projects}
    tags = sorted(contents.tags)
    field_id = f"{contents.workspace.id[:23]}f"
    rates: dict[tuple[str | None, str | None], tuple[int | None, int | None]] = {}
    for ago in days_ago:
        day = today - timedelta(days=ago)
        weekend = day.weekday() >= 5
        count = int(entries_per_day + rng.random())
        if weekend and rng.random() < 0.85:
            continue
        week = approval_id(contents.workspace.id, user_id, day)
        start = datetime.combine(day, time(8), zone).astimezone(UTC)
        for number in range(count):
            start += timedelta(minutes=rng.randrange(0, 45), seconds=rng.choice((0, 0, 17)))
            end = start + timedelta(minutes=rng.randrange(5, 170), seconds=rng.choice((0, 0, 43)))
            if end > now:
                break
            project = rng.choice(projects)
            project_id = project.id if project else None
            choice = tasks.get(project_id or "", [])
            task_id = rng.choice(choice).id if choice and rng.random() < 0.6 else None
            where = project_id, task_id
            if where not in rates:
                place = {"user_id": user_id, "project_id": project_id, "task_id": task_id}
                rates[where] = (
                    rate_for(contents, "hourly_rate", **place),  # type: ignore[arg-type]
                    rate_for(contents, "cost_rate", **place),  # type: ignore[arg-type]
                )
            hourly_rate, cost_rate = rates[where]
            old = ago > 60  # what was billed long ago is approved and locked
            yield Entry(
                id=world.new_id(end),
                workspace_id=contents.workspace.id,
                user_id=user_id,
                start=start,
                end=end,
                project_id=project_id,
                task_id=task_id,
                tag_ids=tuple(rng.sample(tags, k=rng.choice((0, 0, 0, 1, 1, 1, 2, 3)))),
                description=rng.choice(names.DESCRIPTIONS),
                billable=rng.random() < 0.8 if project is None else project.billable,
                fields=(FieldValue(field_id, "Ticket", "TXT", f"T-{rng.randrange(999)}"),)
                if number % 9 == 5
                else (),
                type="BREAK" if number == 2 and rng.random() < 0.05 else "REGULAR",
                locked=old,
                approval_request_id=week if old else None,
                invoice_id=_invoice_id(contents, project, day) if ago > 45 else None,
                hourly_rate=hourly_rate,
                cost_rate=cost_rate,
                currency=contents.currency_of(project_id),
                created_at=end,
                updated_at=end,
            )
            start = end


def _invoice_id(contents: Contents, project: Project | None, day: date) -> str | None:
    """Return the id of the invoice for work on a project, if its client is billed."""
    if project is None or project.client_id is None or not project.billable:
        return None
    return invoice_id(contents.workspace.id, project.client_id, day)
