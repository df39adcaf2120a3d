"""Writes whose answer is lost, writes that show late, and the count of writes."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import requests
from clockify_sandbox.api import Options, late
from clockify_sandbox.world import edits

if TYPE_CHECKING:
    from collections.abc import Callable

    from clockify_sandbox.world import World
    from sandbox_support import Caller

TIMES = {"start": "2026-08-10T09:00:00Z", "end": "2026-08-10T10:00:00Z"}
DAYS = ("2026-08-01", "2026-08-31")


def listed(caller: Caller) -> list[str]:
    rows = caller.get(f"user/{caller.world.owner_id}/time-entries").json()
    return [row["description"] for row in rows]


@pytest.mark.parametrize(
    ("kind", "status", "applied"),
    [
        ("5xx", 503, 0),
        ("5xx_after", 503, 1),
        ("reset", None, 1),
        ("reset_before", None, 0),
        ("truncated", None, 1),
        ("429", 429, 0),
    ],
)
def test_lost_answers(
    serve: Callable[..., Caller], empty: World, kind: str, status: int | None, applied: int
) -> None:
    caller = serve(empty)
    planned = {"kind": kind, "match": "POST .*time-entries"}
    control = f"{caller.server.url}/_sandbox/faults"
    assert requests.post(control, json=planned, timeout=60).status_code == 200
    if status is None:
        with pytest.raises(requests.exceptions.RequestException):
            caller.post("time-entries", TIMES)
    else:
        assert caller.post("time-entries", TIMES).status_code == status
    assert len(caller.contents.entries) == applied
    assert caller.post("time-entries", TIMES).status_code == 201


def test_5xx_after_keeps_its_status_and_body(serve: Callable[..., Caller], empty: World) -> None:
    caller = serve(empty)
    caller.server.faults.add("5xx_after", status=502, body="<p>bad gateway</p>")
    answer = caller.post("time-entries", TIMES)
    assert (answer.status_code, answer.text) == (502, "<p>bad gateway</p>")
    assert next(iter(caller.server.requests)).status == 502


def test_the_count_of_writes(serve: Callable[..., Caller], empty: World) -> None:
    caller = serve(empty)
    ids = [caller.post("time-entries", TIMES).json()["id"] for _ in range(2)]
    caller.get(f"time-entries/{ids[0]}")
    caller.post("time-entries/batch", {"timeEntryIds": ids})
    caller.report("summary", *DAYS, summaryFilter={"groups": ["DATE"]})
    caller.send("PUT", f"time-entries/{ids[0]}", {**TIMES, "end": "?"})
    for each in ids:
        caller.send("DELETE", f"time-entries/{each}")
    expected = {
        ("POST", "/workspaces/{id}/time-entries"): 2,
        ("PUT", "/workspaces/{id}/time-entries/{id}"): 1,
        ("DELETE", "/workspaces/{id}/time-entries/{id}"): 2,
    }
    assert caller.server.requests.writes == expected
    shown = requests.get(f"{caller.server.url}/_sandbox/requests", timeout=60).json()["writes"]
    assert shown == {f"{method} {route}": count for (method, route), count in expected.items()}
    caller.server.requests.clear()
    assert not caller.server.requests.writes


def test_writes_may_show_late(
    serve: Callable[..., Caller], empty: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr(late, "time", SimpleNamespace(monotonic=lambda: now))
    caller = serve(empty, Options(write_delay=2))
    row = caller.post("time-entries", {**TIMES, "description": "new"}).json()
    assert listed(caller) == []
    assert caller.rows(*DAYS) == []
    assert caller.get(f"time-entries/{row['id']}").status_code == 200
    now = 1.9
    assert listed(caller) == []
    now = 2.0
    assert listed(caller) == ["new"]
    assert len(caller.rows(*DAYS)) == 1
    caller.send("PUT", f"time-entries/{row['id']}", {**TIMES, "description": "newer"})
    assert listed(caller) == ["new"]
    caller.send("DELETE", f"time-entries/{row['id']}")
    assert listed(caller) == ["new"]
    assert caller.rows(*DAYS)[0]["description"] == "new"


def test_a_late_edit_shows_only_where_the_entry_was(
    serve: Callable[..., Caller], empty: World
) -> None:
    w = next(iter(empty.workspaces))
    start = datetime(2026, 8, 10, 9, tzinfo=UTC)
    entry = edits.add_entry(empty, w, empty.owner_id, start, start)
    caller = serve(empty, Options(write_delay=600))
    moved = {"start": "2026-07-10T09:00:00Z", "end": "2026-07-10T10:00:00Z"}
    assert caller.send("PUT", f"time-entries/{entry.id}", moved).status_code == 200
    july, august = (caller.rows(f"2026-0{n}-01", f"2026-0{n}-28") for n in (7, 8))
    assert (july, len(august)) == ([], 1)


@pytest.mark.parametrize(("of_one", "status"), [(False, 200), (True, 400)])
def test_one_entry_may_show_late_too(
    serve: Callable[..., Caller], empty: World, status: int, *, of_one: bool
) -> None:
    caller = serve(empty, Options(write_delay=600, write_delay_of_one=of_one))
    made: Any = caller.post("time-entries", {"start": TIMES["start"]}).json()["id"]
    assert caller.get(f"time-entries/{made}").status_code == status
    found = caller.post("time-entries/batch", {"timeEntryIds": [made]}).json()
    assert len(found) == (0 if of_one else 1)
    assert caller.get("time-entries/status/in-progress").json() == []
