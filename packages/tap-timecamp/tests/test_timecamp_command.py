"""The command: a run, its settings, and what a user reads if something is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from clockify_sandbox import timecamp
from ledger_runs import Runs, command
from singer_sdk.testing import SuiteConfig, get_tap_test_class
from tap_timecamp.tap import STREAMS, TapTimeCamp

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clockify_sandbox.timecamp import Server

TAP = "tap_timecamp.tap"
CONFIG: dict[str, Any] = {"api_key": "-"}


ALL = tuple(stream.name for stream in STREAMS)


class TestStandard(
    get_tap_test_class(  # type: ignore[misc]
        TapTimeCamp,
        config=CONFIG,
        catalog=Runs(TapTimeCamp, CONFIG, ALL).catalog(),
        suite_config=SuiteConfig(max_records_limit=10_000),
    )
):
    """The SDK's tests, against the stand-in."""

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def api(cls) -> Iterator[None]:
        # The SDK runs the tap at the real time.
        with timecamp.running(timecamp.build_company(days=60)) as server:
            CONFIG.update(settings_of(server))
            yield


def settings_of(server: Server) -> dict[str, Any]:
    """Return the settings for a stand-in."""
    return {"api_key": server.world.api_key, "api_url": server.api_url}


@pytest.fixture
def live() -> Iterator[Server]:
    """The stand-in at the real time, since commands run at that."""
    with timecamp.running(timecamp.build_company(days=10)) as server:
        yield server


def test_a_run_writes_messages_and_a_state(live: Server, tmp_path: Path) -> None:
    done = command(TAP, tmp_path, settings_of(live))
    assert done.returncode == 0, done.stderr
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    sent = {m["stream"] for m in messages if m["type"] == "RECORD"}
    assert sent == {"timecamp_entries", "tasks", "users", "tags"}
    *_, state = (m["value"] for m in messages if m["type"] == "STATE")
    (tmp_path / "state.json").write_text(json.dumps(state))
    again = command(
        "tap_timecamp.tap", tmp_path, settings_of(live), "--state", str(tmp_path / "state.json")
    )
    assert again.returncode == 0, again.stderr


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"api_key": "wrong-wrong"}, 'refuses /timecamp/third_party/api/me with status 403: "'),
        ({"api_url": "http://example.org"}, "api_url must be an https:// address"),
        ({"api_url": "", "domain": "example.org/x"}, "Set it to a host, such as app.timecamp.com"),
        ({"start_date": "yesterday"}, "start_date is 'yesterday'. Write it as 2026-01-31."),
    ],
)
def test_an_error_is_a_sentence(
    live: Server, tmp_path: Path, settings: dict[str, Any], said: str
) -> None:
    done = command(TAP, tmp_path, {**settings_of(live), **settings})
    assert done.returncode == 1
    assert said in done.stderr.splitlines()[-1]
    assert "wrong-wrong" not in done.stderr


def test_a_state_that_cannot_be_read_is_a_sentence(live: Server, tmp_path: Path) -> None:
    state = {"bookmarks": {"timecamp_entries": {"ledger": {"version": 9}}}}
    (tmp_path / "state.json").write_text(json.dumps(state))
    done = command(
        "tap_timecamp.tap", tmp_path, settings_of(live), "--state", str(tmp_path / "state.json")
    )
    assert done.returncode == 1
    assert "The state has a ledger of version 9" in done.stderr.splitlines()[-1]


def test_settings_may_be_variables(live: Server, tmp_path: Path) -> None:
    variables = {f"TAP_TIMECAMP_{k.upper()}": v for k, v in settings_of(live).items()}
    done = subprocess.run(
        [sys.executable, "-m", "tap_timecamp.tap", "--config=ENV"],
        env={**os.environ, **variables},
        cwd=tmp_path,
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
