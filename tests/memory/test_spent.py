"""The state knows when the requests of the last hour were made, in every form it has had."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from clockify_client.errors import ClockifyError
from hypothesis import given
from hypothesis import strategies as st
from support import NOW, UpsertStore, empty, only_workspace, run_tap, serving

from tap_clockify.memory.state import RunState

SECOND = dt.timedelta(seconds=1)
MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)
AGES = st.integers(0, 4 * 3600)


def noted(state: dict[str, Any], now: dt.datetime, **made: list[dt.datetime]) -> dict[str, Any]:
    """Note the requests of a run, and return its state as the next run reads it."""
    run = RunState(state)
    run.note_spent(now, made)
    return dict(json.loads(json.dumps(run.after_success())))


def test_requests_are_counted_by_the_minute_in_which_they_end() -> None:
    made = [NOW - ago * SECOND for ago in (0, 1, 59, 60, 61, 600)]
    state = noted({}, NOW, a=made)
    assert state["spent"] == {
        "a": [
            ["2026-03-31T14:50+00:00", 1],
            ["2026-03-31T14:59+00:00", 2],
            ["2026-03-31T15:00+00:00", 3],
        ]
    }


def test_runs_add_up_and_requests_are_forgotten_after_an_hour() -> None:
    state = noted({}, NOW, a=[NOW] * 3, b=[NOW])
    state = noted(state, NOW + 40 * MINUTE, a=[NOW, NOW + 40 * MINUTE])
    assert state["spent"] == {
        "a": [["2026-03-31T15:00+00:00", 4], ["2026-03-31T15:40+00:00", 1]],
        "b": [["2026-03-31T15:00+00:00", 1]],
    }
    state = noted(state, NOW + HOUR + SECOND)
    assert state["spent"] == {"a": [["2026-03-31T15:40+00:00", 1]]}
    assert "spent" not in noted(state, NOW + 2 * HOUR)


@given(ages=st.lists(st.lists(AGES, max_size=6), max_size=6), later=AGES)
def test_no_request_of_the_last_hour_is_missing(ages: list[list[int]], later: int) -> None:
    state: dict[str, Any] = {}
    times: list[dt.datetime] = []
    for run in ages:
        made = [NOW - age * SECOND for age in run]
        times += made
        state = noted(state, NOW, a=made)
    now = NOW + later * SECOND
    counted = RunState(state).spent_within_the_hour("a", now)
    assert all(now - HOUR <= at <= now for at, _ in counted)
    for since in range(0, 3600, 15):
        recent = sum(at >= now - since * SECOND for at in times)
        assert sum(count for at, count in counted if at >= now - since * SECOND) >= recent
    early = [at for at in times if at < now - HOUR - MINUTE]
    assert sum(count for _, count in counted) <= len(times) - len(early)


def test_count_of_an_older_version_is_read_as_of_its_end() -> None:
    state = {"spent": {"a": ["2026-03-31T14:20:30+00:00", 7]}}
    at = dt.datetime(2026, 3, 31, 14, 21, tzinfo=dt.UTC)
    assert RunState(state).spent_within_the_hour("a", NOW) == [(at, 7)]
    assert noted(state, NOW, a=[NOW])["spent"]["a"][0] == ["2026-03-31T14:21+00:00", 7]
    assert RunState(state).spent_within_the_hour("a", at + HOUR + SECOND) == []


def test_clock_that_was_set_back_keeps_no_request_for_longer_than_an_hour() -> None:
    state = noted({}, NOW + 5 * HOUR, a=[NOW + 5 * HOUR] * 9)
    state = noted(state, NOW)
    assert state["spent"] == {"a": [["2026-03-31T15:00+00:00", 9]]}
    assert "spent" not in noted(state, NOW + HOUR + SECOND)


@pytest.mark.parametrize(
    "spent",
    [
        7,
        ["a"],
        {"a": 7},
        {"a": "2026-03-31T14:20:30+00:00"},
        {"a": ["yesterday", 1]},
        {"a": ["2026-03-31T14:20", 1]},
        {"a": [["2026-03-31T14:20+00:00"]]},
        {"a": [["2026-03-31T14:20+00:00", "many"]]},
        {"a": [[14, 20]]},
    ],
    ids=str,
)
def test_damaged_count_is_refused_with_a_message(spent: object) -> None:
    with pytest.raises(ClockifyError, match="unreadable 'spent'"):
        RunState({"spent": spent})


@pytest.mark.parametrize("spent", [None, {}, {"a": []}, {"a": None}], ids=str)
def test_empty_count_is_no_count(spent: object) -> None:
    assert RunState({"spent": spent}).spent_within_the_hour("a", NOW) == []


@pytest.mark.parametrize(
    ("plan", "per_hour", "scopes"),
    [
        ("FREE", None, {"workspace"}),
        ("FREE", 500, {"workspace", "run"}),
        ("STANDARD_2021", 500, {"run"}),
        ("STANDARD_2021", None, set()),
    ],
)
def test_only_what_has_a_limit_is_counted(
    plan: str, per_hour: int | None, scopes: set[str]
) -> None:
    world = empty(plan=plan)
    with serving(world) as server:
        messages = run_tap(server, requests_per_hour=per_hour)
        spent = UpsertStore().apply(messages).state.get("spent", {})
        names = {only_workspace(world): "workspace"}
        assert {names.get(scope, scope) for scope in spent} == scopes
        for counted in spent.values():
            assert sum(count for _, count in counted) == server.requests.total
