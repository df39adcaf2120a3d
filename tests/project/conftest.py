"""A Meltano project of a test's own, with a sandbox at ports of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from clockify_sandbox.bigquery import LocalBigQuery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
COPIED = ("meltano.yml", "logging.yaml", "pyproject.toml", "README.md", "LICENSE", "uv.lock")
LINKED = ("packages", "tap_clockify", "plugins", "dashboard", "transform")
EXECUTABLES = Path(sys.executable).parent
TIMEOUT_SECONDS = 800


@dataclass(frozen=True)
class Project:
    """The project, and commands in it as a user runs them."""

    folder: Path
    bigquery: LocalBigQuery
    """The sandbox's, once that is up."""

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Start a command; its output, errors included, is one text."""
        path = os.pathsep.join((str(EXECUTABLES), os.environ["PATH"]))
        return subprocess.Popen(  # noqa: S603 -- our own commands
            [str(EXECUTABLES / command[0]), *command[1:]],
            cwd=self.folder,
            env={**os.environ, "PATH": path},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *command: str) -> tuple[int, str]:
        """Run a command to its end; return its exit code and its output."""
        with self.start(*command) as process:
            output, _ = process.communicate(timeout=TIMEOUT_SECONDS)
        return process.returncode, output


@pytest.fixture
def project(tmp_path: Path, free_port: Callable[[], int]) -> Iterator[Project]:
    """Provide a project of its own, with a sandbox at ports of its own."""
    for name in COPIED:
        shutil.copy(ROOT / name, tmp_path)
    for name in LINKED:
        (tmp_path / name).symlink_to(ROOT / name)
    text = (tmp_path / "meltano.yml").read_text()
    ports = free_port(), free_port()
    for port, free in zip(("8701", "8702"), ports, strict=True):
        text = text.replace(f'"{port}"', f'"{free}"')
    (tmp_path / "meltano.yml").write_text(text)
    made = Project(tmp_path, LocalBigQuery(f"http://127.0.0.1:{ports[1]}"))
    yield made
    made.run("clockify-sandbox", "down")
