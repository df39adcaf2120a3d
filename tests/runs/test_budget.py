"""The hour's budget of requests: no run exceeds it, and later runs read what a stopped run did not.

A stopped run succeeds, so a target keeps its rows and its state. Whatever was edited meanwhile, the
tables equal Clockify's as soon as one of the next runs is complete.
"""

from __future__ import annotations

import itertools
import random
from typing import TYPE_CHECKING, Any

import pytest
from chains import (
    DAY,
    FREE_CEILING,
    HOUR,
    MINUTE,
    NO_CEILING,
    SELECTIONS,
    TIMES,
    WORKSPACES,
    Chain,
    rows_before_the_bookmark,
)
from clockify_sandbox.world import edits
from support import NOW, only_workspace

if TYPE_CHECKING:
    from conftest import Serve

TINY = (1, 2)
SMALL = (3, 7, 11, 16)
LARGER = (18, 22, 30)


# Chains of stopped runs


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("selection", SELECTIONS)
@pytest.mark.parametrize("place", WORKSPACES)
def test_first_complete_run_has_everything_that_was_edited_meanwhile(
    serve: Serve, caplog: pytest.LogCaptureFixture, place: str, selection: str, seed: int
) -> None:
    plan, workspaces = WORKSPACES[place]
    chain = Chain(
        serve, caplog, plan=plan, workspaces=workspaces, select=SELECTIONS[selection], seed=seed
    )
    rng = random.Random(f"{place} {selection} {seed}")  # noqa: S311
    stopped = 0
    for budget in rng.sample([rng.choice(TINY), rng.choice(SMALL), rng.choice(LARGER)], 3):
        stopped += not chain.run(budget)
        chain.edit(4)
    assert chain.run(NO_CEILING)
    assert chain.wrong() == []
    assert stopped, "no run of the chain was short of requests"


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("place", WORKSPACES)
def test_stopped_runs_after_a_complete_one_lose_nothing(
    serve: Serve, caplog: pytest.LogCaptureFixture, place: str, seed: int
) -> None:
    plan, workspaces = WORKSPACES[place]
    chain = Chain(serve, caplog, plan=plan, workspaces=workspaces, seed=seed)
    assert chain.run(NO_CEILING)
    assert chain.wrong() == []
    rng = random.Random(f"{place} {seed}")  # noqa: S311
    for budget in rng.sample(SMALL, 2):
        chain.edit(5)
        # So much later that no slack in the feed's windows makes up for a mark moved too far.
        chain.world.clock.advance(DAY)
        chain.run(budget)
    chain.edit(5)
    assert chain.run(NO_CEILING)
    assert chain.wrong() == []


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("selection", ["both streams of time", "summary alone", "entries alone"])
@pytest.mark.parametrize("place", WORKSPACES)
def test_what_stopped_runs_have_sent_is_remembered_without_a_feed(
    serve: Serve, caplog: pytest.LogCaptureFixture, place: str, selection: str, seed: int
) -> None:
    """All of the history lies in the window, and nothing but the memory tells what is gone."""
    plan, workspaces = WORKSPACES[place]
    chain = Chain(
        serve,
        caplog,
        plan=plan,
        workspaces=workspaces,
        days=100,
        select=SELECTIONS[selection],
        seed=seed,
    )
    config: dict[str, Any] = {"change_feed": "off", "lookback_days": 150}
    for budget in (6, 8, 10):
        chain.run(budget, **config)
        chain.edit(8)
        # The oldest entries are what a stopped run has sent, if it has sent any.
        for contents in chain.world.workspaces.values():
            entry = next(item for item in contents.entries if item.start >= NOW - 99 * DAY)
            edits.delete_entry(chain.world, contents.workspace.id, entry.id)
    assert chain.run(NO_CEILING, **config)
    assert chain.wrong() == []


