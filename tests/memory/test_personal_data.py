"""The state, the tombstones and the log name people by their ids, never by name or address."""

from __future__ import annotations

import copy
import datetime as dt
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from clockify_client.errors import ClockifyError
from clockify_sandbox.world import edits
from support import (
    UpsertStore,
    agency,
    config_for,
    only_workspace,
    records,
    run_cli,
    run_tap,
)

from tap_clockify.memory import packing
from tap_clockify.memory.identities import without_identities
from tap_clockify.tap import TapClockify

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from clockify_sandbox.server import Server
    from clockify_sandbox.world import World
    from conftest import Serve
    from support import Message

HOUR = dt.timedelta(hours=1)
LEFT = ("5fb1a2b3c4d5e6f708192a3b", "Frieda Formerly", "frieda@example.org")
"""A person who is gone from Clockify, but whom an older state remembers."""


def people_of(world: World) -> set[str]:
    """Return the names and addresses of everyone."""
    return {text for user in world.users.values() for text in (user.name, user.email)} | {*LEFT[1:]}


def texts(value: Any) -> Iterator[str]:
    """Yield every string in a state, those in packed strings too."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from texts(key)
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, bytes):
        yield value.decode(errors="replace")
    elif isinstance(value, str):
        yield value
        with suppress(ValueError):
            yield from texts(packing.unpack(value))


def named(found: Iterable[str], world: World) -> set[str]:
    """Return the names and addresses of people that occur in texts."""
    whole = "\n".join(found)
    forms = {name: (name, json.dumps(name)[1:-1], repr(name)[1:-1]) for name in people_of(world)}
    return {name for name in forms if any(form in whole for form in forms[name])}


def states(messages: Iterable[Message]) -> list[dict[str, Any]]:
    return [message["value"] for message in messages if message["type"] == "STATE"]


def older(state: dict[str, Any], world: World) -> dict[str, Any]:
    """Return a state as it was when it had names and addresses, with one removed person."""
    state = copy.deepcopy(state)
    for partition in state["bookmarks"]["users"]["partitions"]:
        members = world[partition["context"]["workspaceId"]].members
        users = [world.users[item] for item in sorted(members)]
        partition["known"] = packing.pack({user.id: [user.name, user.email] for user in users})
        gone = [[None, [LEFT[0], list(LEFT[1:])]]]
        partition["removed"] = [["2026-03-30T15:00:00.000000Z", packing.pack(gone)]]
    assert named(texts(state), world) == people_of(world), "the search finds what it looks for"
    return state


def leave(world: World, workspace: str, user_id: str) -> None:
    """Let a person vanish from the list of a workspace."""
    contents = world[workspace]
    del contents.members[user_id]
    contents.version += 1


def failing_run(server: Server, state: dict[str, Any], **config: Any) -> list[Message]:
    messages: list[Message] = []
    with pytest.raises(ClockifyError):
        run_tap(server, state, into=messages, timezone="UTC", **config)
    return messages


FAILING = {
    "before anything was sent": r"GET .*/workspaces$",
    "in the first stream": r"GET .*/clients",
    "in the report": r"/reports/detailed",
    "in the people": r"GET .*/users",
}


# The state


def test_state_after_success_names_nobody(serve: Serve) -> None:
    world = agency(people=12, days=20, workspaces=2)
    server = serve(world)
    store = UpsertStore().apply(run_tap(server, timezone="UTC"))
    assert named(texts(store.state), world) == set()
    home = only_workspace(world)
    leave(world, home, next(item for item in world[home].members if item != world.owner_id))
    for _ in range(2):
        world.clock.advance(HOUR)
        store.apply(run_tap(server, store.state, timezone="UTC"))
        assert named(texts(store.state), world) == set()


@pytest.mark.parametrize("where", FAILING)
@pytest.mark.parametrize("is_first", [True, False], ids=["first run", "later run"])
def test_state_after_a_failure_names_nobody(serve: Serve, where: str, *, is_first: bool) -> None:
    world = agency(people=12, days=20)
    server = serve(world)
    state = {} if is_first else states(run_tap(server, timezone="UTC"))[-1]
    world.clock.advance(HOUR)
    edits.add_user(world, only_workspace(world), "New Person", email="new@example.org")
    server.faults.add("status", match=FAILING[where], status=403, body="", times=None)
    (after,) = states(failing_run(server, state))
    assert named(texts(after), world) == set()


def test_failure_after_the_people_were_read_names_nobody(serve: Serve) -> None:
    world = agency(people=12, days=20, workspaces=2)
    server = serve(world)
    last = max(world.workspaces)
    server.faults.add("status", match=f"{last}/users", status=403, body="", times=None)
    messages = failing_run(server, {})
    assert records(messages, "users")
    (after,) = states(messages)
    assert "known" in after["bookmarks"]["users"]["partitions"][0]
    assert named(texts(after), world) == set()


class Interrupted(list["Message"]):
    """Messages that are interrupted after the first person."""

    is_over = False

    def append(self, message: Message) -> None:
        super().append(message)
        if message.get("stream") == "users" and message["type"] == "RECORD" and not self.is_over:
            self.is_over = True
            raise KeyboardInterrupt


@pytest.mark.parametrize("is_older", [False, True], ids=["no state", "older state"])
def test_state_after_an_interruption_names_nobody(serve: Serve, *, is_older: bool) -> None:
    world = agency(people=12, days=20)
    server = serve(world)
    state = older(states(run_tap(server, timezone="UTC"))[-1], world) if is_older else {}
    messages = Interrupted()
    with pytest.raises(KeyboardInterrupt):
        run_tap(server, state, into=messages, timezone="UTC")
    (after,) = states(messages)
    assert "known" in after["bookmarks"]["users"]["partitions"][0]
    assert named(texts(after), world) == set()


# An older state


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"select": ["clients"]},
        {"select": ["users"]},
        {"requests_per_hour": 1, "when_budget_spent": "stop"},
    ],
    ids=str,
)
def test_older_state_loses_the_names_at_the_next_run(serve: Serve, config: dict[str, Any]) -> None:
    world = agency(people=12, days=20, workspaces=2)
    server = serve(world)
    state = older(states(run_tap(server, timezone="UTC"))[-1], world)
    given = copy.deepcopy(state)
    world.clock.advance(HOUR)
    (after,) = states(run_tap(server, state, timezone="UTC", **config))
    assert named(texts(after), world) == set()
    assert state == given, "the state that was given is the caller's"


def test_older_state_loses_the_names_in_workspaces_that_are_left_out(serve: Serve) -> None:
    world = agency(people=12, days=20, workspaces=2)
    server = serve(world)
    state = older(states(run_tap(server, timezone="UTC"))[-1], world)
    (after,) = states(run_tap(server, state, workspace_ids=[only_workspace(world)]))
    assert len(after["bookmarks"]["users"]["partitions"]) == 2
    assert named(texts(after), world) == set()


@pytest.mark.parametrize("where", FAILING)
def test_older_state_loses_the_names_although_the_run_fails(serve: Serve, where: str) -> None:
    world = agency(people=12, days=20)
    server = serve(world)
    state = older(states(run_tap(server, timezone="UTC"))[-1], world)
    world.clock.advance(HOUR)
    server.faults.add("status", match=FAILING[where], status=403, body="", times=None)
    (after,) = states(failing_run(server, state))
    assert named(texts(after), world) == set()


def test_older_state_keeps_the_ids_of_people_who_are_gone(serve: Serve) -> None:
    """A failed run comes in between, so that both states are put to use."""
    world = agency(people=12, days=20)
    home = only_workspace(world)
    server = serve(world)
    store = UpsertStore().apply(run_tap(server, timezone="UTC"))
    leaver = next(item for item in world[home].members if item != world.owner_id)
    state = older(store.state, world)
    leave(world, home, leaver)
    world.clock.advance(HOUR)
    server.faults.add("status", match=r"GET .*/users", status=403, body="")
    (state,) = states(failing_run(server, state))
    found = [row for row in records(run_tap(server, state), "users") if row["is_deleted"]]
    assert {row["id"] for row in found} == {leaver, LEFT[0]}


def test_clients_and_projects_keep_their_names(serve: Serve) -> None:
    world = agency(people=3, days=20)
    home = only_workspace(world)
    client = edits.add_client(world, home, "Acme")
    server = serve(world)
    store = UpsertStore().apply(run_tap(server, timezone="UTC"))
    assert "Acme" in set(texts(store.state))
    edits.archive_client(world, home, client.id)
    edits.delete_client(world, home, client.id)
    (row,) = [row for row in records(run_tap(server, store.state), "clients") if row["is_deleted"]]
    assert row["name"] == "Acme"


KNOWN = packing.pack({"a": ["Anna", "anna@example.org"]})
REMOVED = packing.pack([[None, ["b", ["Bert", "bert@example.org"]]]])
THEN = "2026-03-31T15:00:00Z"
BARE = {"known": packing.pack({"a": []}), "removed": [[THEN, packing.pack([[None, "b"]])]]}


@pytest.mark.parametrize(
    ("part", "bare"),
    [
        ({}, {}),
        ({"known": KNOWN, "removed": [[THEN, REMOVED]]}, BARE),
        (BARE, BARE),
        ({"partitions": [{"known": KNOWN}]}, {"partitions": [{"known": BARE["known"]}]}),
        ({"known": None, "removed": None}, {"known": None, "removed": None}),
        ({"known": KNOWN, "removed": 7}, {"known": BARE["known"], "removed": 7}),
        ({"known": "?", "removed": [[THEN, "?"]]}, {"known": "?", "removed": [[THEN, "?"]]}),
        ({"removed": [["then", REMOVED]]}, {"removed": [["then", REMOVED]]}),
        ({"partitions": None}, {"partitions": None}),
        ({"partitions": [None]}, {"partitions": [None]}),
        (None, None),
    ],
    ids=repr,
)
def test_whatever_can_be_read_loses_its_names(part: Any, bare: Any) -> None:
    """What cannot be read is left for the run to refuse."""
    assert without_identities(part) == bare


# Tombstones


def test_tombstone_of_a_person_has_ids_and_nothing_else(serve: Serve, store: UpsertStore) -> None:
    world = agency(people=12, days=20)
    home = only_workspace(world)
    server = serve(world)
    store.apply(run_tap(server, timezone="UTC"))
    leaver = next(item for item in world[home].members if item != world.owner_id)
    assert store.tables["users"][home, leaver]["name"]
    leave(world, home, leaver)
    stamps = []
    for _ in range(3):
        world.clock.advance(HOUR)
        messages = run_tap(server, store.state, timezone="UTC")
        store.apply(messages)
        (row,) = [row for row in records(messages, "users") if row["is_deleted"]]
        assert {name: value for name, value in row.items() if value is not None} == {
            "id": leaver,
            "workspaceId": home,
            "is_deleted": True,
            "_sdc_deleted_at": row["_sdc_deleted_at"],
            "import_timestamp": row["import_timestamp"],
        }
        assert set(row) == set(store.schemas["users"]["schema"]["properties"])
        stamps.append(row["_sdc_deleted_at"])
    assert len(set(stamps)) == 1
    # The table loses what it had of the person.
    assert store.tables["users"][home, leaver]["name"] is None
    assert store.tables["users"][home, leaver]["email"] is None


# The log


def logged(server: Server, cwd: Path, **config: Any) -> tuple[int, str]:
    file = cwd / "config.json"
    file.write_text(json.dumps(config_for(server, **config)))
    run = run_cli(cwd, f"--config={file}")
    return run.returncode, run.stderr


def test_log_of_a_run_names_nobody(serve: Serve, tmp_path: Path) -> None:
    world = agency(people=12, days=20, now=None)
    code, log = logged(serve(world), tmp_path)
    assert code == 0
    assert "time_entries" in log
    assert named([log], world) == set()


@pytest.mark.parametrize("verify", ["warn", "fail"])
def test_log_of_differing_totals_names_nobody(serve: Serve, tmp_path: Path, verify: str) -> None:
    world = agency(people=12, days=20, now=None)
    server = serve(world)
    day = (world.now() - 3 * 24 * HOUR).date().isoformat()
    people = [
        {"_id": user.id, "name": user.name, "duration": 720_000, "amount": 1}
        for user in world.users.values()
    ]
    body = json.dumps({"totals": [None], "groupOne": [{"_id": day, "children": people}]})
    server.faults.add("status", match="/reports/summary", status=200, body=body, times=None)
    code, log = logged(server, tmp_path, verify_totals=verify)
    assert code == (verify == "fail")
    assert "200.0000 h" in log
    assert any(user_id in log for user_id in world.users)
    assert named([log], world) == set()


def test_no_stream_remembers_more_than_names_of_things() -> None:
    tap = TapClockify(config={"api_key": "none"})
    kept = {name: getattr(stream, "identity", ()) for name, stream in tap.streams.items()}
    assert {name: identity for name, identity in kept.items() if identity} == {
        "approval_requests": ("status_updatedAt",),
        "clients": ("name",),
        "invoice_payments": ("invoiceId",),
        "projects": ("name",),
        "task_assignees": ("projectId",),
        "tasks": ("projectId",),
    }
