"""The workspace that several modules edit while a run reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from busy import Busy

if TYPE_CHECKING:
    from conftest import Serve


@pytest.fixture
def busy(serve: Serve) -> Busy:
    """Serve a workspace with entries on four pages."""
    return Busy(serve)
