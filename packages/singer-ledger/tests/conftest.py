"""A service that tests answer for, and no waiting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import responses
from ledger_fixtures import waits
from ledger_runs import Runs
from notes_tap import KEY, NotesTap, Service

if TYPE_CHECKING:
    from collections.abc import Iterator


__all__ = ["waits"]


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
