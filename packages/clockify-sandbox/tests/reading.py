"""Reads all objects of a kind through the API, as the documentation says, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests
    from sandbox_support import Caller

Rows = list[dict[str, Any]]
ACTIONS = [
    *(
        f"{verb}_{noun}"
        for verb in ("CREATE", "UPDATE", "DELETE")
        for noun in ("PROJECT", "TASK", "CLIENT", "TAG", "EXPENSE")
    ),
    "CREATE_TIME_PERSONAL_MANUAL",
    "UPDATE_TIME_PERSONAL",
    "DELETE_TIME_PERSONAL",
    "RESTORE_TIME",
]
DECADE = {"start": "2020-01-01T00:00:00Z", "end": "2030-01-01T00:00:00Z"}


def good(answer: requests.Response) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()


def pages(caller: Caller, path: str, *keys: str, size: int = 7, **query: Any) -> Rows:
    """Read a paged list; `keys` lead to the rows inside the envelope."""
    rows: Rows = []
    page = 0
    while True:
        page += 1
        answer = caller.get(path, page=page, **{"page-size": size}, **query)
        found = good(answer)
        for key in keys:
            found = found[key]
        rows += found
        if answer.headers["Last-Page"] == "true":
            return rows


def posted(caller: Caller, path: str, key: str, size: int = 7) -> Rows:
    rows: Rows = []
    page = 0
    while True:
        page += 1
        found = good(caller.post(path, {"page": page, "pageSize": size}))[key]
        rows += found
        if len(found) < size:
            return rows


def of_each(caller: Caller, kind: str, path: str, key: str, *keys: str) -> Rows:
    """Read what belongs to each object of another kind, and say to which it belongs."""
    owners = (
        list(caller.contents.members)
        if kind == "users"
        else [row["id"] for row in read(caller, kind)]
    )
    return [
        {key: owner, **row} for owner in owners for row in pages(caller, path.format(owner), *keys)
    ]


def balances(caller: Caller) -> Rows:
    policies = [row["id"] for row in read(caller, "time_off_policies")]
    path = "time-off/balance/policy/{}"
    return [row for each in policies for row in pages(caller, path.format(each), "balances")]


def audit(caller: Caller) -> Rows:
    rows: Rows = []
    page = 0
    while True:
        page += 1
        found = good(caller.audit(actions=ACTIONS, page=page, **{"page-size": 50}))
        rows += found
        if len(found) < 50:
            return rows


def shared(caller: Caller) -> Rows:
    first = caller.shared_reports(page=1, pageSize=3)
    assert len(first["reports"]) == min(3, first["count"])
    rows: Rows = caller.shared_reports(page=1, pageSize=500)["reports"]
    return rows


READERS: dict[str, Callable[[Caller], Rows]] = {
    "user_groups": lambda caller: pages(caller, "user-groups", includeTeamManagers="true"),
    "user_managers": lambda caller: of_each(caller, "users", "users/{}/managers", "userId"),
    "member_profiles": lambda caller: [
        {"userId": each, **good(caller.get(f"member-profile/{each}"))}
        for each in caller.contents.members
    ],
    "custom_fields": lambda caller: good(caller.get("custom-fields")),
    "webhooks": lambda caller: good(caller.get("webhooks"))["webhooks"],
    "shared_reports": shared,
    "holidays": lambda caller: good(caller.get("holidays")),
    "time_off_policies": lambda caller: pages(caller, "time-off/policies", status="ALL"),
    "time_off_requests": lambda caller: posted(caller, "time-off/requests", "requests"),
    "time_off_balances": balances,
    "scheduling_assignments": lambda caller: pages(caller, "scheduling/assignments/all", **DECADE),
    "expense_categories": lambda caller: pages(caller, "expenses/categories", "categories"),
    "expenses": lambda caller: pages(caller, "expenses", "expenses", "expenses"),
    "approval_requests": lambda caller: pages(caller, "approval-requests"),
    "invoices": lambda caller: [
        good(caller.get(f"invoices/{row['id']}")) for row in pages(caller, "invoices", "invoices")
    ],
    "invoice_payments": lambda caller: of_each(
        caller, "invoices", "invoices/{}/payments", "invoiceId"
    ),
    "audit_log": audit,
}


def read(caller: Caller, kind: str) -> Rows:
    """Read all objects of a kind."""
    return READERS[kind](caller)
