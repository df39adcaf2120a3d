"""The commands: a run, the consent, and what a user reads if something is wrong."""

from __future__ import annotations

import json
import sys
import threading
import webbrowser
from typing import TYPE_CHECKING, Any

import pytest
import requests
from click.testing import CliRunner
from clockify_sandbox import google_health
from clockify_sandbox.google_health import Options
from clockify_sandbox.google_health.kinds import READ_SCOPES
from ledger_runs import command
from singer_sdk.testing import SuiteConfig, get_tap_test_class
from tap_fitbit.authorize import authorize
from tap_fitbit.tap import TapFitbit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from click.testing import Result
    from clockify_sandbox.google_health import Server

TAP = "tap_fitbit.tap"
CONFIG: dict[str, Any] = {"client_id": "-", "client_secret": "-", "refresh_token": "-"}


class TestStandard(
    get_tap_test_class(TapFitbit, config=CONFIG, suite_config=SuiteConfig(max_records_limit=10_000))  # type: ignore[misc]
):
    """The SDK's tests, against the stand-in."""

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def api(cls) -> Iterator[None]:
        # The SDK runs the tap at the real time.
        with google_health.running(google_health.build_person(days=20)) as server:
            CONFIG.update(settings_of(server))
            yield

    def test_tap_stream_record_matches_stream_schema(
        self, config: Any, resource: Any, runner: Any, stream: Any
    ) -> None:
        # The SDK wants an offset in a time, which a TIME of BigQuery must not have.
        for row in runner.records["activity"]:
            row["start_time"] = f"{row['start_time'][:8]}Z"
        super().test_tap_stream_record_matches_stream_schema(config, resource, runner, stream)


def settings_of(server: Server) -> dict[str, Any]:
    """Return the settings for a stand-in."""
    world = server.world
    return {
        "client_id": world.client_id,
        "client_secret": world.client_secret,
        "refresh_token": world.refresh_token,
        "api_url": server.api_url,
        "token_url": server.token_url,
    }


@pytest.fixture
def live() -> Iterator[Server]:
    """The stand-in at the real time, since commands run at that."""
    with google_health.running(google_health.build_person(days=3)) as server:
        yield server


def test_a_run_writes_messages_and_a_state(live: Server, tmp_path: Path) -> None:
    done = command(TAP, tmp_path, settings_of(live))
    assert done.returncode == 0, done.stderr
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    assert {m["stream"] for m in messages if m["type"] == "RECORD"} >= {"summary", "weight"}
    *_, state = (m["value"] for m in messages if m["type"] == "STATE")
    (tmp_path / "state.json").write_text(json.dumps(state))
    again = command(
        "tap_fitbit.tap", tmp_path, settings_of(live), "--state", str(tmp_path / "state.json")
    )
    assert again.returncode == 0, again.stderr


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"refresh_token": "dead"}, "Google does not accept the refresh token any more."),
        ({"api_url": "http://example.org"}, "api_url must be an https:// address"),
        ({"start_date": "tomorrow"}, "start_date is 'tomorrow'. Write it as 2026-01-31."),
    ],
)
def test_an_error_is_a_sentence(
    live: Server, tmp_path: Path, settings: dict[str, Any], said: str
) -> None:
    done = command(TAP, tmp_path, {**settings_of(live), **settings})
    assert done.returncode == 1
    assert said in done.stderr.splitlines()[-1]
    assert live.world.client_secret not in done.stderr


def consenting(monkeypatch: pytest.MonkeyPatch, server: Server, *arguments: str) -> Result:
    """Run the consent, with a browser that follows every redirect."""

    class Browser:
        def open(self, url: str, **_options: object) -> bool:
            threading.Thread(target=requests.get, args=(url,), kwargs={"timeout": 30}).start()
            return True

    monkeypatch.setattr(webbrowser, "get", lambda _name=None: Browser())
    world = server.world
    return CliRunner().invoke(
        authorize,
        [
            *("--client-id", world.client_id, "--client-secret", world.client_secret),
            *("--auth-url", server.auth_url, "--token-url", server.token_url, *arguments),
        ],
    )


def test_the_consent_prints_a_token_that_works(
    monkeypatch: pytest.MonkeyPatch, live: Server, tmp_path: Path
) -> None:
    done = consenting(monkeypatch, live)
    assert done.exit_code == 0, done.output
    printed = done.stdout.split()[-1]
    assert printed in live.world.refresh_tokens
    assert live.world.refresh_tokens[printed].scopes == set(READ_SCOPES)
    settings = {**settings_of(live), "refresh_token": printed}
    assert command(TAP, tmp_path, settings).returncode == 0


def test_a_consent_that_is_denied_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    world = google_health.build_empty()
    with google_health.running(world, Options(consent="denied")) as server:
        done = consenting(monkeypatch, server)
    assert done.exit_code == 1
    assert "Google did not give a token (access_denied)." in done.output


def test_scopes_that_are_left_out_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    world = google_health.build_empty()
    with google_health.running(world, Options(consent_scopes=READ_SCOPES[:-1])) as server:
        done = consenting(monkeypatch, server)
    assert done.exit_code == 0, done.output
    assert f"Not granted: {READ_SCOPES[-1]}. Deselect the streams that need it." in done.output


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "google_auth_oauthlib.flow", None)
    done = CliRunner().invoke(authorize, ["--client-id", "a", "--client-secret", "b"])
    assert done.exit_code == 1
    assert "pip install 'singer-tap-fitbit[authorize]'" in done.output
