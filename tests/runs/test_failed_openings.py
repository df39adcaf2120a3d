"""A run that fails before it has read anything counts its requests, and ends at once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from clockify_client.errors import ClockifyError
from support import (
    Lines,
    agency,
    config_for,
    empty,
    only_workspace,
    run_cli,
    run_tap,
    writer_into,
)

from tap_clockify.tap import TapClockify

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Serve
    from support import Message


def test_requests_before_an_unusable_time_zone_count_for_the_hour(serve: Serve) -> None:
    world = empty(plan="FREE")
    server = serve(world)
    server.faults.add("status", match=r"/user$", status=200, body='{"settings": {}}', times=None)
    messages: list[Message] = []
    with pytest.raises(ClockifyError, match="time zone"):
        run_tap(server, into=messages)
    (state,) = [message["value"] for message in messages]
    counted = state["spent"][only_workspace(world)]
    assert sum(count for _, count in counted) == server.requests.total == 2


def test_plan_does_not_wait_for_a_request_once_it_has_failed(serve: Serve, tmp_path: Path) -> None:
    """The account is asked beside the workspaces; its response comes later than any test waits."""
    server = serve(agency(people=1, days=1))
    server.faults.add("slow", match=r"/user$", seconds=150)
    server.faults.add("status", match=r"/workspaces$", status=403, body="", times=None)
    config = tmp_path / "config.json"
    config.write_text(json.dumps(config_for(server)))
    run = run_cli(tmp_path, f"--config={config}", "--plan")
    assert run.returncode == 1
    assert "failed with status 403" in run.stderr


def test_reading_one_stream_requests_one_workspace_at_a_time(serve: Serve) -> None:
    """The SDK's test of a connection stops after the first row: other workspaces are a waste."""
    server = serve(agency(people=4, days=20, workspaces=3, now=None))
    first, *others = sorted(server.world.workspaces)
    tap = TapClockify(config=config_for(server), message_writer=writer_into(Lines([])))
    assert tap.run_connection_test()
    assert server.requests.count(f"/workspaces/{first}/reports/")
    assert [server.requests.count(f"/workspaces/{other}/reports/") for other in others] == [0, 0]
