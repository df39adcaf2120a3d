"""What a stopped run must remember so that later runs find edits of what it has sent."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from chains import DAY, HOUR, LOOKBACK, MINUTE, NO_CEILING, Chain
from clockify_sandbox.world import edits
from support import only_workspace

if TYPE_CHECKING:
    import pytest
    from clockify_sandbox.world.model import Entry
    from conftest import Serve


def test_entry_moved_after_a_stopped_run_has_sent_it_leaves_its_old_day(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    chain = Chain(serve, caplog, days=500)
    assert not chain.run(18)
    entry = sent_long_before_the_bookmark(chain)
    edits.redate_entry(chain.world, entry.workspace_id, entry.id, entry.start + 20 * DAY)
    chain.world.clock.advance(HOUR)
    assert chain.run(NO_CEILING)
    assert chain.wrong() == []


def test_rate_changed_after_a_stopped_run_has_sent_its_entries_changes_their_amounts(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    chain = Chain(serve, caplog, days=500)
    assert not chain.run(18)
    entry = sent_long_before_the_bookmark(chain)
    edits.change_rate(
        chain.world,
        entry.workspace_id,
        "member",
        33_333,
        user_id=entry.user_id,
        since=entry.start,
    )
    chain.world.clock.advance(HOUR)
    assert chain.run(NO_CEILING)
    assert chain.wrong() == []


def test_entry_deleted_before_three_stopped_runs_is_found_to_be_deleted(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    chain = Chain(serve, caplog, days=500)
    assert not chain.run(18)
    entry = sent_long_before_the_bookmark(chain)
    before = dt.datetime.fromisoformat(chain.bookmarks("time_entries")[entry.workspace_id])
    start = before.replace(tzinfo=dt.UTC) + 20 * DAY
    chain.world.clock.advance(30 * MINUTE)
    added = edits.add_entry(
        chain.world, entry.workspace_id, entry.user_id, start, start + HOUR, billable=True
    )
    chain.world.clock.advance(HOUR)
    assert not chain.run(18)
    assert added.id in {row["id"] for row in chain.store.rows("time_entries")}
    chain.world.clock.advance(10 * MINUTE)
    edits.delete_entry(chain.world, added.workspace_id, added.id)
    for _ in range(3):
        chain.world.clock.advance(HOUR)
        assert not chain.run(3)
    chain.world.clock.advance(HOUR)
    assert chain.run(NO_CEILING)
    assert chain.wrong() == []


def sent_long_before_the_bookmark(chain: Chain) -> Entry:
    """Choose an entry that a stopped run has sent and that no later run reads anyway."""
    last = chain.bookmarks("time_entries")[only_workspace(chain.world)]
    sent = {row["id"] for row in chain.store.rows("time_entries")}
    entries = [
        entry
        for entry in chain.world[only_workspace(chain.world)].entries
        if entry.id in sent
        and entry.billable
        and entry.seconds
        and f"{entry.start + 2 * LOOKBACK * DAY:%Y-%m-%d}" < last
    ]
    return entries[0]
