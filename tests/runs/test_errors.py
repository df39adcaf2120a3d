"""Every way in which a run can fail, with the message that the user reads."""

from __future__ import annotations

import datetime as dt
import json
import logging
import traceback
from typing import TYPE_CHECKING, Any

import pytest
import responses
from clockify_sandbox.world import edits
from singer_sdk.exceptions import ConfigValidationError
from support import (
    NOW,
    UpsertStore,
    agency,
    config_for,
    empty,
    only_workspace,
    records,
    run_cli,
    run_tap,
)
from time_machine import travel

from tap_clockify.clockify.errors import TotalsDifferError
from tap_clockify.errors import ClockifyError
from tap_clockify.http.errors import RequestError
from tap_clockify.http.limits import RateLimits
from tap_clockify.tap import TapClockify

if TYPE_CHECKING:
    from pathlib import Path

    from clockify_sandbox.server import Server
    from conftest import Serve
    from support import Message

KEY = "SuperSecret0123456789abcdefghijk"
TRIES = 7


@pytest.fixture
def server(serve: Serve) -> Server:
    return serve(agency(people=3, days=10))


def failure(server: Server, **config: Any) -> ClockifyError:
    """Run the tap and return how it fails."""
    with pytest.raises(ClockifyError) as caught:
        run_tap(server, **config)
    return caught.value


# Settings

MISSING_KEY = (
    "api_key is missing: set TAP_CLOCKIFY_API_KEY (or the setting api_key) to a key from"
    " Preferences > Advanced in Clockify, or set addon_token."
)


@pytest.mark.parametrize(
    ("config", "messages"),
    [
        ({"api_key": None}, [MISSING_KEY]),
        ({"api_key": ""}, [MISSING_KEY]),
        ({"api_key": "   "}, [MISSING_KEY]),
        (
            {"addon_token": "token"},
            ["api_key and addon_token are both set, but Clockify accepts only one: remove one."],
        ),
        (
            {"api_key": "spaces inside"},
            ["api_key contains spaces or other characters that no key has: copy it again."],
        ),
        (
            {"api_key": None, "addon_token": "line\nbreak"},
            ["addon_token contains spaces or other characters that no key has: copy it again."],
        ),
        (
            {"region": "mars"},
            [
                "'mars' is not one of ['global', 'euc1', 'use2', 'euw2', 'apse2']"
                " in config['region']"
            ],
        ),
        (
            {"timezone": "Mars/Olympus"},
            ["timezone: 'Mars/Olympus' is not an IANA time zone such as 'Europe/Berlin'."],
        ),
        (
            {"start_date": "2026-04-01"},
            ["start_date: 2026-04-01 is in the future; choose an earlier day."],
        ),
        (
            {"start_date": "2026-03-31", "timezone": "Pacific/Kiritimati", "lookback_days": -1},
            ["lookback_days: -1 is not between 0 and 36500."],
        ),
        (
            {"start_date": "soon"},
            ["start_date: 'soon' is not a date; write it like 2026-01-31 or 2026-01-31T00:00:00Z."],
        ),
        (
            {"subdomain": "https://acme.clockify.me"},
            [
                "subdomain: 'https://acme.clockify.me' is not a subdomain; for"
                " https://acme.clockify.me it is acme."
            ],
        ),
        (
            {"api_url": "api.clockify.me"},
            [
                "api_url: 'api.clockify.me' is not a URL; write it like"
                " https://api.clockify.me/api/v1."
            ],
        ),
        ({"lookback_days": -1}, ["lookback_days: -1 is not between 0 and 36500."]),
        (
            {"lookback_days": "many"},
            ["'many' is not of type 'integer', 'null' in config['lookback_days']"],
        ),
        (
            {"requests_per_second": 0},
            ["requests_per_second: 0 is not between 0.001 and 1000."],
        ),
        ({"requests_per_hour": 0}, ["requests_per_hour: 0 is not between 1 and 1000000."]),
        (
            {"verify_totals": "maybe"},
            ["'maybe' is not one of ['warn', 'fail', 'off'] in config['verify_totals']"],
        ),
        (
            {"api_key": None, "timezone": "x", "start_date": "soon", "requests_per_hour": -5},
            [
                MISSING_KEY,
                "timezone: 'x' is not an IANA time zone such as 'Europe/Berlin'.",
                "start_date: 'soon' is not a date; write it like 2026-01-31 or"
                " 2026-01-31T00:00:00Z.",
                "requests_per_hour: -5 is not between 1 and 1000000.",
            ],
        ),
    ],
    ids=str,
)
def test_wrong_settings_are_named_with_the_fix(config: dict[str, Any], messages: list[str]) -> None:
    with travel(NOW), pytest.raises(ConfigValidationError) as caught:
        TapClockify(config={"api_key": "key", **config})
    assert caught.value.errors == messages


