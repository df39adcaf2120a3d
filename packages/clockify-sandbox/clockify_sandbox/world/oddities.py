"""The entries that break careless pipelines, one or more of each kind, in every agency."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from clockify_sandbox.world.model import Entry
from clockify_sandbox.world.rates import rate_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clockify_sandbox.world.world import Contents, World

HOUR = timedelta(hours=1)
YEAR_DAYS = 366
NAMES = {
    "Midnight",
    "Small hours",
    "A whole day",
    "Zero length",
    "Planned",
    "Running",
    "Many tags",
    "Same tags",
    "Clock change",
    "After the change",
}


def odd_entries(world: World, contents: Contents, user_id: str) -> Iterator[Entry]:
    """Make the owner's odd entries, in the owner's time zone."""
    zone = ZoneInfo(contents.workspace.time_zone)
    now = world.now().replace(microsecond=0)
    today = now.astimezone(zone).date()
    project_id = next(iter(contents.projects))
    tag_ids = tuple(reversed(sorted(contents.tags)[:3]))

    def at(days_ago: int, clock: time) -> datetime:
        day = today - timedelta(days=days_ago)
        return datetime.combine(day, clock, zone).astimezone(UTC)

    yield _entry(world, contents, user_id, at(3, time(23, 30)), 2 * HOUR, project_id, "Midnight")
    # An evening that is still yesterday here and already today in UTC, or vice versa.
    yield _entry(world, contents, user_id, at(4, time(0, 10)), HOUR, project_id, "Small hours")
    yield _entry(world, contents, user_id, at(5, time(23, 59, 59)), timedelta(seconds=1), None, "")
    yield _entry(world, contents, user_id, at(6, time(0)), 24 * HOUR, project_id, "A whole day")
    yield _entry(world, contents, user_id, at(7, time(9)), timedelta(), project_id, "Zero length")
    yield _entry(world, contents, user_id, now + 30 * HOUR, HOUR, project_id, "Planned")
    yield _entry(world, contents, user_id, now - HOUR, None, project_id, "Running")
    yield _entry(world, contents, user_id, at(8, time(9)), HOUR, project_id, "Many tags", tag_ids)
    yield _entry(
        world, contents, user_id, at(8, time(11)), HOUR, project_id, "Same tags", tag_ids[::-1]
    )
    for change in clock_changes(zone, now):
        yield _entry(world, contents, user_id, change - HOUR, 3 * HOUR, project_id, "Clock change")
        # The hour that the clock shows twice, the second time.
        yield _entry(world, contents, user_id, change, HOUR / 2, project_id, "After the change")


def is_odd(entry: Entry) -> bool:
    """Tell whether an entry is one of these."""
    return entry.description in NAMES or entry.seconds <= 1


def clock_changes(zone: ZoneInfo, now: datetime) -> list[datetime]:
    """Find the hours of the past year at which a zone's offset changed, in UTC."""
    found: list[datetime] = []
    for days_ago in range(YEAR_DAYS, 0, -1):
        day = (now - timedelta(days=days_ago)).replace(hour=0, minute=0, second=0)
        hours = [day + hour * HOUR for hour in range(25)]
        offsets = [hour.astimezone(zone).utcoffset() for hour in hours]
        found += [
            hours[number] for number in range(1, 25) if offsets[number] != offsets[number - 1]
        ]
    return found


def _entry(
    world: World,
    contents: Contents,
    user_id: str,
    start: datetime,
    duration: timedelta | None,
    project_id: str | None,
    description: str,
    tag_ids: tuple[str, ...] = (),
) -> Entry:
    end = None if duration is None else start + duration
    made = min(end or start, world.now())
    return Entry(
        id=world.new_id(made),
        workspace_id=contents.workspace.id,
        user_id=user_id,
        start=start,
        end=end,
        project_id=project_id,
        tag_ids=tag_ids,
        description=description,
        hourly_rate=rate_for(
            contents, "hourly_rate", user_id=user_id, project_id=project_id, task_id=None
        ),
        cost_rate=rate_for(
            contents, "cost_rate", user_id=user_id, project_id=project_id, task_id=None
        ),
        currency=contents.currency_of(project_id),
        created_at=made,
        updated_at=made,
    )
