"""Holidays, of everybody or of some people and groups."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from clockify_sandbox.api import errors
from clockify_sandbox.resources import requests as tools
from clockify_sandbox.resources.base import Link, Made, Making, Read, Resource
from clockify_sandbox.resources.kept import rename, toggle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clockify_sandbox.api.call import Call
    from clockify_sandbox.resources.base import Rows

HOLIDAYS = (
    ("New Year's Day", 1, 1, True),
    ("Día de los Muertos", 11, 2, True),
    ("Company day, summer", 8, 3, False),
    ('"Bridge" day', 5, 15, False),
)


def _holidays(making: Making) -> Iterator[Made]:
    year = making.now.year
    groups = making.stored("user_groups")
    for number, (name, month, day, everyone) in enumerate(HOLIDAYS):
        first = date(year, month, day)
        last = first + timedelta(days=number % 2)
        automatic = number == 0 and bool(making.contents.projects)
        yield making.row(
            making.began,
            name=name,
            datePeriod={"startDate": first.isoformat(), "endDate": last.isoformat()},
            occursAnnually=number < len(HOLIDAYS) / 2,
            everyoneIncludingNew=everyone,
            userIds=list(making.contents.members) if everyone else making.people[:2],
            userGroupIds=[] if everyone else [groups[0]["id"]],
            projectId=next(iter(making.contents.projects), None) if automatic else None,
            taskId=None,
            automaticTimeEntryCreation=automatic,
        )


def _assigned(call: Call, rows: Rows) -> Rows:
    user_id = call.query.get("assigned-to")
    if user_id and user_id != call.caller.id and not call.administrates:
        raise errors.forbidden()
    groups = call.contents.objects["user_groups"]
    return [
        row
        for row in rows
        if not user_id
        or row["everyoneIncludingNew"]
        or user_id in row["userIds"]
        or any(user_id in groups[each]["userIds"] for each in row["userGroupIds"])
    ]


def _in_period(call: Call, rows: Rows) -> Rows:
    for name in ("assigned-to", "start", "end"):
        tools.required(call, name)
    if call.query["assigned-to"] not in call.contents.members:
        raise errors.broken()
    first, last = (call.query[name][:10] for name in ("start", "end"))
    return [
        row
        for row in _assigned(call, rows)
        if row["datePeriod"]["startDate"] <= last and row["datePeriod"]["endDate"] >= first
    ]


HOLIDAY = Resource(
    kind="holidays",
    feature="TIME_OFF",
    document="HOLIDAYS",
    make=_holidays,
    links=(
        Link("userIds", "users"),
        Link("userGroupIds", "user_groups"),
        Link("projectId", "projects"),
        Link("taskId", "tasks"),
    ),
    reads=(
        Read("/holidays", paging="none", select=_assigned),
        Read("/holidays/in-period", paging="none", select=_in_period),
    ),
    edits=(rename, toggle("occursAnnually"), toggle("everyoneIncludingNew")),
    copy=rename,
)
