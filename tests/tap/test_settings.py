"""Settings: the same in the tap, in `--about`, in meltano.yml and in .env.example."""

from __future__ import annotations

import itertools
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from singer_sdk.exceptions import ConfigValidationError
from support import NOW, SELECTED
from time_machine import travel

from tap_clockify import settings
from tap_clockify.tap import TapClockify

ROOT = Path(__file__).parents[2]

# Name: type and default, as in docs/settings.md.
PROMISED: dict[str, tuple[str, Any]] = {
    "api_key": ("string", None),
    "addon_token": ("string", None),
    "workspace_ids": ("array", None),
    "region": ("string", "global"),
    "subdomain": ("string", None),
    "api_url": ("string", None),
    "reports_url": ("string", None),
    "timezone": ("string", None),
    "start_date": ("string", None),
    "lookback_days": ("integer", 84),
    "requests_per_second": ("number", 50),
    "requests_per_hour": ("integer", None),
    "verify_totals": ("string", "warn"),
    "user_agent": ("string", None),
}
OF_THE_SDK = {
    "batch_config",
    "emit_activate_version_messages",
    "faker_config",
    "flattening_enabled",
    "flattening_max_depth",
    "flattening_max_key_length",
    "flattening_separator",
    "stream_map_config",
    "stream_maps",
}


def configured(**config: Any) -> dict[str, Any]:
    """Return the settings that the tap works with."""
    with travel(NOW):
        return dict(TapClockify(config={"api_key": "key", **config}).config)


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("a", ["a"]),
        ("a,b", ["a", "b"]),
        (" a , b ,", ["a", "b"]),
        (["a", "b"], ["a", "b"]),
        ([" a", ""], ["a"]),
        ("", None),
        (" , ", None),
        ([], None),
        ([""], None),
        (None, None),
    ],
)
def test_workspaces_may_be_one_comma_separated_string(given: Any, taken: Any) -> None:
    assert configured(workspace_ids=given).get("workspace_ids") == taken


@pytest.mark.parametrize("name", PROMISED)
def test_empty_string_counts_as_absent(name: str) -> None:
    """Environment variables can be empty where a setting would be absent."""
    if name == "api_key":
        with pytest.raises(ConfigValidationError, match="api_key is missing"):
            configured(api_key="")
    else:
        assert configured(**{name: ""}).get(name) == PROMISED[name][1]


def test_blanks_around_a_value_are_ignored() -> None:
    config = configured(timezone=" Europe/Berlin\n", api_key=" key ", region="euc1 ")
    assert (config["timezone"], config["api_key"], config["region"]) == (
        "Europe/Berlin",
        "key",
        "euc1",
    )


def test_defaults() -> None:
    config = configured()
    assert {n: config[n] for n, (_, d) in PROMISED.items() if d is not None} == {
        "region": "global",
        "lookback_days": 84,
        "requests_per_second": 50,
        "verify_totals": "warn",
    }
    assert {n for n, (_, d) in PROMISED.items() if d is None} & config.keys() == {"api_key"}


# Environment variables, which the SDK reads


def from_environment(patch: pytest.MonkeyPatch, **variables: str) -> dict[str, Any]:
    patch.setattr("singer_sdk.configuration._dict_config.find_dotenv", lambda: os.devnull)
    for name, value in {"API_KEY": "key", **variables}.items():
        patch.setenv(f"TAP_CLOCKIFY_{name}", value)
    return dict(TapClockify(config={}, parse_env_config=True).config)


@pytest.mark.parametrize(
    ("name", "value", "taken"),
    [
        ("WORKSPACE_IDS", "a,b", ["a", "b"]),
        ("WORKSPACE_IDS", "62aa", ["62aa"]),
        ("WORKSPACE_IDS", '["a", "b"]', ["a", "b"]),
        ("WORKSPACE_IDS", "", None),
        ("LOOKBACK_DAYS", "7", 7),
        ("TIMEZONE", "", None),
        ("START_DATE", "", None),
        ("REQUESTS_PER_SECOND", "", 50),
        ("REGION", "", "global"),
        ("ADDON_TOKEN", "", None),
        ("LOOKBACK_DAYS", "", 84),
        ("REQUESTS_PER_HOUR", "", None),
        ("REQUESTS_PER_SECOND", "2.5", 2.5),
    ],
)
def test_environment(monkeypatch: pytest.MonkeyPatch, name: str, value: str, taken: Any) -> None:
    found = from_environment(monkeypatch, **{name: value}).get(name.lower())
    assert found == taken


def test_environment_with_an_invalid_number(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigValidationError):
        from_environment(monkeypatch, LOOKBACK_DAYS="many")


# --about


@pytest.fixture(scope="module")
def about() -> dict[str, dict[str, Any]]:
    declared = TapClockify._get_about_info().settings
    return dict(json.loads(json.dumps(declared))["properties"])


