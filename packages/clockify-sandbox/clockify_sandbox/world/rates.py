"""Which rate applies to an entry: of those that are set, the one closest to the entry.

Order per Clockify's help on rates: task, then the member on the project, then the project, then the
member in the workspace, then the workspace.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clockify_sandbox.world.model import Membership, Project, Task, Workspace
    from clockify_sandbox.world.world import Contents

RateKind = Literal["hourly_rate", "cost_rate"]


def rate_for(
    contents: Contents,
    kind: RateKind,
    *,
    user_id: str,
    project_id: str | None,
    task_id: str | None,
) -> int | None:
    """Find the rate for a person's time on a project and task, in minor units per hour."""
    for holder in _holders(contents, user_id, project_id, task_id):
        rate: int | None = getattr(holder, kind)
        if rate is not None:
            return rate
    return None


def _holders(
    contents: Contents, user_id: str, project_id: str | None, task_id: str | None
) -> Iterator[Task | Membership | Project | Workspace]:
    if task_id and task_id in contents.tasks:
        yield contents.tasks[task_id]
    if project_id and project_id in contents.projects:
        project = contents.projects[project_id]
        yield from (member for member in project.memberships if member.user_id == user_id)
        yield project
    if user_id in contents.members:
        yield contents.members[user_id]
    yield contents.workspace
