"""A service that tests answer for, and no waiting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import backoff._sync
import pytest
import responses
from ledger_runs import Runs
from notes_tap import KEY, NotesTap, Service

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Collect the seconds that are waited between tries, instead of waiting."""
    waited: list[float] = []

    class Time:
        sleep = staticmethod(waited.append)

    monkeypatch.setattr(backoff._sync, "time", Time)
    return waited


@pytest.fixture
def mock() -> Iterator[responses.RequestsMock]:
    """Answer instead of the network."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mocked:
        yield mocked


@pytest.fixture
def service(mock: responses.RequestsMock) -> Service:
    """The service."""
    return Service(mock)


@pytest.fixture
def runs(service: Service) -> Runs:  # noqa: ARG001 -- that answers
    """Runs of the tap."""
    return Runs(NotesTap, {"api_key": KEY})
