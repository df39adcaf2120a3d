"""A run that dies at any moment, followed by a normal one, ends in the same tables.

In-process, a message writer that raises at one message and all later ones acts as a kill -9: no
more output follows. Earlier messages go through one of two targets, which merge only at the end of
their input, as target-bigquery does, and remember the last STATE that they read:

- one that outlives the tap: it merges all that it received;
- one that dies with it: it merges nothing.
"""

from __future__ import annotations

import datetime as dt
import functools
import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from clockify_sandbox.world import edits
from invariants import wrong_with
from support import (
    NOW,
    Lines,
    UpsertStore,
    agency,
    config_for,
    empty,
    only_workspace,
    run_tap,
    serving,
    writer_into,
)
from typing_extensions import override

from tap_clockify.errors import ClockifyError
from tap_clockify.tap import TapClockify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from clockify_sandbox.server import Server
    from clockify_sandbox.world import World
    from clockify_sandbox.world.model import Entry
    from conftest import Serve
    from support import Message

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
FIRST = (NOW - 60 * DAY).date()
CONFIG: dict[str, Any] = {
    "timezone": "UTC",
    "change_feed": "auto",
    "lookback_days": 30,
    "start_date": FIRST.isoformat(),
    "requests_per_hour": 100_000,  # also on Free, whose limit the stand-in does not enforce here
}
CLI = "from tap_clockify.tap import TapClockify as T; T.cli()"


class Killed(BaseException):
    """The process is gone."""


class Dying(Lines):
    """Accepts a number of messages and raises at the next."""

    def __init__(self, messages: list[Message], lives: int) -> None:
        """Write into a list until it has that many messages."""
        super().__init__(messages)
        self._lives = lives

    @override
    def take(self, message: Message) -> None:
        if len(self._messages) >= self._lives:
            raise Killed
        super().take(message)


def run_killed(
    server: Server, state: Mapping[str, Any], lives: int, **config: Any
) -> list[Message]:
    """Run the tap until it has written a number of messages; return them."""
    messages: list[Message] = []
    with time_machine.travel(server.world.now(), tick=True):
        tap = TapClockify(
            config=config_for(server, **{**CONFIG, **config}),
            state=dict(state),
            message_writer=writer_into(Dying(messages, lives)),
        )
        with pytest.raises(Killed):
            tap.sync_all()
    return messages


def copy_of(store: UpsertStore) -> UpsertStore:
    """Copy a warehouse; rows are replaced as a whole, never changed."""
    other = UpsertStore()
    other.tables = {stream: dict(table) for stream, table in store.tables.items()}
    other.schemas = dict(store.schemas)
    other.state = json.loads(json.dumps(store.state))
    return other


def last_state(messages: Iterable[Message], before: dict[str, Any]) -> dict[str, Any]:
    states = [message["value"] for message in messages if message["type"] == "STATE"]
    return states[-1] if states else before


def outlived(store: UpsertStore, messages: list[Message]) -> UpsertStore:
    """Merge all that a tap wrote before it was killed."""
    return copy_of(store).apply(messages)


def died_as_well(store: UpsertStore, messages: list[Message]) -> UpsertStore:
    """Merge nothing, but keep the last STATE."""
    other = copy_of(store)
    other.state = last_state(messages, store.state)
    return other


def wrong(store: UpsertStore, world: World, *streams: str) -> list[str]:
    return wrong_with(
        store,
        world,
        first=FIRST,
        streams=streams or ("summary", "time_entries", "clients", "projects", "users"),
        names_from=world.now().date() - 30 * DAY,
    )


def small_agency(**story: Any) -> World:
    return agency(people=3, days=55, entries_per_day=0.3, **story)


