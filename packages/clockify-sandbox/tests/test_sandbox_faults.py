"""Faults, hooks, the request log and the control routes."""

from __future__ import annotations

import asyncio
import random
import socket
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import requests
from clockify_sandbox.server import running
from clockify_sandbox.world import build_agency, edits, truth
from clockify_sandbox.world.random_edits import EDITS, random_edit

if TYPE_CHECKING:
    from collections.abc import Callable

    from clockify_sandbox.world import World
    from sandbox_support import Caller


@pytest.mark.parametrize(
    ("kind", "status", "body"),
    [("429", 429, b"Too many"), ("5xx", 503, b"<html>"), ("empty", 200, b"")],
)
def test_faulty_answers(
    serve: Callable[..., Caller], empty: World, kind: Any, status: int, body: bytes
) -> None:
    caller = serve(empty)
    caller.server.faults.add(kind, match="/user$", after=1, times=2)
    answers = [caller.get("/user") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, status, status, 200]
    assert body in answers[1].content
    assert [seen.fault for seen in caller.server.requests] == [None, kind, kind, None]
    assert caller.get("tags").status_code == 200


def test_malformed(serve: Callable[..., Caller], empty: World) -> None:
    caller = serve(empty)
    caller.server.faults.add("malformed")
    with pytest.raises(requests.exceptions.JSONDecodeError):
        caller.get("/user").json()
    assert caller.get("/user").json()


def test_retry_after(serve: Callable[..., Caller], empty: World) -> None:
    caller = serve(empty)
    caller.server.faults.add("429", retry_after=7)
    assert caller.get("/user").headers["retry-after"] == "7"


def test_reset(serve: Callable[..., Caller], empty: World) -> None:
    caller = serve(empty)
    caller.server.faults.add("reset")
    with pytest.raises(requests.exceptions.ConnectionError, match="reset"):
        caller.get("/user")
    assert caller.get("/user").status_code == 200


def test_truncated(serve: Callable[..., Caller], empty: World) -> None:
    caller = serve(empty)
    caller.server.faults.add("truncated")
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="Incomplete"):
        caller.get("/user")
    assert caller.get("/user").status_code == 200


def test_slow_and_latency(serve: Callable[..., Caller], empty: World) -> None:
    caller = serve(empty)
    caller.server.faults.add("slow", seconds=0.2)
    started = time.perf_counter()
    caller.get("/user")
    assert time.perf_counter() - started >= 0.2
    caller.server.faults.latency = 0.1
    started = time.perf_counter()
    caller.get("/user")
    assert time.perf_counter() - started >= 0.1


def test_an_unknown_fault_is_refused(serve: Callable[..., Caller], empty: World) -> None:
    with pytest.raises(ValueError, match="unknown fault"):
        serve(empty).server.faults.add("boredom")  # type: ignore[arg-type]


def test_the_world_changes_between_two_pages(serve: Callable[..., Caller], empty: World) -> None:
    caller = serve(empty)
    w = caller.workspace_id
    start = datetime(2026, 8, 10, 9, tzinfo=UTC)
    made = [
        edits.add_entry(empty, w, empty.owner_id, start + timedelta(hours=n), start).id
        for n in range(0, -4, -1)
    ]
    caller.server.faults.call(
        lambda: edits.delete_entry(empty, w, made[0]), match="reports/detailed", after=1
    )
    rows = caller.rows("2026-08-01", "2026-08-31", size=2, sortOrder="ASCENDING")
    # The shift skipped one entry, which a careful client must notice.
    assert [row["_id"] for row in rows] == [made[0], made[1], made[3]]


def test_the_log(serve: Callable[..., Caller], empty: World) -> None:
    caller = serve(empty)
    caller.get("tags", page=2)
    caller.report("summary", "2026-08-01", "2026-08-02", summaryFilter={"groups": ["DATE"]})
    tags, summary = caller.server.requests
    assert (tags.method, tags.query, tags.status) == ("GET", "page=2", 200)
    assert tags.headers["x-api-key"] == "***"
    assert b"summaryFilter" in summary.body
    assert caller.server.requests.count(r"reports/\w+") == 1
    listed = requests.get(f"{caller.server.url}/_sandbox/requests?match=tags", timeout=60).json()
    assert (listed["total"], len(listed["requests"])) == (2, 1)


def test_control_routes(serve: Callable[..., Caller]) -> None:
    now = datetime(2026, 8, 14, 15, tzinfo=UTC)
    first, second = (serve(build_agency(people=3, days=20, now=now)) for _ in range(2))
    made = [
        requests.post(
            f"{each.server.url}/_sandbox/edit", json={"count": 40, "seed": 5}, timeout=60
        ).json()["edits"]
        for each in (first, second)
    ]
    assert made[0] == made[1]
    assert len(made[0]) == 40
    url = f"{first.server.url}/_sandbox"
    query = {"first": "2026-07-01", "last": "2026-08-31", "timezone": "UTC"}
    rows = requests.get(f"{url}/truth", params=query, timeout=60).json()
    hours = sum(row["timeInterval"]["duration"] for row in first.rows("2026-07-01", "2026-08-31"))
    assert sum(row["duration_decimal"] for row in rows) * 3600 == pytest.approx(hours)
    for table in ("time_entries", "clients", "projects", "users"):
        assert requests.get(f"{url}/truth", params={"table": table}, timeout=60).json()
    assert requests.get(f"{url}/truth?table=moods", timeout=60).status_code == 400
    requests.post(f"{url}/faults", json={"kind": "5xx"}, timeout=60)
    assert first.get("/user").status_code == 503
    assert requests.get(f"{url}/health", timeout=60).json()["status"] == "ok"


