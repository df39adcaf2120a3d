"""The attendance report: when people worked on each day, and how that compares with their hours."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from clockify_sandbox.api import errors, parameters
from clockify_sandbox.api.call import Call, Reply
from clockify_sandbox.api.query import parse, selected
from clockify_sandbox.resources import requests as tools
from clockify_sandbox.resources import store
from clockify_sandbox.resources.base import Read, Resource

if TYPE_CHECKING:
    from collections.abc import Iterable
    from zoneinfo import ZoneInfo

    from clockify_sandbox.resources.base import Rows
    from clockify_sandbox.world.model import Entry, Json
    from clockify_sandbox.world.world import Contents, World

DEFAULT_SIZE = 50
HOUR = 3600
ISO = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$")
COLUMNS = {
    "USER": "userName",
    "DATE": "date",
    "START": "startTime",
    "END": "endTime",
    "BREAK": "break",
    "WORK": "totalDuration",
    "CAPACITY": "capacity",
    "OVERTIME": "overtime",
    "TIME_OFF": "timeOff",
}


def attendance_rows(
    world: World, contents: Contents, entries: Iterable[Entry], zone: ZoneInfo
) -> Rows:
    """List what people did on the days on which they tracked time, by day and person."""
    days: dict[tuple[date, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        days[entry.start.astimezone(zone).date(), entry.user_id].append(entry)
    profiles = {row["_userId"]: row for row in store.rows(world, contents, "member_profiles")}
    away = _time_off(contents)
    return [
        _row(world, zone, day, user_id, days[day, user_id], profiles[user_id], away)
        for day, user_id in sorted(days)
        if user_id in profiles
    ]


def _row(
    world: World,
    zone: ZoneInfo,
    day: date,
    user_id: str,
    entries: list[Entry],
    profile: Json,
    away: dict[tuple[str, date], float],
) -> Json:
    now = world.now().replace(microsecond=0)
    lengths = {each.id: ((each.end or max(now, each.start)) - each.start) for each in entries}
    pauses = sum((lengths[e.id] for e in entries if e.type == "BREAK"), timedelta())
    work = int((sum(lengths.values(), timedelta()) - pauses).total_seconds())
    working = f"{day:%A}".upper() in profile["workingDays"]
    capacity = iso_seconds(profile["workCapacity"]) if working else 0
    off = away.get((user_id, day), 0.0)
    time_off = int(capacity if off < 0 else off)
    ends = [each.end for each in entries if each.end is not None]
    return {
        "userId": user_id,
        "userName": profile["name"],
        "imageUrl": profile["imageUrl"],
        "date": day.isoformat(),
        "startTime": _clock(min(each.start for each in entries), zone),
        "endTime": _clock(max(ends), zone) if ends else None,
        "hasRunningEntry": len(ends) < len(entries),
        "totalDuration": work,
        "break": int(pauses.total_seconds()),
        "capacity": capacity,
        "remainingCapacity": max(0, capacity - time_off - work),
        "overtime": max(0, work - (capacity - time_off)),
        "timeOff": time_off,
    }


def iso_seconds(duration: str) -> int:
    """Read a duration such as `PT7H30M` as seconds."""
    match = ISO.match(duration)
    if match is None:
        message = f"Text '{duration}' cannot be parsed to a Duration"
        raise errors.invalid(message)
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return hours * HOUR + minutes * 60 + seconds


def _clock(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%H:%M:%S}"


def _time_off(contents: Contents) -> dict[tuple[str, date], float]:
    """Return the seconds of time off by person and day; -1 means the whole day."""
    found: dict[tuple[str, date], float] = {}
    for row in contents.objects["time_off_requests"].values():
        if row["status"]["statusType"] != "APPROVED":
            continue
        period = row["timeOffPeriod"]["period"]
        first, last = (date.fromisoformat(period[name][:10]) for name in ("start", "end"))
        for number in range((last - first).days + 1):
            seconds = row["balanceDiff"] * HOUR if row["timeUnit"] == "HOURS" else -1.0
            found[row["userId"], first + timedelta(days=number)] = seconds
    return found


def _report(call: Call) -> Reply:
    """`POST /reports/attendance`."""
    query = parse(call, "attendanceFilter", running=True)
    asked = query.body["attendanceFilter"]
    if not isinstance(asked, dict):
        message = "attendanceFilter must be an object"
        raise errors.unreadable_body(message)
    column = asked.get("sortColumn") or "DATE"
    if column not in COLUMNS:
        message = "unknown sort column"
        raise errors.unreadable_body(message)
    rows = attendance_rows(call.world, call.contents, selected(call, query), query.zone)
    key = COLUMNS[column]
    down = query.body.get("sortOrder") == "DESCENDING"
    rows.sort(key=lambda row: row[key] or 0 if column != "END" else row[key] or "", reverse=down)
    page, size = tools.body_page(asked, "pageSize", DEFAULT_SIZE)
    parameters.check_page(page, size, call.options.attendance_max_page_size)
    return Reply(
        {"entities": rows[(page - 1) * size : page * size]},
        tools.last_page(call, last=page * size >= len(rows)),
    )


ATTENDANCE = Resource(
    kind="attendance",
    feature="ATTENDANCE_REPORT",
    derive=lambda _world, _contents: [],
    reads=(Read("/reports/attendance", method="POST", host="reports", handler=_report),),
    deletes=False,
)
