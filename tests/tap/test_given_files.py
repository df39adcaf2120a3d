"""What a user gives the command: files, names of settings, maps of streams, a full disk."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import pytest
from singer_sdk.exceptions import ConfigValidationError
from support import agency, catalog_with, config_for, records, run_cli, run_tap, serving

from tap_clockify.settings import unused_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clockify_sandbox.server import Server

UNUSABLE = {
    "missing": (None, "cannot be read: No such file or directory."),
    "empty": ("\n", "is empty."),
    "not JSON": ('{"a": ', "is not JSON: Expecting value in line 1, column 7."),
    "not an object": ("[1]", "does not hold a JSON object."),
}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving(agency(people=2, days=10)) as server:
        yield server


@pytest.fixture
def config(server: Server, tmp_path: Path) -> str:
    file = tmp_path / "config.json"
    file.write_text(json.dumps(config_for(server)))
    return f"--config={file}"


def run_command(
    cwd: Path, *arguments: str, stdout: IO[str] | int = subprocess.PIPE, level: str = "ERROR"
) -> subprocess.CompletedProcess[str]:
    """Run the command as it is installed."""
    return subprocess.run(  # noqa: S603 - the tap itself
        [sys.executable, "-m", "tap_clockify", *arguments],
        cwd=cwd,
        env={**os.environ, "TAP_CLOCKIFY_LOGLEVEL": level},
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("kind", UNUSABLE)
@pytest.mark.parametrize("option", ["config", "state", "catalog"])
def test_unusable_file_is_one_sentence(config: str, tmp_path: Path, option: str, kind: str) -> None:
    text, problem = UNUSABLE[kind]
    file = tmp_path / "given.json"
    if text is not None:
        file.write_text(text)
    run = run_cli(tmp_path, config, f"--{option}={file}")
    assert run.returncode == 1
    assert run.stdout == ""
    (line,) = run.stderr.splitlines()
    assert line.startswith(f"Error: --{option}: {file} {problem} ")


def test_settings_and_state_may_come_through_pipes(server: Server, tmp_path: Path) -> None:
    """As a shell passes what another command prints; a pipe can be read only once."""
    settings, catalog = os.pipe(), json.dumps(catalog_with(["tags"]))
    os.write(settings[1], json.dumps(config_for(server)).encode())
    os.close(settings[1])
    (tmp_path / "catalog.json").write_text(catalog)
    given = [f"--config=/dev/fd/{settings[0]}", "--catalog=catalog.json", "--state=-"]
    run = subprocess.run(  # noqa: S603 - the tap itself
        [sys.executable, "-m", "tap_clockify", *given],
        cwd=tmp_path,
        input="{}",
        pass_fds=[settings[0]],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    os.close(settings[0])
    assert run.returncode == 0, run.stderr
    assert '"RECORD"' in run.stdout


def test_unknown_setting_is_told_with_the_nearest_name(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    run_tap(server, select=["tags"], lookbackdays=7, colour="blue")
    told = [item.getMessage() for item in caplog.records if item.levelno == logging.WARNING]
    assert told == [
        "The setting colour is unknown, so it has no effect.",
        "The setting lookbackdays is unknown, so it has no effect. Did you mean lookback_days?",
    ]


def test_key_that_the_demo_replaces_is_told(
    server: Server, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is a key for the real Clockify, and the address is that of a simulated one."""
    monkeypatch.setenv("CLOCKIFY_API_KEY", "a-real-key")
    run_tap(server, select=["tags"])
    told = [item.getMessage() for item in caplog.records if item.levelno == logging.WARNING]
    assert len(told) == 1
    assert told[0].startswith("CLOCKIFY_API_KEY is set, but this run reads the simulated Clockify")
    assert "a-real-key" not in caplog.text
    caplog.clear()
    monkeypatch.setenv("CLOCKIFY_API_KEY", server.world.api_key)
    run_tap(server, select=["tags"])
    assert [item for item in caplog.records if item.levelno == logging.WARNING] == []


