"""An object is marked as gone only by a run that has read all lists of all workspaces."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from clockify_client.errors import ClockifyError
from clockify_sandbox.world import edits
from support import UpsertStore, agency, empty, only_workspace, records, run_tap

if TYPE_CHECKING:
    from clockify_sandbox.server import Server
    from clockify_sandbox.world import World
    from conftest import Serve
    from support import Message, Row

PAGE = 50
CLIENTS = "/clients"
HOUR = dt.timedelta(hours=1)


def with_clients(world: World, workspace: str, count: int) -> list[str]:
    return [edits.add_client(world, workspace, f"client {n:03}").id for n in range(count)]


def delete(world: World, workspace: str, client: str) -> None:
    edits.archive_client(world, workspace, client)
    edits.delete_client(world, workspace, client)


def extract(server: Server, store: UpsertStore, **config: Any) -> list[Message]:
    messages = run_tap(server, store.state, ["clients"], **config)
    store.apply(messages)
    server.world.clock.advance(HOUR)
    return messages


def gone(rows: list[Row]) -> list[str]:
    return [row["id"] for row in rows if row["_sdc_deleted_at"] is not None]


@pytest.mark.parametrize("requests", [2, 4, 5, 8, 12])
def test_budget_spent_in_the_middle_of_a_list_marks_nothing_as_gone(
    serve: Serve, store: UpsertStore, requests: int
) -> None:
    world = empty()
    clients = with_clients(world, only_workspace(world), 10 * PAGE)
    server = serve(world, max_page_size=PAGE)
    extract(server, store)
    server.requests.clear()
    cut = extract(server, store, requests_per_hour=requests, when_budget_spent="stop")
    assert server.requests.total == requests
    assert len(records(cut, "clients")) < len(clients)
    assert gone(records(cut, "clients")) == []
    assert {row["id"] for row in store.rows("clients", live=True)} == set(clients)


def test_object_deleted_before_the_budget_was_spent_is_found_by_the_next_whole_run(
    serve: Serve, store: UpsertStore
) -> None:
    world = empty()
    home = only_workspace(world)
    clients = with_clients(world, home, 10 * PAGE)
    server = serve(world, max_page_size=PAGE)
    extract(server, store)
    for client in (clients[7], clients[-7]):
        delete(world, home, client)
    cut = extract(server, store, requests_per_hour=6, when_budget_spent="stop")
    assert 0 < len(records(cut, "clients")) < len(clients)
    assert gone(store.rows("clients")) == []
    whole = extract(server, store)
    assert gone(records(whole, "clients")) == sorted([clients[7], clients[-7]])


def test_object_first_sent_by_a_run_whose_budget_was_spent_is_found_to_be_gone(
    serve: Serve, store: UpsertStore
) -> None:
    world = empty()
    home = only_workspace(world)
    clients = with_clients(world, home, 10 * PAGE)
    server = serve(world, max_page_size=PAGE)
    first = extract(server, store, requests_per_hour=6, when_budget_spent="stop")
    sent = [row["id"] for row in records(first, "clients")]
    assert 0 < len(sent) < len(clients)
    delete(world, home, sent[0])
    whole = extract(server, store)
    assert gone(records(whole, "clients")) == [sent[0]]
    assert len(store.rows("clients", live=True)) == len(clients) - 1


def test_workspace_read_whole_after_one_that_was_not_marks_nothing_as_gone(
    serve: Serve, store: UpsertStore
) -> None:
    """An object may have moved between workspaces, and only one of them was read."""
    world = agency(people=2, days=2, workspaces=2)
    cut_off, whole = sorted(world.workspaces)
    lists = {name: with_clients(world, name, 8 * PAGE) for name in (cut_off, whole)}
    server = serve(world, max_page_size=PAGE)
    extract(server, store, workspace_ids=[cut_off, whole])
    before = set(gone(store.rows("clients")))
    for name in (cut_off, whole):
        delete(world, name, lists[name][0])
    server.requests.clear()
    extract(
        server,
        store,
        workspace_ids=[whole, cut_off],
        requests_per_hour=16,
        when_budget_spent="stop",
    )
    assert server.requests.count(rf"{whole}{CLIENTS}\?page=9&page-size={PAGE}$") == 1
    assert server.requests.count(rf"{cut_off}{CLIENTS}\?page=9&page-size={PAGE}$") == 0
    assert set(gone(store.rows("clients"))) == before
    extract(server, store)
    assert set(gone(store.rows("clients"))) == {lists[cut_off][0], lists[whole][0]}


def test_spent_budget_of_one_workspace_leaves_the_tombstones_of_another(
    serve: Serve, store: UpsertStore
) -> None:
    """The first workspace's subscription has a ceiling, and the second is read to its end.

    What was read to its end shows what is gone, whatever is left to read elsewhere.
    """
    world = agency(people=2, days=2, workspaces=2, plan="FREE")
    first, last = sorted(world.workspaces)
    lists = {first: with_clients(world, first, 20 * PAGE), last: with_clients(world, last, 9)}
    server = serve(world, max_page_size=PAGE)
    order: dict[str, Any] = {
        "workspace_ids": [first, last],
        "when_budget_spent": "stop",
        "timezone": "UTC",
    }
    enough = {"requests_per_hour": 1000}
    extract(server, store, **order, **enough)
    for name in (first, last):
        delete(world, name, lists[name][0])
    world.clock.advance(dt.timedelta(minutes=1))
    server.requests.clear()
    extract(server, store, **order)
    assert server.requests.count(rf"{first}{CLIENTS}.*page-size={PAGE}$") in range(20, 31)
    assert server.requests.count(rf"{last}{CLIENTS}.*page-size={PAGE}$") == 1
    assert gone(store.rows("clients")) == [lists[last][0]]
    extract(server, store, **order, **enough)
    assert set(gone(store.rows("clients"))) == {lists[first][0], lists[last][0]}


def test_object_that_slips_to_a_page_already_read_is_not_marked_as_gone(
    serve: Serve, store: UpsertStore
) -> None:
    """Somebody deletes one of the first page while the second is asked for."""
    world = empty()
    home = only_workspace(world)
    clients = with_clients(world, home, PAGE + 10)
    server = serve(world, max_page_size=PAGE)
    extract(server, store)
    server.faults.call(lambda: delete(world, home, clients[0]), match=rf"page=1&page-size={PAGE}$")
    assert gone(records(extract(server, store), "clients")) == []
    assert gone(records(extract(server, store), "clients")) == [clients[0]]


def test_list_of_one_page_is_read_once_although_an_object_is_gone(
    serve: Serve, store: UpsertStore
) -> None:
    world = empty()
    home = only_workspace(world)
    clients = with_clients(world, home, 10)
    server = serve(world)
    extract(server, store)
    delete(world, home, clients[0])
    server.requests.clear()
    assert gone(records(extract(server, store), "clients")) == [clients[0]]
    assert server.requests.count(CLIENTS) == 1


def test_removed_object_is_counted_by_the_run_that_found_it(
    serve: Serve, store: UpsertStore
) -> None:
    """The next two runs name it again, but it was not removed three times."""
    world = empty()
    home = only_workspace(world)
    clients = with_clients(world, home, 10)
    server = serve(world)
    counts = []
    for number in range(4):
        if number == 1:
            delete(world, home, clients[0])
        messages = run_tap(server, store.state, ["clients", "sync_runs"])
        store.apply(messages)
        world.clock.advance(HOUR)
        (run,) = [row for row in records(messages, "sync_runs") if row["stream"] == "clients"]
        counts.append((run["rows_sent"], run["rows_removed"]))
    assert counts == [(10, 0), (9, 1), (9, 0), (9, 0)]


def test_refused_later_page_fails_the_run(serve: Serve, store: UpsertStore) -> None:
    """Only the first page tells which size Clockify takes: smaller pages would be other pages."""
    world = empty()
    clients = with_clients(world, only_workspace(world), 250)
    server = serve(world, max_page_size=200)
    server.faults.add("status", match=f"{CLIENTS}.*page=2&", status=400, body="")
    with pytest.raises(ClockifyError, match=f"{CLIENTS} failed with status 400"):
        extract(server, store)
    extract(server, store)
    assert {row["id"] for row in store.rows("clients", live=True)} == set(clients)
