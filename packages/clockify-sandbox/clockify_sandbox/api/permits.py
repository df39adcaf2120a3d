"""Who may write what: people, plans, locked time, and what a workspace lets its members create."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clockify_sandbox.api import errors
from clockify_sandbox.resources import store
from clockify_sandbox.world.entry_edits import is_before_lock

if TYPE_CHECKING:
    from datetime import datetime

    from clockify_sandbox.api.call import Call
    from clockify_sandbox.world.model import Creators, Entry, Project

ADD_FOR_OTHERS = "ADD_TIME_FOR_OTHERS"


def check_writer(call: Call, user_id: str) -> None:
    """Refuse to write the time of a person who is no member, or whom the caller may not edit."""
    if user_id not in call.contents.members:
        raise errors.not_in_workspace("User")
    if user_id == call.caller.id or call.administrates:
        return
    if not (call.options.managers_write and _manages(call, user_id)):
        raise errors.forbidden()


def check_adding(call: Call, user_id: str) -> None:
    """Refuse to add time for another person if the role or the plan does not include that."""
    check_writer(call, user_id)
    features = call.contents.workspace.plan.features
    if user_id != call.caller.id and ADD_FOR_OTHERS not in features:
        raise errors.not_in_plan(call.options.plan_refusal, ADD_FOR_OTHERS)


def check_unlocked(
    call: Call, *, entry: Entry | None = None, start: datetime | None = None
) -> None:
    """Refuse to write a locked entry or in locked time, unless the caller is an administrator."""
    if call.administrates:
        return
    before = call.contents.workspace.rules.lock_before
    is_locked = entry is not None and (entry.locked or is_before_lock(call.world, entry))
    if is_locked or (before is not None and start is not None and start < before):
        raise errors.locked(call.options.locked_answer)


def check_creator(call: Call, creators: Creators) -> None:
    """Refuse to create something if the workspace leaves that to others."""
    if call.administrates or creators == "EVERYONE":
        return
    if creators == "ADMINS" or call.membership.role != "MANAGER":
        raise errors.forbidden()


def may_use(call: Call, project: Project, user_id: str) -> bool:
    """Tell whether a person may track time on a project: a private one has members."""
    member = call.contents.members.get(user_id)
    runs_it = member is not None and member.role in {"OWNER", "WORKSPACE_ADMIN"}
    return project.public or runs_it or any(m.user_id == user_id for m in project.memberships)


def _manages(call: Call, user_id: str) -> bool:
    if call.membership.role == "MANAGER":
        return True
    rows = store.rows(call.world, call.contents, "user_managers")
    return any(row["id"] == call.caller.id and row["_userId"] == user_id for row in rows)
