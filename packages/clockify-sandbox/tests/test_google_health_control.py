"""Addresses, faults, the quota and the control routes of the stand-in for Google Health."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import requests
from clockify_sandbox.google_health import Options, build_empty, build_person, gateway, truth
from clockify_sandbox.standin.faults import Faults
from clockify_sandbox.standin.journal import Journal
from google_health_support import NOW, TODAY, Caller, calling, check

if TYPE_CHECKING:
    from collections.abc import Iterator

IDENTITY = "users/me/identity"


@pytest.fixture
def caller() -> Iterator[Caller]:
    with calling(build_person(now=NOW, days=20)) as caller:
        yield caller


def test_addresses(caller: Caller) -> None:
    server = caller.server
    assert server.api_url == f"{server.url}/google-health/v4"
    assert server.token_url == f"{server.url}/google-health/token"
    assert server.auth_url == f"{server.url}/google-health/auth"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/google-health/no_such"),
        ("GET", "/google-health/v4/users/me"),
        ("GET", "/google-health/v4/users/me/identity/"),
        ("POST", "/google-health/token/"),
        ("GET", "/google-health/v4/users/me/goals"),
        ("GET", "/google-health/v3/users/me/identity"),
        ("DELETE", "/google-health/v4/users/me/identity"),
        ("GET", "/google-health/v4/users/me/dataTypes/steps/dataPoints:dailyRollUp"),
    ],
)
def test_other_addresses(caller: Caller, method: str, path: str) -> None:
    headers = {"Authorization": f"Bearer {caller.token}"}
    answer = requests.request(method, f"{caller.server.url}{path}", headers=headers, timeout=30)
    assert answer.status_code == 404
    check(answer, method, path)
    assert answer.json()["error"]["status"] == "NOT_FOUND"


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_the_old_api_is_gone(caller: Caller, method: str) -> None:
    for path in ("1/user/-/profile.json", "oauth2/token"):
        url = f"{caller.server.url}/google-health/fitbit/{path}"
        assert requests.request(method, url, timeout=30).status_code == 410


def test_health(caller: Caller) -> None:
    caller.get(IDENTITY)
    health = caller.control("GET", "health").json()
    assert health["status"] == "ok"
    assert health["requests"] == 2, "one of them fetched the token"
    assert health["clientId"] == "sandbox-client-id"
    assert health["clientSecret"] == "sandbox-client-secret"
    assert health["refreshToken"] == "sandbox-refresh-token"


def test_edits_with_a_seed_are_the_same(caller: Caller) -> None:
    asked = {"count": 9, "seed": 11}
    made = caller.control("POST", "edit", json=asked).json()["edits"]
    assert len(made) == 9
    with calling(build_person(now=NOW, days=20)) as other:
        assert other.control("POST", "edit", json=asked).json()["edits"] == made
        assert truth.exercises(other.world) == truth.exercises(caller.world)
    assert len(caller.control("POST", "edit").json()["edits"]) == 1


def test_truth(caller: Caller) -> None:
    for table in ("exercises", "sleeps", "weights"):
        rows = caller.control("GET", "truth", params={"table": table}).json()
        true = getattr(truth, table)(caller.world)
        assert rows == json.loads(json.dumps(true, default=str))
    days = {"table": "days", "first": str(TODAY - timedelta(days=1)), "last": str(TODAY)}
    rows = caller.control("GET", "truth", params=days).json()
    assert [row["day"] for row in rows] == ["2026-11-19", "2026-11-20"]
    assert rows[0]["steps"] == caller.world.days[TODAY - timedelta(days=1)].steps
    found = caller.control("GET", "truth", params={"table": "vo2max"}).json()
    assert found == {str(day): value for day, value in truth.vo2max(caller.world).items()}
    for wrong in ({"table": "goals"}, {}, {"table": "days"}, {**days, "first": "yesterday"}):
        assert caller.control("GET", "truth", params=wrong).status_code == 400


def test_faults(caller: Caller) -> None:
    plan = {"kind": "429", "match": "/steps/", "times": None, "retry_after": 3}
    assert caller.control("POST", "faults", json=plan).json() == {"planned": True}
    assert caller.get(IDENTITY)
    answer = caller.ask("users/me/dataTypes/steps/dataPoints")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "3")
    assert answer.json()["error"]["status"] == "RESOURCE_EXHAUSTED"
    assert caller.control("DELETE", "faults").json() == {"planned": False}
    assert caller.get("users/me/dataTypes/steps/dataPoints")
    refused = caller.control("POST", "faults", json={"kind": "earthquake"})
    assert refused.status_code == 400


def test_requests(caller: Caller) -> None:
    caller.get("users/me/dataTypes/steps/dataPoints", pageSize=3)
    caller.get(IDENTITY)
    seen = caller.control("GET", "requests", params={"match": "/dataPoints"}).json()
    (request,) = seen["requests"]
    assert seen["total"] == 3
    assert request["path"] == "/google-health/v4/users/me/dataTypes/steps/dataPoints"
    assert (request["method"], request["query"], request["status"]) == ("GET", "pageSize=3", 200)
    assert [each.status for each in caller.server.requests.matching("/token")] == [200]


def test_quota() -> None:
    world = build_empty(now=NOW)
    with calling(world, Options(requests_per_minute=3)) as caller:
        for _ in range(3):
            caller.get(IDENTITY)
        error = caller.refused(IDENTITY)
        assert (error["code"], error["status"]) == (429, "RESOURCE_EXHAUSTED")
        assert caller.exchange().status_code == 200, "tokens are not counted"
        world.set_now(NOW + timedelta(seconds=61))
        assert caller.get(IDENTITY)


def test_by_default_there_is_no_quota() -> None:
    with calling(build_empty(now=NOW)) as caller:
        for _ in range(320):
            caller.get(IDENTITY)


def test_a_gateway_shares_faults_and_journal() -> None:
    faults, journal = Faults(), Journal()
    made = gateway(build_empty(now=NOW), faults=faults, journal=journal)
    assert (made.faults, made.journal) == (faults, journal)
