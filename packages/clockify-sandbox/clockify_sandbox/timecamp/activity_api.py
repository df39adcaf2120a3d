"""What people did at their computers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from clockify_sandbox.timecamp.call import RefusedError, read_day, read_ids

if TYPE_CHECKING:
    from datetime import date

    from clockify_sandbox.timecamp.call import Call
    from clockify_sandbox.timecamp.model import Activity

Json = dict[str, object]

DATES = re.compile(r"dates\[\d*\]")
MOST_DAYS = 20
NO_DATE = 'you must provide "date" like 2013-03-20 '
"""The message of the contract's example, with its last blank."""
TOO_MANY_DATES = f"you can provide max {MOST_DAYS} dates"
NOT_PERMITTED = "You can not see the activities of this user"


def activities(call: Call) -> list[Json]:
    """Answer `GET /activity`."""
    days, user_ids = _days(call), _user_ids(call)
    found = [
        activity
        for activity in call.world.activities
        if activity.day in days and activity.user_id in user_ids
    ]
    include = [part.strip() for part in call.query.get("include", "").split(",")]
    found.sort(key=lambda each: (each.day, each.user_id, each.end))
    return [_activity(call, each, include) for each in found]


def _days(call: Call) -> set[date]:
    """Read `dates[]`, which is needed, and in which everything must be a day."""
    given = [text for name, text in call.query.multi_items() if DATES.fullmatch(name)]
    days = [day for text in given if (day := read_day(text))]
    if not days or len(days) < len(given):
        raise RefusedError(400, NO_DATE)
    if len(days) > MOST_DAYS and call.options.many_days_refuse:
        raise RefusedError(400, TOO_MANY_DATES)
    return set(days[:MOST_DAYS])


def _user_ids(call: Call) -> set[int]:
    """Find whose activities are asked for, as far as the asker may see them."""
    given = call.query.get("user_id")
    if not given:
        return {call.user.id} if call.options.activities_without_user == "own" else set()
    asked, visible = read_ids(given), set(call.visible_users)
    if call.options.hidden_activities_refuse and not visible.issuperset(asked):
        raise RefusedError(403, NOT_PERMITTED)
    return visible.intersection(asked)


def _activity(call: Call, activity: Activity, include: list[str]) -> Json:
    row: Json = {
        "user_id": call.number(activity.user_id),
        "application_id": call.number(activity.application_id),
        "end_time": f"{activity.day} {activity.end:%H:%M:%S}",
        "time_span": activity.seconds,
        "window_title_id": call.number(activity.window_title_id),
        "end_date": activity.day.isoformat(),
        "task_id": call.number(activity.task_id),
        "entry_id": call.number(activity.entry_id),
    }
    if "application" in include:
        row["application"] = call.world.applications[activity.application_id]
    if "window_title" in include:
        row["window_title"] = call.world.window_titles[activity.window_title_id]
    return row
