"""A request that Clockify refuses, or answers with something else, fails the run at once.

The message says why and what to do.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import responses
from clockify_client.errors import ClockifyError
from clockify_client.http.errors import RequestError
from failing import CHECK_KEY, KEY, failure
from support import only_workspace

from tap_clockify.tap import TapClockify

if TYPE_CHECKING:
    from clockify_sandbox.server import Server

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
