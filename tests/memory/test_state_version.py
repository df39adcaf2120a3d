"""The state says which version of its form it has; a newer one is refused, an older one is read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from clockify_client.errors import ClockifyError
from support import UpsertStore, config_for, run_cli, run_tap

from tap_clockify.memory.state import VERSION

if TYPE_CHECKING:
    from pathlib import Path

    from clockify_sandbox.server import Server
    from support import Message

NEWER = (
    f"The state has version {VERSION + 1}; this version of the tap reads versions up to {VERSION}."
    " A newer tap wrote it: upgrade the tap, or restore an earlier state."
)


def test_state_says_its_version(server: Server) -> None:
    assert run_tap(server)[-1]["value"]["version"] == VERSION


def test_state_without_a_version_is_read(server: Server, store: UpsertStore) -> None:
    store.apply(run_tap(server))
    older = {name: value for name, value in store.state.items() if name != "version"}
    server.requests.clear()
    again = run_tap(server, older)
    assert again[-1]["value"]["version"] == VERSION
    assert server.requests.count("/entities/"), "the feed is read on from where the state says"


@pytest.mark.parametrize(
    ("version", "sentence"),
    [
        (VERSION + 1, NEWER),
        (
            "latest",
            "The state of the tap has an unreadable 'version'. Restore an earlier state, or run"
            " with --full-refresh to read everything again.",
        ),
    ],
)
def test_state_of_another_tap_is_refused(server: Server, version: Any, sentence: str) -> None:
    messages: list[Message] = []
    with pytest.raises(ClockifyError) as caught:
        run_tap(server, {"version": version, "bookmarks": {}}, into=messages)
    assert str(caught.value) == sentence
    assert messages == [], "a STATE would replace the newer one"
    assert server.requests.total == 0


@pytest.mark.parametrize("arguments", [(), ("--plan",)], ids=["sync", "plan"])
def test_command_refuses_a_newer_state_in_a_sentence(
    server: Server, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    config, state = tmp_path / "config.json", tmp_path / "state.json"
    config.write_text(json.dumps(config_for(server)))
    state.write_text(json.dumps({"version": VERSION + 1, "bookmarks": {}}))
    run = run_cli(tmp_path, f"--config={config}", f"--state={state}", *arguments)
    assert run.returncode == 1
    assert run.stdout == ""
    assert NEWER in run.stderr
    assert "Traceback" not in run.stderr
