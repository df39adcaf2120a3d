"""A parsed report request: its window, filters and amounts, and the entries that it selects."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from clockify_sandbox.api import errors, parameters

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

    from clockify_sandbox.api.call import Call
    from clockify_sandbox.world.model import Entry, Rounding
    from clockify_sandbox.world.world import Contents

AmountKind = Literal["EARNED", "COST", "PROFIT"]
AMOUNT_KINDS = ("EARNED", "COST", "PROFIT", "HIDE_AMOUNT", "EXPORT")
USER_STATUSES: dict[str, tuple[str, ...]] = {
    "ACTIVE": ("ACTIVE",),
    "PENDING": ("PENDING",),
    "INACTIVE": ("INACTIVE",),
    "ACTIVE_WITH_PENDING": ("ACTIVE", "PENDING"),
}
WALL_CLOCK = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?")
SECOND = timedelta(seconds=1)
SECONDS_PER_HOUR = 3600


@dataclass(frozen=True)
class ReportQuery:
    """What a summary or detailed report is to contain."""

    body: dict[str, Any]
    zone: ZoneInfo
    first: datetime
    last: datetime
    amounts: tuple[AmountKind, ...]
    split_amounts: bool
    rounding: Rounding | None
    running: bool
    now: datetime
    unbilled: float | None

    def seconds(self, entry: Entry) -> int:
        """Measure an entry: elapsed so far if its timer is running, rounded if requested."""
        end = entry.end or max(self.now, entry.start)
        seconds = (end - entry.start) // SECOND
        if self.rounding is None:
            return seconds
        step = self.rounding.minutes * 60
        shift = {"ROUND_UP": step - 1, "ROUND_DOWN": 0, "ROUND_NEAR": step // 2}
        return (seconds + shift[self.rounding.mode]) // step * step

    def rate(self, entry: Entry, kind: AmountKind) -> int | None:
        """Find the rate behind an amount; None if the entry earns or costs nothing."""
        if kind == "COST":
            return entry.cost_rate
        if not entry.billable:
            return None if self.unbilled is None else 0
        if kind == "PROFIT" and entry.hourly_rate is not None:
            return entry.hourly_rate - (entry.cost_rate or 0)
        return entry.hourly_rate

    def amounts_of(self, entry: Entry, seconds: int) -> list[float]:
        """Price an entry for every requested kind, in minor units that may be fractional."""
        return [(self.rate(entry, kind) or 0) * seconds / SECONDS_PER_HOUR for kind in self.amounts]


def parse(call: Call, filter_name: str, *, running: bool) -> ReportQuery:
    """Parse a report request, or say what is wrong with it."""
    body = call.body
    if not isinstance(body, dict):
        message = "an object is required"
        raise errors.unreadable_body(message)
    for name in ("dateRangeStart", "dateRangeEnd", filter_name):
        if body.get(name) is None:
            message = f"{name} must not be null"
            raise errors.invalid(message)
    own = call.caller.settings.time_zone if call.caller.settings else "UTC"
    zone = parameters.zone_named(body.get("timeZone") or own)
    first, last = window(call, body)
    kinds = body.get("amounts") or [body.get("amountShown") or "EARNED"]
    if not isinstance(kinds, list) or any(kind not in AMOUNT_KINDS for kind in kinds):
        message = "unknown amount type"
        raise errors.unreadable_body(message)
    hidden = "HIDE_AMOUNT" in kinds
    return ReportQuery(
        body=body,
        zone=zone,
        first=parameters.as_wall_clock(first, zone),
        last=parameters.as_wall_clock(last, zone),
        amounts=() if hidden else tuple(k for k in kinds if k in {"EARNED", "COST", "PROFIT"}),
        split_amounts=bool(body.get("amounts")),
        rounding=call.contents.workspace.rounding if body.get("rounding") is True else None,
        running=running,
        now=call.world.now().replace(microsecond=0),
        unbilled=None if call.options.unbilled_amount == "null" else 0.0,
    )


def selected(call: Call, query: ReportQuery) -> list[Entry]:
    """List the entries that a report is about, by start; cached until something changes."""
    contents = call.contents
    filters = {
        key: value
        for key, value in query.body.items()
        if key not in {"detailedFilter", "summaryFilter", "sortOrder", "amounts", "exportType"}
    }
    audit = (query.body.get("detailedFilter") or {}).get("auditFilter") or {}
    key = (
        "entries",
        contents.workspace.id,
        contents.version,
        call.caller.id,
        query.running,
        call.api.late.state(contents),
        json.dumps([filters, audit], sort_keys=True, default=str),
    )
    return call.api.cache.get(key, lambda: _select(call, query, audit))


def _select(call: Call, query: ReportQuery, audit: dict[str, Any]) -> list[Entry]:
    entries = call.api.late.shown(
        call.contents,
        call.contents.entries.window(query.first, query.last),
        lambda entry: query.first <= entry.start <= query.last,
    )
    if not query.running:
        entries = [entry for entry in entries if entry.end is not None]
    for keep in _predicates(call, query, audit):
        entries = [entry for entry in entries if keep(entry)]
    return entries


def _predicates(
    call: Call, query: ReportQuery, audit: dict[str, Any]
) -> list[Callable[[Entry], bool]]:
    body = query.body
    contents = call.contents
    found: list[Callable[[Entry], bool]] = []
    if not call.oversees:
        found.append(lambda entry: entry.user_id == call.caller.id)
    found += _user_filter(call, body.get("users"))
    found += _id_filter(
        call,
        body.get("projects"),
        lambda entry: [entry.project_id],
        {item.id: item.archived for item in contents.projects.values()},
    )
    found += _id_filter(
        call,
        body.get("clients"),
        lambda entry: [_client_id(contents, entry)],
        {item.id: item.archived for item in contents.clients.values()},
    )
    found += _id_filter(
        call,
        body.get("tags"),
        lambda entry: list(entry.tag_ids),
        {item.id: item.archived for item in contents.tags.values()},
    )
    found += _id_filter(
        call,
        body.get("tasks"),
        lambda entry: [entry.task_id],
        {item.id: item.done for item in contents.tasks.values()},
    )
    billable = body.get("billable")
    if billable is not None:
        found.append(lambda entry: entry.billable == billable)
    if body.get("approvalState") in {"APPROVED", "UNAPPROVED"}:
        approved = body["approvalState"] == "APPROVED"
        found.append(lambda entry: (entry.approval_request_id is not None) == approved)
    if body.get("invoicingState") in {"INVOICED", "UNINVOICED"}:
        invoiced = body["invoicingState"] == "INVOICED"
        found.append(lambda entry: (entry.invoice_id is not None) == invoiced)
    if body.get("description"):
        text = str(body["description"]).lower()
        found.append(lambda entry: text in entry.description.lower())
    if body.get("withoutDescription"):
        found.append(lambda entry: not entry.description)
    if audit.get("withoutProject"):
        found.append(lambda entry: entry.project_id is None)
    if audit.get("withoutTask"):
        found.append(lambda entry: entry.task_id is None)
    return found


def _user_filter(call: Call, given: object) -> list[Callable[[Entry], bool]]:
    ids, contains, status = _contains(call, given)
    members = call.contents.members
    wanted = USER_STATUSES.get(status or call.options.report_users_default_status)
    found: list[Callable[[Entry], bool]] = []
    is_nobody = isinstance(given, dict) and given.get("ids") == [] and contains
    if ids or (is_nobody and call.options.users_filter_nobody):
        found.append(lambda entry: (entry.user_id in ids) == contains)
    if wanted is not None:
        found.append(
            lambda entry: entry.user_id in members and members[entry.user_id].status in wanted
        )
    return found


def _id_filter(
    call: Call,
    given: object,
    ids_of: Callable[[Entry], list[str | None]],
    archived: dict[str, bool],
) -> list[Callable[[Entry], bool]]:
    ids, contains, status = _contains(call, given)
    found: list[Callable[[Entry], bool]] = []
    if ids:
        found.append(lambda entry: any(each in ids for each in ids_of(entry)) == contains)
    if status in {"ACTIVE", "ARCHIVED"}:
        wanted = status == "ARCHIVED"
        found.append(
            lambda entry: any(archived.get(each or "") == wanted for each in ids_of(entry))
        )
    return found


def _contains(call: Call, given: object) -> tuple[set[str], bool, str]:
    if not isinstance(given, dict):
        return set(), True, ""
    if given.get("ids") == [] and not call.options.empty_ids_accepted:
        message = "ids must not be empty"
        raise errors.invalid(message)
    ids = {str(each) for each in given.get("ids") or ()}
    return ids, given.get("contains") != "DOES_NOT_CONTAIN", str(given.get("status") or "")


def _client_id(contents: Contents, entry: Entry) -> str | None:
    project = contents.projects.get(entry.project_id or "")
    return project.client_id if project else None


def window(call: Call, body: dict[str, Any]) -> tuple[datetime, datetime]:
    """Read the window's wall clock; an offset or a `Z` after it is ignored."""
    first, last = (_wall_clock(body[name]) for name in ("dateRangeStart", "dateRangeEnd"))
    if first > last:
        message = f"Start datetime {first} is greater than end datetime {last}"
        raise errors.invalid(message)
    days = call.options.free_report_days
    if call.contents.workspace.plan.free and _days(first.date(), last.date()) > days:
        if call.options.free_range_exceeded == "error":
            message = f"Date range of reports is limited to {days} days on this plan"
            raise errors.invalid(message)
        midnight = first.replace(hour=0, minute=0, second=0, microsecond=0)
        last = midnight + timedelta(days=days) - timedelta(milliseconds=1)
    return first, last


def _wall_clock(value: object) -> datetime:
    match = WALL_CLOCK.match(value) if isinstance(value, str) else None
    if match is None:
        message = f"Text '{value}' could not be parsed"
        raise errors.unreadable_body(message)
    return parameters.instant(_with_seconds(match.group()))


def _with_seconds(value: str) -> str:
    return value if value.count(":") > 1 else f"{value}:00"


def _days(first: date, last: date) -> int:
    return (last - first).days + 1
