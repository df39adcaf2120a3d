"""Clients and projects."""

from __future__ import annotations

from typing import Any

from typing_extensions import override

from tap_clockify.lists.listing import Listing
from tap_clockify.records.units import major_units
from tap_clockify.streams.base import ListStream


class Clients(ListStream):
    """Clients, archived ones included."""

    name = "clients"
    listing = Listing("/clients")
    primary_keys = ("id",)


class Projects(ListStream):
    """Projects, archived ones and templates included."""

    name = "projects"
    listing = Listing("/projects", params={"sort-column": "ID"})
    primary_keys = ("id",)

    @override
    def reshaped(self, row: dict[str, Any], workspace_id: str) -> dict[str, Any]:
        budget = dict(row.get("budgetEstimate") or {})
        budget["estimate"] = major_units(budget.get("estimate"))
        return {
            **row,
            # The API sends an empty string for "no client".
            "clientId": row.get("clientId") or None,
            "clientName": row.get("clientName") or None,
            "budgetEstimate": budget,
            "membership": next(iter(row.get("memberships") or ()), None) or {},
        }
