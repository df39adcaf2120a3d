"""What the change feed is asked for where streams differ, and what its answers mean."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from clockify_client.errors import ClockifyError
from clockify_sandbox.world import edits
from invariants import wrong_with
from support import NOW, UpsertStore, empty, only_workspace, run_tap

if TYPE_CHECKING:
    from clockify_sandbox.server import Server
    from clockify_sandbox.world import World
    from conftest import Serve

BOTH = ("summary", "time_entries")
DAY = dt.timedelta(days=1)
HOUR = dt.timedelta(hours=1)
FIRST = (NOW - 100 * DAY).date()
FEED = "/entities/"


class Story:
    """Entries from before the lookback window, which are extracted and edited then."""

    def __init__(self, serve: Serve, **options: Any) -> None:
        """Extract a hundred days."""
        self.world: World = empty()
        self.home = only_workspace(self.world)
        self.entries = [self._entry(days) for days in (90, 80, 70)]
        self.world.clock.set(NOW)
        self.server: Server = serve(self.world, **options)
        self.store = UpsertStore()
        self.run()

    def _entry(self, days_ago: int) -> str:
        start = NOW - days_ago * DAY
        owner = self.world.owner_id
        self.world.clock.set(start + HOUR)
        return edits.add_entry(self.world, self.home, owner, start, start + HOUR).id

    def run(self, *streams: str, **config: Any) -> None:
        settings = {
            "timezone": "UTC",
            "lookback_days": 30,
            "start_date": FIRST.isoformat(),
            **config,
        }
        self.server.requests.clear()
        messages = run_tap(self.server, self.store.state, streams or BOTH, **settings)
        self.store.apply(messages)
        self.world.clock.advance(HOUR)

    def wrong(self) -> list[str]:
        return wrong_with(self.store, self.world, first=FIRST, streams=BOTH)


@pytest.mark.parametrize("alone", BOTH)
def test_stream_that_was_left_out_for_some_runs_gets_what_it_missed(
    serve: Serve, alone: str
) -> None:
    """The feed is read from where the stream is that was left behind."""
    story = Story(serve)
    edits.start_timer(story.world, story.home, story.world.owner_id)
    edits.resize_entry(story.world, story.home, story.entries[0], 90)
    story.run()
    assert story.wrong() == []
    edits.delete_entry(story.world, story.home, story.entries[0])
    edits.resize_entry(story.world, story.home, story.entries[1], 30)
    for _ in range(3):
        story.run(alone)
        story.world.clock.advance(2 * DAY)
    assert story.wrong() != []
    story.run()
    assert story.wrong() == []


@pytest.mark.parametrize("status", [402, 403, 404, 405])
def test_workspace_without_a_feed_is_read_without_it(serve: Serve, status: int) -> None:
    story = Story(serve)
    story.server.faults.add("status", match=FEED, status=status, body="", times=None)
    story.run()
    assert story.wrong() == []
    with pytest.raises(ClockifyError, match=f"failed with status {status}"):
        story.run(change_feed="on")


@pytest.mark.parametrize("key", ["documentCode", "documentType"])
def test_new_rate_of_an_old_entry_needs_no_lookup(serve: Serve, key: str) -> None:
    """A rate moves no entry, so the tap knows its day, whichever key holds the item's type."""
    story = Story(serve, feed_type_key=key, feed_has_fields=True)
    since = NOW - 95 * DAY
    owner = story.world.owner_id
    edits.change_rate(story.world, story.home, "member", 7777, user_id=owner, since=since)
    story.run()
    assert story.wrong() == []
    assert story.server.requests.count("/time-entries/[0-9a-f]+$") == 0


@pytest.mark.parametrize("shape", ["guide", "entity_id", "underscore"])
def test_deletion_brings_no_row_for_what_never_was_one(serve: Serve, shape: str) -> None:
    """The feed names the deleted rate of an entry beside it, with an id of its own."""
    story = Story(serve, feed_deleted_shape=shape)
    edits.delete_entry(story.world, story.home, story.entries[0])
    story.world.clock.advance(HOUR)
    story.run()
    assert [row["id"] for row in story.store.rows("time_entries")] == sorted(story.entries)
    assert story.wrong() == []
