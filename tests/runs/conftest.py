"""Workspaces that several modules read: a busy one, and a small agency that reads fast."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from busy import Busy
from support import agency

if TYPE_CHECKING:
    from clockify_sandbox.server import Server
    from conftest import Serve


@pytest.fixture
def busy(serve: Serve) -> Busy:
    """Serve a workspace with entries on four pages."""
    return Busy(serve)


@pytest.fixture
def server(serve: Serve) -> Server:
    """Serve an agency of three people and ten days."""
    return serve(agency(people=3, days=10))
