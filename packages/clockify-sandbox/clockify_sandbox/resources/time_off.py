"""Time off: policies, requests, and the balances that follow from them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from clockify_sandbox.api import errors, parameters
from clockify_sandbox.resources import requests as tools
from clockify_sandbox.resources.base import Link, Made, Making, Read, Resource
from clockify_sandbox.resources.kept import (
    annotate,
    instant,
    midnight,
    next_working_day,
    rename,
    toggle,
)

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from clockify_sandbox.api.call import Call
    from clockify_sandbox.resources.base import Rows
    from clockify_sandbox.world.model import Json
    from clockify_sandbox.world.world import Contents, World

MAX_SIZE = 200
MAX_PAGE = 1000
FEATURE = "TIME_OFF"
POLICIES = (
    ("Vacation", "DAYS", 28.0, False),
    ("Overtime, compensated", "HOURS", 40.0, False),
    ("Sick leave", "DAYS", 0.0, False),
    ("Old: sabbatical", "DAYS", 90.0, True),
)
COLORS = ("#8BC34A", "#03A9F4", "#FF5722", "#9C27B0")
ICONS = ("UMBRELLA", "CALENDAR", "STETHOSCOPE", "LUGGAGE")
STATUSES = ("APPROVED", "APPROVED", "PENDING", "REJECTED")


def _policies(making: Making) -> Iterator[Made]:
    groups = making.stored("user_groups")
    for number, (name, unit, amount, archived) in enumerate(POLICIES):
        everyone = number != 1
        yield making.row(
            making.began,
            name=name,
            timeUnit=unit,
            archived=archived,
            color=COLORS[number],
            icon=ICONS[number],
            allowHalfDay=number == 0,
            allowNegativeBalance=number == 1,
            negativeBalance={"amount": 8.0, "period": "YEAR", "timeUnit": unit, "shouldReset": True}
            if number == 1
            else None,
            automaticAccrual={"amount": amount, "period": "YEAR", "timeUnit": unit}
            if amount
            else None,
            automaticTimeEntryCreation={
                "enabled": False,
                "defaultEntities": {"projectId": None, "taskId": None},
            },
            approve={
                "requiresApproval": number != 2,  # noqa: PLR2004 -- made up: the sick ask nobody
                "specificMembers": number == 0,
                "teamManagers": number == 1,
                "userIds": making.people[:1] if number == 0 else [],
            },
            everyoneIncludingNew=everyone,
            projectId=None,
            userIds=[] if everyone else making.people[:3],
            userGroupIds=[] if everyone else [groups[0]["id"]],
            _total=amount,
        )


def _of_status(call: Call, rows: Rows) -> Rows:
    default = call.options.policies_default_status
    status = parameters.choice(call.query, "status", ("ACTIVE", "ARCHIVED", "ALL"), default)
    name = call.query.get("name", "").lower()
    return [
        row
        for row in rows
        if status in {"ALL", "ARCHIVED" if row["archived"] else "ACTIVE"}
        and name in row["name"].lower()
    ]


def _requests(making: Making) -> Iterator[Made]:
    policies = making.stored("time_off_policies")
    users = making.world.users
    boss = users[making.people[0]]
    for number, user_id in enumerate(making.people * 2):
        user, policy = users[user_id], policies[number % 3]
        ago = making.rng.randrange(1, max(2, making.days))
        at = making.now - timedelta(days=ago, minutes=making.rng.randrange(600))
        first = next_working_day((at + timedelta(days=making.rng.randrange(2, 40))).date())
        length = making.rng.randrange(1, 5) if policy["timeUnit"] == "DAYS" else 1
        status = STATUSES[number % len(STATUSES)]
        decided = min(making.now, at + timedelta(days=1)) if status != "PENDING" else None
        half = policy["allowHalfDay"] and number % 5 == 0
        yield making.row(
            at,
            policyId=policy["id"],
            policyName=policy["name"],
            userId=user_id,
            userName=user.name,
            userEmail=user.email,
            userTimeZone=user.settings.time_zone if user.settings else "UTC",
            requesterUserId=user_id,
            requesterUserName=user.name,
            timeUnit=policy["timeUnit"],
            balance=policy["_total"],
            balanceDiff=0.5 if half else float(length if policy["timeUnit"] == "DAYS" else 4),
            note=making.rng.choice((None, "", "Familie, Urlaub", 'Trip "north"')),
            createdAt=instant(at),
            status={
                "statusType": status,
                "changedByUserId": boss.id if decided else None,
                "changedByUserName": boss.name if decided else None,
                "changedForUserName": user.name if decided else None,
                "changedAt": instant(decided) if decided else None,
                "note": "Too many away" if status == "REJECTED" else None,
            },
            timeOffPeriod={
                "period": {
                    "start": instant(midnight(first)),
                    "end": instant(
                        midnight(first + timedelta(days=length)) - timedelta(milliseconds=1)
                    ),
                },
                "halfDay": half,
                "halfDayPeriod": "FIRST_HALF" if half else "NOT_DEFINED",
                "halfDayHours": {
                    "start": instant(midnight(first) + timedelta(hours=9)),
                    "end": instant(midnight(first) + timedelta(hours=13)),
                }
                if half
                else None,
            },
        )


def _asked_requests(call: Call, rows: Rows) -> Rows:
    asked = tools.body(call)
    users = set(asked.get("users") or ())
    statuses = set(asked.get("statuses") or ()) - {"ALL"}
    for group_id in asked.get("userGroups") or ():
        users |= set(call.contents.objects["user_groups"].get(group_id, {}).get("userIds", ()))
    start, end = (
        parameters.instant(asked[name]) if asked.get(name) else None for name in ("start", "end")
    )
    by_creation = call.options.time_off_dates == "created"

    def instants(row: Json) -> tuple[str, str]:
        period = row["timeOffPeriod"]["period"]
        return (row["createdAt"],) * 2 if by_creation else (period["start"], period["end"])

    return [
        row
        for row in rows
        if (not users or row["userId"] in users)
        and (not statuses or row["status"]["statusType"] in statuses)
        and (start is None or parameters.instant(instants(row)[1]) >= start)
        and (end is None or parameters.instant(instants(row)[0]) <= end)
    ]


def _decide(world: World, _contents: Contents, row: Json, rng: random.Random) -> Json:
    owner = world.owner
    return {
        "status": {
            "statusType": rng.choice(("APPROVED", "REJECTED")),
            "changedByUserId": owner.id,
            "changedByUserName": owner.name,
            "changedForUserName": row["userName"],
            "changedAt": instant(world.now()),
            "note": None,
        }
    }


def _ask_again(world: World, _contents: Contents, row: Json, _rng: random.Random) -> Json:
    undecided = dict.fromkeys(row["status"]) | {"statusType": "PENDING"}
    return {"createdAt": instant(world.now()), "status": undecided}


def _balances(making: Making) -> Iterator[Made]:
    for policy in making.stored("time_off_policies"):
        chosen = policy["userIds"] or list(making.contents.members)
        for user_id in chosen:
            yield making.row(
                making.began,
                policyId=policy["id"],
                userId=user_id,
                total=policy["_total"],
                negativeBalanceAmount=8.0 if policy["allowNegativeBalance"] else 0.0,
                negativeBalanceLimit=policy["allowNegativeBalance"],
            )


def _balance(world: World, contents: Contents, row: Json) -> Json:
    """Write a balance: what was used is what the approved requests took."""
    policy = contents.objects["time_off_policies"][row["policyId"]]
    used = sum(
        each["balanceDiff"]
        for each in contents.objects["time_off_requests"].values()
        if each["policyId"] == row["policyId"]
        and each["userId"] == row["userId"]
        and each["status"]["statusType"] == "APPROVED"
    )
    balance = row["total"] - used
    return {
        **row,
        "policyName": policy["name"],
        "policyTimeUnit": policy["timeUnit"],
        "policyArchived": policy["archived"],
        "userName": world.users[row["userId"]].name,
        "used": float(used),
        "balance": balance,
        "negativeBalanceUsed": max(0.0, -balance),
    }


def _of_policy(call: Call, rows: Rows) -> Rows:
    policy_id = call.path["policy_id"]
    if policy_id not in call.contents.objects["time_off_policies"]:
        raise errors.not_in_workspace("Policy")
    return _with_figures(call, [row for row in rows if row["policyId"] == policy_id])


def _of_user(call: Call, rows: Rows) -> Rows:
    user_id = tools.own_user(call)
    return _with_figures(call, [row for row in rows if row["userId"] == user_id])


def _with_figures(call: Call, rows: Rows) -> Rows:
    """Complete balances before they are sorted by their figures."""
    return [_balance(call.world, call.contents, row) for row in rows]


def _accrue(_world: World, _contents: Contents, row: Json, rng: random.Random) -> Json:
    return {"total": row["total"] + rng.choice((-1.5, 1.0, 2.5))}


BALANCE_READ = Read(
    "/time-off/balance/policy/{policy_id}",
    administrators=True,
    select=_of_policy,
    max_size=MAX_SIZE,
    max_page=MAX_PAGE,
    sort_parameter="sort",
    columns={
        "USER": lambda row: row["userName"],
        "POLICY": lambda row: row["policyName"],
        "USED": lambda row: row["used"],
        "BALANCE": lambda row: row["balance"],
        "TOTAL": lambda row: row["total"],
    },
    wrap=lambda _call, page, rows: {"count": len(rows), "balances": page},
)
POLICY = Resource(
    kind="time_off_policies",
    feature=FEATURE,
    document="PTO_POLICY",
    make=_policies,
    links=(
        Link("userIds", "users"),
        Link("userGroupIds", "user_groups"),
        Link("approve.userIds", "users"),
        Link("projectId", "projects"),
    ),
    reads=(
        Read("/time-off/policies", select=_of_status, max_size=MAX_SIZE, max_page=MAX_PAGE),
        Read("/time-off/policies/{object_id}", single=True),
    ),
    edits=(rename, toggle("archived"), toggle("allowHalfDay")),
    copy=rename,
)
REQUEST = Resource(
    kind="time_off_requests",
    feature=FEATURE,
    document="TIME_OFF_REQUEST",
    make=_requests,
    links=(
        Link("policyId", "time_off_policies", owned=True, name="policyName"),
        Link("userId", "users", owned=True, name="userName"),
        Link("requesterUserId", "users", name="requesterUserName"),
        Link("status.changedByUserId", "users", name="status.changedByUserName"),
    ),
    reads=(
        Read(
            "/time-off/requests",
            method="POST",
            paging="body",
            own="userId",
            select=_asked_requests,
            max_size=MAX_SIZE,
            max_page=MAX_PAGE,
            wrap=lambda _call, page, rows: {"count": len(rows), "requests": page},
        ),
    ),
    edits=(_decide, annotate("note")),
    copy=_ask_again,
)
BALANCE = Resource(
    kind="time_off_balances",
    feature=FEATURE,
    document="BALANCE",
    make=_balances,
    links=(
        Link("policyId", "time_off_policies", owned=True),
        Link("userId", "users", owned=True),
    ),
    reads=(
        BALANCE_READ,
        replace(
            BALANCE_READ,
            path="/time-off/balance/user/{user_id}",
            administrators=False,
            select=_of_user,
        ),
    ),
    show=_balance,
    edits=(_accrue,),
)
