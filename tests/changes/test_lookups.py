"""Entries that no window shows are looked up one by one: only so many, and some are not there."""

from __future__ import annotations

import datetime as dt
import logging
from typing import TYPE_CHECKING, Any

import pytest
from clockify_client.errors import ClockifyError
from clockify_sandbox.world import edits
from support import NOW, UpsertStore, empty, only_workspace, run_tap

if TYPE_CHECKING:
    from clockify_sandbox.server import Server
    from clockify_sandbox.world import World
    from conftest import Serve

LOOKUP = r"/time-entries/[0-9a-f]+$"
HOUR = dt.timedelta(hours=1)
MINUTE = dt.timedelta(minutes=1)


class Story:
    """Entries of this week that are extracted, and of which some are deleted then."""

    def __init__(self, serve: Serve, count: int, plan: str = "STANDARD_2021") -> None:
        """Extract the entries."""
        self.world: World = empty(plan=plan)
        self.home = only_workspace(self.world)
        self.entries = [self._entry(number) for number in range(count)]
        self.server: Server = serve(self.world)
        self.store = UpsertStore()
        self.run()

    def _entry(self, number: int) -> str:
        start = NOW - 24 * HOUR - number * MINUTE
        owner = self.world.owner_id
        return edits.add_entry(self.world, self.home, owner, start, start + MINUTE).id

    def run(self) -> None:
        self.server.requests.clear()
        settings: dict[str, Any] = {
            "timezone": "UTC",
            "lookback_days": 7,
            "change_feed": "off",
            "allow_removals": True,
        }
        self.store.apply(run_tap(self.server, self.store.state, ["time_entries"], **settings))
        self.world.clock.advance(HOUR)

    def live(self) -> set[str]:
        return {row["id"] for row in self.store.rows("time_entries", live=True)}


@pytest.mark.parametrize(
    ("plan", "deleted", "lookups"),
    [
        ("FREE", 4, 4),
        ("FREE", 5, 5),
        ("FREE", 6, 5),
        ("STANDARD_2021", 6, 6),
        ("STANDARD_2021", 100, 100),
        ("STANDARD_2021", 101, 100),
    ],
)
def test_only_so_many_entries_of_a_plan_are_looked_up(
    serve: Serve, caplog: pytest.LogCaptureFixture, plan: str, deleted: int, lookups: int
) -> None:
    story = Story(serve, deleted + 3, plan)
    for entry in story.entries[:deleted]:
        edits.delete_entry(story.world, story.home, entry)
    with caplog.at_level(logging.WARNING):
        story.run()
    assert story.server.requests.count(LOOKUP) == lookups
    said = [text for text in caplog.messages if "were looked up" in text]
    assert len(said) == (deleted > lookups)
    # What was not looked up is taken for deleted.
    assert story.live() == set(story.entries[deleted:])


@pytest.mark.parametrize("status", [400, 404])
def test_entry_that_is_not_found_is_deleted(serve: Serve, status: int) -> None:
    story = Story(serve, 2)
    edits.delete_entry(story.world, story.home, story.entries[0])
    fault = story.server.faults.add("status", match=LOOKUP, status=status, body="")
    story.run()
    assert fault.matched == 1
    assert story.live() == {story.entries[1]}


@pytest.mark.parametrize("status", [401, 403])
def test_lookup_that_is_refused_for_another_reason_fails_the_run(serve: Serve, status: int) -> None:
    """The entry may be there, so it must not be marked as deleted."""
    story = Story(serve, 2)
    edits.delete_entry(story.world, story.home, story.entries[0])
    story.server.faults.add("status", match=LOOKUP, status=status, body="")
    with pytest.raises(ClockifyError, match=f"failed with status {status}"):
        story.run()
    assert story.live() == set(story.entries)
