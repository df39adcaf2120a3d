"""Whoever embeds the tap keeps their process: signals, garbage collector, their own writer."""

from __future__ import annotations

import gc
import json
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from singer_sdk.singerlib import StateMessage
from singer_sdk.singerlib.encoding.base import GenericSingerWriter
from support import SELECTED, Lines, agency, config_for, run_tap, serving, writer_into
from typing_extensions import override

from tap_clockify.memory.state import VERSION
from tap_clockify.output.writer import Relay
from tap_clockify.tap import TapClockify

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clockify_sandbox.server import Server
    from support import Message


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving(agency(people=3, days=10)) as server:
        yield server


def process_settings() -> tuple[Any, ...]:
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    return (*handlers, gc.isenabled(), gc.get_threshold(), gc.get_freeze_count())


def test_sync_changes_nothing_in_the_process(server: Server) -> None:
    before = process_settings()
    run_tap(server)
    assert process_settings() == before


COMMAND = """
import gc, json, signal, sys
from tap_clockify.tap import TapClockify

def settings():
    handlers = [str(signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM)]
    return [*handlers, gc.get_threshold(), gc.get_freeze_count()]

during = []
sync_all = TapClockify.sync_all
TapClockify.sync_all = lambda tap: (during.extend(settings()), sync_all(tap))
before = settings()
TapClockify.cli.main([f"--config={sys.argv[1]}"], standalone_mode=False)
print(json.dumps([before, during, settings()]), file=sys.stderr)
"""


def test_command_puts_back_what_it_changes(server: Server, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps(config_for(server, timezone="UTC", lookback_days=1)))
    run = subprocess.run(  # noqa: S603 - the tap itself
        [sys.executable, "-c", COMMAND, str(config)],
        capture_output=True,
        text=True,
        check=True,
    )
    before, during, after = json.loads(run.stderr.splitlines()[-1])
    assert after == before
    for changed, usual in zip(during, before, strict=True):
        assert changed != usual


def test_streams_can_be_read_while_they_are_read(server: Server) -> None:
    tap = TapClockify(config=config_for(server))
    names = [stream.name for stream in tap.streams.values()]
    for name in tap.streams:
        assert list(tap.streams) == names, name
    assert list(tap.streams) == names


class Own(GenericSingerWriter[Any, Any]):
    """A writer of the program that embeds the tap."""

    def __init__(self) -> None:
        """Keep no message yet."""
        self.messages: list[Message] = []

    @override
    def serialize_message(self, message: Any) -> Message:
        return dict(json.loads(json.dumps(message.to_dict(), default=str)))

    @override
    def write_message(self, message: Any) -> None:
        self.messages.append(self.serialize_message(message))


def test_own_writer_gets_the_same_messages(server: Server) -> None:
    own = Own()
    with time_machine.travel(server.world.now(), tick=True):
        TapClockify(config=config_for(server), message_writer=own).sync_all()
    usual = run_tap(server, select=SELECTED)
    assert [(m["type"], m.get("stream")) for m in own.messages] == [
        (m["type"], m.get("stream")) for m in usual
    ]
    volatile = {"import_timestamp", "run_id", "started_at", "finished_at", "duration_seconds"}
    for ours, theirs in zip(usual, own.messages, strict=True):
        if ours["type"] == "RECORD":
            changed = {
                name
                for name in ours["record"]
                if ours["record"][name] != theirs["record"].get(name)
            }
            assert changed <= volatile


class OwnClass(TapClockify):
    """A tap whose program names the class of its writer, as the SDK offers."""

    message_writer_class = Own


def test_class_of_the_writer_can_be_chosen(server: Server) -> None:
    tap = OwnClass(config=config_for(server))
    tap.write_message(StateMessage(value={}))
    assert isinstance(tap.message_writer, Relay)


def test_collector_that_the_process_has_frozen_stays_frozen(tmp_path: Path) -> None:
    script = """
import contextlib, gc
gc.freeze()
from tap_clockify.tap import TapClockify
before = gc.get_freeze_count()
with contextlib.suppress(SystemExit):
    TapClockify.cli.main(["--about"], standalone_mode=False)
assert gc.get_freeze_count() == before > 0
"""
    subprocess.run(  # noqa: S603 - the tap itself
        [sys.executable, "-c", script], cwd=tmp_path, check=True, capture_output=True
    )


def test_batches_end_with_the_one_state_of_the_run(server: Server, tmp_path: Path) -> None:
    """The SDK writes BATCH messages, and would write a STATE of its own after each."""
    batches = {
        "encoding": {"format": "jsonl", "compression": "gzip"},
        "storage": {"root": tmp_path.as_uri()},
    }
    messages = run_tap(server, select=SELECTED, batch_config=batches)
    kinds = [message["type"] for message in messages]
    assert kinds.count("STATE") == 1
    assert kinds[-1] == "STATE"
    assert {m["stream"] for m in messages if m["type"] == "BATCH"} == set(SELECTED)
    assert messages[-1]["value"]["version"] == VERSION


def test_versions_of_tables_are_those_of_their_records(server: Server) -> None:
    """A target deletes what has another version than the one it was told to activate."""
    messages = run_tap(server, select=["clients", "summary"], emit_activate_version_messages=True)
    (activated,) = [m for m in messages if m["type"] == "ACTIVATE_VERSION"]
    assert activated["stream"] == "clients"
    for message in messages:
        if message["type"] == "RECORD":
            version = activated["version"] if message["stream"] == "clients" else None
            assert message.get("version") == version


def test_run_leaves_no_connection_open() -> None:
    """A program may run the tap many times."""
    with serving(agency(people=2, days=5)) as server:
        tap = TapClockify(config=config_for(server), message_writer=writer_into(Lines([])))
        tap.sync_all()
        connections = list(tap.run.client.session._adapter._connections)
        assert [connection for connection in connections if connection.sock is not None] == []
