"""A failure that may pass is tried again, and given up with a message in the end."""

from __future__ import annotations

import datetime as dt
import logging
from typing import TYPE_CHECKING, Any

import pytest
from clockify_client.http.limits import RateLimits
from failing import FAULTS, add_fault, failure
from support import UpsertStore, agency, only_workspace, records, run_tap

if TYPE_CHECKING:
    from clockify_sandbox.server import Server
    from conftest import Serve
    from support import Message

TRIES = 7


PLACES = {
    "the workspaces": "GET .*/workspaces$",
    "a list": "GET .*/projects",
    "the detailed report": "/reports/detailed",
    "the summary report": "/reports/summary",
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("fault", FAULTS)
def test_recovers_after_a_few(
    serve: Serve, store: UpsertStore, fault: str, place: str, sleeps: list[float]
) -> None:
    world = agency(people=3, days=20)
    server = serve(world)
    wanted = UpsertStore().apply(run_tap(server, timezone="UTC")).rows("summary")
    sleeps.clear()
    add_fault(server, fault, PLACES[place], 3)
    store.apply(run_tap(server, timezone="UTC"))
    assert len(sleeps) == 3
    hours = [row["duration_decimal"] for row in store.rows("summary")]
    assert hours == [row["duration_decimal"] for row in wanted]
    retries = {row["stream"]: row["retries"] for row in store.rows("sync_runs")}
    assert retries["projects"] == (3 if place == "a list" else 0)
    assert retries["summary"] == (3 if "report" in place else 0)


UNREADABLE = (
    "GET {url}: the response was incomplete or not JSON (try 7). Check whether a proxy interferes,"
    " or run again later."
)
BROKEN = (
    "GET {url}: the connection failed 7 times ({kind}). Start what should answer there, or correct"
    " api_url and reports_url. The simulated Clockify is started by `uv run clockify-sandbox up`."
)
SERVER = (
    "GET {url} failed with status {status} after 7 tries. The problem is on Clockify's side: run"
    " again later. No bookmark has moved past data that was not read."
)
GIVEN_UP = {
    "429": 'GET {url} failed with status 429 after 7 tries: "Too many requests". Lower the setting'
    " requests_per_second or requests_per_hour, or run again later.",
    "5xx": SERVER.replace("{status}", "503"),
    "5xx of another kind": SERVER.replace("{status}", "500"),
    "reset": BROKEN.replace("{kind}", "ConnectionError"),
    "truncated": BROKEN.replace("{kind}", "ChunkedEncodingError"),
    "malformed": UNREADABLE,
    "empty": UNREADABLE,
    "status": UNREADABLE,
}


@pytest.mark.parametrize("fault", FAULTS)
def test_gives_up_in_the_end(server: Server, fault: str, sleeps: list[float]) -> None:
    add_fault(server, fault, "/projects", None)
    path = f"{server.api_url}/workspaces/{only_workspace(server.world)}/projects"
    messages: list[Message] = []
    assert str(failure(server, into=messages)) == GIVEN_UP[fault].replace("{url}", path)
    assert server.requests.count("/projects") == TRIES
    assert len(sleeps) == TRIES - 1
    assert records(messages, "projects") == []
    assert messages[-1]["type"] == "STATE"


def test_waits_grow_and_have_jitter(server: Server, sleeps: list[float]) -> None:
    server.faults.add("5xx", match="/projects", times=None)
    failure(server)
    assert len(set(sleeps)) == TRIES - 1
    for tries, wait in enumerate(sleeps):
        assert 0.5 <= wait <= max(1, 2**tries)


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        (7, 7, 7),
        (999_999, 3600, 3600),
        ("Tue, 31 Mar 2026 15:00:30 GMT", 20, 30),
        ("in a while", 0.5, 1),
        (None, 0.5, 1),
    ],
)
def test_waits_as_long_as_clockify_asks_for(
    server: Server, header: Any, least: float, most: float, sleeps: list[float]
) -> None:
    server.faults.add("429", match="/projects", retry_after=header)
    run_tap(server)
    (wait,) = sleeps
    assert least <= wait <= most


@pytest.mark.parametrize("header", [0, -5, "Tue, 31 Mar 2026 14:00:00 GMT"])
def test_does_not_wait_if_clockify_does_not_ask_for_it(
    server: Server, header: Any, sleeps: list[float]
) -> None:
    server.faults.add("429", match="/projects", retry_after=header)
    run_tap(server)
    assert sleeps == []
    assert server.requests.count("/projects") == 2


@pytest.mark.parametrize("body", ["json", "empty", "html"])
def test_limit_of_a_free_workspace(
    serve: Serve, body: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hour to wait for is the world's, so it passes at once."""
    world = agency(plan="FREE", people=2, days=5)
    server = serve(
        world,
        enforce_rate_limits=True,
        free_requests_per_hour=4,
        retry_after=1800,
        too_many_body=body,
    )
    waits: list[float] = []
    pause = RateLimits.wait

    def wait(limits: RateLimits, seconds: float) -> None:
        if seconds < 1:  # the pace, halved by every refusal
            pause(limits, seconds)
            return
        # Every wait moves the clock. So no request is refused seven times, in whichever order the
        # threads take turns: there are too few other requests to fill the hours in between.
        with world.lock:
            world.clock.advance(dt.timedelta(seconds=seconds))
            waits.append(seconds)

    monkeypatch.setattr(RateLimits, "wait", wait)
    run_tap(server, timezone="UTC", requests_per_second=1000)
    assert set(waits) == {1800.0}
    answered = [request for request in server.requests if request.status == 200]
    assert len(answered) < 16


def test_slow_answer_is_waited_for(server: Server, sleeps: list[float]) -> None:
    server.faults.add("slow", match="/projects", seconds=0.3)
    assert run_tap(server)[-1]["type"] == "STATE"
    assert sleeps == []


def test_failure_waits_for_no_other_answer(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    server.faults.add("slow", match="/users", seconds=60)
    server.faults.add("status", match="/reports/detailed", status=405, body="", times=None)
    assert "/reports/detailed failed with status 405" in str(failure(server))
    (hanging,) = server.requests.matching("/users")
    assert hanging.status is None
    assert "/users" not in caplog.text


def test_summary_of_the_run_counts_all_requests_and_their_retries(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    server.faults.add("5xx", match="/clients", times=2)
    server.faults.add("5xx", match="/reports/summary", times=1)
    with caplog.at_level(logging.INFO):
        run_tap(server, select=["clients", "summary"])
    (said,) = [text for text in caplog.messages if text.startswith("Complete in")]
    assert f" {server.requests.total} requests, 3 retries;" in said
