"""Settings that cannot work are named in a sentence that says how to correct them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from clockify_client.errors import ClockifyError
from clockify_sandbox.world import edits
from failing import failure
from singer_sdk.exceptions import ConfigValidationError
from support import NOW, agency, run_tap
from time_machine import travel

from tap_clockify.tap import TapClockify

if TYPE_CHECKING:
    from clockify_sandbox.server import Server
    from conftest import Serve

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
        (
            {"reports_url": "https://me:hunter2@reports.api.clockify.me"},
            [
                "reports_url: the URL contains a user name or a password, which logs and errors"
                " would show; remove it. The tap authenticates only with api_key or addon_token."
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
