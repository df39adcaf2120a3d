"""`meltano run demo-timecamp` and `demo-fitbit`, with real processes, and what they depend on."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from tap_fitbit.settings import SETTINGS as OF_FITBIT
from tap_timecamp.settings import SETTINGS as OF_TIMECAMP

if TYPE_CHECKING:
    from conftest import Project

ROOT = Path(__file__).parents[2]
SETTINGS = {"tap-timecamp": OF_TIMECAMP, "tap-fitbit": OF_FITBIT}
TABLES = {
    "timecamp": {"timecamp_entries", "tasks", "users", "tags"},
    "fitbit": {
        *("activity", "activity_detail", "cardioscore", "files_processed", "heart_rate"),
        *("sleep", "sleep_detail", "summary", "weight"),
    },
}


@pytest.mark.bigquery
@pytest.mark.parametrize(("name", "what"), [("timecamp", "entries"), ("fitbit", "days")])
def test_a_demo_loads_edits_and_equals_the_service(project: Project, name: str, what: str) -> None:
    code, output = project.run("meltano", "run", f"demo-{name}")
    assert code == 0, output[-3000:]
    tables = f"dl_{name}.INFORMATION_SCHEMA.TABLES"
    found = project.bigquery.query(f"SELECT table_name FROM {tables}")  # noqa: S608 -- ours
    assert {row["table_name"] for row in found} >= TABLES[name]

    code, edits = project.run("clockify-sandbox", "edit", "--of", name, "--count", "10")
    assert code == 0, edits
    code, output = project.run("meltano", "run", f"demo-{name}")

    assert code == 0, output[-3000:]
    assert f"The {what} equal those of the simulated" in output
    assert "differ from those" not in output


def extractor(name: str) -> dict[str, Any]:
    plugins = yaml.safe_load((ROOT / "meltano.yml").read_text())["plugins"]["extractors"]
    found: dict[str, Any] = next(plugin for plugin in plugins if plugin["name"] == name)
    return found


def _is_own(setting: str) -> bool:
    return not setting.startswith(("batch_", "faker_", "flattening_", "stream_map"))


@pytest.mark.parametrize("name", SETTINGS)
def test_meltano_declares_exactly_the_settings_of_the_tap(name: str) -> None:
    declared = {setting["name"]: setting for setting in extractor(name)["settings"]}
    # The SDK adds its own to the same object once the tap was made.
    own = {key: said for key, said in SETTINGS[name]["properties"].items() if _is_own(key)}
    assert declared.keys() == own.keys()
    for setting, said in declared.items():
        assert said.get("value") == own[setting].get("default"), setting
        assert said.get("sensitive", False) == own[setting].get("secret", False), setting


@pytest.mark.parametrize("package", ["singer-ledger", "tap-timecamp", "tap-fitbit"])
def test_a_wheel_depends_on_nothing_of_clockify(package: str) -> None:
    text = (ROOT / "packages" / package / "pyproject.toml").read_text()
    assert "clockify" not in str(tomllib.loads(text)["project"]["dependencies"])
