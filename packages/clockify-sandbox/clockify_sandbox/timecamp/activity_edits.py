"""Edits of computer activities."""

from __future__ import annotations

from datetime import date, time
from typing import TYPE_CHECKING

from clockify_sandbox.timecamp.model import Activity

if TYPE_CHECKING:
    from clockify_sandbox.timecamp.world import World

DEFAULT_END = time(9, 30, 7)
DEFAULT_SECONDS = 60


def add_activity(
    world: World,
    *,
    user_id: int | None = None,
    day: date | str | None = None,
    end: time | str = DEFAULT_END,
    seconds: int = DEFAULT_SECONDS,
    application: str = "Firefox",
    window_title: str = "Inbox",
    task_id: int = 0,
    entry_id: int = 0,
) -> Activity:
    """Add what a person did in a window until `end` of a day, by default the first administrator.

    Day and time are on the wall clock of the person, by default today, and may be texts in the ISO
    format. The application and the title get ids when they are new. `task_id` and `entry_id` say
    what the time was counted for, and are 0 for nothing.

    Raises:
        KeyError: There is no such person, task or entry.
    """
    with world.lock:
        user = world.users[user_id or world.tokens[world.api_key]]
        day = day or world.now().astimezone(user.tzinfo).date()
        activity = Activity(
            user_id=user.id,
            application_id=_id_of(world, "application", world.applications, application),
            window_title_id=_id_of(world, "window_title", world.window_titles, window_title),
            day=date.fromisoformat(day) if isinstance(day, str) else day,
            end=time.fromisoformat(end) if isinstance(end, str) else end,
            seconds=seconds,
            task_id=world.tasks[task_id].id if task_id else 0,
            entry_id=world.entries[entry_id].id if entry_id else 0,
        )
        world.activities.append(activity)
        world.version += 1
        return activity


def delete_activities(world: World, user_id: int, day: date | str) -> int:
    """Delete what a person did on a day; return how many activities that was."""
    with world.lock:
        day = date.fromisoformat(day) if isinstance(day, str) else day
        kept = [each for each in world.activities if (each.user_id, each.day) != (user_id, day)]
        deleted = len(world.activities) - len(kept)
        world.activities[:] = kept
        world.version += 1
        return deleted


def _id_of(world: World, kind: str, names: dict[int, str], name: str) -> int:
    """Find the id of a name, or make one."""
    for known_id, known in names.items():
        if known == name:
            return known_id
    made = world.new_id(kind)
    names[made] = name
    return made
