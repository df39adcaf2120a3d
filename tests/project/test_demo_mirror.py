"""`meltano run demo-mirror`, with real processes, as README.md promises it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
COPIED = ("meltano.yml", "logging.yaml", "pyproject.toml", "README.md", "LICENSE", "uv.lock")
LINKED = ("packages", "tap_clockify", "plugins", "dashboard", "transform")
EXECUTABLES = Path(sys.executable).parent


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    """Provide a project of its own, with a sandbox at ports of its own."""
    for name in COPIED:
        shutil.copy(ROOT / name, tmp_path)
    for name in LINKED:
        (tmp_path / name).symlink_to(ROOT / name)
    text = (tmp_path / "meltano.yml").read_text()
    for port, free in zip(("8701", "8702"), _free_ports(), strict=True):
        text = text.replace(f'"{port}"', f'"{free}"')
    (tmp_path / "meltano.yml").write_text(text)
    yield tmp_path
    _run(tmp_path, "clockify-sandbox", "down")


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        for probe in (one, other):
            probe.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


def _run(project: Path, *command: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join((str(EXECUTABLES), os.environ["PATH"]))
    return subprocess.run(  # noqa: S603 - our own commands
        [str(EXECUTABLES / command[0]), *command[1:]],
        cwd=project,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )


@pytest.mark.bigquery
def test_projects_flow_one_way_and_hours_the_other_twice(project: Path) -> None:
    done = _run(project, "meltano", "run", "demo-mirror")

    output = done.stdout + done.stderr
    assert done.returncode == 0, output[-3000:]
    found = [line[line.index("{") :] for line in output.splitlines() if '{"summary"' in line]
    in_first, out_first, in_second, out_second = (json.loads(each)["summary"] for each in found)
    assert in_first["made"] == in_second["made"] == 1
    assert out_first["created"] > 20
    assert (out_second["created"], out_second["updated"], out_second["deleted"]) == (1, 4, 2)
    assert all(each["equal"] and not each["rejected"] for each in (in_first, out_first))
    assert all(each["equal"] and not each["rejected"] for each in (in_second, out_second))
    assert output.count("equal: yes") == 6
    assert (project / ".sandbox" / "mirror" / "time-out.json").exists()
