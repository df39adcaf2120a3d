"""Expenses and invoices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clockify_client.subscription import Needs

from tap_clockify.lists.listing import Listing
from tap_clockify.records.parts import PARENT, Each, Whole, object_in
from tap_clockify.streams.base import ListStream

if TYPE_CHECKING:
    from collections.abc import Iterator

NEEDS = Needs(feature="EXPENSES")
INVOICES = Listing(
    "/invoices/info",
    body={},
    paging="body",
    items="invoices",
    # The older form says a little less of each invoice.
    instead=Listing("/invoices", items="invoices"),
    needs=Needs(feature="INVOICING", by_admin=True),
)
INVOICE = Listing("/invoices/{id}", paging="none", is_object=True, per=INVOICES)


def _expense(item: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield an expense with the ids of its category, project and task, which stand inside them."""
    objects = {f"{name}Id": object_in(item, name) for name in ("category", "project", "task")}
    ids = {column: item.get(column) or found.get("id") for column, found in objects.items()}
    yield {**item, **ids}


def _invoice(item: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield an invoice: its own answer, and what only the list of all invoices says of it."""
    streams = {"items", PARENT}
    own = {key: value for key, value in item.items() if key not in streams and value is not None}
    yield {**object_in(item, PARENT), **own}


class Expenses(ListStream):
    """Expenses."""

    name = "expenses"
    listing = Listing("/expenses", items="expenses.expenses", needs=NEEDS)
    rows = staticmethod(_expense)


class ExpenseCategories(ListStream):
    """Categories of expenses, archived ones included."""

    name = "expense_categories"
    listing = Listing("/expenses/categories", items="categories", needs=NEEDS)


class Invoices(ListStream):
    """Invoices."""

    name = "invoices"
    listing = INVOICE
    parent_column = "id"
    rows = staticmethod(_invoice)


class InvoiceItems(ListStream):
    """Items of each invoice."""

    name = "invoice_items"
    listing = INVOICE
    primary_keys = ("workspaceId", "invoiceId", "order")
    parent_column = "invoiceId"
    rows = Each("items", {"invoiceId": "id"}, numbered="order")


class InvoicePayments(ListStream):
    """Payments of each invoice."""

    name = "invoice_payments"
    listing = Listing("/invoices/{id}/payments", per=INVOICES)
    identity = ("invoiceId",)
    parent_column = "invoiceId"
    rows = Whole(of_parent={"invoiceId": "id"})
