"""A deletion that the change feed shows late is found, even if a run asked for it too early."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest
from clockify_sandbox.world import edits
from invariants import wrong_with
from support import NOW, UpsertStore, empty, only_workspace, run_tap

if TYPE_CHECKING:
    from clockify_sandbox.server import Server
    from conftest import Serve

BOTH = ("summary", "time_entries")
DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)
FIRST = (NOW - 100 * DAY).date()
DELETED = r"/entities/deleted"

ZONE_SLACK = 14 * HOUR
"""Every window is wider by this, since nobody knows in which zone the feed reads its bounds."""

WESTERNMOST = "Etc/GMT+12"


class Story:
    """An old entry was extracted and is deleted now, which the feed shows late."""

    def __init__(self, serve: Serve, **options: Any) -> None:
        """Extract a hundred days, and delete an entry of the first of them."""
        self.world = empty()
        home = only_workspace(self.world)
        start = NOW - 80 * DAY
        self.world.clock.set(start + HOUR)
        old = edits.add_entry(self.world, home, self.world.owner_id, start, start + HOUR)
        self.world.clock.set(NOW)
        self.server: Server = serve(self.world, **options)
        self.store = UpsertStore()
        self.home, self.old = home, old.id

    def run(self) -> list[str]:
        """Run the tap, and return what is wrong with the warehouse afterwards."""
        self.server.requests.clear()
        settings = {
            "timezone": "UTC",
            "lookback_days": 30,
            "start_date": FIRST.isoformat(),
            "history_check": "off",
        }
        self.store.apply(run_tap(self.server, self.store.state, BOTH, **settings))
        return wrong_with(self.store, self.world, first=FIRST, streams=BOTH)

    def delete(self) -> None:
        edits.delete_entry(self.world, self.home, self.old)

    def wait(self, duration: dt.timedelta) -> None:
        self.world.clock.advance(duration)

    def windows(self) -> list[dt.datetime]:
        """List the starts of the windows of deletions that the last run requested."""
        asked = [parse_qs(seen.query) for seen in self.server.requests.matching(DELETED)]
        return [dt.datetime.fromisoformat(query["start"][0]) for query in asked]


def test_window_begins_ten_minutes_before_the_end_of_the_one_before(serve: Serve) -> None:
    story = Story(serve)
    story.run()
    story.wait(3 * DAY)
    # Until the feed has shown something, its windows do not advance.
    edits.start_timer(story.world, story.home, story.world.owner_id)
    story.run()
    assert NOW - ZONE_SLACK - 10 * MINUTE in story.windows()
    story.wait(2 * DAY)
    story.run()
    assert NOW + 3 * DAY - ZONE_SLACK - 10 * MINUTE in story.windows()


@pytest.mark.parametrize(
    ("zone", "slack"), [("UTC", ZONE_SLACK), (WESTERNMOST, 2 * HOUR)], ids=["utc", "account"]
)
@pytest.mark.parametrize("late", [1, 5, 9])
def test_deletion_that_shows_minutes_too_late_for_a_run_is_found_by_the_next(
    serve: Serve, zone: str, slack: dt.timedelta, late: int
) -> None:
    """The lag is added to the slack for the zone, which usually hides it.

    If the feed reads its bounds in the zone of an account far in the west, two hours of the slack
    are left.
    """
    delay = slack + late * MINUTE
    feed_zone = "utc" if zone == "UTC" else "account"
    story = Story(serve, feed_deletion_delay=delay.total_seconds(), feed_zone=feed_zone)
    edits.set_timezone(story.world, story.world.owner_id, zone)
    assert story.run() == []
    story.wait(HOUR)
    story.delete()
    # This run is the last one before the deletion shows.
    story.wait(delay - MINUTE / 2)
    assert story.run() != []
    story.wait(HOUR)
    assert story.run() == []


def test_deletion_during_a_run_is_found_by_the_next(serve: Serve) -> None:
    story = Story(serve)
    assert story.run() == []
    story.wait(HOUR)
    story.server.faults.call(story.delete, match=DELETED)
    assert story.run() != []
    story.wait(15 * MINUTE)
    assert story.run() == []
