"""What a user can give wrongly: a sentence, exit code 1, and no traceback."""

from __future__ import annotations

import os
import subprocess
import tempfile
from typing import TYPE_CHECKING

import pytest
from singer_sdk.exceptions import ConfigValidationError
from strict_support import COMMAND, load_of
from target_bigquery_strict.errors import LoadError
from target_bigquery_strict.given import (
    invalid_settings,
    read_settings,
    unknown_settings,
    unused_project,
)
from target_bigquery_strict.reader import MessageReader
from target_bigquery_strict.rows import Batch

if TYPE_CHECKING:
    from pathlib import Path

    from strict_support import Strict


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "cannot be read: No such file or directory. Give the path of a JSON file"),
        ('{"project": no}', "are not JSON: Expecting value, in line 1, column 13."),
        ("[1]", "are not a JSON object"),
        (b"\xff\xfe", "are not JSON."),
        ("[" * 100_000, "are not JSON."),
    ],
)
def test_settings_that_cannot_be_read(tmp_path: Path, text: str | bytes | None, said: str) -> None:
    config = tmp_path / "config.json"
    if text is not None:
        config.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(LoadError) as error:
        read_settings(str(config))
    assert f"The settings in {config} {said}" in str(error.value)


def test_the_command_says_so_once(tmp_path: Path) -> None:
    command = [*COMMAND, "--config", str(tmp_path / "lost.json")]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "lost.json cannot be read: No such file or directory" in line


def test_a_log_level_that_does_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TARGET_BIGQUERY_STRICT_LOGLEVEL", "LOUD")
    done = subprocess.run([*COMMAND, "--about"], check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == (
        "The log cannot be set up: Unknown level: 'LOUD'. Check the environment variables"
        " TARGET_BIGQUERY_STRICT_LOGLEVEL, LOGLEVEL and SINGER_SDK_LOG_CONFIG.\n"
    )


def test_unknown_settings_are_named_with_the_nearest_one() -> None:
    known = ["project", "dataset", "location"]
    assert unknown_settings(["project", "load_method"], known) == ""
    assert unknown_settings(["datset"], known) == (
        "The setting 'datset' (did you mean 'dataset'?) is unknown and has no effect."
    )
    assert unknown_settings(["Project", "zzz"], known) == (
        "The settings 'Project' (did you mean 'project'?), 'zzz' are unknown and have no effect."
    )


def test_the_settings_of_the_sdk_are_known(strict: Strict) -> None:
    known = {"stream_maps": {}, "flattening_enabled": False, "batch_size_rows": 5}
    loaded = strict.run(load_of(1), settings={**known, "datset": "x"})
    assert loaded.code == 0
    assert loaded.log.count("is unknown and has no effect") == 1
    assert "stream_maps" not in loaded.log


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"dataset": 5}, "The settings cannot be used: 5 is not of type 'string' in config"),
        ({"stream_maps": {"__else__": 3}}, "The setting stream_maps is not as the SDK describes"),
        ({"stream_maps": {"hours": {"a": "1 +"}}}, "The stream maps or the flattening of stream"),
    ],
)
def test_wrong_settings(strict: Strict, settings: dict[str, object], said: str) -> None:
    loaded = strict.run(load_of(1), settings=settings)
    assert loaded.code == 1
    (line,) = (line for line in loaded.log.splitlines() if "INFO" not in line)
    assert said in line


def test_missing_project_is_named_with_the_variables_that_set_it() -> None:
    errors = ["'project' is a required property", "5 is not of type 'string'"]
    refused = invalid_settings(ConfigValidationError("wrong", errors=errors, schema={}))
    assert str(refused) == (
        "The settings cannot be used: project is missing: set GCP_PROJECT_ID, if you use our"
        " Meltano project, or TARGET_BIGQUERY_STRICT_PROJECT; 5 is not of type 'string'. Correct"
        " them; --about describes all settings."
    )


def test_project_that_a_local_bigquery_replaces_is_told() -> None:
    local = {"BIGQUERY_EMULATOR_HOST": "http://127.0.0.1:8702"}
    assert unused_project("clockify-demo", {"GCP_PROJECT_ID": "acme"}) == ""
    assert unused_project("clockify-demo", local) == ""
    assert unused_project("acme", {"GCP_PROJECT_ID": "acme", **local}) == ""
    said = unused_project("clockify-demo", {"GCP_PROJECT_ID": "acme", **local})
    assert said.startswith("GCP_PROJECT_ID is set, but nothing is loaded into that project")
    assert said.endswith("add --environment=prod after meltano.")


def test_input_that_cannot_be_read(tmp_path: Path) -> None:
    folder = os.open(tmp_path, os.O_RDONLY)
    with pytest.raises(LoadError) as error:
        MessageReader()._read(folder)
    os.close(folder)
    assert str(error.value) == (
        "The input cannot be read: Is a directory. Pipe a tap into the target."
    )


def test_no_folder_for_temporary_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a disk that is full before the first row arrives."""
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: ["/dev/null"])
    with pytest.raises(LoadError) as error:
        Batch()
    assert "The rows cannot be kept in a folder for temporary files" in str(error.value)
    assert "No usable temporary directory found" in str(error.value)
