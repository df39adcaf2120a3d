"""What people spent: categories, expenses, and the report on them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from clockify_sandbox.api import errors, parameters, render
from clockify_sandbox.api.call import Call, Reply
from clockify_sandbox.api.query import window
from clockify_sandbox.resources import requests as tools
from clockify_sandbox.resources import store
from clockify_sandbox.resources.audit import record
from clockify_sandbox.resources.base import Link, Made, Making, Read, Resource, sent
from clockify_sandbox.resources.kept import annotate, rename, toggle, week_of

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from clockify_sandbox.resources.base import Rows, Verb
    from clockify_sandbox.world.model import Json
    from clockify_sandbox.world.world import Contents, World

FEATURE = "EXPENSES"
CATEGORIES = (
    ("Travel, by car", "km", 30),
    ("Hotel", None, None),
    ('Paper "A0"', "sheet", 1250),
    ("Altes: Telefon", None, None),
)
EVERY_DAYS = 6
"""Days between two expenses of a person."""
REPORT_SIZE = 50
EXPENSE_ACTIONS: dict[Verb, str] = {
    "created": "CREATE_EXPENSE",
    "edited": "UPDATE_EXPENSE",
    "deleted": "DELETE_EXPENSE",
}
REPORT_COLUMNS = {
    "ID": "id",
    "PROJECT": "projectName",
    "USER": "userName",
    "CATEGORY": "categoryName",
    "DATE": "date",
    "AMOUNT": "amount",
}


def _categories(making: Making) -> Iterator[Made]:
    for number, (name, unit, price) in enumerate(CATEGORIES):
        yield making.row(
            making.began,
            name=name,
            unit=unit,
            priceInCents=price,
            hasUnitPrice=price is not None,
            archived=number == len(CATEGORIES) - 1,
            status=None,
        )


def _expenses(making: Making) -> Iterator[Made]:
    categories = making.stored("expense_categories")
    projects = [each for each in making.contents.projects.values() if not each.template]
    rng = making.rng
    for user_id in making.people:
        for ago in range(rng.randrange(1, EVERY_DAYS + 1), making.days, EVERY_DAYS):
            at = making.now - timedelta(days=ago)
            category, project = rng.choice(categories), rng.choice([None, *projects])
            tasks = making.contents.tasks_of(project.id) if project else []
            quantity = float(rng.randrange(1, 90)) if category["hasUnitPrice"] else 1.0
            total = quantity * (category["priceInCents"] or 0) or float(rng.randrange(900, 90000))
            billable = project is not None and project.billable
            receipt = making.world.new_object_id(at) if rng.random() < 0.4 else None  # noqa: PLR2004 -- odds
            yield making.row(
                at,
                userId=user_id,
                date=at.date().isoformat(),
                categoryId=category["id"],
                projectId=project.id if project else None,
                taskId=rng.choice(tasks).id if tasks else None,
                quantity=quantity,
                total=total,
                billable=billable,
                notes=rng.choice((None, "", "Köln, and back", 'With "client"')),
                fileId=receipt,
                _fileName=f"receipt_{at:%Y%m%d}.pdf" if receipt else None,
                locked=ago > 60,  # noqa: PLR2004 -- as entries
                isLocked=ago > 60,  # noqa: PLR2004 -- as entries
                _approvalRequestId=None,
                _week=week_of(at.date()).isoformat(),
            )


def expanded(_world: World, contents: Contents, row: Json) -> Json:
    """Write an expense as a list shows it: with category, project and task instead of their ids."""
    project = contents.projects.get(row["projectId"] or "")
    task = contents.tasks.get(row["taskId"] or "")
    client = contents.clients.get(project.client_id or "") if project else None
    shown = {
        key: value for key, value in row.items() if key not in {"categoryId", "projectId", "taskId"}
    }
    category = contents.objects["expense_categories"].get(row["categoryId"])
    return sent(shown) | {
        "category": category and {k: value for k, value in category.items() if k != "status"},
        "project": project and render.project_in_short(project, client),
        "task": task and {"id": task.id, "name": task.name},
        "fileName": row["_fileName"],
    }


def _flat(_world: World, _contents: Contents, row: Json) -> Json:
    return row


def _of_user(call: Call, rows: Rows) -> Rows:
    user_id = call.query.get("user-id")
    return [row for row in rows if user_id in {None, "", row["userId"]}]


def _listed(_call: Call, page: Rows, rows: Rows) -> object:
    """Put a page into its envelope, with totals of the days and weeks of that page."""
    days: dict[str, float] = {}
    weeks: dict[str, float] = {}
    for row in page:
        days[row["date"]] = days.get(row["date"], 0) + row["total"]
        week = week_of(row["date"]).isoformat()
        weeks[week] = weeks.get(week, 0) + row["total"]
    return {
        "expenses": {"expenses": page, "count": len(rows)},
        "dailyTotals": [
            {"date": day, "dateAsInstant": f"{day}T00:00:00Z", "total": total}
            for day, total in days.items()
        ],
        "weeklyTotals": [{"date": week, "total": total} for week, total in weeks.items()],
    }


def _named(call: Call, rows: Rows) -> Rows:
    archived = parameters.boolean(call.query, "archived")
    name = call.query.get("name", "").lower()
    return [
        row for row in rows if archived in {None, row["archived"]} and name in row["name"].lower()
    ]


def _report(call: Call) -> Reply:
    """`POST /reports/expenses/detailed`: expenses of a window; they have a day and no time."""
    asked = tools.body(call)
    first, last = (each.date().isoformat() for each in window(call, asked))
    rows = [
        report_row(call.world, call.contents, row)
        for row in store.rows(call.world, call.contents, "expenses")
        if first <= row["date"] <= last
        and (call.administrates or row["userId"] == call.caller.id)
        and asked.get("billable") in {None, row["billable"]}
    ]
    column = asked.get("sortColumn") or "DATE"
    if column not in REPORT_COLUMNS:
        message = "unknown sort column"
        raise errors.unreadable_body(message)
    key = REPORT_COLUMNS[column]
    rows.sort(
        key=lambda row: (row[key] or "", row["id"]), reverse=asked.get("sortOrder") == "DESCENDING"
    )
    page, size = tools.body_page(asked, "pageSize", REPORT_SIZE)
    parameters.check_page(page, size, call.options.expense_report_max_page_size)
    return Reply(
        {
            "totals": {
                "expensesCount": len(rows),
                "totalAmount": sum(row["amount"] for row in rows),
                "totalAmountBillable": sum(row["amount"] for row in rows if row["billable"]),
            },
            "expenses": rows[(page - 1) * size : page * size],
        },
        tools.last_page(call, last=page * size >= len(rows)),
    )


def report_row(world: World, contents: Contents, row: Json) -> Json:
    """Write an expense as the report does."""
    user, category = world.users[row["userId"]], contents.objects["expense_categories"]
    project = contents.projects.get(row["projectId"] or "")
    of = category.get(row["categoryId"], {})
    return {
        "id": row["id"],
        "workspaceId": row["workspaceId"],
        "date": f"{row['date']}T00:00:00Z",
        "userId": user.id,
        "userName": user.name,
        "userEmail": user.email,
        "userStatus": contents.members[user.id].status,
        "projectId": project.id if project else None,
        "projectName": project.name if project else None,
        "projectColor": project.color if project else None,
        "categoryId": row["categoryId"],
        "categoryName": of.get("name"),
        "categoryUnit": of.get("unit"),
        "categoryHasUnitPrice": of.get("hasUnitPrice"),
        "quantity": row["quantity"],
        "amount": row["total"],
        "notes": row["notes"],
        "fileId": row["fileId"],
        "fileName": row["_fileName"],
        "billable": row["billable"],
        "locked": row["locked"],
        "approvalRequestId": row["_approvalRequestId"],
        "invoicingInfo": _invoiced(contents, row["id"]),
        "exportFields": [],
        "reportName": "Expense report",
        "time": None,
    }


def _invoiced(contents: Contents, expense_id: str) -> Json | None:
    """Tell which invoice an expense is on, if it is on one."""
    for invoice_id, invoice in contents.objects["invoices"].items():
        if any(expense_id in item["expenseIds"] for item in invoice["items"]):
            return {"manuallyInvoiced": False, "invoiceId": invoice_id}
    return None


def _respend(_world: World, _contents: Contents, _row: Json, rng: random.Random) -> Json:
    return {"total": float(rng.randrange(100, 90000)), "quantity": 1.0}


def _spend_again(world: World, _contents: Contents, _row: Json, rng: random.Random) -> Json:
    day = world.now().date() - timedelta(days=rng.randrange(20))
    return {
        "date": day.isoformat(),
        "total": float(rng.randrange(100, 90000)),
        "_approvalRequestId": None,
        "_week": week_of(day).isoformat(),
    }


def _move(_world: World, contents: Contents, _row: Json, rng: random.Random) -> Json:
    return {"projectId": rng.choice([None, *sorted(contents.projects)]), "taskId": None}


def _record(world: World, contents: Contents, verb: Verb, row: Json) -> None:
    """Note a change of an expense in the audit log."""
    record(world, contents, EXPENSE_ACTIONS[verb], row["userId"], row["id"], str(row["total"]))


CATEGORY = Resource(
    kind="expense_categories",
    feature=FEATURE,
    make=_categories,
    reads=(
        Read(
            "/expenses/categories",
            select=_named,
            columns={"NAME": lambda row: row["name"].lower()},
            wrap=lambda _call, page, rows: {"count": len(rows), "categories": page},
        ),
    ),
    edits=(rename, toggle("archived")),
    copy=rename,
    deletes=False,
)
EXPENSE = Resource(
    kind="expenses",
    feature=FEATURE,
    make=_expenses,
    links=(
        Link("userId", "users", owned=True),
        Link("categoryId", "expense_categories"),
        Link("projectId", "projects"),
        Link("taskId", "tasks"),
        Link("_approvalRequestId", "approval_requests"),
    ),
    reads=(
        Read("/expenses", own="userId", select=_of_user, wrap=_listed),
        Read("/expenses/{object_id}", own="userId", single=True, show=_flat),
        Read("/reports/expenses/detailed", method="POST", host="reports", handler=_report),
    ),
    show=expanded,
    copy=_spend_again,
    edits=(_respend, _move, annotate("notes"), toggle("billable")),
    after=_record,
)
