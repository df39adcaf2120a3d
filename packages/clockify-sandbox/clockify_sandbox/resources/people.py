"""Groups of people, their managers, and what a member's profile says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clockify_sandbox.api import errors, parameters, render
from clockify_sandbox.resources.base import Link, Made, Making, Read, Resource
from clockify_sandbox.resources.kept import WORKING_DAYS, field_values, rename

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from clockify_sandbox.api.call import Call
    from clockify_sandbox.resources.base import Rows
    from clockify_sandbox.world.model import Json
    from clockify_sandbox.world.world import Contents, World

GROUPS = ("Design", 'Print & "Web"', "Überstunden, Nacht", "Nobody yet")
SHORT_DAY = "PT6H"
FULL_DAY = "PT8H"


def _groups(making: Making) -> Iterator[Made]:
    members = list(making.contents.members)
    for number, name in enumerate(GROUPS):
        chosen = [] if number == len(GROUPS) - 1 else members[number :: len(GROUPS) - 1]
        lead = making.people[number % len(making.people)]
        yield making.row(
            making.began, name=name, userIds=chosen, _managerIds=[lead] if chosen else []
        )


def _group(world: World, _contents: Contents, row: Json) -> Json:
    managers = [{"id": each, "name": world.users[each].name} for each in row["_managerIds"]]
    return {**row, "teamManagers": managers if row.get("_asked", True) else None}


def _named(call: Call, rows: Rows) -> Rows:
    name = call.query.get("name", "").lower()
    # Managers are only sent when they are asked for (OpenAPI: by default they are not).
    asked = parameters.boolean(call.query, "includeTeamManagers") is True
    return [{**row, "_asked": asked} for row in rows if name in row["name"].lower()]


def _regroup(_world: World, contents: Contents, _row: Json, rng: random.Random) -> Json:
    members = sorted(contents.members)
    return {"userIds": rng.sample(members, k=rng.randrange(min(4, len(members)) + 1))}


def manager_rows(world: World, contents: Contents) -> Rows:
    """List the managers of all people: those of the groups that they belong to."""
    pairs = {
        (user_id, manager_id)
        for row in contents.objects["user_groups"].values()
        for user_id in row["userIds"]
        for manager_id in row["_managerIds"]
        if user_id in contents.members and manager_id != user_id
    }
    return [
        {"_userId": user_id, **render.user(world.users[manager_id], [])}
        for user_id, manager_id in sorted(pairs)
    ]


def _managers_of_user(call: Call, rows: Rows) -> Rows:
    user_id = call.path["user_id"]
    if user_id not in call.contents.members:
        raise errors.not_in_workspace("User")
    return [row for row in rows if row["_userId"] == user_id]


def _profiles(making: Making) -> Iterator[Made]:
    for number, user_id in enumerate(making.contents.members):
        yield making.row(
            making.began,
            id=user_id,
            workCapacity=SHORT_DAY if number % 4 == 2 else FULL_DAY,  # noqa: PLR2004 -- made up
            workingDays=WORKING_DAYS[: 4 if number % 5 == 3 else 5],  # noqa: PLR2004 -- made up
        )


def profile_rows(world: World, contents: Contents) -> Rows:
    """List the profiles of all members; one whose working time nobody set has the usual."""
    pending = {
        row["approvalRequest"]["owner"]["userId"]
        for row in contents.objects["approval_requests"].values()
        if row["approvalRequest"]["status"]["state"] == "PENDING"
    }
    kept = contents.objects["member_profiles"]
    found = []
    for user_id in contents.members:
        user, own = world.users[user_id], kept.get(user_id, {})
        found.append(
            {
                "_userId": user_id,
                "email": user.email,
                "name": user.name,
                "imageUrl": "https://img.clockify.me/no-user-image.png",
                "hasPassword": user.settings is not None,
                "hasPendingApprovalRequest": user_id in pending,
                "weekStart": user.settings.week_start if user.settings else "MONDAY",
                "workCapacity": own.get("workCapacity", FULL_DAY),
                "workingDays": own.get("workingDays", list(WORKING_DAYS)),
                "workspaceNumber": sum(user_id in each.members for each in _all(world)),
                "userCustomFieldValues": field_values(contents, user),
            }
        )
    return found


def _all(world: World) -> list[Contents]:
    return list(world.workspaces.values())


def _profile_of_user(call: Call, rows: Rows) -> Rows:
    user_id = call.path["object_id"]
    if user_id not in call.contents.members:
        raise errors.not_in_workspace("User")
    if user_id != call.caller.id and not call.administrates:
        raise errors.forbidden()
    return rows


def _change_hours(_world: World, _contents: Contents, _row: Json, rng: random.Random) -> Json:
    return {"workCapacity": rng.choice(("PT4H", SHORT_DAY, "PT7H30M", FULL_DAY))}


USER_GROUPS = Resource(
    kind="user_groups",
    document="USER_GROUPS",
    make=_groups,
    links=(Link("userIds", "users"), Link("_managerIds", "users")),
    reads=(
        Read(
            "/user-groups",
            select=_named,
            columns={"NAME": lambda row: row["name"].lower(), "ID": lambda row: row["id"]},
        ),
    ),
    show=_group,
    edits=(_regroup, rename),
    copy=rename,
)
USER_MANAGERS = Resource(
    kind="user_managers",
    links=(Link("_userId", "users", owned=True),),
    derive=manager_rows,
    reads=(
        Read(
            "/users/{user_id}/managers",
            administrators=True,
            select=_managers_of_user,
            columns={
                "EMAIL": lambda row: row["email"],
                "ID": lambda row: row["id"],
                "NAME": lambda row: row["name"],
                "NAME_LOWERCASE": lambda row: row["name"].lower(),
            },
        ),
    ),
)
MEMBER_PROFILES = Resource(
    kind="member_profiles",
    key="_userId",
    links=(Link("_userId", "users", owned=True),),
    make=_profiles,
    derive=profile_rows,
    reads=(Read("/member-profile/{object_id}", single=True, select=_profile_of_user),),
    edits=(_change_hours,),
    deletes=False,
)