def work(world: World) -> None:
    """Make edits of all kinds: the tables get new, changed and deleted rows."""
    for number, workspace in enumerate(world.workspaces):
        entries = [entry for entry in world[workspace].entries if entry.end is not None]
        old, recent = entries[: len(entries) // 2], entries[len(entries) // 2 :]
        for some in (old, recent):
            edits.delete_entry(world, workspace, some[0].id)
            edits.move_entry(world, workspace, some[1].id, None)
            edits.redate_entry(world, workspace, some[2].id, some[2].start + 2 * DAY)
            edits.resize_entry(world, workspace, some[3].id, 77)
        edits.redate_entry(world, workspace, old[4].id, recent[4].start)
        edits.redate_entry(world, workspace, recent[5].id, old[5].start)
        edits.add_entry(world, workspace, world.owner_id, NOW - 2 * HOUR, NOW - HOUR)
        edits.add_entry(world, workspace, world.owner_id, NOW - 50 * DAY, NOW - 50 * DAY + HOUR)
        edits.stop_timer(world, workspace, world.owner_id)
        edits.start_timer(world, workspace, world.owner_id)
        edits.add_client(world, workspace, f"New client {number}")
        gone = next(iter(world[workspace].clients))
        edits.archive_client(world, workspace, gone)
        edits.delete_client(world, workspace, gone)


# Killed


def test_killed_at_any_message_of_the_first_run(serve: Serve) -> None:
    server = serve(small_agency(workspaces=2))
    count = len(run_tap(server, **CONFIG))
    assert count > 150
    for lives in spread(count, 14):
        got = run_killed(server, {}, lives)
        assert len(got) == lives
        for target in (outlived, died_as_well):
            store = target(UpsertStore(), got)
            store.apply(run_tap(server, store.state, **CONFIG))
            assert wrong(store, server.world) == [], (lives, target.__name__)


@pytest.mark.parametrize("offset", range(4))
def test_killed_at_any_message_of_a_later_run(serve: Serve, offset: int) -> None:
    server = serve(small_agency(workspaces=2))
    before = UpsertStore().apply(run_tap(server, **CONFIG))
    work(server.world)
    server.world.clock.advance(HOUR)
    count = len(run_tap(server, before.state, **CONFIG))
    for lives in spread(count, 28)[offset::4]:
        got = run_killed(server, before.state, lives)
        server.world.clock.advance(dt.timedelta(minutes=5))
        for target in (outlived, died_as_well):
            store = target(before, got)
            store.apply(run_tap(server, store.state, **CONFIG))
            assert wrong(store, server.world) == [], (lives, target.__name__)


def spread(count: int, times: int) -> list[int]:
    """Choose about so many numbers of messages below a count, the first and the last included."""
    return sorted({*range(0, count, max(1, count // times)), 1, count - 1})


def test_killed_twice_and_edited_in_between(serve: Serve) -> None:
    server = serve(small_agency())
    store = UpsertStore().apply(run_tap(server, **CONFIG))
    (contents,) = server.world.workspaces.values()
    known = [entry for entry in contents.entries if entry.end is not None]
    for number, lives in enumerate((40, 70)):
        edits.delete_entry(server.world, contents.workspace.id, known[number].id)
        edits.delete_entry(server.world, contents.workspace.id, known[-1 - number].id)
        server.world.clock.advance(HOUR)
        store = outlived(store, run_killed(server, store.state, lives))
    server.world.clock.advance(HOUR)
    store.apply(run_tap(server, store.state, **CONFIG))
    assert wrong(store, server.world) == []


def test_row_first_sent_by_a_killed_run_and_deleted_before_the_next_one_stays(
    serve: Serve,
) -> None:
    """The one known gap: no STATE of a killed run covers the rows that it sent.

    The docs say so. If this test fails, the gap is closed: update the docs.
    """
    for feed in ("auto", "off"):
        world = empty()
        home = only_workspace(world)
        server = serve(world)
        config = {**CONFIG, "change_feed": feed}
        store = UpsertStore().apply(run_tap(server, **config))
        world.clock.advance(DAY)
        made = edits.add_entry(world, home, world.owner_id, NOW, NOW + HOUR)
        count = len(run_tap(server, store.state, **config))
        store = outlived(store, run_killed(server, store.state, count - 1, **config))
        edits.delete_entry(world, home, made.id)
        for _ in range(2):
            world.clock.advance(DAY)
            store.apply(run_tap(server, store.state, **config))
        (ghost,) = store.rows("time_entries", live=True)
        assert ghost["id"] == made.id
        assert store.total("summary", "duration_decimal") == 1.0


# Failed


def entry_of_today(world: World) -> Entry:
    return edits.add_entry(world, only_workspace(world), world.owner_id, NOW - 2 * HOUR, NOW - HOUR)


def run_failing(server: Server, store: UpsertStore, **config: Any) -> list[Message]:
    messages: list[Message] = []
    with pytest.raises(ClockifyError):
        run_tap(server, store.state, into=messages, **{**CONFIG, **config})
    return messages


FAILING = {
    "before anything was sent": r"GET .*/workspaces$",
    "in the first stream": r"GET .*/clients",
    "in the second": r"GET .*/projects",
    "before the report": r"/in-progress",
    "in the report": r"/reports/detailed",
    "in the totals": r"/reports/summary",
    "after the report": r"GET .*/users",
}


@pytest.mark.parametrize("target", [outlived, died_as_well])
@pytest.mark.parametrize("where", FAILING)
def test_failed_run_writes_one_state_and_the_next_makes_up_for_it(
    serve: Serve, where: str, target: Callable[..., UpsertStore]
) -> None:
    """The next run deletes rows first sent by the failed run and deleted in between."""
    world = small_agency()
    home = only_workspace(world)
    server = serve(world)
    store = UpsertStore().apply(run_tap(server, **CONFIG))
    work(world)
    world.clock.advance(DAY)
    made = [
        edits.add_entry(world, home, world.owner_id, NOW - days * DAY, NOW - days * DAY + HOUR)
        for days in (0, 5)
    ]
    client = edits.add_client(world, home, "Short-lived")
    server.faults.add("status", match=FAILING[where], status=403, body="", times=None)
    messages = run_failing(server, store)
    assert [message["type"] for message in messages].count("STATE") == 1
    assert messages[-1]["type"] == "STATE"
    assert bookmarks(messages[-1]["value"]) == bookmarks(store.state)
    store = target(store, messages)
    server.faults.clear()
    for entry in made:
        edits.delete_entry(world, home, entry.id)
    edits.archive_client(world, home, client.id)
    edits.delete_client(world, home, client.id)
    world.clock.advance(HOUR)
    store.apply(run_tap(server, store.state, **CONFIG))
    assert wrong(store, world) == []


def test_failed_run_remembers_what_it_sent_from_before_the_window(serve: Serve) -> None:
    world = empty()
    home = only_workspace(world)
    server = serve(world)
    store = UpsertStore().apply(run_tap(server, **CONFIG))
    world.clock.advance(DAY)
    made = edits.add_entry(world, home, world.owner_id, NOW - 45 * DAY, NOW - 45 * DAY + HOUR)
    world.clock.advance(HOUR)
    server.faults.add("status", match=r"GET .*/users", status=403, body="", times=None)
    store.apply(run_failing(server, store))
    assert store.total("summary", "duration_decimal") == 1.0
    server.faults.clear()
    edits.delete_entry(world, home, made.id)
    world.clock.advance(HOUR)
    store.apply(run_tap(server, store.state, **CONFIG))
    assert wrong(store, world) == []


def bookmarks(state: Mapping[str, Any]) -> dict[str, list[Any]]:
    return {
        stream: [item.get("replication_key_value") for item in bookmark["partitions"]]
        for stream, bookmark in state["bookmarks"].items()
    }


@pytest.mark.parametrize("after", range(8))
def test_failed_in_any_window_of_a_long_first_run(serve: Serve, after: int) -> None:
    """The windows that were read before the failure are remembered."""
    world, store = failed_in_a_window(serve, after)
    assert wrong(store, world, "summary", "clients", "projects", "users") == []
    since = world.now().date() - 30 * DAY
    assert wrong_with(store_since(store, since), world, first=since) == []


def test_failed_first_run_remembers_the_entries_from_before_the_window(serve: Serve) -> None:
    world, store = failed_in_a_window(serve, 2)
    assert wrong(store, world, "time_entries") == []


def failed_in_a_window(serve: Serve, after: int) -> tuple[World, UpsertStore]:
    """Let a first run fail, delete entries that it has sent or not, and run again."""
    world = small_agency(plan="FREE")
    home = only_workspace(world)
    server = serve(world)
    server.faults.add("status", match="/reports/", status=403, body="", times=None, after=after)
    store = UpsertStore()
    run_failing_or_not(server, store)
    server.faults.clear()
    world.clock.advance(HOUR)
    stopped = [entry for entry in world[home].entries if entry.end is not None]
    recent = [entry for entry in stopped if NOW - 20 * DAY < entry.start < NOW]
    for entry in (*stopped[:6], *recent[:6]):
        edits.delete_entry(world, home, entry.id)
    world.clock.advance(HOUR)
    store.apply(run_tap(server, store.state, **CONFIG))
    return world, store


def store_since(store: UpsertStore, since: dt.date) -> UpsertStore:
    """Copy a store without the rows of time from before a day."""
    other = copy_of(store)
    for stream in ("summary", "time_entries"):
        other.tables[stream] = {
            key: row
            for key, row in other.tables[stream].items()
            if row["date"] is None or row["date"] >= since.isoformat()
        }
    return other


def run_failing_or_not(server: Server, store: UpsertStore) -> None:
    messages: list[Message] = []
    with suppress(ClockifyError):
        run_tap(server, into=messages, **CONFIG)
    store.apply(messages)


@pytest.mark.parametrize("failing", [0, 1])
def test_one_of_two_workspaces_fails(serve: Serve, failing: int) -> None:
    """Neither moves its bookmark, and neither marks as deleted what was not read."""
    world = small_agency(workspaces=2)
    server = serve(world)
    store = UpsertStore().apply(run_tap(server, **CONFIG))
    work(world)
    world.clock.advance(DAY)
    workspace = sorted(world.workspaces)[failing]
    server.faults.add("status", match=f"{workspace}/reports", status=403, body="", times=None)
    messages = run_failing(server, store)
    assert bookmarks(messages[-1]["value"]) == bookmarks(store.state)
    deleted = [
        message["record"]
        for message in messages
        if message["type"] == "RECORD" and message["record"].get("_sdc_deleted_at")
    ]
    assert {row.get("workspace_id") for row in deleted} <= {None}
    server.faults.clear()
    store.apply(messages).apply(run_tap(server, store.state, **CONFIG))
    assert wrong(store, world) == []


@pytest.mark.parametrize("kind", ["truncated", "malformed", "reset", "5xx", "429"])
def test_fault_that_passes_leaves_no_trace(serve: Serve, kind: Any) -> None:
    server = serve(small_agency())
    store = UpsertStore().apply(run_tap(server, **CONFIG))
    work(server.world)
    server.world.clock.advance(HOUR)
    for match in ("/reports/detailed", "/reports/summary", "/entities/updated", "/users"):
        server.faults.add(kind, match=match, times=2)
    store.apply(run_tap(server, store.state, **CONFIG))
    assert wrong(store, server.world) == []


# Long runs


def test_long_run_writes_a_safe_state_right_before_its_last(serve: Serve) -> None:
    """target-bigquery prints a STATE older than five minutes before it has merged."""
    world = small_agency()
    server = serve(world)
    before = UpsertStore().apply(run_tap(server, **CONFIG))
    work(world)
    world.clock.advance(DAY)
    messages: list[Message] = []
    with time_machine.travel(world.now(), tick=True) as clock:
        server.faults.call(lambda: clock.shift(dt.timedelta(minutes=4)), match="/reports/detailed")
        TapClockify(
            config=config_for(server, **CONFIG),
            state=before.state,
            message_writer=writer_into(Lines(messages)),
        ).sync_all()
    kinds = [message["type"] for message in messages]
    assert kinds.count("STATE") == 2
    assert kinds[-2:] == ["STATE", "STATE"]
    interim, final = (message["value"] for message in messages[-2:])
    assert bookmarks(interim) == bookmarks(before.state) != bookmarks(final)
    for got in (messages[:-1], messages):
        for target in (outlived, died_as_well):
            if target is died_as_well and got is messages:
                continue  # A target has merged by then.
            store = target(before, got)
            doomed = edits.add_entry(
                world, only_workspace(world), world.owner_id, NOW - 3 * HOUR, NOW - 2 * HOUR
            )
            store.apply(run_tap(server, store.state, **CONFIG))
            edits.delete_entry(world, only_workspace(world), doomed.id)
            world.clock.advance(HOUR)
            store.apply(run_tap(server, store.state, **CONFIG))
            assert wrong(store, world) == []


def test_short_run_writes_one_state(serve: Serve) -> None:
    server = serve(small_agency())
    kinds = [message["type"] for message in run_tap(server, **CONFIG)]
    assert kinds.count("STATE") == 1
    assert kinds[-1] == "STATE"


# Processes


class Process:
    """The command in a separate process, at the present time."""

    def __init__(self, folder: Path, server: Server) -> None:
        """Prepare a folder with the configuration."""
        self.folder = folder
        self.server = server
        self.state: dict[str, Any] = {}
        self.config = {
            "timezone": "UTC",
            "lookback_days": 30,
            "start_date": (server.world.now() - 60 * DAY).date().isoformat(),
        }
        (folder / "config.json").write_text(json.dumps(config_for(server, **self.config)))

    def run(self, sign: int | None = None, match: str = "", after: int = 1) -> list[Message]:
        """Run; if a signal is given, send it while the answer to a request is on its way."""
        started = self.start()
        if sign is not None:
            self.server.faults.call(lambda: os.kill(started.pid, sign), match=match, after=after)
        try:
            out, _ = started.communicate(timeout=120)
        except subprocess.TimeoutExpired:
            started.kill()
            started.communicate()
            raise
        self.code = started.returncode
        self.server.faults.clear()
        # A target reads only whole lines.
        return [json.loads(line) for line in out.splitlines(keepends=True) if line.endswith(b"\n")]

    def start(self) -> subprocess.Popen[bytes]:
        (self.folder / "state.json").write_text(json.dumps(self.state))
        return subprocess.Popen(  # noqa: S603 - the tap itself
            [sys.executable, "-c", CLI, "--config=config.json", "--state=state.json"],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    with serving(small_agency(now=None)) as server:
        yield Process(tmp_path, server)


def wrong_now(process: Process, store: UpsertStore) -> list[str]:
    world = process.server.world
    return wrong_with(
        store,
        world,
        first=dt.date.fromisoformat(process.config["start_date"]),
        names_from=world.now().date() - 29 * DAY,
    )


KILLS = [("/clients", 1), ("/reports/detailed", 1), ("/users", 1)]


def test_killed_process(process: Process) -> None:
    """A real kill -9, at several moments of a later run."""
    store = UpsertStore().apply(process.run())
    work_now(process.server.world)
    for match, after in KILLS:
        process.state = store.state
        messages = process.run(signal.SIGKILL, match, after)
        assert process.code == -signal.SIGKILL
        assert "STATE" not in [message["type"] for message in messages]
        store.apply(messages)
    process.state = store.state
    store.apply(process.run())
    assert process.code == 0
    assert wrong_now(process, store) == []


def work_now(world: World) -> None:
    (home,) = world.workspaces
    entries = [entry for entry in world[home].entries if entry.end is not None]
    for entry in entries[-12:-6]:
        edits.delete_entry(world, home, entry.id)
    edits.add_entry(world, home, world.owner_id, world.now() - 2 * HOUR, world.now() - HOUR)


@pytest.mark.parametrize("match", ["/reports/summary", "/users"])
def test_terminated_process_writes_a_state_that_remembers(process: Process, match: str) -> None:
    """Orchestrators send SIGTERM first; a target may load the rows written so far."""
    store = UpsertStore().apply(process.run())
    world = process.server.world
    (home,) = world.workspaces
    made = edits.add_entry(world, home, world.owner_id, world.now() - 2 * HOUR, world.now() - HOUR)
    process.state = store.state
    messages = process.run(signal.SIGTERM, match)
    assert [message["type"] for message in messages].count("STATE") == 1
    assert messages[-1]["type"] == "STATE"
    assert bookmarks(messages[-1]["value"])["summary"] == bookmarks(store.state)["summary"]
    store.apply(messages)
    edits.delete_entry(world, home, made.id)
    process.state = store.state
    store.apply(process.run())
    assert wrong_now(process, store) == []


def test_terminated_process_does_not_wait_with_its_state_for_an_answer(process: Process) -> None:
    """It may be killed soon after."""
    process.server.faults.add("slow", match="/users", seconds=60)
    started = process.start()
    end = functools.partial(os.kill, started.pid, signal.SIGTERM)
    process.server.faults.call(end, match="/reports/summary")
    assert started.stdout is not None
    try:
        kinds = (json.loads(line)["type"] for line in iter(started.stdout.readline, b""))
        assert "STATE" in kinds
        (hanging,) = process.server.requests.matching("/users")
        assert hanging.status is None
    finally:
        started.kill()
        started.communicate()


def test_terminated_process_says_that_it_failed(process: Process) -> None:
    process.run(signal.SIGTERM, "/reports/summary")
    assert process.code != 0
