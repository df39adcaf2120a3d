"""Whatever answers get lost or refused, each row arrives once, and the state only after it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from strict_proxy import Fault
from strict_support import hours, load_of

if TYPE_CHECKING:
    from strict_proxy import Proxy
    from strict_support import Strict

ROWS = 20
REQUESTS = 16
"""More than a run makes; a fault at a later one never happens."""


def expected(count: int = ROWS) -> list[dict[str, object]]:
    return [hours(number) for number in range(count)]


@pytest.mark.parametrize("keys", [("id",), ()], ids=["upserted", "appended"])
@pytest.mark.parametrize("number", range(REQUESTS))
def test_lost_answer_of_any_request(
    strict: Strict, proxy: Proxy, number: int, keys: tuple[str, ...]
) -> None:
    proxy.faults.append(Fault(lambda found, *_: found == number, loses_answer=True))
    assert strict.load(load_of(ROWS, keys=keys)) == [{"at": "hours"}]
    assert strict.rows() == expected()
    assert strict.tables() == ["hours"]


@pytest.mark.parametrize(("status", "reason"), [(503, "backendError"), (403, "rateLimitExceeded")])
@pytest.mark.parametrize("keys", [("id",), ()], ids=["upserted", "appended"])
def test_two_refusals_of_every_request(
    strict: Strict, proxy: Proxy, status: int, reason: str, keys: tuple[str, ...]
) -> None:
    """Every request is refused twice before it is let through."""
    counts: dict[str, int] = {}

    def hits(_number: int, method: str, text: str) -> bool:
        # The names of staging tables, jobs and uploads are random.
        path = re.split(r"__staging|target_bigquery_strict|upload_id", text)[0].partition("{")[0]
        kind = f"{method} {path} {'MERGE' in text}"
        counts[kind] = counts.get(kind, 0) + 1
        return counts[kind] <= 2

    proxy.faults.append(Fault(hits, status=status, reason=reason))
    assert strict.load(load_of(ROWS, keys=keys)) == [{"at": "hours"}]
    assert strict.rows() == expected()
    assert strict.tables() == ["hours"]
