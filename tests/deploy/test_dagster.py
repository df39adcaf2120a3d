"""Dagster as the engine of the fleet, with a command that only notes what it is asked."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = """#!{python}
import json, pathlib, sys
pathlib.Path(__file__).with_name("asked").write_text(" ".join(sys.argv[1:]))
print("no event")
print(json.dumps({{"severity": "INFO", "message": "begins", "job_id": "j1"}}))
if sys.argv[2] == "globex":
    print(json.dumps({{"severity": "ERROR", "message": "The key was revoked.", "job_id": "j1"}}))
    sys.exit(1)
"""

# Dagster's dependencies warn of themselves.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Load the definitions, with the command on the path."""
    command = tmp_path / "clockify-fleet"
    command.write_text(SCRIPT.format(python=sys.executable))
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    monkeypatch.setenv("DAGSTER_DISABLE_TELEMETRY", "1")
    monkeypatch.setenv("FLEET_ORGANIZATIONS", "acme globex")
    spec = importlib.util.spec_from_file_location("dagster_fleet", ROOT / "deploy/dagster_fleet.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_partition_is_an_organisation(module: Any, tmp_path: Path) -> None:
    from dagster import materialize  # noqa: PLC0415 -- slow

    done = materialize([module.clockify], partition_key="acme")
    assert done.success
    assert (tmp_path / "asked").read_text() == "run acme"
    (event,) = done.asset_materializations_for_node("clockify")
    assert event.metadata["job_id"].value == "j1"

    failed = materialize([module.clockify], partition_key="globex", raise_on_error=False)
    assert not failed.success
    (failure,) = failed.get_step_failure_events()
    assert "The key was revoked." in str(failure.event_specific_data)


def test_the_docs_show_the_same_lines() -> None:
    page = (ROOT / "docs" / "dagster.md").read_text(encoding="utf-8")
    shown = page.partition("```python\n")[2].partition("```")[0]
    code = (ROOT / "deploy" / "dagster_fleet.py").read_text(encoding="utf-8")
    assert code.partition('"""\n\n')[2] == shown
    assert len(shown.splitlines()) <= 35
