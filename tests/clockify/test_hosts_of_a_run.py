"""A run talks to the hosts of the settings, and authenticates with the key or the token alone."""

from __future__ import annotations

import json

import pytest
import responses
from support import NOW
from time_machine import travel

from tap_clockify.tap import TapClockify


@pytest.mark.parametrize(
    ("credential", "header"), [("api_key", "X-Api-Key"), ("addon_token", "X-Addon-Token")]
)
def test_tap_uses_these_hosts_with_exactly_one_credential(credential: str, header: str) -> None:
    core, reports = "https://euc1.clockify.me/api/v1", "https://acme.clockify.me/report/v1"
    with responses.RequestsMock() as clockify, travel(NOW):
        clockify.get(f"{core}/workspaces", json=[{"id": "w"}])
        clockify.post(
            f"{reports}/workspaces/w/reports/detailed", json={"totals": [None], "timeentries": []}
        )
        clockify.post(
            f"{reports}/workspaces/w/reports/summary", json={"totals": [None], "groupOne": []}
        )
        tap = TapClockify(
            config={
                credential: "the-secret",
                "region": "euc1",
                "subdomain": "acme",
                "timezone": "UTC",
                "lookback_days": 5,
                "user_agent": "agency-reports",
            }
        )
        for name, stream in tap.streams.items():
            stream.selected = name == "summary"
        tap.sync_all()
        sent = [call.request for call in clockify.calls]
    assert {request.headers.get(header) for request in sent} == {"the-secret"}
    other = {"X-Api-Key", "X-Addon-Token", "Authorization"} - {header}
    assert not any(request.headers.keys() & other for request in sent)
    assert {request.headers["User-Agent"] for request in sent} == {"agency-reports"}
    assert all("the-secret" not in (request.url or "") for request in sent)
    detailed = json.loads(sent[1].body or "{}")
    assert detailed["dateRangeStart"] == "2026-03-26T00:00:00.000"
