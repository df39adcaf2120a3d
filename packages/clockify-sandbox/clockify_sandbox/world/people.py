"""Edits of people and of rates: who is a member, who left, and what their hours cost."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from clockify_sandbox.world.entry_edits import priced
from clockify_sandbox.world.model import (
    AccountStatus,
    Entry,
    Membership,
    MembershipStatus,
    Project,
    User,
    UserSettings,
)

if TYPE_CHECKING:
    from datetime import datetime

    from clockify_sandbox.world.model import Role
    from clockify_sandbox.world.rates import RateKind
    from clockify_sandbox.world.world import World

Scope = Literal["workspace", "member", "project", "project_member", "task"]


def add_user(
    world: World,
    workspace_id: str,
    name: str,
    *,
    email: str = "",
    timezone: str = "UTC",
    role: Role = "MEMBER",
    hourly_rate: int | None = None,
    cost_rate: int | None = None,
) -> User:
    """Let a new person join a workspace."""
    with world.lock:
        now = world.now()
        user_id = world.new_id()
        user = User(
            user_id,
            email or f"{user_id[-6:]}@example.org",
            name,
            settings=UserSettings(timezone),
            active_workspace=workspace_id,
            default_workspace=workspace_id,
            created_at=now,
            updated_at=now,
        )
        member = Membership(
            user_id, workspace_id, hourly_rate=hourly_rate, cost_rate=cost_rate, role=role
        )
        world.put_user(user)
        world.put_member(member)
        return user


def add_api_key(world: World, user_id: str, key: str = "") -> str:
    """Give a person a further API key, by default one with their id in it, and return it."""
    with world.lock:
        key = key or f"sandbox-key-{user_id}"
        world.api_keys[key] = user_id
        return key


def rename_user(world: World, user_id: str, name: str) -> User:
    """Rename a person, in all workspaces."""
    with world.lock:
        return world.put_user(replace(world.users[user_id], name=name))


def set_timezone(world: World, user_id: str, timezone: str) -> User:
    """Move an account to another time zone."""
    with world.lock:
        user = world.users[user_id]
        settings = replace(user.settings or UserSettings(timezone), time_zone=timezone)
        return world.put_user(replace(user, settings=settings))


def set_member_status(
    world: World, workspace_id: str, user_id: str, status: MembershipStatus
) -> None:
    """Change a person's membership status; INACTIVE is someone who left; entries are kept."""
    with world.lock:
        world.put_member(replace(world[workspace_id].members[user_id], status=status))


def set_member_role(world: World, workspace_id: str, user_id: str, role: Role) -> None:
    """Change what a person may see and do in a workspace; a MEMBER sees their own time only."""
    with world.lock:
        world.put_member(replace(world[workspace_id].members[user_id], role=role))


def deactivate_user(world: World, workspace_id: str, user_id: str) -> None:
    """Let a person leave a workspace; their entries are kept."""
    set_member_status(world, workspace_id, user_id, "INACTIVE")


def set_account_status(world: World, user_id: str, status: AccountStatus) -> User:
    """Change the status of an account, for instance to LIMITED."""
    with world.lock:
        return world.put_user(replace(world.users[user_id], status=status))


def delete_user(world: World, user_id: str) -> None:
    """Delete an account: it leaves every workspace, and its entries are kept."""
    with world.lock:
        for workspace_id, contents in world.workspaces.items():
            if user_id in contents.members:
                deactivate_user(world, workspace_id, user_id)
        set_account_status(world, user_id, "DELETED")


def change_rate(
    world: World,
    workspace_id: str,
    scope: Scope,
    amount: int | None,
    *,
    kind: RateKind = "hourly_rate",
    user_id: str = "",
    project_id: str = "",
    task_id: str = "",
    since: datetime | None = None,
) -> int:
    """Set a rate (minor units per hour) and return how many past entries it changed.

    `since` is when the rate takes effect: entries that start then or later are repriced, as with
    Clockify's "apply to past entries". None leaves all past entries unchanged.
    """
    with world.lock:
        contents = world[workspace_id]
        match scope:
            case "workspace":
                world.change_workspace(replace(contents.workspace, **{kind: amount}))  # type: ignore[arg-type]
            case "member":
                world.put_member(replace(contents.members[user_id], **{kind: amount}))  # type: ignore[arg-type]
            case "project":
                world.change(replace(contents.projects[project_id], **{kind: amount}))  # type: ignore[arg-type]
            case "project_member":
                project = contents.projects[project_id]
                world.change(_with_member_rate(project, user_id, kind, amount))
            case "task":
                world.change(replace(contents.tasks[task_id], **{kind: amount}))  # type: ignore[arg-type]
        if since is None:
            return 0
        return sum(
            _reprice(world, entry, kind)
            for entry in list(contents.entries)
            if entry.start >= since
            and user_id in {"", entry.user_id}
            and project_id in {"", entry.project_id}
            and task_id in {"", entry.task_id}
        )


def _reprice(world: World, entry: Entry, kind: RateKind) -> bool:
    rate = getattr(priced(world, entry), kind)
    if rate == getattr(entry, kind):
        return False
    changed = replace(entry, rate_updated_at=world.now(), **{kind: rate})
    world.change(changed, touch=False)
    return True


def _with_member_rate(
    project: Project, user_id: str, kind: RateKind, amount: int | None
) -> Project:
    others = tuple(member for member in project.memberships if member.user_id != user_id)
    mine = next(
        (member for member in project.memberships if member.user_id == user_id),
        Membership(user_id, project.id, type="PROJECT"),
    )
    return replace(project, memberships=(*others, replace(mine, **{kind: amount})))  # type: ignore[arg-type]
