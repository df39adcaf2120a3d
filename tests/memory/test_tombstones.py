"""A tombstone is sent by the run that finds the removal and by the next two, with one date."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from clockify_sandbox.world import edits
from support import NOW, UpsertStore, empty, only_workspace, records, run_tap

if TYPE_CHECKING:
    from clockify_sandbox.server import Server
    from clockify_sandbox.world import World
    from conftest import Serve
    from support import Message

STREAMS = ("clients", "projects", "summary", "time_entries")
HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


class Story:
    """Objects that are extracted, removed and perhaps restored, run by run."""

    def __init__(self, serve: Serve, *, feed: str = "auto") -> None:
        """Set up a workspace and extract it."""
        self.world: World = empty()
        self.home = only_workspace(self.world)
        self.feed = feed
        self.clients = [self._client(name) for name in "ABC"]
        self.projects = [self._project(name) for name in "ABC"]
        self.entries = [self._entry(days) for days in (1, 2, 60)]
        self.server: Server = serve(self.world)
        self.store = UpsertStore()
        self.run()

    def _client(self, name: str) -> str:
        return edits.add_client(self.world, self.home, name).id

    def _project(self, name: str) -> str:
        return edits.add_project(self.world, self.home, name).id

    def _entry(self, days_ago: int) -> str:
        start = NOW - days_ago * DAY
        owner = self.world.owner_id
        return edits.add_entry(self.world, self.home, owner, start, start + HOUR).id

    def remove(self, number: int) -> None:
        """Delete a client, a project and an entry."""
        edits.archive_client(self.world, self.home, self.clients[number])
        edits.delete_client(self.world, self.home, self.clients[number])
        edits.archive_project(self.world, self.home, self.projects[number])
        edits.delete_project(self.world, self.home, self.projects[number])
        edits.delete_entry(self.world, self.home, self.entries[number])

    def run(self) -> list[Message]:
        self.world.clock.advance(HOUR)
        settings = {
            "timezone": "UTC",
            "lookback_days": 84,
            "change_feed": self.feed,
            "verify_totals": "off",
        }
        messages = run_tap(self.server, self.store.state, STREAMS, **settings)
        self.store.apply(messages)
        return messages


def tombstones(messages: list[Message], stream: str) -> list[tuple[Any, str]]:
    """List a run's tombstones, by id or day, each with its date of deletion."""
    column = "date" if stream == "summary" else "id"
    rows = [row for row in records(messages, stream) if row["_sdc_deleted_at"] is not None]
    return sorted((row[column], row["_sdc_deleted_at"]) for row in rows)


def run_of(messages: list[Message]) -> str:
    (stamp,) = {m["record"]["import_timestamp"] for m in messages if m["type"] == "RECORD"}
    return str(stamp)


@pytest.mark.parametrize("feed", ["auto", "off"])
@pytest.mark.parametrize("stream", STREAMS)
def test_three_runs_send_a_tombstone(serve: Serve, stream: str, feed: str) -> None:
    story = Story(serve, feed=feed)
    story.remove(0)
    found, *again, last = [story.run() for _ in range(4)]
    named = tombstones(found, stream)
    assert len(named) == 1
    assert {at for _, at in named} == {run_of(found)}
    assert [tombstones(messages, stream) for messages in again] == [named, named]
    assert tombstones(last, stream) == []
    assert len(story.store.rows(stream)) == len(story.store.rows(stream, live=True)) + 1


@pytest.mark.parametrize("stream", STREAMS)
def test_rows_removed_one_after_another_keep_the_date_of_their_own_run(
    serve: Serve, stream: str
) -> None:
    story = Story(serve)
    runs = []
    for number in range(3):
        story.remove(number)
        runs.append(story.run())
    runs += [story.run() for _ in range(3)]
    named = [tombstones(messages, stream) for messages in runs]
    assert [len(rows) for rows in named] == [1, 2, 3, 2, 1, 0]
    stamps = [run_of(messages) for messages in runs[:3]]
    assert [sorted(at for _, at in rows) for rows in named] == [
        stamps[:1],
        stamps[:2],
        stamps[:3],
        stamps[1:3],
        stamps[2:3],
        [],
    ]


def test_restored_row_gets_no_further_tombstone(serve: Serve) -> None:
    story = Story(serve)
    story.remove(0)
    story.run()
    edits.restore_entry(story.world, story.home, story.entries[0])
    for _ in range(3):
        messages = story.run()
        assert tombstones(messages, "time_entries") == tombstones(messages, "summary") == []


@pytest.mark.parametrize("stream", ["summary", "time_entries"])
def test_row_removed_again_is_dated_by_the_later_run(serve: Serve, stream: str) -> None:
    story = Story(serve)
    edits.delete_entry(story.world, story.home, story.entries[0])
    story.run()
    edits.restore_entry(story.world, story.home, story.entries[0])
    story.run()
    edits.delete_entry(story.world, story.home, story.entries[0])
    later = [story.run() for _ in range(4)]
    found = [tombstones(messages, stream) for messages in later]
    assert [[at for _, at in rows] for rows in found] == [[run_of(later[0])]] * 3 + [[]]


def test_run_that_stops_early_does_not_count_as_one_of_the_three(serve: Serve) -> None:
    """A loader cannot have lost tombstones that a run has not sent."""
    story = Story(serve)
    story.remove(0)
    named = tombstones(story.run(), "clients")
    assert len(named) == 1
    cut: list[Message] = run_tap(
        story.server,
        story.store.state,
        STREAMS,
        timezone="UTC",
        requests_per_hour=1,
        when_budget_spent="stop",
    )
    story.store.apply(cut)
    assert tombstones(cut, "clients") == []
    assert [tombstones(story.run(), "clients") for _ in range(3)] == [named, named, []]
