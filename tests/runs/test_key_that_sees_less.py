"""A key whose owner sees less than before gets answers without an error, and nothing is removed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from chains import DAY, HOUR
from clockify_client.errors import ClockifyError
from clockify_sandbox.world import edits
from invariants import wrong_with
from support import NOW, UpsertStore, agency, only_workspace, records, run_tap

if TYPE_CHECKING:
    from conftest import Serve
    from support import Message, Row

BOTH = ("summary", "time_entries")
ALL = ("clients", "projects", "users", *BOTH)
FIRST = (NOW - 84 * DAY).date()


class Story:
    """An agency that was extracted with the owner's key."""

    def __init__(self, serve: Serve, *, select: tuple[str, ...] = ALL, **story: Any) -> None:
        """Extract everything once."""
        self.world = agency(**{"people": 5, "days": 60, "entries_per_day": 1.0, **story})
        self.home = only_workspace(self.world)
        self.server = serve(self.world)
        self.select = select
        self.store = UpsertStore().apply(run_tap(self.server, select=select, timezone="UTC"))
        self.world.clock.advance(HOUR)

    def demote(self, role: Any = "MEMBER") -> None:
        edits.set_member_role(self.world, self.home, self.world.owner_id, role)

    def run(self, **config: Any) -> list[Row]:
        """Run the tap, and return the rows that it marked as deleted."""
        messages: list[Message] = []
        try:
            run_tap(
                self.server,
                self.store.state,
                self.select,
                into=messages,
                **{"timezone": "UTC", **config},
            )
        finally:
            self.store.apply(messages)
            self.world.clock.advance(HOUR)
            rows = [row for name in self.select for row in records(messages, name)]
            self.deleted = [row for row in rows if row["is_deleted"]]
        return self.deleted

    def wrong(self) -> list[str]:
        streams = [name for name in self.select if name != "sync_runs"]
        return wrong_with(self.store, self.world, first=FIRST, streams=streams)


@pytest.mark.parametrize("select", [ALL, BOTH, ("summary",), ("time_entries",)], ids=str)
@pytest.mark.parametrize("change_feed", ["auto", "off"])
@pytest.mark.parametrize("entries_per_day", [1.0, 0.1], ids=["many rows", "few rows"])
@pytest.mark.parametrize("timezone", ["UTC", None])
def test_demoted_key_removes_nothing(
    serve: Serve,
    select: tuple[str, ...],
    change_feed: str,
    entries_per_day: float,
    timezone: str | None,
) -> None:
    story = Story(serve, select=select, entries_per_day=entries_per_day)
    story.demote()
    for _ in range(2):
        with pytest.raises(ClockifyError, match="owner or admin of the workspace"):
            story.run(change_feed=change_feed, timezone=timezone)
        assert [row for row in story.deleted if "date" in row] == []
    story.demote("OWNER")
    story.run(change_feed=change_feed)
    assert story.wrong() == []


def test_removals_are_allowed_for_one_run(serve: Serve) -> None:
    story = Story(serve, select=BOTH)
    entries = [entry for entry in story.world[story.home].entries if entry.end][:200]
    for entry in entries:
        edits.delete_entry(story.world, story.home, entry.id)
    with pytest.raises(ClockifyError, match="max_removed_share") as raised:
        story.run()
    assert "allow_removals" in str(raised.value)
    assert story.deleted == []
    assert story.run(allow_removals=True) != []
    assert story.wrong() == []


@pytest.mark.parametrize(("share", "fails"), [(0.3, True), (0.95, False)])
def test_share_of_rows_that_may_go(serve: Serve, share: float, *, fails: bool) -> None:
    story = Story(serve, select=BOTH)
    entries = [entry for entry in story.world[story.home].entries if entry.end]
    for entry in entries[: len(entries) // 2]:
        edits.delete_entry(story.world, story.home, entry.id)
    if fails:
        with pytest.raises(ClockifyError, match=f"more than the share {share}"):
            story.run(max_removed_share=share)
    else:
        story.run(max_removed_share=share)
        assert story.wrong() == []


def test_other_streams_are_complete_although_removals_are_held_back(serve: Serve) -> None:
    story = Story(serve)
    story.demote()
    client = edits.add_client(story.world, story.home, "New")
    with pytest.raises(ClockifyError):
        story.run()
    assert client.id in {row["id"] for row in story.store.rows("clients")}


def test_objects_that_a_demoted_key_cannot_see_stay(serve: Serve) -> None:
    story = Story(serve, select=("projects", "users"))
    before = story.store.rows("projects", live=True)
    story.run(timezone=None)
    story.demote()
    with pytest.raises(ClockifyError, match="owner or admin of the workspace"):
        story.run(timezone=None)
    assert story.deleted == []
    assert len(story.store.rows("projects", live=True)) == len(before)


@pytest.mark.parametrize("is_first", [True, False])
def test_filter_for_people_that_selects_nobody_removes_nothing(
    serve: Serve, *, is_first: bool
) -> None:
    world = agency(people=3, days=20)
    store = UpsertStore()
    if not is_first:
        store.apply(run_tap(serve(world), select=BOTH, timezone="UTC"))
    rows = store.rows("time_entries", live=True) if not is_first else []
    server = serve(world, users_filter_nobody=True)
    world.clock.advance(HOUR)
    messages: list[Message] = []
    with pytest.raises(ClockifyError, match="none if it is requested for people of every status"):
        run_tap(server, store.state, BOTH, into=messages, timezone="UTC")
    assert [row for name in BOTH for row in records(messages, name) if row["is_deleted"]] == []
    store.apply(messages)
    assert len(store.rows("time_entries", live=True)) >= len(rows)


def test_person_who_deletes_all_their_time_is_no_reason_to_fail(serve: Serve) -> None:
    story = Story(serve, entries_per_day=0.1)
    someone = next(
        entry.user_id
        for entry in story.world[story.home].entries
        if entry.end and entry.user_id != story.world.owner_id
    )
    for entry in list(story.world[story.home].entries):
        if entry.user_id == someone:
            edits.delete_entry(story.world, story.home, entry.id)
    story.run()
    assert story.wrong() == []
