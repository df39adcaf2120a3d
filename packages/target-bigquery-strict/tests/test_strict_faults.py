"""Whatever answers get lost or refused, each row arrives once, and the state only after it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from strict_proxy import Fault
from strict_support import hours, load_of, schema
from target_bigquery_strict import retrying
from target_bigquery_strict.errors import LoadError

if TYPE_CHECKING:
    from collections.abc import Callable

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


@pytest.mark.parametrize("keys", [("id",), ()], ids=["upserted", "appended"])
@pytest.mark.parametrize(
    ("status", "reason"), [(504, "gatewayTimeout"), (503, "tableUnavailable"), (408, "timeout")]
)
def test_a_job_that_is_done_is_not_started_again(
    strict: Strict, proxy: Proxy, status: int, reason: str, keys: tuple[str, ...]
) -> None:
    """Google's client does not repeat these itself, so the first look at the result fails."""
    looks: list[str] = []

    def is_first_look(_number: int, method: str, text: str) -> bool:
        job = text.partition("?")[0]
        is_first = method == "GET" and "/queries/" in text and job not in looks
        looks.extend([job] if is_first else [])
        return is_first

    proxy.faults.append(Fault(is_first_look, status=status, reason=reason))
    assert strict.load(load_of(ROWS, keys=keys)) == [{"at": "hours"}]
    assert looks
    assert strict.rows() == expected()


def test_a_job_is_found_again_where_the_dataset_is(strict: Strict, proxy: Proxy) -> None:
    """Outside of US and EU, Google finds a job only with its location."""
    strict.load([schema(keys=())], location="europe-west3")
    proxy.seen.clear()

    def is_insert(_number: int, method: str, text: str) -> bool:
        return method == "POST" and "INSERT INTO" in text

    def is_unplaced(_number: int, method: str, text: str) -> bool:
        return method == "GET" and "/jobs/" in text and "location=europe-west3" not in text

    proxy.faults += [Fault(is_insert, loses_answer=True), Fault(is_unplaced, status=404)]
    assert strict.load(load_of(ROWS, keys=())) == [{"at": "hours"}]
    assert strict.rows() == expected()


def test_streams_do_not_wait_for_an_outage_one_after_another(
    strict: Strict, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retrying, "GIVE_UP_AFTER", 0.5)
    be_patient, tries = retrying.Patience.__call__, []

    def counted(self: retrying.Patience, work: Callable[[], Any], *also: Any) -> Any:
        number = len(tries)
        tries.append(0)

        def counting() -> Any:
            tries[number] += 1
            return work()

        return be_patient(self, counting, *also)

    monkeypatch.setattr(retrying.Patience, "__call__", counted)
    proxy.faults.append(Fault(lambda *_: True, status=503))
    with pytest.raises(LoadError, match="did not answer for ten minutes"):
        strict.load([message for name in "abcdefghijkl" for message in load_of(1, name)])
    assert len([count for count in tries if count > 1]) <= 1, "only one of twelve waits"


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
