"""The tags of an entry are exact over any runs: failed ones, other selections, old edits."""

from __future__ import annotations

import datetime as dt
import json
import random
from typing import TYPE_CHECKING, Any

import pytest
from clockify_client.errors import ClockifyError
from clockify_sandbox.world import edits
from support import UpsertStore, agency, differences, empty, only_workspace, run_tap

if TYPE_CHECKING:
    from clockify_sandbox.world import World
    from conftest import Serve
    from support import Message

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
KEY = ("workspace_id", "time_entry_id", "tag_id")
LINKS = "time_entry_tags"
SETTINGS: dict[str, Any] = {"timezone": "UTC", "start_date": "2025-03-01", "lookback_days": 30}


def wrong_tags(store: UpsertStore, world: World) -> list[str]:
    wanted = [
        {"workspace_id": workspace, "time_entry_id": entry.id, "tag_id": tag}
        for workspace, contents in world.workspaces.items()
        for entry in contents.entries
        for tag in entry.tag_ids
    ]
    return differences(store.rows(LINKS, live=True), wanted, KEY)


@pytest.mark.parametrize("seed", range(8))
def test_random_edits_and_failed_runs(serve: Serve, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - made-up data
    world = agency(seed=seed, people=4, days=80, workspaces=1 + seed % 2)
    server = serve(world)
    store = UpsertStore().apply(run_tap(server, select=[LINKS], **SETTINGS))
    for _ in range(6):
        for _ in range(chance.randrange(12)):
            world.clock.advance(HOUR / 20)
            edits.random_edit(world, chance)
        streams = chance.choice(([LINKS], [LINKS, "time_entries"], [LINKS, "summary"]))
        if chance.random() < 0.4:
            path = chance.choice(("/reports/", "/entities/", "/time-entries"))
            after = chance.randrange(3)
            server.faults.add("status", match=path, status=405, body="", after=after)
        messages: list[Message] = []
        failed = False
        try:
            run_tap(server, store.state, streams, into=messages, **SETTINGS)
        except ClockifyError:
            failed = True
        server.faults.clear()
        store.apply(json.loads(json.dumps(messages)))
        world.clock.advance(HOUR)
        if not failed:
            assert wrong_tags(store, world) == []
    store.apply(run_tap(server, store.state, [LINKS, "time_entries", "summary"], **SETTINGS))
    assert wrong_tags(store, world) == []


def test_tag_that_is_removed_and_put_back(serve: Serve) -> None:
    world = empty()
    w = only_workspace(world)
    tags = [edits.add_tag(world, w, name).id for name in ("A, B", "C")]
    start = world.now() - DAY
    entry = edits.add_entry(world, w, world.owner_id, start, start + HOUR, tag_ids=tags)
    server = serve(world)
    store = UpsertStore().apply(run_tap(server, select=[LINKS], **SETTINGS))
    assert {row["tag"] for row in store.rows(LINKS)} == {"A, B", "C"}
    for kept in ([tags[1]], [], tags):
        world.clock.advance(HOUR)
        edits.retag_entry(world, w, entry.id, kept)
        store.apply(run_tap(server, store.state, [LINKS], **SETTINGS))
        live = {row["tag_id"] for row in store.rows(LINKS, live=True)}
        assert live == set(kept)
        assert len(store.rows(LINKS)) == 2


def test_running_timer_has_its_tags(serve: Serve) -> None:
    world = empty()
    w = only_workspace(world)
    tag = edits.add_tag(world, w, "A").id
    timer = edits.start_timer(world, w, world.owner_id, tag_ids=[tag])
    server = serve(world)
    store = UpsertStore().apply(run_tap(server, select=[LINKS], **SETTINGS))
    assert [(row["time_entry_id"], row["tag"]) for row in store.rows(LINKS)] == [(timer.id, "A")]
    world.clock.advance(HOUR)
    edits.retag_entry(world, w, timer.id, [])
    edits.stop_timer(world, w, timer.id)
    world.clock.advance(HOUR)
    store.apply(run_tap(server, store.state, [LINKS], **SETTINGS))
    assert store.rows(LINKS, live=True) == []


def test_streams_that_remember_the_same_write_it_once(serve: Serve) -> None:
    server = serve(agency(people=4, days=80))
    streams = [LINKS, "time_entries"]
    store = UpsertStore().apply(run_tap(server, select=streams, **SETTINGS))
    (shared,) = store.state["bookmarks"][LINKS]["partitions"]
    assert shared["entries"] == {"same_as": "time_entries"}
    # Alone, or after the other one has been reset, it remembers everything again.
    store.apply(run_tap(server, store.state, [LINKS], **SETTINGS))
    assert wrong_tags(store, server.world) == []
    del store.state["bookmarks"]["time_entries"]
    with pytest.raises(ClockifyError, match=r"has an unreadable .*--full-refresh"):
        run_tap(server, store.state, [LINKS], **SETTINGS)