@pytest.mark.parametrize("concurrency", [1, 16])
@pytest.mark.parametrize(
    ("place", "budget", "days", "selection"),
    [
        ("a Free workspace", None, 500, "all streams"),
        ("a Free workspace", 18, 500, "all streams"),
        ("a Free workspace", 22, 300, "all streams"),
        ("a Free workspace", 16, 500, "summary alone"),
        ("a Free workspace", 18, 500, "entries alone"),
        ("two Free workspaces", None, 500, "both streams of time"),
        ("two Free workspaces", 40, 500, "all streams"),
        ("a paid workspace", 12, 1200, "all streams"),
        ("a paid workspace", 9, 1200, "both streams of time"),
        ("two paid workspaces", 24, 1200, "all streams"),
    ],
)
def test_runs_an_hour_apart_become_complete_with_the_same_budget(
    serve: Serve,
    caplog: pytest.LogCaptureFixture,
    place: str,
    budget: int | None,
    days: int,
    selection: str,
    concurrency: int,
) -> None:
    plan, workspaces = WORKSPACES[place]
    chain = Chain(
        serve,
        caplog,
        plan=plan,
        workspaces=workspaces,
        days=days,
        select=SELECTIONS[selection],
        enforce_rate_limits=budget is None,
        paid_requests_per_second=1000,
    )
    runs = 1
    while not chain.run(budget, concurrency=concurrency):
        assert {seen.status for seen in chain.server.requests} == {200}
        for stream in chain.store.tables.keys() & set(TIMES):
            assert rows_before_the_bookmark(chain, stream) == []
        runs += 1
        assert runs <= 6, "no run was ever complete"
        chain.world.clock.advance(HOUR + 5 * MINUTE)
    assert runs > 1, "the budget sufficed for one run"
    assert chain.wrong() == []


# The ceiling


def test_requests_of_earlier_runs_within_the_hour_count(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    chain = Chain(serve, caplog, workspaces=2, days=30)
    spent: dict[str, int] = dict.fromkeys(chain.world.workspaces, 0)
    ends = []
    while len(ends) < 5:
        ends.append(chain.run(None))
        for workspace in spent:
            spent[workspace] += chain.server.requests.count(f"/workspaces/{workspace}/")
        assert max(spent.values()) <= FREE_CEILING
        chain.world.clock.advance(10 * MINUTE)
    assert ends[0]
    assert not ends[-1], "five runs fit into no hour"
    chain.world.clock.advance(HOUR)
    assert chain.run(None)
    assert chain.wrong() == []


def test_ceiling_of_one_workspace_leaves_the_other_its_own(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    chain = Chain(serve, caplog, workspaces=2, days=500)
    assert not chain.run(None)
    asked = {
        workspace: chain.server.requests.count(f"/workspaces/{workspace}/")
        for workspace in chain.world.workspaces
    }
    assert max(asked.values()) <= FREE_CEILING
    assert sum(asked.values()) > FREE_CEILING


def test_stopped_run_marks_nothing_as_deleted(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    """A missing entry is deleted only if everything has been read."""
    chain = Chain(serve, caplog, workspaces=2)
    assert chain.run(NO_CEILING)
    for budget in (1, 2, 5, 8, 12, 16):
        chain.world.clock.advance(HOUR + 5 * MINUTE)
        assert not chain.run(budget)
        assert chain.wrong() == []


def test_object_that_a_stopped_run_has_sent_is_found_to_be_gone(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    chain = Chain(serve, caplog, workspaces=2, days=30, select=("clients",))
    workspace = only_workspace(chain.world)
    client = edits.add_client(chain.world, workspace, "Short-lived")
    assert not chain.run(2, concurrency=1), "the second workspace is not read"
    assert client.id in {row["id"] for row in chain.store.rows("clients")}
    edits.archive_client(chain.world, workspace, client.id)
    edits.delete_client(chain.world, workspace, client.id)
    chain.world.clock.advance(HOUR)
    assert chain.run(NO_CEILING)
    assert chain.wrong() == []


def test_requests_of_earlier_runs_count_towards_the_setting_too(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    chain = Chain(serve, caplog, plan="STANDARD_2021", days=30)
    asked = 0
    for _ in range(4):
        chain.run(20)
        asked += chain.server.requests.total
        chain.world.clock.advance(10 * MINUTE)
    assert asked <= 20


def test_runs_every_forty_minutes_do_not_use_a_free_workspace_up_for_ever(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    chain = Chain(serve, caplog, days=30)
    ends, asked = [], []
    for _ in range(12):
        ends.append(chain.run(None))
        asked.append(chain.server.requests.total)
        chain.world.clock.advance(40 * MINUTE)
    assert any(ends[6:])
    # The list of workspaces is requested before the tap knows what is left.
    assert max(map(sum, itertools.pairwise(asked))) <= FREE_CEILING + 1