@pytest.mark.parametrize(
    ("start", "zone"),
    [
        ("2026-03-31", "UTC"),
        ("2026-04-01", "Pacific/Kiritimati"),  # where it is already tomorrow
        ("2026-03-31T15:00:00Z", "America/Los_Angeles"),
    ],
)
def test_start_today_is_no_mistake(start: str, zone: str) -> None:
    with travel(NOW):
        TapClockify(config={"api_key": "key", "start_date": start, "timezone": zone})


def test_lookback_beyond_the_first_day_of_the_calendar(server: Server) -> None:
    with pytest.raises((ConfigValidationError, ClockifyError), match="lookback_days"):
        run_tap(server, lookback_days=1_000_000)


def test_workspace_that_the_key_cannot_see(serve: Serve) -> None:
    world = agency(people=2, days=3, workspaces=2)
    one, two = sorted(world.workspaces)
    error = failure(serve(world), workspace_ids=[one, "0123", "4567"])
    assert str(error) == (
        "The key cannot see 0123, 4567 of workspace_ids; workspaces that it can see:"
        f" {one}, {two}. Correct workspace_ids, or have the key's owner added to the workspace."
    )


def test_key_that_sees_no_workspace(server: Server) -> None:
    server.faults.add("status", match="/workspaces$", status=200, body="[]")
    assert str(failure(server)) == (
        "The key cannot see any workspace; workspaces that it can see: none. Correct"
        " workspace_ids, or have the key's owner added to the workspace."
    )


def test_time_zone_of_the_account_that_this_machine_does_not_know(serve: Serve) -> None:
    world = agency(people=2, days=3)
    edits.set_timezone(world, world.owner_id, "Mars/Olympus")
    assert str(failure(serve(world))) == (
        "The account's time zone cannot be used: 'Mars/Olympus' is not an IANA time zone such as"
        " 'Europe/Berlin'. Set the setting timezone."
    )


# Refusals, at once

CHECK_KEY = (
    "Check the setting api_key or addon_token. A workspace on a subdomain or in a data region"
    " needs a key created there: see the settings region and subdomain."
)
BE_ADMIN = (
    "The key's owner must be an owner or admin of the workspace, and the workspace's plan must"
    " include this."
)


def test_unknown_key(server: Server) -> None:
    assert str(failure(server, api_key=KEY)) == (
        f'GET {server.api_url}/workspaces failed with status 401: "Api key does not exist".'
        f" {CHECK_KEY}"
    )
    assert server.requests.total <= 2, "the account is requested along with the workspaces"


def test_bad_addon_token(server: Server) -> None:
    assert str(failure(server, api_key=None, addon_token=KEY)) == (
        f'GET {server.api_url}/workspaces failed with status 401: "Token is not valid". {CHECK_KEY}'
    )


@pytest.mark.parametrize(
    ("status", "body", "message"),
    [
        (403, '{"message":"Access Denied","code":403}', f': "Access Denied". {BE_ADMIN}'),
        (403, "", f". {BE_ADMIN}"),
        (403, "<html>no</html>", f". {BE_ADMIN}"),
        (
            400,
            '{"message":"Invalid group name","code":501}',
            ': "Invalid group name". Clockify does not accept these values.',
        ),
        (
            404,
            '{"message":"No static resource x.","code":3000}',
            ': "No static resource x.". The host has no such path: check region,'
            " subdomain, api_url and reports_url.",
        ),
        (
            404,
            "",
            ". The host has no such path: check region, subdomain, api_url and reports_url.",
        ),
        (
            405,
            '{"message":"Request method \'GET\' is not supported","code":3000}',
            ": \"Request method 'GET' is not supported\". The host does not allow this"
            " request: check api_url and reports_url.",
        ),
        (402, "{}", ". The workspace's plan does not include this."),
        (
            400,
            '{"timestamp":1,"status":400,"error":"Bad Request","path":"/"}',
            ': "Bad Request". Clockify does not accept these values.',
        ),
        (418, '{"message":["no","text"]}', "."),
    ],
    ids=str,
)
def test_refusals_say_why_and_what_to_do(
    server: Server, status: int, body: str, message: str, sleeps: list[float]
) -> None:
    server.faults.add("status", match="/clients", status=status, body=body, times=None)
    path = f"{server.api_url}/workspaces/{only_workspace(server.world)}/clients"
    refusals = 3 if status == 400 else 1  # with smaller pages
    assert str(failure(server)) == f"GET {path} failed with status {status}{message}"
    assert server.requests.count("/clients") == refusals
    assert sleeps == []


