"""What a user sees of a run on a terminal, while its messages go through a pipe to a target."""

from __future__ import annotations

import fcntl
import io
import json
import logging
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import threading
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft7Validator
from support import SELECTED, agency, config_for, run_cli, serving

from tap_clockify.output.live import LiveLines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clockify_sandbox.server import Server
    from conftest import Serve
    from support import Message

COLUMNS = 500
"""So wide that no live line is cut off."""

STREAMS = tuple(name for name in SELECTED if name != "sync_runs")
SEQUENCE = re.compile(r"\x1b\[([?\d;]*)([A-Za-z])|(\r)|(\n)|([^\x1b\r\n]+)")
LOOKS = {"m", "h", "l"}
"""Ends of the sequences that set colours and show or hide the cursor."""

LIVE = re.compile(
    r"(?P<stream>\w+) +[━╸╺]+ +(?P<rows>[\d,]+) rows?(?P<days>, \d+ of \d+ days)?"
    r", (?P<requests>\d+) requests"
)
LOGGED = re.compile(r"2026-03-31 \d\d:\d\d:\d\d,\d{3} \| [A-Z]+ +\| \S+ +\| .*")
START = (
    "import support, time_machine; support.isolate_process();"
    " time_machine.travel(support.NOW).start();"
    " from tap_clockify.tap import TapClockify; TapClockify.cli()"
)


@dataclass(frozen=True)
class Seen:
    """The output of a run on a terminal: what it wrote to its pipe, and all that was shown."""

    returncode: int
    written: str
    shown: str

    @property
    def messages(self) -> list[Message]:
        """Return the messages that it wrote."""
        return [json.loads(line) for line in self.written.splitlines()]

    @property
    def left(self) -> list[str]:
        """Return the lines that are left on the screen at the end."""
        return [line for line in screen(self.shown) if line.strip()]

    @property
    def live(self) -> dict[str, re.Match[str]]:
        """Find the last live line of each stream."""
        plain = re.sub(r"\x1b\[[?\d;]*[A-Za-z]", "", self.shown)
        return {line["stream"]: line for line in LIVE.finditer(plain)}


def screen(shown: str) -> list[str]:
    """Show a text on a screen that supports only what a progress display needs."""
    lines, row, column, end = [""], 0, 0, 0
    for found in SEQUENCE.finditer(shown):
        assert found.start() == end, f"unknown sequence at {shown[end : end + 20]!r}"
        end = found.end()
        number, command, to_start, down, text = found.groups()
        if to_start:
            column = 0
        elif down:
            row += 1
            lines += [""] * (row == len(lines))
        elif text:
            before = lines[row].ljust(column)
            lines[row] = before[:column] + text + before[column + len(text) :]
            column += len(text)
        elif command == "A":
            row = max(0, row - int(number or 1))
        elif command == "K":
            assert number == "2", "only whole lines are removed"
            lines[row] = ""
        else:
            assert command in LOOKS, f"unknown sequence {found[0]!r}"
    assert end == len(shown)
    return lines


