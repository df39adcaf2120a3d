"""Fixtures of the taps with ledgers; each conftest.py imports them."""

from __future__ import annotations

import backoff._sync
import pytest


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Collect the seconds that are waited between tries, instead of waiting."""
    waited: list[float] = []

    class Time:
        sleep = staticmethod(waited.append)

    monkeypatch.setattr(backoff._sync, "time", Time)
    return waited
