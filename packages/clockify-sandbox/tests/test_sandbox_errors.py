"""Authentication, the error table, and the limits of both plans."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
import requests
from clockify_sandbox.api import Options, limits
from clockify_sandbox.standin import journal
from clockify_sandbox.world import build_empty

if TYPE_CHECKING:
    from collections.abc import Callable

    from clockify_sandbox.world import World
    from sandbox_support import Caller


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, 1000),
        ({"Authorization": "Bearer sandbox-api-key"}, 1000),
        ({"X-Api-Key": "sandbox-api-key", "X-Addon-Token": "sandbox-addon-token"}, 1000),
        ({"X-Api-Key": "wrong"}, 4003),
        ({"X-Addon-Token": "wrong"}, 4017),
    ],
)
def test_invalid_credentials(agency: Caller, headers: dict[str, str], code: int) -> None:
    for url in (
        f"{agency.server.api_url}/user",
        f"{agency.server.api_url}/workspaces/{agency.workspace_id}/users",
    ):
        answer = requests.get(url, headers=headers, timeout=60)
        assert (answer.status_code, answer.json()["code"]) == (401, code)
        assert isinstance(answer.json()["message"], str)


def test_an_addon_token_is_accepted(agency: Caller) -> None:
    token = next(iter(agency.world.addon_tokens))
    url = f"{agency.server.api_url}/user"
    answer = requests.get(url, headers={"X-Addon-Token": token}, timeout=60)
    assert answer.json()["id"] == agency.world.owner_id


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("projects/000000000000000000000000", 400, 501),
        ("clients/000000000000000000000000", 400, 501),
        ("time-entries/000000000000000000000000", 400, 501),
        ("user/000000000000000000000000/time-entries", 400, 501),
        ("projects?archived=perhaps", 400, 3000),
        ("users?status=GONE", 400, 3000),
        ("clients?sort-column=COLOUR", 400, 3000),
        ("nothing", 404, 3000),
        ("reports/detailed", 404, 3000),
    ],
)
def test_errors(agency: Caller, path: str, status: int, code: int) -> None:
    answer = agency.get(path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_reports_are_not_on_the_core_host(agency: Caller) -> None:
    answer = agency.post("reports/detailed", {})
    assert (answer.status_code, answer.json()["code"]) == (404, 3000)
    assert answer.json()["message"].startswith("No static resource")
    core_on_reports = agency.session.get(f"{agency.server.reports_url}/user", timeout=60)
    assert core_on_reports.status_code == 404


def test_the_global_reports_path_works_too(agency: Caller) -> None:
    body = {
        "dateRangeStart": "2026-08-01T00:00:00",
        "dateRangeEnd": "2026-08-02T00:00:00",
        "detailedFilter": {},
    }
    url = f"{agency.server.url}/v1/workspaces/{agency.workspace_id}/reports/detailed"
    assert agency.session.post(url, json=body, timeout=60).status_code == 200


def test_a_body_that_is_not_json(agency: Caller) -> None:
    url = f"{agency.server.reports_url}/workspaces/{agency.workspace_id}/reports/summary"
    answer = agency.session.post(url, data="{", timeout=60)
    assert (answer.status_code, answer.json()["code"]) == (400, 3002)


def test_wrong_method(agency: Caller) -> None:
    answer = agency.session.patch(f"{agency.server.api_url}/user", timeout=60)
    assert (answer.status_code, answer.json()["code"]) == (405, 3000)
    assert "GET" in answer.headers["allow"]


def test_a_workspace_of_others(agency: Caller) -> None:
    answer = agency.get("/workspaces/000000000000000000000000/users")
    assert answer.status_code == 403


def test_requests_a_second(
    serve: Callable[..., Caller], empty: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    clock = SimpleNamespace(monotonic=lambda: now, time=time.time)
    for module in (limits, journal):
        monkeypatch.setattr(module, "time", clock)
    caller = serve(empty, Options(paid_requests_per_second=5))

    def status_at(instant: float) -> int:
        nonlocal now
        now = instant
        return caller.get("/user").status_code

    instants = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.99, 1.0, 1.1)
    statuses = [status_at(instant) for instant in instants]
    assert statuses == [200] * 5 + [429] * 2 + [200, 429]
    assert caller.server.requests.peak_per_second == 8


def test_a_429_may_say_when_to_retry(serve: Callable[..., Caller], empty: World) -> None:
    caller = serve(empty, Options(paid_requests_per_second=0))
    assert "retry-after" not in caller.get("/user").headers
    caller = serve(empty, Options(paid_requests_per_second=0, retry_after=3))
    assert caller.get("/user").headers["retry-after"] == "3"
    caller = serve(empty, Options(paid_requests_per_second=0, too_many_body="empty"))
    assert caller.get("/user").content == b""


def test_thirty_requests_an_hour_on_free(serve: Callable[..., Caller]) -> None:
    world = build_empty(plan="FREE", now=datetime(2026, 8, 14, tzinfo=UTC))
    caller = serve(world)
    statuses = [caller.get("tags").status_code for _ in range(31)]
    assert statuses == [200] * 30 + [429]
    assert caller.get("/workspaces").status_code == 200
    world.clock.advance(timedelta(hours=1))
    assert caller.get("tags").status_code == 200
