"""Settings: what cannot work is named with its remedy, before a request is sent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from target_clockify.command import Command
from target_clockify.settings import Settings, default_ledger

if TYPE_CHECKING:
    from pathlib import Path

OF_THE_SDK = ("faker_", "flattening_", "stream_map")
VALID = {"api_key": "a-b2c3d4e5", "workspace_id": "d"}


def loaded(**settings: Any) -> Settings:
    """Return the settings of a valid configuration."""
    return Settings.from_config(dict(Command(config={**VALID, **settings}).config))


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"api_key": ""}, "api_key is missing: set TARGET_CLOCKIFY_API_KEY"),
        ({"addon_token": "x-y9z8"}, "api_key and addon_token are both set"),
        ({"workspace_id": None}, "'workspace_id' is a required property"),
        ({"source_workspace_id": "d"}, "are the same workspace"),
        ({"select": {"since": "yesterday"}}, "select.since: 'yesterday' is not a day"),
        ({"select": {"client": ["A"]}}, "'client' was unexpected"),
        ({"create_missing": ["users"]}, "'users' is not one of"),
        ({"fields": ["start"]}, "'start' is not one of"),
        ({"project_defaults": {"color": "red"}}, "'red' is not a color"),
        ({"max_delete_share": 1.5}, "max_delete_share: 1.5 is not between 0 and 1"),
        ({"ledger": "a", "ledger_field": "b"}, "ledger and ledger_field are both set"),
        ({"ledger_field": "b", "on_conflict": "keep"}, "with ledger_field, only mirror"),
        ({"api_url": "http://example.org"}, "would send the key unencrypted"),
        ({"on_conflict": "overwrite"}, "'overwrite' is not one of"),
    ],
)
def test_value_that_cannot_work_is_named(
    wrong: dict[str, Any], sentence: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps({**VALID, **wrong}))

    done = CliRunner().invoke(Command.get_singer_command(), ["--config", str(path)], input="")

    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit)
    assert sentence in caplog.text


def test_key_of_a_wrong_type_is_not_shown(caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps({**VALID, "api_key": 1234567890}))

    CliRunner().invoke(Command.get_singer_command(), ["--config", str(path)], input="")

    assert "Config validation failed" in caplog.text
    assert "1234567890" not in caplog.text


@pytest.mark.parametrize("text", ["{", "[]", ""])
def test_file_that_holds_no_settings_is_no_traceback(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.json"
    path.write_text(text)

    done = CliRunner().invoke(Command.get_singer_command(), ["--config", str(path)], input="")

    assert done.exit_code in {1, 2}
    assert isinstance(done.exception, SystemExit)


def test_lists_and_objects_may_be_text_as_in_variables() -> None:
    chosen = loaded(
        select='{"clients": ["Acme"]}', fields="description, task", user_map='{"*": "me"}'
    )

    assert chosen.selection.clients == {"Acme"}
    assert chosen.fields == ("description", "task")
    assert chosen.user_map == {"*": "me"}


def test_settings_come_from_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    variables = {
        "API_KEY": "a-b2c3d4e5",
        "WORKSPACE_ID": "d",
        "SELECT": '{"users": ["ada@example.org"]}',
        "CREATE_MISSING": "projects,tags",
        "MAX_DELETE_SHARE": "0.5",
        "DRY_RUN": "true",
    }
    for name, value in variables.items():
        monkeypatch.setenv(f"TARGET_CLOCKIFY_{name}", value)

    chosen = Settings.from_config(dict(Command(parse_env_config=True).config))

    assert chosen.selection.users == {"ada@example.org"}
    assert chosen.create_missing == {"projects", "tags"}
    assert chosen.max_delete_share == 0.5
    assert chosen.dry_run is True


def test_ledger_is_in_the_meltano_project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MELTANO_PROJECT_ROOT", str(tmp_path))
    assert loaded().ledger == str(tmp_path / ".meltano" / "target-clockify" / "d.json")

    monkeypatch.delenv("MELTANO_PROJECT_ROOT")
    monkeypatch.chdir(tmp_path)
    assert default_ledger("../x").startswith(str(tmp_path / ".meltano" / "target-clockify"))


def test_about_describes_every_setting_without_a_configuration() -> None:
    done = CliRunner().invoke(Command.get_singer_command(), ["--about", "--format=json"])

    settings = json.loads(done.stdout)["settings"]["properties"]
    assert done.exit_code == 0
    assert {"workspace_id", "select", "ledger", "dry_run", "plan_file"} <= settings.keys()
    own = [each for name, each in settings.items() if not name.startswith(OF_THE_SDK)]
    assert all(each["description"] and each["title"] for each in own)
