"""The usual way: an SDK tap with default writer and conformance, one page after another.

Its two streams have the tap's own schemas and send as many records. The sums by day are computed
while the entries are read, so that the report is read only once here too.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, ClassVar, cast

from singer_sdk import RESTStream, SchemaDirectory, Stream, StreamSchema, Tap
from singer_sdk import typing as th
from singer_sdk.pagination import BasePageNumberPaginator
from typing_extensions import override

from benchmarks.reading import PATH, request_for
from tap_clockify import schemas

if TYPE_CHECKING:
    from collections.abc import Iterator

    import requests
    from singer_sdk.helpers.types import Context, Record

SCHEMAS = SchemaDirectory(schemas)


class Pages(BasePageNumberPaginator):
    """Reads until the header says that a page is the last."""

    @override
    def has_more(self, response: requests.Response) -> bool:
        return response.headers["Last-Page"] != "true"


class TimeEntries(RESTStream[int]):
    """Time entries, from the detailed report."""

    name = "time_entries"
    path = PATH
    http_method = "POST"
    primary_keys = ("id",)
    records_jsonpath = "$.timeentries[*]"
    schema: ClassVar[StreamSchema[str]] = StreamSchema(SCHEMAS)

    @property
    @override
    def url_base(self) -> str:
        return str(self.config["reports_url"])

    @override
    def get_new_paginator(self) -> Pages:
        return Pages(1)

    @override
    def prepare_request_payload(
        self, context: Context | None, next_page_token: int | None
    ) -> dict[str, Any]:
        return request_for(self.config["first"], self.config["last"], next_page_token or 1)

    @override
    def post_process(self, row: Record, context: Context | None = None) -> Record:
        started = str(cast("Plain", self._tap).started)
        record = shaped(row, started)
        add_up(cast("Plain", self._tap).sums, record)
        return record


class Summary(Stream):
    """Sums by person, project, set of tags and day."""

    name = "summary"
    primary_keys = ("workspace_id", "user_id", "project_id", "tag_id", "date")
    schema: ClassVar[StreamSchema[str]] = StreamSchema(SCHEMAS)

    @override
    def get_records(self, context: Context | None) -> Iterator[Record]:
        yield from cast("Plain", self._tap).sums.values()


def shaped(row: Record, started: str) -> Record:
    """Convert one row of the report, in the straightforward way."""
    interval = row["timeInterval"]
    start = dt.datetime.fromisoformat(interval["start"])
    end = dt.datetime.fromisoformat(interval["end"])
    tags = row.get("tags") or []
    seconds = interval["duration"]
    return {
        "id": row["_id"],
        "workspace_id": "a" * 24,
        "user_id": row["userId"],
        "user": row["userName"],
        "project_id": row.get("projectId"),
        "project": row.get("projectName"),
        "task_id": row.get("taskId"),
        "task": row.get("taskName"),
        "client_id": row.get("clientId"),
        "client": row.get("clientName"),
        "tag_ids": ",".join(tag["_id"] for tag in tags),
        "tags": ", ".join(tag["name"] for tag in tags),
        "description": row["description"],
        "billable": row["billable"],
        "start": start.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "end": end.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "date": start.date().isoformat(),
        "duration_seconds": seconds,
        "duration_decimal": seconds / 3600,
        "rate": row["rate"] / 100,
        "amount": row["amount"] / 100,
        "cost_rate": row["costRate"] and row["costRate"] / 100,
        "cost_amount": row["costAmount"] / 100,
        "currency": row["currency"],
        "type": row["type"],
        "is_locked": row["isLocked"],
        "is_running": False,
        "approval_request_id": row.get("approvalRequestId"),
        "is_invoiced": bool(row.get("invoicingInfo")),
        "invoice_id": None,
        "custom_fields": None,
        "import_timestamp": started,
        "_sdc_deleted_at": None,
        "is_deleted": False,
    }


def add_up(sums: dict[tuple[str, ...], Record], entry: Record) -> None:
    """Add an entry to its row of the summary."""
    key = (entry["date"], entry["user_id"], entry["project_id"], entry["tag_ids"])
    row = sums.get(key)
    if row is None:
        sums[key] = row = {
            "workspace_id": entry["workspace_id"],
            "user": entry["user"],
            "user_id": entry["user_id"],
            "project": entry["project"],
            "project_id": entry["project_id"],
            "client": entry["client"],
            "client_id": entry["client_id"],
            "tags": entry["tags"],
            "tag_id": entry["tag_ids"],
            "date": entry["date"],
            "duration_decimal": 0,
            "amount_decimal": 0,
            "currency": entry["currency"],
            "import_timestamp": entry["import_timestamp"],
            "_sdc_deleted_at": None,
            "is_deleted": False,
        }
    row["duration_decimal"] += entry["duration_decimal"]
    row["amount_decimal"] += entry["amount"]


class Plain(Tap):
    """The usual tap."""

    name = "plain"
    config_jsonschema: ClassVar[dict[str, Any]] = th.PropertiesList(
        th.Property("reports_url", th.StringType, required=True),
        th.Property("first", th.StringType, required=True),
        th.Property("last", th.StringType, required=True),
    ).to_dict()

    @override
    def __init__(self, *args: Any, **options: Any) -> None:
        self.started = dt.datetime.now(dt.UTC).isoformat()
        self.sums: dict[tuple[str, ...], Record] = {}
        super().__init__(*args, **options)

    @override
    def discover_streams(self) -> list[Stream]:
        return [TimeEntries(tap=self), Summary(tap=self)]

    @property
    @override
    def streams(self) -> dict[str, Stream]:
        """The streams, the entries before their sums."""
        return dict(sorted(super().streams.items(), reverse=True))


if __name__ == "__main__":
    Plain.cli()
