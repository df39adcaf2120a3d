"""What a user can give wrongly to the command of a tap with ledgers: a sentence, exit code 1."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("text", [None, '{"a": '], ids=["missing", "no JSON"])
@pytest.mark.parametrize("option", ["--config", "--state", "--catalog"])
def test_unusable_file_is_one_sentence(tmp_path: Path, option: str, text: str | None) -> None:
    file = tmp_path / "given.json"
    if text is not None:
        file.write_text(text)
    settings = tmp_path / "settings.json"
    settings.write_text("{}")
    start = "from notes_tap import NotesTap; NotesTap.run()"
    run = subprocess.run(  # noqa: S603 -- a tap for tests
        [sys.executable, "-c", start, f"--config={settings}", f"{option}={file}"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "LOGLEVEL": "ERROR"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode in {1, 2}
    last = run.stderr.splitlines()[-1]
    assert "cannot be used" in last or f"'{file}': No such file or directory" in last
    assert "Traceback" not in run.stderr
