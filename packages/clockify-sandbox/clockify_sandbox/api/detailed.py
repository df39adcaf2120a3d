"""The detailed report: one row per entry of a window, with amounts, and totals of all pages."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any

from clockify_sandbox.api import errors, parameters, render
from clockify_sandbox.api.call import Call, Reply
from clockify_sandbox.api.query import SECONDS_PER_HOUR, ReportQuery, parse, selected
from clockify_sandbox.api.totals import totals

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from clockify_sandbox.world.model import Entry

Json = dict[str, object]
DEFAULT_PAGE_SIZE = 50
SPLIT_KEYS = {"EARNED": ("earnedAmount", "earnedRate"), "COST": ("costAmount", "costRate")}


def detailed(call: Call) -> Reply:
    """`POST /reports/detailed`."""
    query = parse(call, "detailedFilter", running=call.options.running_in_detailed)
    asked = query.body["detailedFilter"]
    if not isinstance(asked, dict):
        message = "detailedFilter must be an object"
        raise errors.unreadable_body(message)
    page, size = _page(call, asked)
    entries = _sorted(call, query, asked)
    rows = Rows(call, query)
    return Reply(
        {
            "totals": totals(
                call,
                query,
                entries,
                excluded=(asked.get("options") or {}).get("totals") == "EXCLUDE",
            ),
            "timeentries": [rows.row(entry) for entry in entries[(page - 1) * size : page * size]],
        },
        parameters.last_page(call.options, last=page * size >= len(entries)),
    )


def _page(call: Call, asked: dict[str, Any]) -> tuple[int, int]:
    page, size = asked.get("page", 1), asked.get("pageSize", DEFAULT_PAGE_SIZE)
    if not isinstance(page, int) or not isinstance(size, int):
        message = "page and pageSize must be numbers"
        raise errors.unreadable_body(message)
    greatest = call.options.detailed_max_page_size
    if call.options.detailed_over_max == "clamp":
        size = min(size, greatest)
    parameters.check_page(page, size, greatest)
    return page, size


def _sorted(call: Call, query: ReportQuery, asked: dict[str, Any]) -> list[Entry]:
    by_start: Callable[[Entry], Any] = attrgetter("start", "id")
    columns: dict[str, Callable[[Entry], Any]] = {
        "ID": attrgetter("id"),
        "DESCRIPTION": attrgetter("description", "id"),
        "USER": lambda entry: (call.world.users[entry.user_id].name, entry.id),
        "DURATION": lambda entry: (query.seconds(entry), entry.id),
        "DATE": by_start,
        "ZONED_DATE": by_start,
        "NATURAL": by_start,
        "USER_DATE": lambda entry: (call.world.users[entry.user_id].name, entry.start, entry.id),
    }
    column = asked.get("sortColumn") or "DATE"
    order = query.body.get("sortOrder") or "DESCENDING"
    if column not in columns or order not in {"ASCENDING", "DESCENDING"}:
        message = "unknown sort column or order"
        raise errors.unreadable_body(message)
    entries = selected(call, query)
    if columns[column] is by_start and order == "ASCENDING":
        return entries
    # The selection is the same list object for as long as it is cached.
    key = ("sorted", call.contents.version, id(entries), column, order)
    _, ordered = call.api.cache.get(
        key,
        lambda: (
            entries,  # kept alive, so that no other object gets its id
            sorted(entries, key=columns[column], reverse=order == "DESCENDING"),
        ),
    )
    return ordered


class Rows:
    """Writes entries as rows of the detailed report."""

    def __init__(self, call: Call, query: ReportQuery) -> None:
        """Prepare what is the same for all rows."""
        self._contents = call.contents
        self._users = call.world.users
        self._options = call.options
        self._query = query
        self._projects: dict[str | None, Json] = {}
        self._zone = query.zone

    def row(self, entry: Entry) -> Json:
        """Write one entry."""
        user = self._users[entry.user_id]
        row: Json = {
            "_id": entry.id,
            "description": entry.description,
            "userId": user.id,
            "timeInterval": self._interval(entry),
            "billable": entry.billable,
            **self._project(entry.project_id),
            "taskId": entry.task_id,
            **self._tags(entry),
            "approvalRequestId": entry.approval_request_id,
            "type": entry.type,
            "isLocked": entry.locked,
            "locked": entry.locked,
            "customFields": [
                {
                    "customFieldId": field.field_id,
                    "timeEntryId": entry.id,
                    "value": field.value,
                    "name": field.name,
                    "type": field.type,
                }
                for field in entry.fields
            ]
            or None,
            **self._amounts(entry),
            "userName": user.name,
            "userEmail": user.email,
        }
        task = self._contents.tasks.get(entry.task_id or "")
        if task is not None:
            row["taskName"] = task.name
        if entry.invoice_id is not None:
            row["invoicingInfo"] = {"manuallyInvoiced": True, "invoiceId": entry.invoice_id}
        elif self._options.uninvoiced == "empty_list":
            row["invoicingInfo"] = []
        return row

    def _interval(self, entry: Entry) -> Json:
        start, offset_start = self._local(entry.start)
        end, offset_end = (None, None) if entry.end is None else self._local(entry.end)
        in_utc = self._options.report_times == "utc"
        interval: Json = {
            "start": render.utc(entry.start) if in_utc else _written(start),
            "end": end and (render.utc(entry.end) if in_utc else _written(end)),
            "duration": None if entry.end is None else self._query.seconds(entry),
        }
        if self._options.zoned_fields:
            interval["timeZone"] = self._zone.key
            interval["zonedStart"] = start[:19]
            interval["zonedEnd"] = end and end[:19]
            interval["offStart"] = offset_start
            interval["offEnd"] = offset_end
        return interval

    def _local(self, instant: datetime) -> tuple[str, int]:
        local = instant.astimezone(self._zone)
        offset = local.utcoffset()
        return local.isoformat(), int(offset.total_seconds()) if offset else 0

    def _project(self, project_id: str | None) -> Json:
        if project_id not in self._projects:
            self._projects[project_id] = self._project_keys(project_id)
        return self._projects[project_id]

    def _project_keys(self, project_id: str | None) -> Json:
        project = self._contents.projects.get(project_id or "")
        if project is None:
            names = ("projectId", "projectName", "projectColor")
            match self._options.missing_project:
                case "absent":
                    return {}
                case "null":
                    return {**dict.fromkeys(names), "clientName": "", "clientId": ""}
                case "empty":
                    return dict.fromkeys((*names, "clientName", "clientId"), "")
        client = self._contents.clients.get(project.client_id or "")
        return {
            "projectId": project.id,
            "projectName": project.name,
            "projectColor": project.color,
            "clientName": client.name if client else "",
            "clientId": client.id if client else "",
        }

    def _tags(self, entry: Entry) -> Json:
        keys: Json = {}
        style = self._options.tag_keys
        if entry.tag_ids:
            if style != "tag_ids_only":
                keys["tags"] = [
                    {"_id": tag_id, "name": self._contents.tags[tag_id].name}
                    for tag_id in entry.tag_ids
                ]
            if style != "tags_or_tag_ids":
                keys["tagIds"] = list(entry.tag_ids)
        elif self._options.untagged != "absent":
            keys["tagIds"] = None if self._options.untagged == "null" else []
        return keys

    def _amounts(self, entry: Entry) -> Json:
        query = self._query
        seconds = query.seconds(entry)
        priced = [
            (kind, None if rate is None else rate * seconds / SECONDS_PER_HOUR, rate)
            for kind in query.amounts
            for rate in (query.rate(entry, kind),)
        ]
        keys: Json = {"amount": None, "rate": None}
        if priced:
            _, keys["amount"], keys["rate"] = priced[0]
        if query.split_amounts:
            if self._options.row_amounts == "earned_only":
                keys = {}
            if self._options.row_amounts != "amount_only":
                for kind, amount, rate in priced:
                    if kind in SPLIT_KEYS:
                        amount_key, rate_key = SPLIT_KEYS[kind]
                        keys[amount_key], keys[rate_key] = amount, rate
            keys["currency"] = entry.currency
        return keys


def _written(local: str) -> str:
    # ISO instants at UTC end in Z, as in the live answer for the zone "UTC".
    return f"{local[:-6]}Z" if local.endswith("+00:00") else local
