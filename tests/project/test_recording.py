"""The recording for the README: `docs/record.py`, and the picture that it wrote."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import click
import pytest
from rich.text import Text

ROOT = Path(__file__).parents[2]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def recorder() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "docs" / "record.py"))


def drawn(recorder: dict[str, Any], *texts: str) -> str:
    lines = [recorder["Line"](Text(text), 0.5) for text in texts]
    return str(recorder["draw"](lines))


def said(svg: str) -> list[str]:
    """Read the lines of a picture, of what is drawn at the same height."""
    lines: dict[str, str] = {}
    for text in ET.fromstring(svg).iter(f"{SVG}text"):  # noqa: S314 -- our own
        height = text.attrib["y"]
        lines[height] = lines.get(height, "") + (text.text or "").replace("\xa0", " ")
    return [line.strip() for line in lines.values()]


def test_output_is_text_and_no_markup(recorder: dict[str, Any]) -> None:
    texts = ['<script>alert("&amp;")</script>', "[bold] {styles} <!-- cut --> 100%", "日本 Söhne"]
    assert said(drawn(recorder, *texts)) == texts


def test_lines_appear_one_after_another_and_the_last_screen_stays(recorder: dict[str, Any]) -> None:
    svg = drawn(recorder, *(f"line {number}" for number in range(30)))
    scroll, reveal = (
        re.findall(r"([\d.]+)% { transform: translateY\((-?[\d.]+)px\)", frames)
        for frames in re.findall(r"@keyframes \w+ { (.*?) }\n", svg)
    )
    percents = [float(percent) for percent, _ in scroll]
    assert percents == sorted(percents)
    assert percents[-1] < 100
    line = recorder["LINE"]
    assert float(scroll[-1][1]) == pytest.approx(-6 * line, abs=0.1)
    assert [float(at) for _, at in reveal[:3]] == [0, round(line, 1), round(2 * line, 1)]
    assert float(reveal[-1][1]) == pytest.approx(24 * line, abs=0.1)
    # Where nothing moves, the last screen is seen.
    assert f'transform="translate(0 {-6 * line:.1f})"' in svg


def test_long_lines_become_several_of_80_columns(recorder: dict[str, Any], tmp_path: Path) -> None:
    command = "printf '\\033[31m%070d more words\\033[0m at the end\\n\\ny\\n' 7"
    lines = list(recorder["_run"](command, tmp_path))
    texts = ["0" * 69 + "7 more", "words at the end", "", "y"]
    assert [line.text.plain.rstrip() for line in lines] == texts
    assert str(lines[0].text.spans[0].style) == "color(1)"
    assert lines[1].wait == 0


def test_a_command_that_fails_ends_the_recording(recorder: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(click.ClickException, match=r"^false failed with exit code 1\.$"):
        list(recorder["_run"]("false", tmp_path))


def test_the_machine_stays_unknown(
    recorder: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "ada")
    recorder["check"]("<text>adage, /elsewhere</text>", "/folder")
    for private in ("by ada", "in /folder/x", f"in {ROOT}", f"at {Path.home()}"):
        with pytest.raises(click.ClickException, match="is not written"):
            recorder["check"](f"<text>{private}</text>", "/folder")


def test_the_recording_plays_in_an_image() -> None:
    path = ROOT / "docs" / "demo.svg"
    svg = path.read_text(encoding="utf-8")
    assert path.stat().st_size < 300_000
    assert not re.search(r"<script|<image|@import|@font-face|url\(|\son\w+=", svg)
    lines = said(svg)
    assert sum(line.endswith("difference 0.00 h") for line in lines) == 2
    assert lines.count("$ uv run meltano run demo") == 2
