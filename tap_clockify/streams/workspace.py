"""The workspace itself, and what is set up for all of it."""

from __future__ import annotations

from clockify_client.subscription import Needs

from tap_clockify.lists.listing import Listing
from tap_clockify.records.parts import Each, Whole
from tap_clockify.streams.base import ListStream

WORKSPACE = Listing("")
FIELDS = Listing("/custom-fields", paging="none", needs=Needs(feature="CUSTOM_FIELDS"))


class Workspaces(ListStream):
    """Workspaces, with their plans, settings and rates."""

    name = "workspaces"
    listing = WORKSPACE
    primary_keys = ("id",)
    rows = Whole(without=("memberships", "currencies"))


class Currencies(ListStream):
    """Currencies of each workspace."""

    name = "currencies"
    listing = WORKSPACE
    rows = Each("currencies")


class CustomFields(ListStream):
    """Custom fields of time entries and of people."""

    name = "custom_fields"
    listing = FIELDS


class ProjectCustomFields(ListStream):
    """Default values of custom fields in projects."""

    name = "project_custom_fields"
    listing = FIELDS
    primary_keys = ("workspaceId", "projectId", "customFieldId")
    rows = Each("projectDefaultValues", {"customFieldId": "id", "name": "name", "type": "type"})


class SharedReports(ListStream):
    """Shared reports that the owner of the key may see."""

    name = "shared_reports"
    listing = Listing(
        "/shared-reports",
        host="reports",
        paging="camel",
        items="reports",
        needs=Needs(by_admin=True),
    )


class Webhooks(ListStream):
    """Webhooks, without the secret by which their receivers recognize them."""

    name = "webhooks"
    listing = Listing("/webhooks", paging="none", items="webhooks", needs=Needs(by_admin=True))
    rows = Whole(without=("authToken",))
