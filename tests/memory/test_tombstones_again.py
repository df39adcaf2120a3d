"""Rows that come back after their removal, and removals that are found a second time."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from clockify_client.errors import ClockifyError
from clockify_sandbox.world import edits
from support import NOW, UpsertStore, empty, only_workspace, records, run_tap

from tap_clockify.memory.tombstones import RUNS_KEPT, TOMBSTONES_KEPT, Tombstone, Tombstones

if TYPE_CHECKING:
    from clockify_sandbox.server import Server
    from clockify_sandbox.world import World
    from conftest import Serve
    from support import Message, Row

STREAMS = ("clients", "projects", "sync_runs", "time_entries", "users")
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


class Story:
    """A workspace with a client, a timer and an entry that is older than a day."""

    def __init__(self, serve: Serve) -> None:
        """Extract the workspace."""
        self.world: World = empty()
        self.home = only_workspace(self.world)
        self.client = edits.add_client(self.world, self.home, "Acme")
        self.timer = edits.start_timer(self.world, self.home, self.world.owner_id).id
        start = NOW - 5 * DAY
        self.world.clock.set(start + HOUR)
        self.entry = edits.add_entry(
            self.world, self.home, self.world.owner_id, start, start + HOUR
        ).id
        self.world.clock.set(NOW)
        self.server: Server = serve(self.world)
        self.store = UpsertStore()
        self.run()

    def run(self, *, feed: str = "auto") -> list[Message]:
        self.world.clock.advance(HOUR)
        settings: dict[str, Any] = {"timezone": "UTC", "lookback_days": 84, "change_feed": feed}
        messages: list[Message] = []
        try:
            run_tap(self.server, self.store.state, STREAMS, into=messages, **settings)
        finally:
            self.store.apply(messages)
        return messages

    def delete_client(self) -> None:
        edits.archive_client(self.world, self.home, self.client.id)
        edits.delete_client(self.world, self.home, self.client.id)

    def row(self, stream: str, key: str) -> Row:
        return self.store.tables[stream][key,]


@pytest.fixture
def story(serve: Serve) -> Story:
    return Story(serve)


def removed(messages: list[Message], stream: str) -> list[tuple[str, str]]:
    rows = records(messages, stream)
    return [(row["id"], row["_sdc_deleted_at"]) for row in rows if row["_sdc_deleted_at"]]


def run_of(messages: list[Message]) -> str:
    (stamp,) = {m["record"]["import_timestamp"] for m in messages if m["type"] == "RECORD"}
    return str(stamp)


def test_object_that_comes_back_is_live_and_not_named_as_removed(story: Story) -> None:
    story.delete_client()
    assert len(removed(story.run(), "clients")) == 1
    story.world.add(story.client)
    for _ in range(3):
        assert removed(story.run(), "clients") == []
        assert story.row("clients", story.client.id)["_sdc_deleted_at"] is None


def test_object_that_is_removed_again_is_dated_by_the_run_that_found_that(story: Story) -> None:
    """The run in between saw it again, but failed, and so it forgot none of the removals."""
    story.delete_client()
    story.run()
    story.world.add(story.client)
    story.server.faults.add("status", match="/projects", status=403, body="")
    with pytest.raises(ClockifyError, match="/projects failed"):
        story.run()
    story.delete_client()
    found = story.run()
    assert removed(found, "clients") == [(story.client.id, run_of(found))]


@pytest.mark.parametrize("feed", ["auto", "off"])
def test_timer_that_is_restored_is_live_and_runs(story: Story, feed: str) -> None:
    edits.delete_entry(story.world, story.home, story.timer)
    assert story.timer in dict(removed(story.run(feed=feed), "time_entries"))
    edits.restore_entry(story.world, story.home, story.timer)
    for _ in range(3):
        assert removed(story.run(feed=feed), "time_entries") == []
        row = story.row("time_entries", story.timer)
        assert (row["_sdc_deleted_at"], row["is_running"]) == (None, True)


def test_run_names_a_removed_entry_once_although_the_feed_repeats_it(story: Story) -> None:
    """The windows of the feed overlap by hours, so several runs see the same deletion."""
    edits.delete_entry(story.world, story.home, story.entry)
    for _ in range(4):
        named = [key for key, _ in removed(story.run(), "time_entries")]
        assert named.count(story.entry) <= 1


def test_deletion_that_the_feed_repeats_keeps_the_date_of_the_run_that_found_it(
    story: Story,
) -> None:
    edits.delete_entry(story.world, story.home, story.entry)
    found, *later = [story.run() for _ in range(4)]
    named = [(story.entry, run_of(found))]
    assert removed(found, "time_entries") == named
    assert [removed(messages, "time_entries") for messages in later] == [named, named, []]


def test_deletion_that_the_feed_repeats_is_counted_once(story: Story) -> None:
    edits.delete_entry(story.world, story.home, story.entry)
    counts = []
    for _ in range(5):
        (row,) = [
            row for row in records(story.run(), "sync_runs") if row["stream"] == "time_entries"
        ]
        counts.append(row["rows_removed"])
    assert counts == [1, 0, 0, 0, 0]


@pytest.mark.parametrize("runs", [1, 5])
def test_entry_that_is_deleted_again_is_dated_by_the_later_run(story: Story, runs: int) -> None:
    """The feed still reports the first deletion, too, and its tombstone may be sent no more."""
    edits.delete_entry(story.world, story.home, story.entry)
    for _ in range(runs):
        story.run()
    edits.restore_entry(story.world, story.home, story.entry)
    assert removed(story.run(), "time_entries") == []
    assert story.row("time_entries", story.entry)["_sdc_deleted_at"] is None
    edits.delete_entry(story.world, story.home, story.entry)
    found, *later = [story.run() for _ in range(4)]
    named = [(story.entry, run_of(found))]
    assert removed(found, "time_entries") == named
    assert [removed(messages, "time_entries") for messages in later] == [named, named, []]


@pytest.mark.parametrize("runs", [1, 5])
def test_entry_that_only_a_failed_run_saw_again_is_marked_again(story: Story, runs: int) -> None:
    edits.delete_entry(story.world, story.home, story.entry)
    for _ in range(runs):
        story.run()
    edits.restore_entry(story.world, story.home, story.entry)
    story.server.faults.add("status", match="GET .*/users", status=403, body="")
    with pytest.raises(ClockifyError, match="/users failed"):
        story.run()
    assert story.row("time_entries", story.entry)["_sdc_deleted_at"] is None
    edits.delete_entry(story.world, story.home, story.entry)
    found = story.run()
    assert removed(found, "time_entries") == [(story.entry, run_of(found))]
    assert story.row("time_entries", story.entry)["_sdc_deleted_at"] == run_of(found)


def test_timer_that_is_deleted_keeps_its_date(story: Story) -> None:
    edits.delete_entry(story.world, story.home, story.timer)
    found, *later = [story.run() for _ in range(4)]
    named = [(story.timer, run_of(found))]
    assert removed(found, "time_entries") == named
    assert [removed(messages, "time_entries") for messages in later] == [named, named, []]


# What is remembered


FIRST = NOW.replace(tzinfo=None)


def stamp(hours: float) -> str:
    return (FIRST + hours * HOUR).isoformat(timespec="microseconds") + "Z"


def named_at(memory: Tombstones, hours: float, *found: str) -> tuple[Tombstones, list[str]]:
    """Renew tombstones as a run does whose feed reports entries that were not seen meanwhile."""
    rows = [Tombstone(None, key) for key in found]
    named = memory.renewed(stamp(hours), rows, lambda _: False, lambda _: False)
    dates = [f"{row.key} {at}" for at, row in named]
    return Tombstones(memory.packed()), dates


def test_removal_is_recognized_for_two_days() -> None:
    memory, named = named_at(Tombstones(None), 0, "a")
    assert named == [f"a {stamp(0)}"]
    for hours in (1, 2):
        memory, named = named_at(memory, hours, "a")
        assert named == [f"a {stamp(0)}"]
    for hours in (3, 24, 48):
        memory, named = named_at(memory, hours, "a")
        assert named == []
    memory, _ = named_at(memory, 48.5)
    assert list(memory) == []
    assert len(memory.packed()) == RUNS_KEPT
    memory, named = named_at(memory, 49, "a")
    assert named == [f"a {stamp(49)}"]


def test_rare_runs_send_a_tombstone_as_often() -> None:
    """Whether a tombstone is sent depends on the number of runs, and not on the time."""
    memory, found = named_at(Tombstones(None), 0, "a")
    memory, again = named_at(memory, 24 * 7)
    memory, last = named_at(memory, 24 * 14)
    assert found == again == last == [f"a {stamp(0)}"]
    assert list(memory) == []


def test_memory_of_tombstones_is_bounded() -> None:
    memory = Tombstones(None)
    for hours in range(6):
        memory, _ = named_at(memory, hours, *(f"{hours}-{n}" for n in range(TOMBSTONES_KEPT + 5)))
    assert len(list(memory)) == (RUNS_KEPT + 1) * TOMBSTONES_KEPT


def test_rows_whose_removals_nobody_reports_are_remembered_while_they_are_sent() -> None:
    memory = Tombstones(None)
    for hours in range(4):
        rows = [Tombstone(None, f"{hours}")]
        list(memory.renewed(stamp(hours), rows, lambda _: False))
    assert [row.key for _, row in memory] == ["3", "2"]
