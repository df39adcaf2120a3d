"""What a user can give wrongly: a sentence, exit code 1, and no traceback."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest
from bqtap_support import CONFIG, SOURCE, command_of
from tap_bigquery_strict.errors import ExtractError
from tap_bigquery_strict.given import JsonFile, read_object, unknown_settings

if TYPE_CHECKING:
    from clockify_sandbox.bigquery import LocalBigQuery

MODULE = "tap_bigquery_strict.tap"


def ran(folder: Path, *arguments: str, **settings: Any) -> subprocess.CompletedProcess[str]:
    """Run the command with a config file."""
    config = folder / "config.json"
    config.write_text(json.dumps({**CONFIG, "tables": "g", "key_columns": "id", **settings}))
    return subprocess.run(
        command_of(MODULE, config, *arguments), check=False, capture_output=True, text=True
    )


def errors_of(done: subprocess.CompletedProcess[str]) -> list[str]:
    """Return the lines of the log that tell of something wrong."""
    return [line for line in done.stderr.splitlines() if " INFO " not in line]


@pytest.fixture
def _table(bigquery: LocalBigQuery, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIGQUERY_EMULATOR_HOST", bigquery.url)
    bigquery.query(f"CREATE OR REPLACE TABLE {SOURCE}.g (id INT64)")
    bigquery.query(f"INSERT INTO {SOURCE}.g (id) VALUES (1), (1)")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "cannot be read: No such file or directory. Give the path of a JSON file."),
        ("{no}", "is not JSON: Expecting property name enclosed in double quotes, in line 1,"),
        (b"\xff\xfe", "is not JSON."),
        ("5", "is not a JSON object, with names and values."),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, text: str | bytes | None, said: str) -> None:
    path = tmp_path / "state.json"
    if text is not None:
        path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(ExtractError) as error:
        read_object(str(path), "state")
    assert f"The state in {path} {said}" in str(error.value)


def test_a_catalog_has_streams(tmp_path: Path) -> None:
    path = tmp_path / "catalog.json"
    path.write_text('{"streams": []}')
    catalog = JsonFile("catalog", lists="streams")
    context = click.Context(click.Command("tap"))
    assert catalog.convert(str(path), None, context).read() == '{"streams": []}'
    path.write_text("{}")
    with pytest.raises(ExtractError, match="has no list of streams"):
        catalog.convert(str(path), None, context)


@pytest.mark.parametrize("option", ["--config", "--state", "--catalog"])
def test_the_command_says_so_once(tmp_path: Path, option: str) -> None:
    done = ran(tmp_path, option, str(tmp_path / "lost.json"))
    assert done.returncode == 1
    (line,) = errors_of(done)
    assert "lost.json cannot be read: No such file or directory." in line


@pytest.mark.parametrize("arguments", [(), ("--discover",), ("--test",)])
def test_settings_that_are_wrong(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = ran(tmp_path, *arguments, dataset=5)
    assert done.returncode == 1
    (line,) = errors_of(done)
    assert "The settings cannot be used: 5 is not of type 'string' in config['dataset']" in line


def test_unknown_settings_are_named_with_the_nearest_one() -> None:
    known = ["project", "dataset"]
    assert unknown_settings(["project", "emit_activate_version_messages"], known) == ""
    assert unknown_settings(["datset"], known) == (
        "The setting 'datset' (did you mean 'dataset'?) is unknown and has no effect."
    )
    assert unknown_settings(["datset", "zzz"], known).endswith(
        "'zzz' are unknown and have no effect."
    )


@pytest.mark.usefixtures("_table")
def test_an_error_while_reading_is_logged_once(tmp_path: Path) -> None:
    done = ran(tmp_path, datset="x", flattening_enabled=False)
    assert done.returncode == 1
    warning, error = errors_of(done)
    assert "'datset' (did you mean 'dataset'?) is unknown and has no effect." in warning
    assert "clockify-demo.source.g" in error


@pytest.mark.usefixtures("_table")
@pytest.mark.parametrize(
    ("maps", "said"),
    [
        ({"g": {"id": "1 +"}}, "The stream maps or the flattening do not fit the tables"),
        ({"__else__": 3}, "The setting stream_maps is not as the SDK describes it"),
    ],
)
def test_stream_maps_that_are_wrong(tmp_path: Path, maps: dict[str, Any], said: str) -> None:
    done = ran(tmp_path, stream_maps=maps)
    assert done.returncode == 1
    (line,) = errors_of(done)
    assert said in line


@pytest.mark.usefixtures("_table")
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_a_full_disk(bigquery: LocalBigQuery, tmp_path: Path) -> None:
    bigquery.query(f"CREATE OR REPLACE TABLE {SOURCE}.g (id INT64)")
    config = tmp_path / "config.json"
    config.write_text(json.dumps({**CONFIG, "tables": "g", "key_columns": "id"}))
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            command_of(MODULE, config), stdout=full, stderr=subprocess.PIPE, check=False, text=True
        )
    assert done.returncode == 1
    (line,) = errors_of(done)
    assert "The output cannot be written: No space left on device." in line
