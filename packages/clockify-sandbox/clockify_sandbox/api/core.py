"""The core host: people, clients, projects, tasks and tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from clockify_sandbox.api import errors, parameters, render
from clockify_sandbox.api.call import ADMINISTRATORS, Call, Reply
from clockify_sandbox.resources import store
from clockify_sandbox.resources.kept import project_fields
from clockify_sandbox.world.model import Client, Membership, Project, Tag, Task

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clockify_sandbox.world.model import User

A = TypeVar("A", Client, Project, Tag)
N = TypeVar("N", Client, Project, Tag, Task)

DEFAULT_ACCOUNT_STATUSES = ("ACTIVE", "PENDING_EMAIL_VERIFICATION", "NOT_REGISTERED")
"""What `account-statuses` means when omitted: the others must be requested (OpenAPI)."""
MEMBERSHIP_STATUSES = ("PENDING", "ACTIVE", "DECLINED", "INACTIVE", "ALL")
MEMBERSHIP_KINDS = ("ALL", "NONE", "WORKSPACE", "PROJECT", "USERGROUP")


def current_user(call: Call) -> Reply:
    """`GET /user`: the key's owner."""
    wanted = parameters.boolean(call.query, "include-memberships")
    memberships = [
        render.membership(contents.members[call.caller.id], contents.workspace.default_currency)
        for contents in call.world.workspaces.values()
        if wanted and call.caller.id in contents.members
    ]
    return Reply(render.user(call.caller, memberships))


def workspaces(call: Call) -> Reply:
    """`GET /workspaces`: those that the caller belongs to."""
    roles = parameters.listed(call.query, "roles")
    return Reply(
        [
            render.workspace(contents)
            for contents in call.world.workspaces.values()
            if call.caller.id in contents.members
            and (not roles or contents.members[call.caller.id].role in roles)
        ]
    )


def workspace(call: Call) -> Reply:
    """`GET /workspaces/{w}`."""
    return Reply(render.workspace(call.contents))


def users(call: Call) -> Reply:
    """`GET /users`: the members, by default without limited and deleted accounts."""
    query = call.query
    status = parameters.choice(
        query, "status", MEMBERSHIP_STATUSES, call.options.users_default_status
    )
    accounts = parameters.listed(query, "account-statuses") or DEFAULT_ACCOUNT_STATUSES
    kind = parameters.choice(query, "memberships", MEMBERSHIP_KINDS, "NONE")
    with_roles = parameters.boolean(query, "include-roles")
    email, name, project_id = (query.get(key, "") for key in ("email", "name", "project-id"))
    members = call.contents.members

    def wanted(user: User) -> bool:
        return (
            status in {"ALL", members[user.id].status}
            and user.status in accounts
            and email.lower() in user.email.lower()
            and name.lower() in user.name.lower()
            and (not project_id or user.id in _team(call, project_id))
        )

    rows = parameters.ordered(
        query,
        [user for user_id in members if wanted(user := call.world.users[user_id])],
        {
            "EMAIL": lambda user: (user.email, user.id),
            "ID": lambda user: user.id,
            "NAME": lambda user: (user.name, user.id),
            "NAME_LOWERCASE": lambda user: (user.name.lower(), user.id),
            "ACCESS": lambda user: (members[user.id].role, user.id),
            "HOURLYRATE": lambda user: (members[user.id].hourly_rate or 0, user.id),
            "COSTRATE": lambda user: (members[user.id].cost_rate or 0, user.id),
        },
        "EMAIL",
    )

    def write(user: User) -> render.Json:
        row = render.user(user, _memberships(call, user.id, kind))
        if with_roles:
            row["roles"] = _roles(call, user)
        return row

    return parameters.paged(call, rows, write)


def clients(call: Call) -> Reply:
    """`GET /clients`: active and archived alike unless `archived` is sent."""
    rows = parameters.ordered(
        call.query,
        _filtered(call, call.contents.clients.values()),
        {"NAME": lambda client: (client.name.lower(), client.id)},
        "NAME",
    )
    return parameters.paged(
        call,
        rows,
        lambda client: render.client(call.contents, client),
        headers={"Total-Count": str(len(rows))},
    )


def client(call: Call) -> Reply:
    """`GET /clients/{id}`."""
    found = call.contents.clients.get(call.path["client_id"])
    if found is None:
        raise errors.not_in_workspace("Client")
    return Reply(render.client(call.contents, found))


def tags(call: Call) -> Reply:
    """`GET /tags`: active and archived alike unless `archived` is sent."""
    excluded = parameters.listed(call.query, "excluded-ids")
    kept = [tag for tag in _filtered(call, call.contents.tags.values()) if tag.id not in excluded]
    rows = parameters.ordered(
        call.query,
        kept,
        {"NAME": lambda tag: (tag.name.lower(), tag.id), "ID": lambda tag: tag.id},
        "NAME",
    )
    return parameters.paged(call, rows, render.tag, headers={"Total-Count": str(len(rows))})