def test_key_of_another_account_is_nobody_elses_business() -> None:
    config = {"api_key": "one", "api_url": "https://api.clockify.me/api/v1"}
    assert unused_key(config, {"CLOCKIFY_API_KEY": "another"}) is None


@pytest.mark.parametrize(
    ("maps", "sentence"),
    [
        ({"sumary": {}}, "stream_maps: there is no stream sumary. Did you mean summary?"),
        ({"new": {"__source__": "xyz"}}, "stream_maps: there is no stream xyz."),
        ({"zzz_*": {}}, "stream_maps: there is no stream zzz_*."),
    ],
)
def test_map_of_no_stream_is_refused(server: Server, maps: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigValidationError) as refused:
        run_tap(server, stream_maps=maps)
    assert refused.value.errors == [sentence]


@pytest.mark.parametrize(
    "maps", [{"tag?": {"name": None}}, {"labels": {"__source__": "tags"}, "__else__": None}]
)
def test_map_of_a_pattern_or_of_a_new_stream_is_accepted(
    server: Server, maps: dict[str, Any]
) -> None:
    messages = run_tap(server, select=["tags"], stream_maps=maps)
    assert records(messages, "labels" if "labels" in maps else "tags")


@pytest.mark.parametrize(
    ("mapped", "sentence"),
    [
        ({"x": "foo("}, "stream_maps: Failed to parse expression foo(. Correct this setting."),
        (
            {"x": "nosuch"},
            "stream_maps: the map of tags fails. Failed to evaluate simpleeval expressions nosuch"
            " (NameNotDefined). Correct this setting.",
        ),
        (5, "5 is not valid under any of the given schemas in config['stream_maps']['tags']."),
    ],
)
def test_bad_map_is_one_sentence(
    server: Server, tmp_path: Path, mapped: Any, sentence: str
) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps(config_for(server, stream_maps={"tags": mapped})))
    run = run_cli(tmp_path, f"--config={file}", TAP_CLOCKIFY_LOGLEVEL="ERROR")
    assert run.returncode == 1
    (line,) = run.stderr.splitlines()
    assert line.rpartition(" | ")[2] == sentence


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"api_key": ["secret"]}, "*** is not of type 'string', 'null' in config['api_key']."),
        (
            {"api_key": "k", "stream_maps": {"__else__": 3}},
            "stream_maps: __else__ must be null or __NULL__, and every other entry an object, null"
            " or __NULL__.",
        ),
    ],
)
def test_wrong_type_is_one_sentence_without_the_key(
    tmp_path: Path, settings: dict[str, Any], sentence: str
) -> None:
    file = tmp_path / "config.json"
    file.write_text(json.dumps(settings))
    run = run_cli(tmp_path, f"--config={file}", TAP_CLOCKIFY_LOGLEVEL="ERROR")
    assert run.returncode == 1
    (line,) = run.stderr.splitlines()
    assert line.rpartition(" | ")[2] == sentence


def test_batches_fail_with_one_sentence(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    batches = {
        "encoding": {"format": "jsonl", "compression": "gzip"},
        "storage": {"root": tmp_path.as_uri()},
    }
    config = config_for(server, batch_config=batches, workspace_ids=["0123456789abcdef01234567"])
    file.write_text(json.dumps(config))
    run = run_cli(tmp_path, f"--config={file}", TAP_CLOCKIFY_LOGLEVEL="ERROR")
    assert run.returncode == 1
    (line,) = run.stderr.splitlines()
    assert "The key cannot see" in line


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full is of Linux")
def test_full_disk_is_one_sentence(config: str, tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        run = run_command(tmp_path, config, stdout=full)
    assert run.returncode == 1
    (line,) = run.stderr.splitlines()
    assert "Writing to stdout failed: No space left on device. Free space" in line


def test_level_of_the_log_that_does_not_exist_is_one_sentence(config: str, tmp_path: Path) -> None:
    run = run_command(tmp_path, config, level="LOUD")
    assert run.returncode == 1
    (line,) = run.stderr.splitlines()
    assert "LOUD" in line
    assert "TAP_CLOCKIFY_LOGLEVEL" in line