@pytest.mark.parametrize("name", PROMISED)
def test_about_lists_the_setting(about: dict[str, Any], name: str) -> None:
    kind, default = PROMISED[name]
    assert about[name].get("default") == default
    types = about[name]["type"]
    assert kind in ([types] if isinstance(types, str) else types)


def test_about_explains_every_setting(about: dict[str, Any]) -> None:
    assert about.keys() >= PROMISED.keys() | {"stream_maps", "flattening_enabled"}
    for name, declared in about.items():
        if name not in OF_THE_SDK:
            assert len(declared["title"]) > 3, name
            assert len(declared["description"]) > 20, name
            assert declared["description"].endswith("."), name


def test_secrets_are_secret(about: dict[str, Any]) -> None:
    assert {name for name, declared in about.items() if declared.get("secret")} == {
        "api_key",
        "addon_token",
    }


def test_choices(about: dict[str, Any]) -> None:
    assert about["region"]["enum"] == ["global", "euc1", "use2", "euw2", "apse2"]
    assert about["verify_totals"]["enum"] == ["warn", "fail", "off"]


# meltano.yml and .env.example


def file(name: str) -> str:
    path = ROOT / name
    if not path.exists():
        pytest.skip(f"{name} is not here")
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def extractor() -> dict[str, Any]:
    plugins = yaml.safe_load(file("meltano.yml"))["plugins"]["extractors"]
    (ours,) = [plugin for plugin in plugins if plugin["name"] == "tap-clockify"]
    return dict(ours)


def own_settings() -> dict[str, dict[str, Any]]:
    """List the settings of the tap itself, to which the SDK adds its own."""
    declared = settings.SETTINGS["properties"]
    return {name: declared[name] for name in declared if name not in OF_THE_SDK}


def test_meltano_declares_exactly_the_settings_of_the_tap(extractor: dict[str, Any]) -> None:
    declared = {setting["name"] for setting in extractor["settings"]}
    assert declared - OF_THE_SDK == own_settings().keys()


def test_meltano_selects_the_streams_that_are_selected_by_default(
    extractor: dict[str, Any],
) -> None:
    assert sorted(extractor["select"]) == sorted(f"{name}.*" for name in SELECTED)


def test_schedules_select_all_of_them_and_record_their_runs(extractor: dict[str, Any]) -> None:
    schedules = yaml.safe_load(file("meltano.yml"))["schedules"]
    ours = [each for each in schedules if each["job"] == "sync"]
    chosen = [json.loads(each["env"]["TAP_CLOCKIFY__SELECT"]) for each in ours]
    assert all("sync_runs.*" in streams for streams in chosen)
    once = [name for name in itertools.chain(*chosen) if name != "sync_runs.*"]
    assert sorted([*once, "sync_runs.*"]) == sorted(extractor["select"])


def test_meltano_has_the_defaults_of_the_tap(extractor: dict[str, Any]) -> None:
    for setting in extractor["settings"]:
        if setting["name"] in own_settings():
            default = own_settings()[setting["name"]].get("default")
            assert setting.get("value") == default, setting["name"]


def test_meltano_keeps_the_secrets(extractor: dict[str, Any]) -> None:
    secret = {setting["name"] for setting in extractor["settings"] if setting.get("sensitive")}
    assert secret == {"api_key", "addon_token"}


def test_meltano_configures_only_what_the_tap_reads(extractor: dict[str, Any]) -> None:
    configs = [extractor.get("config", {})]
    for environment in yaml.safe_load(file("meltano.yml"))["environments"]:
        plugins = environment.get("config", {}).get("plugins", {}).get("extractors", [])
        configs += [p.get("config", {}) for p in plugins if p["name"] == "tap-clockify"]
    known = own_settings().keys() | OF_THE_SDK
    assert {name for config in configs for name in config} <= known


def test_meltano_keeps_the_name_of_the_table(extractor: dict[str, Any]) -> None:
    values = {setting["name"]: setting.get("value") for setting in extractor["settings"]}
    maps = {**values, **extractor.get("config", {})}["stream_maps"]
    assert maps["summary"]["__alias__"] == "summary_time_entry_report"


def test_example_of_the_environment_names_the_variables() -> None:
    project = yaml.safe_load(file("meltano.yml"))
    made = {*project.get("env", {}), "MELTANO_PROJECT_ROOT", "MELTANO_ENVIRONMENT"}
    for environment in project["environments"]:
        made |= environment.get("env", {}).keys()
    settings_only = re.sub(r"^\s*#.*$", "", file("meltano.yml"), flags=re.MULTILINE)
    used = set(re.findall(r"\$\{?([A-Z][A-Z0-9_]+)", settings_only)) - made
    named = set(re.findall(r"^#?\s*([A-Z][A-Z0-9_]+)=", file(".env.example"), re.MULTILINE))
    assert used >= {"CLOCKIFY_API_KEY", "CLOCKIFY_WORKSPACE_ID", "GCP_PROJECT_ID"}
    assert used <= named
