"""What the marts must say of requests for approval, invoices and expenses.

As `truth_of_marts`, it is computed from a world by the descriptions alone.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from zoneinfo import ZoneInfo

from truth_of_marts import CENTS, Known, Row, day_of, days_of, instant_of, iso_hours


def approvals(known: Known) -> list[Row]:
    """List the requests for approval."""
    return [
        _approval(known, workspace_id, row)
        for workspace_id, row in known.objects("approval_requests")
    ]


def _approval(known: Known, workspace_id: str, row: Row) -> Row:
    request = row["approvalRequest"]
    period, status = request["dateRange"], request["status"]
    zone = request["owner"]["timeZone"]
    changed = instant_of(status["updatedAt"])
    return {
        "workspace_id": workspace_id,
        "approval_request_id": request["id"],
        **known.person(request["owner"]["userId"]),
        **dict(zip(("first_date", "last_date"), days_of(period, zone), strict=True)),
        "status": status["state"],
        "status_changed_at": changed,
        "days_in_status": (known.today - changed.astimezone(ZoneInfo(known.timezone)).date()).days,
        **{
            name: iso_hours(row[key])
            for name, key in (
                ("hours", "trackedTime"),
                ("billable_hours", "billableTime"),
                ("approved_hours", "approvedTime"),
                ("pending_hours", "pendingTime"),
            )
        },
        "amount": row["billableAmount"] / CENTS,
        "cost_amount": row["costAmount"] / CENTS,
        "expense_amount": row["expenseTotal"] / CENTS,
        "currency": known.world[workspace_id].workspace.default_currency,
    }


def invoices(known: Known) -> list[Row]:
    """List the invoices."""
    payments: dict[str, list[Row]] = defaultdict(list)
    for _, row in known.objects("invoice_payments"):
        payments[row["invoiceId"]].append(row)
    return [
        _invoice(known, workspace_id, row, payments[row["id"]])
        for workspace_id, row in known.objects("invoices")
    ]


def _invoice(known: Known, workspace_id: str, row: Row, payments: list[Row]) -> Row:
    issued, due = day_of(row["issuedDate"]), day_of(row["dueDate"])
    is_open = row["balance"] > 0 and row["status"] != "VOID"
    late = max(0, (known.today - due).days) if is_open else 0
    return {
        "workspace_id": workspace_id,
        "invoice_id": row["id"],
        "number": row["number"],
        **known.client(workspace_id, row["clientId"]),
        "status": row["status"],
        "issued_date": issued,
        "month": issued.replace(day=1),
        "due_date": due,
        "currency": row["currency"],
        "subtotal": row["subtotal"] / CENTS,
        "discount_amount": row["discountAmount"] / CENTS,
        "tax_amount": (row["taxAmount"] + row["tax2Amount"]) / CENTS,
        "amount": row["amount"] / CENTS,
        "paid_amount": row["paid"] / CENTS,
        "balance_amount": row["balance"] / CENTS,
        "days_overdue": late,
        "items": len(row["items"]),
        "items_amount": sum(item["amount"] for item in row["items"]) / CENTS,
        "payments": len(payments),
        "payments_amount": sum(each["amount"] for each in payments) / CENTS,
        "last_payment_date": max((day_of(each["date"]) for each in payments), default=None),
    }


def expenses(known: Known) -> list[Row]:
    """List the expenses."""
    return [_expense(known, workspace_id, row) for workspace_id, row in known.objects("expenses")]


def _expense(known: Known, workspace_id: str, row: Row) -> Row:
    project_id = row["project"]["id"] if row["project"] else ""
    day, amount = dt.date.fromisoformat(row["date"]), row["total"] / CENTS
    return {
        "workspace_id": workspace_id,
        "expense_id": row["id"],
        **known.person(row["userId"]),
        **known.project(workspace_id, project_id),
        "date": day,
        "month": day.replace(day=1),
        "category_name": row["category"]["name"] if row["category"] else None,
        "amount": amount,
        "billable_amount": amount if row["billable"] else 0.0,
        "currency": known.world[workspace_id].currency_of(project_id),
        "is_billable": row["billable"],
        "is_locked": row["locked"],
        "notes": row["notes"],
    }
