"""A token that sees less must not make rows look deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from clockify_sandbox.timecamp import edits
from singer_ledger.errors import ExtractError
from timecamp_histories import difference

if TYPE_CHECKING:
    from clockify_sandbox.timecamp import Server, World
    from ledger_runs import Runs


def administrator(world: World) -> int:
    """Return the owner of the token."""
    return next(user.id for user in world.users.values() if user.is_admin)


def test_a_run_stops_if_the_rights_of_an_administrator_are_lost(runs: Runs, world: World) -> None:
    runs.run()
    owner = administrator(world)
    edits.set_admin(world, owner, admin=False)
    with pytest.raises(ExtractError, match="not a time tracking administrator any more"):
        runs.run()
    assert runs.gone("timecamp_entries") == []
    edits.set_admin(world, owner, admin=True)
    runs.run()
    assert difference(runs, world) == []


def run_twice(runs: Runs) -> None:
    runs.run()
    runs.run()


@pytest.mark.parametrize("request_number", range(1, 8))
def test_rights_that_are_lost_during_a_run(
    request_number: int, runs: Runs, server: Server, world: World
) -> None:
    runs.run()
    before = {row["id"] for row in runs.live("timecamp_entries")}
    owner = administrator(world)
    server.faults.call(
        lambda: edits.set_admin(world, owner, admin=False),
        match="third_party",
        after=request_number,
    )
    with pytest.raises(ExtractError, match=r"Run again|not a time tracking administrator|refuses"):
        run_twice(runs)
    assert before.isdisjoint(row["id"] for row in runs.gone("timecamp_entries"))
    assert runs.gone("tasks") == []
    edits.set_admin(world, owner, admin=True)
    runs.run()
    assert difference(runs, world) == []


def test_a_narrower_view_is_accepted_once(runs: Runs, world: World) -> None:
    runs.run()
    before = len(runs.live("timecamp_entries"))
    edits.set_admin(world, administrator(world), admin=False)
    runs.run(accept_changed_view=True)
    assert len(runs.live("timecamp_entries")) == before
    assert runs.gone("timecamp_entries") == []
    runs.run()
    assert runs.gone("timecamp_entries") == []


def test_many_missing_rows_are_not_believed(runs: Runs, server: Server, world: World) -> None:
    runs.run()
    lost = {"status": 200, "body": "[]", "times": None}
    server.faults.add("status", match="entries", **lost)
    with pytest.raises(ExtractError, match="max_removed_share"):
        runs.run()
    assert runs.gone("timecamp_entries") == []
    server.faults.clear()
    runs.run()
    assert difference(runs, world) == []


def test_many_missing_rows_may_be_allowed(runs: Runs, world: World) -> None:
    runs.run()
    with world.lock:
        world.entries.clear()
    runs.run(allow_removals=True)
    window = {row["date"] for row in runs.live("timecamp_entries")}
    assert max(window) < "2026-02-15"  # what is older, no feed has reported
