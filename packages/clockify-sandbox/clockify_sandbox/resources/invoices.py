"""Invoices with their items, and what was paid for them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from clockify_sandbox.api import errors, parameters, render
from clockify_sandbox.resources import requests as tools
from clockify_sandbox.resources import store
from clockify_sandbox.resources.base import Link, Made, Making, Read, Resource
from clockify_sandbox.resources.kept import annotate

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from clockify_sandbox.api.call import Call
    from clockify_sandbox.resources.base import Rows, Verb
    from clockify_sandbox.world.model import Client, Entry, Json
    from clockify_sandbox.world.world import Contents, World

FEATURE = "INVOICING"
HOUR_SECONDS = 3600
HUNDRED = 100
"""Unit prices are in hundredths of minor units, percentages in hundredths."""
DUE_DAYS = timedelta(days=30)
STATUSES = ("UNSENT", "SENT", "PAID", "PARTIALLY_PAID", "VOID", "OVERDUE")
MANUAL_STATUSES = ("UNSENT", "SENT", "VOID", "OVERDUE")
LISTED = (
    "id",
    "number",
    "clientId",
    "clientName",
    "currency",
    "issuedDate",
    "dueDate",
    "amount",
    "balance",
    "paid",
    "status",
)
COLUMNS = {
    "ID": lambda row: row["id"],
    "CLIENT": lambda row: row["clientName"] or "",
    "DUE_ON": lambda row: row["dueDate"],
    "ISSUE_DATE": lambda row: row["issuedDate"],
    "AMOUNT": lambda row: row["amount"],
    "BALANCE": lambda row: row["balance"],
}


def _invoices(making: Making) -> Iterator[Made]:
    """Make the invoices that entries are on, and some with expenses or written by hand."""
    contents = making.contents
    invoiced: dict[str, list[Entry]] = defaultdict(list)
    for entry in contents.entries:
        if entry.invoice_id is not None:
            invoiced[entry.invoice_id].append(entry)
    number = 0
    for number, (object_id, entries) in enumerate(invoiced.items(), 1):
        project = contents.projects[entries[0].project_id or ""]
        client = contents.clients[project.client_id or ""]
        at = min(making.now, max(entry.start for entry in entries) + timedelta(days=3))
        items = _time_items(contents, entries)
        yield _invoice(making, object_id, number, client, at, items, "SENT")
    for client in list(contents.clients.values())[:4]:
        number += 1
        at = making.now - timedelta(days=number * 11 % 80)
        items = [*_expense_items(contents, client), _item(0, "Flat fee", 150000, quantity=2)]
        status = MANUAL_STATUSES[number % len(MANUAL_STATUSES)]
        yield _invoice(making, "", number, client, at, items, status)


def _invoice(
    making: Making,
    object_id: str,
    number: int,
    client: Client,
    at: datetime,
    items: list[Json],
    status: str,
) -> Made:
    numbered = [{**item, "order": order} for order, item in enumerate(items, 1)]
    percents = {"tax": 19 * (number % 3 > 0), "tax2": 0, "discount": 5 * (number % 4 == 0)}
    return making.row(
        at,
        id=object_id,
        number=f"{at:%Y}-{number:04d}",
        clientId=client.id,
        clientName=client.name,
        clientAddress=client.address or "",
        currency=client.currency or making.contents.workspace.default_currency,
        issuedDate=render.utc(at),
        dueDate=render.utc(at + DUE_DAYS),
        subject=f"{at:%B}, work",
        note=making.rng.choice((None, "", "Zahlbar in 30 Tagen, danke")),
        userId=making.world.owner_id,
        companyId=making.contents.workspace.id[::-1],
        billFrom=making.contents.workspace.name,
        taxType="SIMPLE" if percents["tax"] else "NONE",
        calculationType="INVOICE_BASED",
        visibleZeroFields=["TAX"],
        status=status,
        items=numbered,
        **{name: float(percent * HUNDRED) for name, percent in percents.items()},
    )


def _item(
    order: int,
    description: str,
    price: int,
    *,
    quantity: int = 1,
    imported: str = "NOT_IMPORTED",
    **ids: list[str],
) -> Json:
    return {
        "order": order,
        "itemType": "Expense" if imported == "EXPENSE_IMPORT" else "Service",
        "description": description,
        "quantity": quantity,
        "unitPrice": price * HUNDRED,
        "amount": price * quantity,
        "applyTaxes": "TAX1",
        "importType": imported,
        "timeEntryIds": ids.get("entry_ids", []),
        "expenseIds": ids.get("expense_ids", []),
    }


def _time_items(contents: Contents, entries: list[Entry]) -> list[Json]:
    projects: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        projects[entry.project_id or ""].append(entry)
    return [
        _item(
            0,
            contents.projects[project_id].name,
            round(sum((each.hourly_rate or 0) * each.seconds for each in of) / HOUR_SECONDS),
            imported="TIME_ENTRY_IMPORT",
            entry_ids=[each.id for each in of],
        )
        for project_id, of in projects.items()
    ]


def _expense_items(contents: Contents, client: Client) -> list[Json]:
    found = [
        row
        for row in contents.objects["expenses"].values()
        if row["billable"] and contents.projects[row["projectId"]].client_id == client.id
    ][:5]
    if not found:
        return []
    total = round(sum(row["total"] for row in found))
    ids = [row["id"] for row in found]
    return [_item(0, "Expenses", total, imported="EXPENSE_IMPORT", expense_ids=ids)]


def _payments(making: Making) -> Iterator[Made]:
    for number, row in enumerate(making.stored("invoices")):
        if number % 3 == 2 or row["status"] != "SENT":  # noqa: PLR2004 -- made up
            continue
        amount = overview(making.world, making.contents, row)["amount"]
        for part in range(1 + number % 2):
            at = parameters.instant(row["issuedDate"]) + timedelta(days=5 + 9 * part)
            yield making.row(
                at,
                _invoiceId=row["id"],
                amount=amount if number % 2 == 0 else amount // 3,
                author=making.world.owner.name,
                date=render.utc(at),
                note=making.rng.choice((None, "", "Überweisung")),
            )


def overview(_world: World, contents: Contents, row: Json) -> Json:
    """Write an invoice in full, with its sums, what was paid, and the status that follows."""
    items = [
        {
            **item,
            "timeEntryIds": [each for each in item["timeEntryIds"] if each in contents.entries],
            "expenseIds": [
                each for each in item["expenseIds"] if each in contents.objects["expenses"]
            ],
        }
        for item in row["items"]
    ]
    subtotal = sum(item["amount"] for item in items)
    sums = {
        name: round(subtotal * row[name] / HUNDRED / 100) for name in ("discount", "tax", "tax2")
    }
    amount = subtotal - sums["discount"] + sums["tax"] + sums["tax2"]
    payments = contents.objects["invoice_payments"].values()
    paid = sum(each["amount"] for each in payments if each["_invoiceId"] == row["id"])
    status = row["status"]
    if paid and status != "VOID":
        status = "PAID" if paid >= amount else "PARTIALLY_PAID"
    return {
        **{key: value for key, value in row.items() if key != "workspaceId"},
        "items": items,
        "subtotal": subtotal,
        **{f"{name}Amount": value for name, value in sums.items()},
        "amount": amount,
        "paid": paid,
        "balance": amount - paid,
        "status": status,
        "containsImportedTimes": any(item["timeEntryIds"] for item in items),
        "containsImportedExpenses": any(item["expenseIds"] for item in items),
    }


def _line(_world: World, _contents: Contents, row: Json) -> Json:
    return {key: row[key] for key in LISTED}


def _info(world: World, _contents: Contents, row: Json) -> Json:
    late = world.now() - parameters.instant(row["dueDate"])
    return {
        **{key: row[key] for key in LISTED},
        "billFrom": row["billFrom"],
        "daysOverdue": max(0, late.days) if row["balance"] > 0 else 0,
        "visibleZeroFields": row["visibleZeroFields"],
    }


def _completed(call: Call, rows: Rows) -> Rows:
    """Complete invoices before they are filtered and sorted by their figures."""
    return [overview(call.world, call.contents, row) for row in rows]


def _of_statuses(call: Call, rows: Rows) -> Rows:
    statuses = parameters.listed(call.query, "statuses")
    if not set(statuses) <= set(STATUSES):
        raise errors.bad_parameter("statuses", f"No enum constant {statuses}")
    return [row for row in _completed(call, rows) if not statuses or row["status"] in statuses]


def _asked(call: Call, rows: Rows) -> Rows:
    asked = tools.body(call)
    statuses = asked.get("statuses") or STATUSES
    clients = (asked.get("clients") or {}).get("ids") or []
    contains = (asked.get("clients") or {}).get("contains") != "DOES_NOT_CONTAIN"
    number = asked.get("invoiceNumber") or ""
    issued: dict[str, Any] = asked.get("issueDate") or {}
    first = issued.get("issue-date-start") or ""
    last = issued.get("issue-date-end") or "9999"
    return [
        row
        for row in _completed(call, rows)
        if row["status"] in statuses
        and (not clients or (row["clientId"] in clients) == contains)
        and (row["number"] == number if asked.get("strictSearch") else number in row["number"])
        and first <= row["issuedDate"][:10] <= last
    ]


def _of_invoice(call: Call, rows: Rows) -> Rows:
    invoice_id = call.path["invoice_id"]
    if store.find(call.world, call.contents, "invoices", invoice_id) is None:
        raise errors.not_in_workspace("Invoice")
    return [row for row in rows if row["_invoiceId"] == invoice_id]


def _payment(_world: World, _contents: Contents, row: Json) -> Json:
    return {key: value for key, value in row.items() if key != "workspaceId"}


def _reprice(_world: World, _contents: Contents, row: Json, rng: random.Random) -> Json:
    added = _item(len(row["items"]) + 1, "Extra, späte Änderung", rng.randrange(100, 9000))
    return {"items": [*row["items"][:3], added][: rng.randrange(1, 5)]}


def _send(_world: World, _contents: Contents, _row: Json, rng: random.Random) -> Json:
    return {"status": rng.choice(MANUAL_STATUSES)}


def _write_again(world: World, _contents: Contents, row: Json, rng: random.Random) -> Json:
    item = _item(1, "Another fee", rng.randrange(1000, 90000))
    number = f"{row['number']}-{rng.randrange(1000)}"
    return {"number": number, "items": [item], "issuedDate": render.utc(world.now())}


def _pay_less(_world: World, _contents: Contents, row: Json, rng: random.Random) -> Json:
    return {"amount": max(1, row["amount"] - rng.randrange(500))}


def _release(world: World, contents: Contents, verb: Verb, row: Json) -> None:
    """Take the entries of an invoice that is gone off it."""
    if verb == "deleted":
        for entry in [e for e in contents.entries if e.invoice_id == row["id"]]:
            world.change(replace(entry, invoice_id=None))


INVOICE = Resource(
    kind="invoices",
    feature=FEATURE,
    document="INVOICES",
    make=_invoices,
    links=(Link("clientId", "clients", name="clientName"), Link("userId", "users")),
    reads=(
        Read(
            "/invoices",
            administrators=True,
            select=_of_statuses,
            columns=COLUMNS,
            show=_line,
            wrap=lambda _call, page, rows: {"total": len(rows), "invoices": page},
        ),
        Read("/invoices/{object_id}", administrators=True, single=True),
        Read(
            "/invoices/info",
            method="POST",
            administrators=True,
            paging="body",
            select=_asked,
            columns=COLUMNS,
            show=_info,
            wrap=lambda _call, page, rows: {"total": len(rows), "invoices": page},
        ),
    ),
    show=overview,
    edits=(_reprice, _send, annotate("note")),
    after=_release,
    copy=_write_again,
    deletes=False,
)
PAYMENT = Resource(
    kind="invoice_payments",
    feature=FEATURE,
    make=_payments,
    links=(Link("_invoiceId", "invoices", owned=True),),
    reads=(Read("/invoices/{invoice_id}/payments", administrators=True, select=_of_invoice),),
    show=_payment,
    edits=(_pay_less, annotate("note")),
    copy=_pay_less,
)
