"""Pages of the detailed report: every entry comes once, however Clockify pages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from clockify_sandbox.world import edits
from support import NOW, UpsertStore, empty, only_workspace, run_tap

if TYPE_CHECKING:
    from conftest import Serve


@pytest.mark.parametrize(
    "options",
    [
        {"detailed_max_page_size": 200},
        {"detailed_max_page_size": 200, "detailed_over_max": "clamp"},
        {"detailed_max_page_size": 200, "last_page_header": False},
        {"detailed_max_page_size": 200, "last_page_header": False, "totals_null": "always"},
        {
            "detailed_max_page_size": 200,
            "detailed_over_max": "clamp",
            "last_page_header": False,
            "totals_null": "always",
        },
    ],
    ids=str,
)
@pytest.mark.parametrize("rows", [0, 1, 199, 200, 201, 400])
def test_every_entry_of_the_report_comes_once(
    serve: Serve, store: UpsertStore, rows: int, options: dict[str, Any]
) -> None:
    world = empty()
    workspace = only_workspace(world)
    for _ in range(rows):
        edits.add_entry(world, workspace, world.owner_id, NOW, NOW.replace(minute=1))
    server = serve(world, **options)
    store.apply(run_tap(server, select=["summary"]))
    assert store.total("summary", "duration_decimal") == pytest.approx(rows / 60)
    pages = [json.loads(s.body)["detailedFilter"]["page"] for s in detailed(server, 200)]
    least = max(1, -(-rows // 200))
    assert pages in ([*range(1, least + 1)], [*range(1, least + 2)])


def test_pages_of_a_thousand_are_asked_for(serve: Serve) -> None:
    server = serve(empty())
    run_tap(server, select=["summary"])
    (body,) = [json.loads(seen.body) for seen in detailed(server, 200)]
    assert body["detailedFilter"]["pageSize"] == 1000
    assert body["detailedFilter"]["sortColumn"] == "ID"
    assert body["users"]["status"] == "ALL"


def test_refused_page_size_is_not_asked_for_again(serve: Serve) -> None:
    world = empty(plan="FREE")
    server = serve(world, detailed_max_page_size=200)
    run_tap(server, select=["summary"], concurrency=1)
    assert len(detailed(server, 400)) == 1
    assert len(detailed(server, 200)) >= 3


def test_entry_added_while_pages_are_read(serve: Serve, store: UpsertStore) -> None:
    """It comes last, since ids grow with time; the count shows that it is missing."""
    world = empty()
    workspace = only_workspace(world)
    for _ in range(300):
        edits.add_entry(world, workspace, world.owner_id, NOW, NOW.replace(minute=1))
    server = serve(world, detailed_max_page_size=200)

    def add() -> None:
        edits.add_entry(world, workspace, world.owner_id, NOW, NOW.replace(minute=2))

    server.faults.call(add, match="/reports/detailed", after=2)
    store.apply(run_tap(server, select=["summary"]))
    assert store.total("summary", "duration_decimal") == pytest.approx(302 / 60)


def test_entry_deleted_while_pages_are_read(serve: Serve, store: UpsertStore) -> None:
    """It shifts the later entries towards the page before, where they would be missed."""
    world = empty()
    workspace = only_workspace(world)
    first, *_ = [
        edits.add_entry(world, workspace, world.owner_id, NOW, NOW.replace(minute=1))
        for _ in range(300)
    ]
    server = serve(world, detailed_max_page_size=200)
    server.faults.call(
        lambda: edits.delete_entry(world, workspace, first.id), match="/reports/detailed", after=2
    )
    store.apply(run_tap(server, select=["summary"]))
    assert store.total("summary", "duration_decimal") == pytest.approx(299 / 60)


def detailed(server: Any, status: int) -> list[Any]:
    seen = server.requests.matching("/reports/detailed")
    return [each for each in seen if each.status == status]
