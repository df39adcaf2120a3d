"""A write is sent once: without an idempotency key, a repeated one could double an entry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from client_support import connected
from clockify_client.client import workspace_path
from clockify_client.errors import ClockifyError
from clockify_client.http.errors import RequestError, UnansweredError

if TYPE_CHECKING:
    from clockify_sandbox.server import Server

START = {"start": "2026-11-02T09:00:00Z", "end": "2026-11-02T10:00:00Z", "billable": True}


def write(server: Server, method: Any = "POST", entry: str = "") -> Any:
    """Create an entry, or write the one with this id."""
    workspace = next(iter(server.world.workspaces))
    path = workspace_path(workspace, "time-entries", *([entry] if entry else []))
    client = connected(api_key=server.world.api_key, api_url=server.api_url)
    return client.write(method, path, None if method == "DELETE" else START)


def entries(server: Server) -> list[Any]:
    """List the entries of the workspace."""
    return list(next(iter(server.world.workspaces.values())).entries)


def test_write_returns_what_clockify_made(server: Server) -> None:
    body = write(server).body

    assert [entry.id for entry in entries(server)] == [body["id"]]


def test_answer_without_a_body_is_no_failure(server: Server) -> None:
    created = write(server).body["id"]

    assert write(server, "DELETE", created).body is None
    assert entries(server) == []


@pytest.mark.parametrize(
    ("fault", "applied"),
    [("reset", 1), ("reset_before", 0), ("5xx", 0), ("5xx_after", 1), ("truncated", 1)],
)
def test_write_without_an_answer_is_not_sent_again(
    server: Server, fault: str, applied: int
) -> None:
    server.faults.add(fault, times=None)

    with pytest.raises(UnansweredError):
        write(server)

    assert len(entries(server)) == applied
    assert len(server.requests.matching("POST")) == 1


def test_refusal_for_the_rate_limit_had_no_effect_so_it_is_sent_again(server: Server) -> None:
    server.faults.add("429", times=2, retry_after=0)

    write(server)

    assert len(entries(server)) == 1
    assert len(server.requests.matching("POST")) == 3


def test_other_refusals_are_no_doubt(server: Server) -> None:
    with pytest.raises(RequestError) as refused:
        write(server, "DELETE", "0123456789abcdef01234567")

    assert refused.value.status == 400
    assert not isinstance(refused.value, UnansweredError)
    assert isinstance(refused.value, ClockifyError)
