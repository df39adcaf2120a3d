"""Write results as tables to RESULTS.md, one section for each part."""

from __future__ import annotations

import datetime as dt
import os
import platform
import re
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

RESULTS = Path(__file__).with_name("RESULTS.md")
PACKAGES = ("singer-tap-clockify", "singer-sdk", "msgspec", "requests", "meltano")
BYTES_A_GIGABYTE = 10**9
ORDER = ("requests", "free", "cpu", "load", "pipeline", "same")
"""The parts, in their order in the file."""

INTRODUCTION = """\
# Benchmarks

Written by `uv run python -m benchmarks` (one part: `--only requests`). Everything runs on one
machine against stand-ins, so times in seconds mean little elsewhere; only the ratios matter.
"""


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a Markdown table whose columns, except the first, are right-aligned."""
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines) + "\n"


def verdict(value: float, most: float) -> str:
    """Say whether a judged figure is met."""
    return "met" if value <= most else "**missed**"


def machine() -> str:
    """Describe the machine, without its name."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / BYTES_A_GIGABYTE
    python = f"{platform.python_implementation()} {platform.python_version()}"
    load, cores = os.getloadavg()[2], os.cpu_count() or 1
    others = "; other programs were running, so do not rely on the seconds" if load > cores else ""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"{dt.datetime.now(dt.UTC):%Y-%m-%d}: {cores} cores ({platform.machine()}),"
        f" {memory:.0f} GB, {platform.system()}, {python}; {packages}; load average of the last 15"
        f" minutes {load:.1f}{others}."
    )


def write(part: str, text: str) -> None:
    """Write a part's section to the file, in place of the old one."""
    sections = _sections()
    sections[part] = f"{text.strip()}\n\n*{machine()}*"
    ordered = [name for name in ORDER if name in sections]
    body = "\n".join(f"<!-- {name} -->\n{sections[name]}\n" for name in ordered)
    RESULTS.write_text(f"{INTRODUCTION}\n{body}")


def _sections() -> dict[str, str]:
    text = RESULTS.read_text() if RESULTS.exists() else ""
    found = re.split(r"^<!-- (\w+) -->\n", text, flags=re.MULTILINE)
    return {name: body.strip() for name, body in zip(found[1::2], found[2::2], strict=True)}
