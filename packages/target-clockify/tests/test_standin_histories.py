"""After any history, the copies are equal to the selection, and natives are as they were."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from histories import play

if TYPE_CHECKING:
    from pathlib import Path

HISTORIES = 40


@pytest.mark.parametrize("seed", range(HISTORIES))
def test_a_history_ends_with_equality(seed: int, tmp_path: Path) -> None:
    history = play(seed, tmp_path)
    log = "\n".join(history.log[-60:])
    assert not history.wrong, f"seed {seed} {history.variant}\n{log}\n" + "\n".join(history.wrong)
