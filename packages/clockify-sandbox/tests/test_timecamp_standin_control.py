"""Faults, the log of requests and the control routes of the stand-in for TimeCamp."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import requests
from clockify_sandbox.server import Server
from clockify_sandbox.standin.faults import Faults
from clockify_sandbox.standin.journal import Journal
from clockify_sandbox.timecamp import Options, build_company, build_empty, edits, gateway, truth
from clockify_sandbox.world import build_empty as build_clockify
from timecamp_standin_support import NOW, Caller, calling

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def caller() -> Iterator[Caller]:
    with calling(build_company(now=NOW, days=20)) as caller:
        yield caller


def test_addresses(caller: Caller) -> None:
    assert caller.server.api_url == f"{caller.server.url}/timecamp/third_party/api"
    for url in (f"{caller.server.url}/third_party/api/me", f"{caller.server.api_url}/no_such"):
        answer = requests.get(url, headers=caller.headers, timeout=30)
        assert (answer.status_code, answer.json()) == (404, {"message": "Not found"})
    answer = requests.delete(f"{caller.server.api_url}/me", headers=caller.headers, timeout=30)
    assert answer.status_code == 405


def test_health(caller: Caller) -> None:
    caller.get("me")
    health = caller.control("GET", "health").json()
    assert health["status"] == "ok"
    assert health["requests"] == 1
    assert health["apiKey"] == "sandbox-timecamp-key"


def test_edits_with_a_seed_are_the_same(caller: Caller) -> None:
    asked = {"count": 5, "seed": 11}
    made = caller.control("POST", "edit", json=asked).json()["edits"]
    assert len(made) == 5
    with calling(build_company(now=NOW, days=20)) as other:
        assert other.control("POST", "edit", json=asked).json()["edits"] == made
        assert truth.rows(other.world, "entries") == truth.rows(caller.world, "entries")
    assert len(caller.control("POST", "edit").json()["edits"]) == 1


def test_truth(caller: Caller) -> None:
    for table in truth.TABLES:
        rows = caller.control("GET", "truth", params={"table": table}).json()
        assert rows == truth.rows(caller.world, table)
    days = {"table": "entries", "first": "2026-08-03", "last": "2026-08-04"}
    rows = caller.control("GET", "truth", params=days).json()
    assert {row["date"] for row in rows} == {"2026-08-03", "2026-08-04"}
    refused = caller.control("GET", "truth", params={"table": "invoices"})
    assert refused.status_code == 400
    assert "no such table" in refused.json()["error"]


def test_truth_over_http_follows_the_switches() -> None:
    world = build_empty(now=NOW)
    edits.add_entry(world)
    with calling(world, Options(no_task="null")) as caller:
        rows = caller.control("GET", "truth").json()
    assert [row["task_id"] for row in rows] == [None]


def test_faults(caller: Caller) -> None:
    plan = {"kind": "429", "match": "/entries", "times": None, "retry_after": 3}
    assert caller.control("POST", "faults", json=plan).json() == {"planned": True}
    assert caller.get("me")
    answer = caller.ask("entries")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "3")
    assert answer.json()["message"]
    caller.control("DELETE", "faults")
    assert caller.entries()
    assert caller.control("POST", "faults", json={"kind": "rain"}).status_code == 400


def test_a_refusal_with_its_delay_in_the_body(caller: Caller) -> None:
    body = json.dumps({"message": "Slow down", "retry_after": 2})
    caller.server.faults.add("status", status=429, body=body, match="/me")
    answer = caller.ask("me")
    assert (answer.status_code, answer.json()["retry_after"]) == (429, 2)
    assert "retry-after" not in answer.headers
    assert caller.get("me")


def test_an_edit_between_two_requests(caller: Caller) -> None:
    victim = caller.ids()[0]
    caller.server.faults.call(
        lambda: edits.delete_entry(caller.world, victim), match="/entries\\?", after=1
    )
    assert victim in caller.ids()
    assert victim not in caller.ids()


def test_requests(caller: Caller) -> None:
    caller.get("me")
    caller.get("users", active_only="true")
    caller.ask("entries")
    log = caller.control("GET", "requests", params={"match": "/users"}).json()
    assert log["total"] == 3
    assert [(r["method"], r["path"], r["query"], r["status"]) for r in log["requests"]] == [
        ("GET", "/timecamp/third_party/api/users", "active_only=true", 200)
    ]
    every = caller.control("GET", "requests").json()["requests"]
    assert [each["status"] for each in every] == [200, 200, 400]
    seen = next(iter(caller.server.requests))
    assert seen.headers["authorization"] == "***"


def test_a_gateway_uses_the_faults_and_the_log_it_is_given() -> None:
    faults, journal = Faults(), Journal()
    front = gateway(build_empty(now=NOW), faults=faults, journal=journal)
    assert front.faults is faults
    assert front.journal is journal


def test_a_gateway_answers_beside_clockify() -> None:
    clockify, company = build_clockify(), build_empty(now=NOW)
    with Server(clockify, beside={"timecamp": gateway(company)}) as server:
        url = f"{server.url}/timecamp/third_party/api/me"
        headers = {
            "Authorization": f"Bearer {company.api_key}",
            "Accept": "application/json",
        }
        me = requests.get(url, headers=headers, timeout=30).json()
        assert me["user_id"] == str(company.tokens[company.api_key])
        health = requests.get(f"{server.url}/timecamp/_sandbox/health", timeout=30).json()
        assert health["apiKey"] == company.api_key