def projects(call: Call) -> Reply:
    """`GET /projects`: active and archived alike; a private one only to its team."""
    query = call.query
    contents = call.contents
    template = parameters.boolean(query, "is-template")
    billable = parameters.boolean(query, "billable")
    hydrated = parameters.boolean(query, "hydrated")
    access = query.get("access")
    client_ids = parameters.listed(query, "clients")
    with_client = parameters.boolean(query, "contains-client") is not False
    user_ids = parameters.listed(query, "users")
    with_user = parameters.boolean(query, "contains-user") is not False
    if template is None and not call.options.templates_listed:
        template = False

    def wanted(project: Project) -> bool:
        return (
            template in {None, project.template}
            and billable in {None, project.billable}
            and (not access or project.public == (access == "PUBLIC"))
            and (not client_ids or (project.client_id in client_ids) == with_client)
            and (
                not user_ids
                or any(member.user_id in user_ids for member in project.memberships) == with_user
            )
            and _may_see(call, project)
        )

    tracked = contents.entries.project_seconds
    rows = parameters.ordered(
        query,
        [project for project in _filtered(call, contents.projects.values()) if wanted(project)],
        {
            "NAME": lambda project: (project.name.lower(), project.id),
            "ID": lambda project: project.id,
            "CLIENT_NAME": lambda project: (project.client_id or "", project.id),
            "DURATION": lambda project: (tracked[project.id], project.id),
            "BUDGET": lambda project: (project.time_estimate.seconds, project.id),
            "PROGRESS": lambda project: (tracked[project.id], project.id),
        },
        "NAME",
    )

    def write(project: Project) -> render.Json:
        if hydrated:
            done = call.options.hydrated_done_tasks
            return _hydrated(call, project, done_tasks=done)
        return render.project(contents, project)

    return parameters.paged(call, rows, write)


def project(call: Call) -> Reply:
    """`GET /projects/{p}`."""
    found = visible_project(call)
    if parameters.boolean(call.query, "hydrated"):
        return Reply(_hydrated(call, found, done_tasks=True))
    return Reply(render.project(call.contents, found))


def _roles(call: Call, user: User) -> list[render.Json]:
    """List a person's roles: in the workspace, and as manager of the members of groups."""
    contents = call.contents
    role = contents.members[user.id].role
    workspace = {"id": contents.workspace.id, "name": contents.workspace.name}
    found: list[render.Json] = []
    if role in ADMINISTRATORS:
        found.append({"role": role, "entities": [workspace]})
    if role == "MANAGER":
        others = [each for each in contents.members if each != user.id]
        everyone = [{"id": each, "name": call.world.users[each].name} for each in others]
        found.append({"role": "TEAM_MANAGER", "entities": everyone})
        return found
    managed = [
        {"id": row["_userId"], "name": call.world.users[row["_userId"]].name}
        for row in store.rows(call.world, contents, "user_managers")
        if row["id"] == user.id
    ]
    if managed:
        found.append({"role": "TEAM_MANAGER", "entities": managed})
    return found


def tasks(call: Call) -> Reply:
    """`GET /projects/{p}/tasks`."""
    active = parameters.boolean(call.query, "is-active")
    if active is None and call.options.tasks_default == "ACTIVE":
        active = True
    of_project = call.contents.tasks_of(visible_project(call).id)
    rows = parameters.ordered(
        call.query,
        [task for task in _named(call, of_project) if active in {None, not task.done}],
        {"NAME": lambda task: (task.name.lower(), task.id), "ID": lambda task: task.id},
        "NAME",
    )
    return parameters.paged(call, rows, lambda task: render.task(call.contents, task))


def task(call: Call) -> Reply:
    """`GET /projects/{p}/tasks/{t}`."""
    found = call.contents.tasks.get(call.path["task_id"])
    if found is None or found.project_id != visible_project(call).id:
        raise errors.not_in_workspace("Task")
    return Reply(render.task(call.contents, found))


def _hydrated(call: Call, of: Project, *, done_tasks: bool) -> render.Json:
    row = render.hydrated_project(call.contents, of, done_tasks=done_tasks)
    if call.options.project_custom_fields == "definitions":
        row["customFields"] = project_fields(call.contents, of.id)
    return row


def visible_project(call: Call) -> Project:
    """Find the project of the path, if the caller may see it."""
    found = call.contents.projects.get(call.path["project_id"])
    if found is None:
        raise errors.not_in_workspace("Project")
    if not _may_see(call, found):
        raise errors.forbidden()
    return found


def _may_see(call: Call, project: Project) -> bool:
    return project.public or call.administrates or call.caller.id in _team(call, project.id)


def _team(call: Call, project_id: str) -> set[str]:
    found = call.contents.projects.get(project_id)
    return {member.user_id for member in found.memberships} if found else set()


def _memberships(call: Call, user_id: str, kind: str) -> list[render.Json]:
    contents = call.contents
    in_projects: list[tuple[Membership, str]] = [
        (member, contents.currency_of(project.id))
        for project in contents.projects.values()
        for member in project.memberships
        if member.user_id == user_id
    ]
    in_groups = [
        (Membership(user_id, row["id"], type="USERGROUP"), contents.workspace.default_currency)
        for row in contents.objects["user_groups"].values()
        if user_id in row["userIds"]
    ]
    in_workspace = (contents.members[user_id], contents.workspace.default_currency)
    # The workspace's own comes last, since nothing promises that it comes first.
    return [
        render.membership(member, currency)
        for member, currency in (*in_projects, *in_groups, in_workspace)
        if kind in {"ALL", member.type}
    ]


def _filtered(call: Call, rows: Iterable[A]) -> list[A]:
    archived = parameters.boolean(call.query, "archived")
    return [row for row in _named(call, rows) if archived in {None, row.archived}]


def _named(call: Call, rows: Iterable[N]) -> list[N]:
    name = call.query.get("name", "")
    strict = parameters.boolean(call.query, "strict-name-search")
    return [
        row for row in rows if (row.name == name if strict else name.lower() in row.name.lower())
    ]
