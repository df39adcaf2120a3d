"""A simulated Clockify with two workspaces for each test; nothing waits for long."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from clockify_client.http.limits import RateLimits
from mirror_support import Sync, syncing, with_field

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RateLimits, "wait", lambda _self, _seconds: None)


@pytest.fixture
def field_sync(sync: Sync) -> Sync:
    """Provide the target with a custom field for the ids of the source, instead of a ledger."""
    return with_field(sync)


@pytest.fixture
def sync(tmp_path: Path) -> Iterator[Sync]:
    """Provide the target between two workspaces of one owner."""
    with syncing(tmp_path) as sync:
        yield sync
