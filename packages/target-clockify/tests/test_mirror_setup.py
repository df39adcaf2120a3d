"""--setup asks for what a sync needs, shows its plan, and writes what Meltano includes."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from click.testing import CliRunner
from clockify_sandbox.server import Server, running
from clockify_sandbox.world import build_agency
from target_clockify.command import Command

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Serve an agency with a second workspace."""
    with running(build_agency(people=3, days=3, workspaces=2)) as served:
        yield served


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, without keys in the environment."""
    monkeypatch.chdir(tmp_path)
    installed = str(Path(sys.executable).parent)
    monkeypatch.setenv("PATH", os.pathsep.join((installed, os.environ["PATH"])))
    for side in ("TAP", "TARGET"):
        monkeypatch.delenv(f"{side}_CLOCKIFY_API_KEY", raising=False)
    return tmp_path


def answered(server: Server, *answers: str) -> Any:
    """Answer the questions: keys and hosts are the same at both sides."""
    key, url = server.world.api_key, server.api_url
    source = [key, url, "1"]  # the first workspace
    destination = [key, url]  # the other one is the only one left
    text = "\n".join([*source, *destination, *answers]) + "\n"
    return CliRunner().invoke(Command.get_singer_command(), ["--setup"], input=text)


def test_answers_become_a_part_of_a_meltano_project(server: Server) -> None:
    first, second = server.world.workspaces
    client = sorted(
        each.name for each in server.world[first].clients.values() if not each.archived
    )[1]

    # Clients, people, same person, one client there, what is made (four), the plan, the file.
    done = answered(server, "2", "1", "y", "n", "n", "y", "n", "y", "y", "mirror.meltano.yml")

    assert done.exit_code == 0, done.output
    written = yaml.safe_load(Path("mirror.meltano.yml").read_text())
    tap, target = written["plugins"]["extractors"][0], written["plugins"]["loaders"][0]
    assert tap["inherit_from"] == "tap-clockify"
    assert tap["config"]["workspace_ids"] == first
    assert target["config"]["workspace_id"] == second
    assert target["config"]["source_workspace_id"] == first
    assert target["config"]["select"]["clients"] == [client]
    assert target["config"]["user_map"] == {"*": "me"}
    assert target["config"]["create_missing"] == ["projects", "tags"]
    assert written["jobs"][0]["tasks"] == [f"{tap['name']} {target['name']}"]
    assert server.world.api_key not in Path("mirror.meltano.yml").read_text()
    assert "include_paths" in done.output


def test_plan_is_shown_and_nothing_is_written(server: Server) -> None:
    before = len(server.world[list(server.world.workspaces)[1]].entries)

    done = answered(server, "", "", "n", "y", "y", "y", "y", "y", "mirror.meltano.yml")

    assert "equal: no" in done.stderr
    assert len(server.world[list(server.world.workspaces)[1]].entries) == before
    assert [each.name for each in Path().iterdir()] == ["mirror.meltano.yml"]


def test_without_the_tap_no_plan_is_shown(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    done = answered(server, "", "", "n", "n", "n", "n", "n", "mirror.meltano.yml")

    assert done.exit_code == 0
    assert "tap-clockify is not installed here" in done.output


def test_wrong_key_is_a_sentence(server: Server) -> None:
    text = f"wrong\n{server.api_url}\n"

    done = CliRunner().invoke(Command.get_singer_command(), ["--setup"], input=text)

    assert done.exit_code == 1
    assert "wrong" not in done.output.replace("wrong key", "")


def test_input_that_ends_is_no_traceback() -> None:
    done = CliRunner().invoke(Command.get_singer_command(), ["--setup"], input="key\n")

    assert done.exit_code == 1
    assert "Traceback" not in done.output
