"""Holidays and time off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clockify_client.subscription import Needs

from tap_clockify.lists.listing import Listing
from tap_clockify.records.parts import Whole
from tap_clockify.streams.base import ListStream

if TYPE_CHECKING:
    from collections.abc import Iterator

NEEDS = Needs(feature="TIME_OFF")
PAGE_SIZES = (200, 50)
"""Clockify documents 200 as the maximum of these lists."""

POLICIES = Listing(
    "/time-off/policies", params={"status": "ALL"}, page_sizes=PAGE_SIZES, needs=NEEDS
)


def _holiday(item: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a holiday; one of its settings is documented as true or false, and as an object."""
    setting = item.get("automaticTimeEntryCreation")
    if isinstance(setting, dict):
        entities = setting.get("defaultEntities") or {}
        item = {**item, **entities, "automaticTimeEntryCreation": setting.get("enabled")}
    yield item


def _request(item: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a request; its status is documented as an object, and has been seen as text."""
    status = item.get("status")
    yield {**item, "status": {"statusType": status}} if isinstance(status, str) else item


class Holidays(ListStream):
    """Holidays, and whom they concern."""

    name = "holidays"
    listing = Listing("/holidays", paging="none", needs=NEEDS)
    rows = staticmethod(_holiday)


class TimeOffPolicies(ListStream):
    """Policies of time off, archived ones included."""

    name = "time_off_policies"
    listing = POLICIES


class TimeOffRequests(ListStream):
    """Requests for time off, whatever their status."""

    name = "time_off_requests"
    listing = Listing(
        "/time-off/requests",
        body={"statuses": ["ALL"], "users": [], "userGroups": []},
        paging="body",
        page_sizes=PAGE_SIZES,
        items="requests",
        needs=NEEDS,
    )
    rows = staticmethod(_request)


class TimeOffBalances(ListStream):
    """How much time off each person has left, by policy."""

    name = "time_off_balances"
    listing = Listing(
        "/time-off/balance/policy/{id}", page_sizes=PAGE_SIZES, items="balances", per=POLICIES
    )
    primary_keys = ("workspaceId", "policyId", "userId")
    parent_column = "policyId"
    rows = Whole(of_parent={"policyId": "id"})