def on_terminal(
    server: Server,
    cwd: Path,
    level: str,
    *arguments: str,
    columns: int = COLUMNS,
    **config: Any,
) -> Seen:
    """Run the command with its errors on a terminal and its output in a pipe."""
    (cwd / "config.json").write_text(json.dumps(config_for(server, timezone="UTC", **config)))
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    # Another test may have left them, and they would replace the size of the terminal.
    unwanted = {"NO_COLOR", "COLUMNS", "LINES"}
    environment = {name: value for name, value in os.environ.items() if name not in unwanted}
    with subprocess.Popen(  # noqa: S603 - the tap itself
        [sys.executable, "-c", START, "--config=config.json", *arguments],
        cwd=cwd,
        env={
            **environment,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "TERM": "xterm",
            "LOGLEVEL": level,
        },
        stdout=subprocess.PIPE,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        shown: list[bytes] = []
        watching = threading.Thread(target=_read_to_end, args=(ours, shown))
        watching.start()
        assert process.stdout
        written = process.stdout.read().decode()
        returncode = process.wait(300)
        watching.join()
    os.close(ours)
    return Seen(returncode, written, b"".join(shown).decode())


def _read_to_end(terminal: int, shown: list[bytes]) -> None:
    """Read what a terminal shows until its other end is closed."""
    while True:
        try:
            part = os.read(terminal, 1 << 16)
        except OSError:  # Linux raises this when the other end is closed.
            return
        if not part:
            return
        shown.append(part)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving(agency(people=3, days=20)) as server:
        yield server


@pytest.fixture(scope="module")
def quiet(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """Run the command with only warnings logged, of which there are none."""
    server.requests.clear()
    return on_terminal(server, tmp_path_factory.mktemp("quiet"), "WARNING", lookback_days=20)


@pytest.fixture(scope="module")
def usual(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """Run the command with the default log level."""
    return on_terminal(server, tmp_path_factory.mktemp("usual"), "INFO")


def test_every_stream_has_a_live_line(quiet: Seen, server: Server) -> None:
    assert quiet.returncode == 0
    sent = Counter(m["stream"] for m in quiet.messages if m["type"] == "RECORD")
    assert set(quiet.live) == set(STREAMS)
    for stream, line in quiet.live.items():
        assert int(line["rows"].replace(",", "")) == sent[stream] > 0
        is_time = stream in {"summary", "time_entries", "time_entry_tags"}
        assert line["days"] == (", 21 of 21 days" if is_time else None)
        assert 0 < int(line["requests"]) <= server.requests.total
    last = max(int(line["requests"]) for line in quiet.live.values())
    assert last == server.requests.total, "all is read by then"


def test_live_lines_are_removed(quiet: Seen) -> None:
    assert quiet.left == []
    assert quiet.shown.count("\x1b[?25l") == quiet.shown.count("\x1b[?25h") == 1, (
        "the cursor is hidden and shown again"
    )


@pytest.mark.parametrize("level", ["quiet", "usual"])
def test_pipe_holds_nothing_but_messages(level: str, request: pytest.FixtureRequest) -> None:
    messages = request.getfixturevalue(level).messages
    kinds = [message["type"] for message in messages]
    assert set(kinds) == {"SCHEMA", "RECORD", "STATE"}
    assert (kinds.count("STATE"), kinds[-1]) == (1, "STATE")
    checks = {m["stream"]: Draft7Validator(m["schema"]) for m in messages if m["type"] == "SCHEMA"}
    assert set(checks) == {*STREAMS, "sync_runs"}
    for message in messages:
        if message["type"] == "RECORD":
            checks[message["stream"]].validate(message["record"])


def test_error_of_a_failed_run_is_the_last_line_on_the_terminal(
    serve: Serve, tmp_path: Path
) -> None:
    server = serve(agency(people=3, days=20))
    server.faults.add("status", match="/reports/detailed", status=403, body="", times=None)
    run = on_terminal(server, tmp_path, "WARNING")
    assert run.returncode == 1
    assert set(run.live) >= {"clients", "projects"}
    assert LOGGED.fullmatch(run.left[-1])
    assert "/reports/detailed failed with status 403" in run.left[-1]
    assert run.messages[-1]["type"] == "STATE"


def test_summary_line_is_left_on_the_terminal(usual: Seen) -> None:
    """It comes after the live lines were removed, whatever they did to earlier lines."""
    assert re.search(r"\| Complete in \d+\.\d s: \d+ requests, 0 retries; ", usual.left[-1])
    assert LOGGED.fullmatch(usual.left[-1])


def test_live_lines_leave_the_lines_of_the_log_alone(usual: Seen) -> None:
    assert [line for line in usual.left if not LOGGED.fullmatch(line)] == []


def test_narrow_terminal_cuts_live_lines_and_not_the_log(server: Server, tmp_path: Path) -> None:
    """If a live line were wider than the terminal, it would be wrapped, and not all removed."""
    seen = on_terminal(server, tmp_path, "INFO", columns=40)
    assert seen.returncode == 0
    assert [line for line in seen.left if not LOGGED.fullmatch(line)] == []
    assert max(len(line) for line in seen.left) > 200
    drawn = re.sub(r"\x1b\[[?\d;]*[A-Za-z]", "", seen.shown).replace("\r", "\n").split("\n")
    live = [line for line in drawn if line and not LOGGED.fullmatch(line)]
    assert live
    assert max(len(line) for line in live) <= 40


class Terminal(io.StringIO):
    """Claims to be a terminal."""

    def isatty(self) -> bool:
        """Claim it."""
        return True


def test_streams_of_the_process_are_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal, file = Terminal(), io.StringIO()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    logger = logging.getLogger("test_live_lines.some")
    handlers = [logging.StreamHandler(terminal), logging.StreamHandler(file)]
    monkeypatch.setattr(logger, "handlers", handlers)
    lines = LiveLines()
    lines.show("clients", "1 row", done=0, planned=0)
    logger.warning("[bold]above")
    assert [handler.stream is file for handler in handlers] == [False, True]
    assert handlers[0].stream is not terminal
    lines.stop()
    logger.warning("below")
    lines.stop()
    assert sys.stderr is terminal
    assert [handler.stream for handler in handlers] == [terminal, file]
    left = [line.rstrip() for line in screen(terminal.getvalue()) if line.strip()]
    assert left == file.getvalue().splitlines() == ["[bold]above", "below"]


def test_no_live_line_without_a_terminal(server: Server, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(config_for(server, timezone="UTC")))
    run = run_cli(tmp_path, "--config=config.json", TERM="xterm", FORCE_COLOR="1")
    assert run.returncode == 0
    assert "Complete in" in run.stderr
    assert "\x1b" not in run.stderr
    assert "━" not in run.stderr


def test_plan_is_printed_into_the_pipe_and_shows_no_live_line(
    server: Server, tmp_path: Path
) -> None:
    seen = on_terminal(server, tmp_path, "WARNING", "--plan")
    assert seen.returncode == 0
    assert seen.written.startswith("stream ")
    assert seen.shown == ""