def test_message_of_the_api_is_one_short_line(server: Server) -> None:
    body = json.dumps({"message": "evil\n\x1b[31mred" + "x" * 5000})
    server.faults.add("status", match="/clients", status=403, body=body)
    text = str(failure(server))
    assert text.isprintable()
    assert len(text) < 700


def test_report_that_is_refused_fails_the_run(server: Server) -> None:
    server.faults.add("status", match="/reports/detailed", status=403, body="", times=None)
    error = failure(server)
    assert isinstance(error, RequestError)
    assert error.status == 403
    assert str(error).startswith(f"POST {server.reports_url}/workspaces/")


def test_answer_that_is_not_a_list(server: Server) -> None:
    server.faults.add("status", match="/clients", status=200, body='{"clients": []}')
    workspace = only_workspace(server.world)
    assert str(failure(server)) == (
        f"GET /workspaces/{workspace}/clients: Clockify sent dict instead of a list. Check that"
        " api_url points to Clockify."
    )


@pytest.mark.parametrize("body", ["{}", '{"timeentries": null}'])
def test_report_without_its_list(server: Server, body: str) -> None:
    server.faults.add("status", match="/reports/detailed", status=200, body=body)
    assert str(failure(server)) == (
        "Clockify's detailed report has no list of time entries. Check that reports_url points to"
        " Clockify."
    )


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("[]", "Expected `object`, got `array`"),
        ("null", "Expected `object`, got `null`"),
        (
            '{"timeentries": [{"_id": "e"}]}',
            "Object missing required field `timeInterval` - at `$.timeentries[0]`",
        ),
    ],
)
def test_report_of_another_form(server: Server, body: str, found: str) -> None:
    server.faults.add("status", match="/reports/detailed", status=200, body=body)
    workspace = only_workspace(server.world)
    assert str(failure(server)) == (
        f"POST {server.reports_url}/workspaces/{workspace}/reports/detailed: the response is not"
        f" what Clockify documents ({found}). Check that reports_url points to Clockify."
    )


@pytest.mark.parametrize("body", ["null", '{"id": "w"}', "[1]", '["w"]'])
def test_workspaces_of_another_form(server: Server, body: str) -> None:
    server.faults.add("status", match="/workspaces$", status=200, body=body)
    assert str(failure(server)) == (
        "GET /workspaces: the response is not a list of workspaces. Check that api_url points to"
        " Clockify."
    )


def test_redirect_does_not_send_the_key_elsewhere() -> None:
    core = "https://api.clockify.me/api/v1"
    with responses.RequestsMock(assert_all_requests_are_fired=False) as clockify:
        elsewhere = {"Location": "https://elsewhere.example.org/"}
        clockify.get(f"{core}/workspaces", status=302, headers=elsewhere)
        clockify.get("https://elsewhere.example.org/", json=[])
        with pytest.raises(ClockifyError):
            TapClockify(config={"api_key": KEY, "timezone": "UTC"}).sync_all()
        asked = [str(call.request.url) for call in clockify.calls]
    assert asked == [f"{core}/workspaces"]


# Failures that may be gone at the next try

FAULTS: dict[str, dict[str, Any]] = {
    "429": {},
    "5xx": {},
    "5xx of another kind": {"kind": "5xx", "status": 500, "body": ""},
    "reset": {},
    "truncated": {},
    "malformed": {},
    "empty": {},
    "status": {"status": 200, "body": "<html>Log in to the hotel's network</html>"},
}
PLACES = {
    "the workspaces": "GET .*/workspaces$",
    "a list": "GET .*/projects",
    "the detailed report": "/reports/detailed",
    "the summary report": "/reports/summary",
}


def add_fault(server: Server, name: str, match: str, times: int | None) -> None:
    options = dict(FAULTS[name])
    server.faults.add(options.pop("kind", name), match=match, times=times, **options)


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
    "GET {url}: the connection failed 7 times ({kind}). Check the network and the settings"
    " region, subdomain, api_url and reports_url."
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
    server.faults.add("status", match="/reports/detailed", status=403, body="", times=None)
    assert "/reports/detailed failed with status 403" in str(failure(server))
    (hanging,) = server.requests.matching("/users")
    assert hanging.status is None
    assert "/users" not in caplog.text


# Totals


def world_of_an_hour() -> Any:
    world = empty()
    start = dt.datetime(2026, 3, 30, 9, tzinfo=dt.UTC)
    edits.add_entry(
        world, only_workspace(world), world.owner_id, start, start + dt.timedelta(hours=1)
    )
    return world


