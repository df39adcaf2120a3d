"""The community's loader says in a sentence that it has no project."""

from __future__ import annotations

import importlib.util
import json
import sys
import types
from pathlib import Path
from typing import Any

import pytest

MODULE = (
    Path(__file__).parents[2] / "plugins/loaders/target-bigquery-checked/target_bigquery_checked.py"
)


class Loader:
    """Notes that it was started, in place of the community's."""

    def __init__(self) -> None:
        """Begin without a start."""
        self.starts = 0

    def cli(self) -> None:
        """Note a start."""
        self.starts += 1


@pytest.fixture
def loader(monkeypatch: pytest.MonkeyPatch) -> Loader:
    loader = Loader()
    target: Any = types.ModuleType("target_bigquery.target")
    target.TargetBigQuery = loader
    monkeypatch.setitem(sys.modules, "target_bigquery", types.ModuleType("target_bigquery"))
    monkeypatch.setitem(sys.modules, "target_bigquery.target", target)
    monkeypatch.delenv("TARGET_BIGQUERY_PROJECT", raising=False)
    return loader


def start(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    spec = importlib.util.spec_from_file_location("target_bigquery_checked", MODULE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(sys, "argv", ["target-bigquery-checked", *arguments])
    module.main()


def written(folder: Path, settings: object) -> str:
    file = folder / "config.json"
    file.write_text(json.dumps(settings))
    return str(file)


@pytest.mark.parametrize("form", ["apart", "joined"])
@pytest.mark.parametrize("settings", [{}, {"project": ""}, {"dataset": "d"}])
def test_missing_project_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loader: Loader, settings: object, form: str
) -> None:
    file = written(tmp_path, settings)
    arguments = ["--config", file] if form == "apart" else [f"--config={file}"]
    with pytest.raises(SystemExit, match="set GCP_PROJECT_ID"):
        start(monkeypatch, *arguments)
    assert loader.starts == 0


def test_loader_with_a_project_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loader: Loader
) -> None:
    start(monkeypatch, "--config", written(tmp_path, {"project": "acme"}))
    start(monkeypatch, "--about")
    start(monkeypatch, "--config", str(tmp_path / "missing.json"))
    monkeypatch.setenv("TARGET_BIGQUERY_PROJECT", "acme")
    start(monkeypatch, "--config", "ENV")
    assert loader.starts == 4
