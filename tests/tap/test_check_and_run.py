"""What ``--check`` says about streams is what a run then does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from clockify_client.errors import ClockifyError
from support import KEYS, UpsertStore, agency, only_workspace, run_tap

if TYPE_CHECKING:
    from checks import Answer, Checks
    from conftest import Serve

MANY = 10_000
"""Requests per hour: with a limit, a check asks for nothing that plan and role tell."""
PAID = ("STANDARD_2021", "ENTERPRISE_2021")
PLANS = ("FREE", *PAID)


def told(answer: Answer) -> set[str]:
    """Name the streams that cannot be read."""
    names: set[str] = set()
    for _, text in answer.about("Streams"):
        listed, said, _ = text.partition(" cannot be read in workspace ")
        names.update(listed.split(", ") if said else ())
    return names


def skipped(server: Any, **config: Any) -> set[str]:
    """Name the streams that a run skips."""
    store = UpsertStore().apply(run_tap(server, select=KEYS, **config))
    return {row["stream"] for row in store.rows("sync_runs") if row["status"] == "skipped"}


@pytest.mark.parametrize(
    ("plan", "role", "per_hour"),
    [
        *((plan, "OWNER", per_hour) for plan in PLANS for per_hour in (None, MANY)),
        # With a limit, the role only tells what nobody but an admin may read.
        *((plan, "MEMBER", None) for plan in PAID),
    ],
)
def test_streams_that_are_skipped(
    serve: Serve, check: Checks, plan: str, role: str, per_hour: int | None
) -> None:
    world = agency(plan=plan, people=4, days=40)
    members = world[only_workspace(world)].members.values()
    world.api_keys["a-key"] = next(each.user_id for each in members if each.role == role)
    server = serve(world)
    config = {"api_key": "a-key", "change_feed": "off", "requests_per_hour": per_hour}
    answer = check(server, KEYS, **config)
    assert answer.code == 0, answer
    assert told(answer) == skipped(server, **{**config, "requests_per_hour": MANY})


@pytest.mark.parametrize("plan", PLANS)
def test_strict_run_fails_if_the_check_does(serve: Serve, check: Checks, plan: str) -> None:
    server = serve(agency(plan=plan, people=3, days=20))
    answer = check(server, KEYS, strict=True)
    try:
        run_tap(server, select=KEYS, strict=True, requests_per_hour=MANY)
    except ClockifyError:
        assert answer.code == 1
    else:
        assert answer.code == 0