def two_hours(world: Any, **group: Any) -> str:
    """Write a summary report of two hours, worth 240, although there is only one."""
    person = {"_id": world.owner_id, "name": "Olga Owner", "duration": 7200, "amount": 24000.0}
    return json.dumps(
        {
            "totals": [None],
            "groupOne": [
                {"_id": "2026-03-30", "name": "2026-03-30", "children": [{**person, **group}]}
            ],
        }
    )


def lie(server: Server, times: int | None, **group: Any) -> None:
    body = two_hours(server.world, **group)
    server.faults.add("status", match="/reports/summary", status=200, body=body, times=times)


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [item.getMessage() for item in caplog.records if item.levelno >= logging.WARNING]


def difference(world: Any) -> str:
    return (
        f"2026-03-30, Olga Owner ({world.owner_id}): Clockify's report says 2.0000 h and 240.00,"
        " its entries say 1.0000 h and 120.00"
    )


def test_day_that_differs_is_logged(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    server = serve(world_of_an_hour())
    lie(server, None)
    messages = run_tap(server, select=["summary"])
    workspace = only_workspace(server.world)
    assert warnings(caplog) == [f"Workspace {workspace}, {difference(server.world)}."]
    assert [row["duration_decimal"] for row in records(messages, "summary")] == [1.0]
    assert messages[-1]["value"]["bookmarks"]


def test_window_that_differs_is_read_once_more(serve: Serve) -> None:
    server = serve(world_of_an_hour())
    lie(server, None)
    run_tap(server, select=["summary"])
    assert server.requests.count("/reports/detailed") == 2
    assert server.requests.count("/reports/summary") == 2


@pytest.mark.parametrize("verify", ["warn", "fail"])
def test_difference_that_is_gone_at_the_second_reading(
    serve: Serve, caplog: pytest.LogCaptureFixture, verify: str
) -> None:
    server = serve(world_of_an_hour())
    lie(server, 1)
    run_tap(server, select=["summary"], verify_totals=verify)
    assert warnings(caplog) == []


def test_entry_added_between_the_reports_is_read(serve: Serve, store: UpsertStore) -> None:
    """The usual reason why totals differ: someone tracks time while the tap reads."""
    server = serve(world_of_an_hour())
    world = server.world
    server.faults.call(
        lambda: edits.add_entry(
            world, only_workspace(world), world.owner_id, NOW, NOW + dt.timedelta(hours=3)
        ),
        match="/reports/detailed",
    )
    # One after the other, so that only the summary report has the entry.
    store.apply(run_tap(server, select=["summary"], verify_totals="fail", concurrency=1))
    assert server.requests.count("/reports/detailed") == 2
    assert store.total("summary", "duration_decimal") == 4.0


def test_difference_fails_the_run_if_set(serve: Serve) -> None:
    server = serve(world_of_an_hour())
    lie(server, None)
    messages: list[Message] = []
    error = failure(server, select=["summary"], verify_totals="fail", into=messages)
    assert isinstance(error, TotalsDifferError)
    assert str(error) == (
        f"Workspace {only_workspace(server.world)}: the entries read differ from Clockify's own"
        " totals even after a second reading. Number of differences: 1; the first:"
        f" {difference(server.world)}. Run again, or set verify_totals to warn."
    )
    (partition,) = messages[-1]["value"]["bookmarks"]["summary"]["partitions"]
    assert "replication_key_value" not in partition


def test_totals_are_not_requested_if_off(serve: Serve) -> None:
    server = serve(world_of_an_hour())
    lie(server, None)
    run_tap(server, select=["summary"], verify_totals="off")
    assert server.requests.count("/reports/summary") == 0
    assert server.requests.count("/reports/detailed") == 1


@pytest.mark.parametrize(
    "group",
    [
        {"duration": 3600, "amount": 12000.4},
        {"duration": 3600, "amount": None},
        {"duration": 3600, "amounts": [{"type": "EARNED", "value": 12001}], "amount": 1},
        {"duration": 3600, "amounts": []},
    ],
    ids=str,
)
def test_hidden_and_rounded_amounts_are_no_difference(
    serve: Serve, caplog: pytest.LogCaptureFixture, group: dict[str, Any]
) -> None:
    server = serve(world_of_an_hour())
    if group.get("amounts") == []:
        group["amount"] = None
    lie(server, None, **group)
    run_tap(server, select=["summary"])
    assert warnings(caplog) == []


@pytest.mark.parametrize(
    "group",
    [
        {"duration": 3601, "amount": 12000.0},
        {"duration": 3600, "amount": 12002.0},
        {"duration": 3600, "amount": 12000.0, "_id": "somebody else"},
    ],
    ids=str,
)
def test_small_differences_are_differences(serve: Serve, group: dict[str, Any]) -> None:
    server = serve(world_of_an_hour())
    lie(server, None, **group)
    assert isinstance(failure(server, verify_totals="fail"), TotalsDifferError)


def test_summary_report_without_its_groups(server: Server) -> None:
    server.faults.add("status", match="/reports/summary", status=200, body="{}")
    assert str(failure(server)) == (
        "Clockify's summary report has no groups, so the totals cannot be verified. Set"
        " verify_totals to off to run without them."
    )


# The key


@pytest.mark.parametrize("fault", [*FAULTS, "echo"])
def test_key_is_in_no_error_log_or_message(
    serve: Serve, fault: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    world = agency(people=2, days=3)
    world.api_keys[KEY] = world.owner_id
    server = serve(world)
    if fault == "echo":
        body = json.dumps({"message": f"Api key {KEY} does not exist"})
        server.faults.add("status", match="/projects", status=401, body=body)
    else:
        add_fault(server, fault, "/projects", None)
    messages: list[Message] = []
    error = failure(server, api_key=KEY, into=messages)
    if fault == "echo":
        assert '"Api key *** does not exist"' in str(error)
    shown = [
        *traceback.format_exception(error),
        *(item.getMessage() for item in caplog.records),
        json.dumps(messages),
        *capfd.readouterr(),
    ]
    assert len(caplog.records) > 5
    assert not any(KEY in text for text in shown)


# The command


def environment(server: Server, **more: str) -> dict[str, str]:
    config = config_for(server)
    return {
        f"TAP_CLOCKIFY_{name.upper()}": str(config[name]) for name in ("api_url", "reports_url")
    } | {
        "TAP_CLOCKIFY_API_KEY": KEY,
        "TAP_CLOCKIFY_TIMEZONE": "UTC",
        "LOGLEVEL": "DEBUG",
        **more,
    }


def test_command_with_a_wrong_key(server: Server, tmp_path: Path) -> None:
    run = run_cli(tmp_path, "--config=ENV", **environment(server))
    assert run.returncode == 1
    assert "Traceback" not in run.stderr
    said = run.stderr.strip().splitlines()[-1]
    assert said.endswith(
        f'GET {server.api_url}/workspaces failed with status 401: "Api key does not exist".'
        f" {CHECK_KEY}"
    )
    assert "ERROR" in said
    assert KEY not in run.stdout + run.stderr


def test_command_that_gives_up(serve: Serve, tmp_path: Path) -> None:
    world = agency(people=2, days=3)
    world.api_keys[KEY] = world.owner_id
    server = serve(world)
    server.faults.add("5xx", match="/reports/detailed", times=None)
    file = tmp_path / "config.json"
    file.write_text(json.dumps(config_for(server, api_key=KEY)))
    run = run_cli(tmp_path, f"--config={file}", LOGLEVEL="DEBUG")
    assert run.returncode == 1
    assert "Traceback" not in run.stderr
    assert "failed with status 503 after 7 tries" in run.stderr.strip().splitlines()[-1]
    assert json.loads(run.stdout.strip().splitlines()[-1])["type"] == "STATE"
    assert KEY not in run.stdout + run.stderr


def test_command_that_succeeds_does_not_show_the_key(serve: Serve, tmp_path: Path) -> None:
    world = agency(people=2, days=3)
    world.api_keys[KEY] = world.owner_id
    run = run_cli(tmp_path, "--config=ENV", **environment(serve(world)))
    assert run.returncode == 0
    assert json.loads(run.stdout.strip().splitlines()[-1])["type"] == "STATE"
    assert "DEBUG" in run.stderr
    assert KEY not in run.stdout + run.stderr


def test_command_with_wrong_settings(tmp_path: Path) -> None:
    run = run_cli(
        tmp_path,
        "--config=ENV",
        TAP_CLOCKIFY_ADDON_TOKEN=KEY,
        TAP_CLOCKIFY_API_KEY=KEY,
        TAP_CLOCKIFY_TIMEZONE="Mars/Olympus",
        TAP_CLOCKIFY_START_DATE="soon",
    )
    assert run.returncode == 1
    assert "Traceback" not in run.stderr
    said = "\n".join(run.stderr.strip().splitlines())
    assert "api_key and addon_token are both set" in said
    assert "timezone: 'Mars/Olympus' is not an IANA time zone" in said
    assert "start_date: 'soon' is not a date" in said
    assert KEY not in run.stdout + run.stderr