def test_health_checks_do_not_count_as_use(empty: World) -> None:
    with running(empty) as server:
        server.requests.last_at -= 100
        requests.get(f"{server.url}/_sandbox/health", timeout=60)
        assert server.idle_seconds > 99
        requests.get(f"{server.url}/_sandbox/truth", timeout=60)
        assert server.idle_seconds < 99


def test_starting_and_stopping_waits_for_no_timer(
    empty: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Uvicorn alone looks every 0.1 s whether it should stop, and hundreds of tests start one."""
    sleep, slept = asyncio.sleep, []

    async def noted(delay: float, result: Any = None) -> Any:
        slept.append(delay)
        return await sleep(delay, result)

    monkeypatch.setattr(asyncio, "sleep", noted)
    with running(empty) as server:
        assert requests.get(f"{server.api_url}/user", timeout=60).status_code == 401
    assert [delay for delay in slept if delay] == []


def test_connection_that_is_being_accepted_is_closed_by_the_end(empty: World) -> None:
    for _ in range(10):
        with running(empty) as server:
            client = socket.create_connection(("127.0.0.1", server.port))
        with client, suppress(ConnectionResetError):
            client.settimeout(10)
            assert client.recv(1) == b""


@pytest.mark.parametrize("edit", list(EDITS), ids=lambda edit: edit.__name__)
def test_every_kind_of_edit_changes_the_world(edit: Any) -> None:
    world = build_agency(people=5, days=30, now=datetime(2026, 8, 14, 15, tzinfo=UTC))
    w = next(iter(world.workspaces))
    rng = random.Random(2)  # noqa: S311 -- made-up data
    edits.delete_entry(world, w, world[w].entries.ids()[0])
    before = world[w].version
    sentences = [edit(world, world[w], rng) for _ in range(10)]
    assert any(sentences)
    assert world[w].version > before


def test_the_same_seed_makes_the_same_world() -> None:
    now = datetime(2026, 8, 14, 15, tzinfo=UTC)

    def outcome() -> tuple[list[str], str]:
        world = build_agency(seed=4, people=5, days=20, now=now, workspaces=2)
        rng = random.Random(4)  # noqa: S311 -- made-up data
        sentences = [random_edit(world, rng) for _ in range(50)]
        days = {"first": now.date() - timedelta(days=90), "last": now.date()}
        w = next(iter(world.workspaces))
        return sentences, truth.as_json(truth.entry_rows(world, w, timezone="UTC", **days))

    assert outcome() == outcome()


def test_what_a_restored_entry_refers_to_may_be_gone(empty: World) -> None:
    w = next(iter(empty.workspaces))
    tag = edits.add_tag(empty, w, "gone")
    now = empty.now()
    entry = edits.add_entry(empty, w, empty.owner_id, now, now, tag_ids=[tag.id])
    edits.delete_entry(empty, w, entry.id)
    edits.delete_tag(empty, w, tag.id)
    assert edits.restore_entry(empty, w, entry.id).tag_ids == ()
    assert [change.kind for change in empty.changes][-1] == "restored"
    with pytest.raises(KeyError):
        edits.restore_entry(empty, w, entry.id)


def test_clockify_deletes_only_what_is_archived(empty: World) -> None:
    w = next(iter(empty.workspaces))
    project = edits.add_project(empty, w, "Film")
    now = empty.now()
    entry = edits.add_entry(empty, w, empty.owner_id, now, now, project_id=project.id)
    with pytest.raises(edits.RefusedError, match="active project"):
        edits.delete_project(empty, w, project.id)
    edits.archive_project(empty, w, project.id)
    edits.delete_project(empty, w, project.id)
    assert empty[w].entries[entry.id].project_id is None


def test_closest_rate_applies_from_its_date(empty: World) -> None:
    w = next(iter(empty.workspaces))
    project = edits.add_project(empty, w, "Film", hourly_rate=20000)
    now = empty.now()
    start = now - timedelta(hours=1)

    def rate(**where: Any) -> int | None:
        return edits.add_entry(empty, w, empty.owner_id, start, now, **where).hourly_rate

    assert (rate(), rate(project_id=project.id)) == (12000, 20000)
    task = edits.add_task(empty, w, project.id, "Cut", hourly_rate=30000)
    assert rate(project_id=project.id, task_id=task.id) == 30000
    edits.change_rate(
        empty, w, "project_member", 25000, project_id=project.id, user_id=empty.owner_id
    )
    assert rate(project_id=project.id) == 25000
    before = [entry.hourly_rate for entry in empty[w].entries]
    assert before.count(20000) == 1
    edits.change_rate(
        empty,
        w,
        "project_member",
        26000,
        project_id=project.id,
        user_id=empty.owner_id,
        since=start,
    )
    after = [entry.hourly_rate for entry in empty[w].entries]
    assert sorted(after, key=str) == sorted([12000, 26000, 30000, 26000], key=str)


def test_answers_are_consistent_during_edits(serve: Callable[..., Caller], empty: World) -> None:
    caller = serve(empty)
    stop = threading.Event()

    def keep_editing() -> None:
        rng = random.Random(1)  # noqa: S311 -- made-up data
        while not stop.is_set():
            random_edit(empty, rng)

    editor = threading.Thread(target=keep_editing)
    editor.start()
    try:
        for _ in range(20):
            asked = {"page": 1, "pageSize": 1000}
            answer = caller.report("detailed", "2026-06-01", "2026-08-31", detailedFilter=asked)
            body = answer.json()
            if body["totals"] != [None]:
                assert body["totals"][0]["entriesCount"] >= len(body["timeentries"])
    finally:
        stop.set()
        editor.join()
