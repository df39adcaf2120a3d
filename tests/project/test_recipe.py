"""The recipe in CONTRIBUTING.md adds a stream: its lines are executed as they are printed."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from clockify_sandbox.resources import workspace as sandbox_workspace
from clockify_sandbox.resources.registry import resources
from support import Lines as Messages
from support import UpsertStore, agency, config_for, serving, writer_into

from tap_clockify.streams import STREAMS, base, workspace
from tap_clockify.tap import TapClockify

ROOT = Path(__file__).parents[2]


def blocks() -> list[str]:
    """Return the code in the section about adding a stream."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (section,) = re.findall(r"## Adding a stream\n(.*?)\n## ", text, re.DOTALL)
    return re.findall(r"```(?:python|json)\n(.*?)```", section, re.DOTALL)


@pytest.fixture
def recipe(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Put each part of the recipe where it belongs."""
    declaration, columns, data = blocks()
    names: dict[str, Any] = dict(vars(workspace))
    exec(declaration, names)  # noqa: S102 - the recipe
    monkeypatch.setattr("tap_clockify.tap.STREAMS", (*STREAMS[:-1], names["Rooms"], STREAMS[-1]))
    for file in (ROOT / "tap_clockify" / "schemas").glob("*.json"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    schema = json.loads((tmp_path / "tags.json").read_text(encoding="utf-8"))
    last = list(schema["properties"].items())[-3:]
    schema["properties"] = json.loads(columns) | dict(last)
    (tmp_path / "rooms.json").write_text(json.dumps(schema), encoding="utf-8")
    monkeypatch.setattr(base.SCHEMAS, "dir_path", tmp_path)
    names = dict(vars(sandbox_workspace))
    exec(data, names)  # noqa: S102 - the recipe
    kinds: Any = resources()
    monkeypatch.setitem(kinds, "rooms", names["ROOMS"])


@pytest.mark.usefixtures("recipe")
def test_recipe_adds_a_stream() -> None:
    world = agency(people=2, days=5)
    (w,) = world.workspaces
    with serving(world) as server:
        tap = TapClockify(config=config_for(server))
        assert not tap.streams["rooms"].selected
        skipped = extracted(tap, server)
        assert skipped.rows("rooms") == []
        (line,) = [row for row in skipped.rows("sync_runs") if row["stream"] == "rooms"]
        assert "The plan STANDARD_2021 does not include the feature ROOMS" in line["reason"]
        plan = world[w].workspace.plan
        more = replace(plan, features=(*plan.features, "ROOMS"))
        world.change_workspace(replace(world[w].workspace, plan=more))
        store = extracted(tap, server)
    (room,) = store.rows("rooms")
    assert (room["name"], room["hourlyRate_amount"], room["workspaceId"]) == ("Blue", 45.0, w)


def extracted(tap: TapClockify, server: Any) -> UpsertStore:
    """Run the tap with the stream selected."""
    messages: list[dict[str, Any]] = []
    catalog = tap.catalog_dict
    for entry in catalog["streams"]:
        for item in entry["metadata"]:
            if not item["breadcrumb"]:
                item["metadata"]["selected"] = entry["tap_stream_id"] in {"rooms", "sync_runs"}
    TapClockify(
        config=config_for(server), catalog=catalog, message_writer=writer_into(Messages(messages))
    ).sync_all()
    return UpsertStore().apply(messages)


def test_recipe_is_short() -> None:
    declaration, _, data = blocks()
    lines = [line for line in (declaration + data).splitlines() if line.strip()]
    assert len(lines) <= 10
