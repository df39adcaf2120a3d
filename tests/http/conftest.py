"""The clock of the limiter's tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from ticking import ticking

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ticking import Clock


@pytest.fixture
def clock() -> Iterator[Clock]:
    """Let the limiter read a clock that only moves when it waits."""
    with ticking() as clock:
        yield clock
