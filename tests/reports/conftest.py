"""An empty workspace, in which the tests track time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support import empty, only_workspace

if TYPE_CHECKING:
    from clockify_sandbox.world import World


@pytest.fixture
def world() -> World:
    """Build a world with nothing but the key's owner."""
    return empty()


@pytest.fixture
def home(world: World) -> str:
    """Name the only workspace of the world."""
    return only_workspace(world)
