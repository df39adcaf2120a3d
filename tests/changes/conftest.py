"""The pipeline of which the change feed's tests edit the history."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pipeline import Pipeline

if TYPE_CHECKING:
    from conftest import Serve


@pytest.fixture
def pipeline(serve: Serve) -> Pipeline:
    """Serve a world with some history."""
    return Pipeline(serve)
