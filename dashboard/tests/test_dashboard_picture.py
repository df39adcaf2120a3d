"""The picture of the README shows the overview as the code draws it now."""

from __future__ import annotations

import runpy
from pathlib import Path

PICTURE = runpy.run_path(str(Path(__file__).parent.parent / "picture.py"))


def test_the_picture_is_not_stale() -> None:
    again = (
        "the overview has changed: run `uv run python dashboard/picture.py` while the demo is up"
    )
    assert PICTURE["drawn_by"](PICTURE["PICTURE"]) == PICTURE["digest"](), again


def test_the_picture_is_small() -> None:
    assert PICTURE["PICTURE"].stat().st_size < 300_000
