"""What follows from the first page of a report is requested side by side, and counted cheaply."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from clockify_client.http.workers import Workers
from clockify_sandbox.world import edits
from support import NOW, empty, only_workspace, run_tap

from tap_clockify.preview import plan_run
from tap_clockify.tap import TapClockify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import pytest
    from clockify_sandbox.server import Server
    from conftest import Serve

PAGE = 200


def busy(serve: Serve, entries: int) -> Server:
    world = empty()
    for _ in range(entries):
        edits.add_entry(world, only_workspace(world), world.owner_id, NOW, NOW.replace(minute=1))
    return serve(world, detailed_max_page_size=PAGE)


def test_pages_after_the_first_are_handed_to_the_threads_at_once(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed: list[int] = []
    in_order = Workers.in_order

    def counted(workers: Workers, tasks: Iterable[Callable[[], Any]]) -> Iterator[Any]:
        tasks = list(tasks)
        handed.append(len(tasks))
        return in_order(workers, tasks)

    monkeypatch.setattr(Workers, "in_order", counted)
    run_tap(busy(serve, 4 * PAGE + 1), select=["summary"])
    assert handed == [4]


def test_entries_are_counted_by_the_shortest_page(serve: Serve) -> None:
    server = busy(serve, 3)
    config = {
        "api_key": server.world.api_key,
        "api_url": server.api_url,
        "reports_url": server.reports_url,
    }
    tap = TapClockify(config=config)
    plan_run(tap.context, [tap.streams["summary"]])  # type: ignore[list-item]
    tap.run.workers.stop()
    (asked,) = server.requests.matching("/reports/detailed$")
    assert json.loads(asked.body)["detailedFilter"]["pageSize"] == 1
