"""The command fails with a sentence instead of a traceback, and nothing ever shows the key."""

from __future__ import annotations

import json
import logging
import traceback
from typing import TYPE_CHECKING

import pytest
from failing import CHECK_KEY, FAULTS, KEY, add_fault, failure
from support import agency, config_for, run_cli

if TYPE_CHECKING:
    from pathlib import Path

    from clockify_sandbox.server import Server
    from conftest import Serve
    from support import Message


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
