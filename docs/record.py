"""Record the demo for the README: `uv run python docs/record.py` writes docs/demo.svg.

It runs what a newcomer types, in an empty folder and in a terminal of 80 columns, and draws what
that printed as an SVG that plays where scripts are not allowed. Only waiting is shortened.
"""

from __future__ import annotations

import fcntl
import getpass
import io
import os
import pty
import re
import shutil
import socket
import struct
import subprocess
import tempfile
import termios
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click
from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[1]
RECORDING = ROOT / "docs" / "demo.svg"
COMMANDS = (
    "uv run meltano run demo",
    "uv run clockify-sandbox edit --count 8",
    "uv run clockify-sandbox report | head -n 3",
    "uv run meltano run demo",
)
OTHERS = ("BIGQUERY_", "CLOCKIFY_", "FITBIT_", "GCP_", "GOOGLE_", "MELTANO_", "TAP_", "TARGET_")
"""Beginnings of the names of variables that would change what the demo does."""
COLUMNS, ROWS = 80, 24
CELL, LINE, MARGIN = 12.2, 24.4, 16
"""Sizes in the picture: of a character and of a line as rich draws them, and around them."""
SECONDS = 15.0
LONGEST_WAIT, SHORTEST_WAIT = 0.6, 0.03
READING = 1.5
"""Seconds for the output of a command, before others make the whole `SECONDS` long."""
CUT = "<!-- cut -->"
SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">
<title>The demo of tap-clockify, recorded in a terminal</title>
<style>
text {{ font: 20px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; }}
{styles}
@media (prefers-reduced-motion: no-preference) {{
  .lines {{ animation: scroll {seconds}s step-end infinite; }}
  .later {{ animation: reveal {seconds}s step-end infinite; }}
}}
@keyframes scroll {{ {scroll} }}
@keyframes reveal {{ {reveal} }}
</style>
<rect {size} rx="8" fill="#292929"/>
<svg x="{margin}" y="{margin}" width="{inner_width}" height="{inner_height}">
<g class="lines" transform="translate(0 {last})">
{backgrounds}
{text}
</g>
<rect class="later" transform="translate(0 {inner_height})" {size} fill="#292929"/>
</svg>
</svg>
"""


class Line(NamedTuple):
    """A line of the terminal, and how many seconds after the one before it appeared."""

    text: Text
    wait: float


def record(folder: Path) -> list[Line]:
    """Run the commands in a copy of the project in `folder`; return what a terminal shows."""
    _copy_project(folder)
    lines: list[Line] = []
    try:
        for command in COMMANDS:
            prompt = Text.assemble(("$ ", "bold green"), (command, "bold"))
            lines.append(Line(prompt, READING if lines else 0))
            lines += _run(command, folder)
    finally:
        down = ["uv", "run", "clockify-sandbox", "down"]
        subprocess.run(down, cwd=folder, env=_environment(), check=False, capture_output=True)  # noqa: S603
    return lines


def draw(lines: list[Line]) -> str:
    """Draw lines as an SVG in which they appear one after another, as in a terminal."""
    console = Console(
        record=True,
        width=COLUMNS,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
    )
    for line in lines:
        console.print(line.text, no_wrap=True, overflow="ignore", crop=False)
    drawn = console.export_svg(
        code_format=CUT.join(("{styles}", "{backgrounds}", "{matrix}")), unique_id="demo"
    )
    styles, backgrounds, text = drawn.split(CUT)
    waits = [*(line.wait for line in lines), READING * 2]
    scale = SECONDS / sum(waits)
    moments = [sum(waits[: number + 1]) * scale / SECONDS for number in range(len(lines))]
    return SVG.format(
        styles=styles,
        backgrounds=backgrounds,
        text=re.sub(r' clip-path="[^"]*"', "", text),
        seconds=SECONDS,
        size='width="100%" height="100%"',
        last=round(-max(0, len(lines) - ROWS) * LINE, 1),
        margin=MARGIN,
        inner_width=COLUMNS * CELL,
        inner_height=round(ROWS * LINE, 1),
        width=round(COLUMNS * CELL + 2 * MARGIN),
        height=round(ROWS * LINE + 2 * MARGIN),
        scroll=_frames(moments, lambda shown: -max(0, shown - ROWS)),
        reveal=_frames(moments, lambda shown: min(shown, ROWS)),
    )


def check(svg: str, *private: object) -> None:
    """Refuse a recording that tells whose machine it was made on."""
    for word in map(str, (*private, ROOT, Path.home(), getpass.getuser(), socket.gethostname())):
        if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", svg):
            raise click.ClickException(f"The recording has {word!r} in it, and is not written.")


def _frames(moments: list[float], position: Callable[[int], int]) -> str:
    """Write the keyframes of what moves by lines, from how many lines there are at each moment."""
    frames = {0.0: position(0)}
    frames |= {round(moment * 100, 2): position(n) for n, moment in enumerate(moments, 1)}
    return " ".join(
        f"{percent:g}% {{ transform: translateY({lines * LINE:.1f}px) }}"
        for percent, lines in frames.items()
    )


def _copy_project(folder: Path) -> None:
    """Copy what is no folder, and link what is, so that Meltano begins without a state."""
    for path in ROOT.glob("[!.]*"):
        if path.is_dir():
            (folder / path.name).symlink_to(path)
        else:
            shutil.copy(path, folder)
    settings = folder / "meltano.yml"
    text = settings.read_text(encoding="utf-8")
    for port in re.findall(r'_PORT: "(\d+)"', text):
        text = text.replace(f'"{port}"', f'"{_free(int(port))}"')
    settings.write_text(text, encoding="utf-8")


def _free(port: int) -> int:
    """Return a port, or another if it is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _environment() -> dict[str, str]:
    """Use this project's packages as they are, and no setting of the user."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OTHERS)}
    uv = {"UV_PROJECT_ENVIRONMENT": str(ROOT / ".venv"), "UV_NO_SYNC": "1", "UV_FROZEN": "1"}
    return {**kept, **uv, "TERM": "xterm-256color", "COLUMNS": str(COLUMNS)}


def _run(command: str, folder: Path) -> Iterator[Line]:
    """Run a command in a terminal; yield its lines, long ones as several."""
    mine, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    shell = ["bash", "-c", command]
    before = time.monotonic()
    with (
        subprocess.Popen(  # noqa: S603
            shell, cwd=folder, env=_environment(), stdin=its, stdout=its, stderr=its
        ) as process,
        open(mine, "rb", buffering=0) as terminal,  # noqa: PTH123 - a descriptor
    ):
        os.close(its)
        with suppress(OSError):  # how Linux says that nobody writes any more
            for raw in iter(terminal.readline, b""):
                now = time.monotonic()
                wait = min(LONGEST_WAIT, max(SHORTEST_WAIT, now - before))
                before = now
                text = Text.from_ansi(raw.decode(errors="replace").rstrip())
                for part in text.wrap(Console(), COLUMNS):
                    yield Line(part, wait)
                    wait = 0
    if process.returncode:
        raise click.ClickException(f"{command} failed with exit code {process.returncode}.")


@click.command()
def main() -> None:
    """Write docs/demo.svg."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        lines = record(Path(folder))
    svg = draw(lines)
    check(svg, folder)
    RECORDING.write_text(svg, encoding="utf-8")
    click.echo(
        f"{RECORDING.relative_to(ROOT)}: {len(lines)} lines, {len(svg.encode()) // 1000} kB,"
        f" in {time.monotonic() - began:.0f} s"
    )


if __name__ == "__main__":
    main()
