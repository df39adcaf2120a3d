"""Two good runs, or two weeks of them on Free, leave nothing of what went wrong before.

``HISTORIES=300 uv run pytest tests/runs/test_any_history.py`` plays more histories.
"""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

import pytest
from any_history import AnyHistory

if TYPE_CHECKING:
    from collections.abc import Iterator

HISTORIES = int(os.environ.get("HISTORIES", "24"))


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """A failing test must show its history, not the log of many runs."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_two_good_runs_make_up_for_any_history(seed: int) -> None:
    history = AnyHistory(seed)
    wrong = history.play(7)
    assert not wrong, "\n".join([*history.log, *wrong])


@pytest.mark.parametrize("seed", range(HISTORIES // 2))
def test_two_weeks_on_free_make_up_for_any_history(seed: int) -> None:
    history = AnyHistory(seed, plan="FREE")
    wrong = history.play(5)
    assert not wrong, "\n".join([*history.log, *wrong])
