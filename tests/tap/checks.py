"""Ask the command whether a run could succeed."""

from __future__ import annotations

import gc
import json
import logging
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from support import SELECTED, catalog_with, config_for

from tap_clockify.tap import TapClockify

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from clockify_sandbox.server import Server

LINE = re.compile(r"(?P<mark>ok|note|fail) +(?P<about>.+?): (?P<text>.+)")


@dataclass(frozen=True)
class Answer:
    """What the command printed, and its exit code."""

    code: int
    lines: tuple[tuple[str, str, str], ...]
    log: str = ""

    def about(self, subject: str) -> list[tuple[str, str]]:
        """List the marks and sentences about something."""
        return [(mark, text) for mark, about, text in self.lines if about.startswith(subject)]

    def only(self, subject: str) -> tuple[str, str]:
        """Return the mark and the sentence about something."""
        (found,) = self.about(subject)
        return found

    @property
    def failures(self) -> list[tuple[str, str]]:
        """What failed, besides the verdict."""
        return [
            (about, text)
            for mark, about, text in self.lines
            if mark == "fail" and about != "Verdict"
        ]


def answer_of(code: int, out: str, log: str = "") -> Answer:
    """Read the lines that the command printed."""
    found = [LINE.fullmatch(line) for line in out.splitlines()]
    assert None not in found, out
    lines = [(line["mark"], line["about"], line["text"]) for line in found if line]
    assert lines[-1][1] == "Verdict", out
    assert (code == 1) == any(mark == "fail" for mark, _, _ in lines), out
    return Answer(code, tuple(lines), log)


class Checks:
    """Runs the command in this process, at the time of a world."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Keep the files of the command in a folder."""
        self._folder = folder
        self._capsys = capsys

    def __call__(
        self,
        server: Server,
        select: Iterable[str] = SELECTED,
        state: dict[str, Any] | None = None,
        *,
        flag: str = "--check",
        **config: Any,
    ) -> Answer:
        """Check against a stand-in; settings as for a run."""
        files = {"config": config_for(server, **config), "catalog": catalog_with(select)}
        if state is not None:
            files["state"] = state
        arguments = [f"--{name}={self._folder / name}.json" for name in files]
        for name, content in files.items():
            (self._folder / f"{name}.json").write_text(json.dumps(content))
        self._capsys.readouterr()
        with time_machine.travel(server.world.now(), tick=True):
            code = command([flag, *arguments])
        out, log = self._capsys.readouterr()
        return answer_of(code, out, log)


def command(arguments: list[str]) -> int:
    """Run the command, and return its exit code."""
    try:
        TapClockify.get_singer_command().main(arguments, standalone_mode=False)
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


@pytest.fixture
def check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Checks]:
    """Run checks; the command changes the interpreter, since its process usually ends with it."""
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    yield Checks(tmp_path, capsys)
    logging.captureWarnings(capture=False)
    gc.unfreeze()
    gc.enable()
