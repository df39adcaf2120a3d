"""Half an input, a dry run, a guard, a wrong ledger: nothing is written; and real processes."""

from __future__ import annotations

import array
import datetime as dt
import fcntl
import json
import os
import signal
import subprocess
import sys
import termios
import time
from typing import TYPE_CHECKING, Any

import pytest
from clockify_sandbox.world import edits
from mirror_support import DESTINATION, HOUR, MONDAY
from target_clockify.ledger import Ledger, Mark, dump, parse

if TYPE_CHECKING:
    from pathlib import Path
    from typing import IO

    from mirror_support import Sync

WRITE_METHODS = {"POST", "PUT", "DELETE", "PATCH"}
GUARD = 300.0
"""Seconds after which a test fails instead of hanging."""


def test_input_without_a_state_writes_nothing(sync: Sync) -> None:
    sync.run(['{"type": "STATE", "value": {}}'], first=True)
    sync.track()
    lines = sync.lines()

    for cut in (lines[:-1], lines[:1], [lines[-1], *lines[:-1]]):
        result = sync.run(cut)
        assert (result.code, result.out, result.writes) == (1, "", 0)
        assert "ended without a STATE" in result.error


@pytest.mark.parametrize("line", ["", '{"type": "RECORD", "str', "[]", '{"type": "OTHER"}', "{}"])
def test_line_that_is_no_message_writes_nothing_and_is_not_shown(sync: Sync, line: str) -> None:
    lines = sync.lines()

    result = sync.run([lines[0], line, lines[-1]])

    assert (result.code, result.out, result.writes) == (1, "", 0)
    assert "Line 2 of the input is no Singer message" in result.error


def test_input_that_lacks_a_column_writes_nothing(sync: Sync) -> None:
    lines = sync.lines()
    schema = json.loads(lines[0])
    del schema["schema"]["properties"]["end"]

    result = sync.run([json.dumps(schema), *lines[1:]])

    assert (result.code, result.writes) == (1, 0)
    assert "Columns of the stream time_entries are missing: end." in result.error


@pytest.mark.parametrize(
    ("record", "problem"),
    [
        ({"workspace_id": "s"}, "has no id"),
        ({"id": "1", "start": "soon"}, "has no usable start"),
        ({"id": "1", "start": None}, "has no usable start"),
        ({"id": "1", "start": "2026-11-16T09:00:00Z", "end": "later"}, "has no usable end"),
    ],
)
def test_record_that_cannot_be_read_writes_nothing(
    sync: Sync, record: dict[str, Any], problem: str
) -> None:
    lines = sync.lines()
    bad = json.dumps({"type": "RECORD", "stream": "time_entries", "record": record})

    result = sync.run([lines[0], bad, lines[-1]])

    assert (result.code, result.writes) == (1, 0)
    assert problem in result.error


def test_rows_of_several_workspaces_need_a_choice(sync: Sync) -> None:
    entry = sync.track()
    other = {"id": "x", "workspace_id": "other", "start": entry.start.isoformat(), "end": None}
    lines = sync.lines()
    lines.insert(1, json.dumps({"type": "RECORD", "stream": "time_entries", "record": other}))

    result = sync.run(lines, source_workspace_id=sync.source, first=True)
    assert sync.copies() == sync.wanted()
    assert result.code == 0

    refused = sync.run(lines)
    assert (refused.code, refused.writes) == (1, 0)
    assert "Set source_workspace_id" in refused.error


def test_source_that_is_the_destination_is_refused(sync: Sync) -> None:
    sync.track()
    result = sync.run(workspace_id=sync.source)

    assert (result.code, result.writes) == (1, 0)
    assert "are the same workspace" in result.error


def test_workspace_that_the_key_cannot_see_is_named(sync: Sync) -> None:
    sync.track()
    result = sync.run(first=True)
    assert result.code == 0
    sync.ledger.write_bytes(dump(Ledger(destination="unknown")))

    result = sync.run(workspace_id="unknown")

    assert (result.code, result.writes) == (1, 0)
    assert 'cannot see the workspace "unknown"' in result.error


def test_dry_run_leaves_no_trace(sync: Sync) -> None:
    project = sync.project("Website", both=False)
    sync.track(project_id=project, description="Header")
    before = sorted(sync.folder.rglob("*"))

    result = sync.run(dry_run=True, create_missing=["projects"])

    assert sorted(sync.folder.rglob("*")) == before
    assert (result.code, result.out, result.writes) == (0, "", 0)
    assert '+ project "Website"' in result.err
    assert '+ 2026-11-16 09:00-10:00 Olga Owner  Website  "Header"' in result.err
    assert result.summary["created"] == 1
    assert result.summary["equal"] is False


def test_dry_run_of_an_equal_pair_says_so_and_changes_no_ledger(sync: Sync) -> None:
    entry = sync.track()
    sync.run(first=True)
    ledger = sync.ledger.read_bytes()
    assert sync.run(dry_run=True).summary["equal"] is True

    edits.delete_entry(sync.world, sync.source, entry.id)
    assert "- 2026-11-16 09:00-10:00" in sync.run(dry_run=True).err
    assert sync.ledger.read_bytes() == ledger
    assert [each.name for each in sync.folder.iterdir()] == ["ledger.json"]


def test_plan_file_has_a_line_for_each_step(sync: Sync) -> None:
    entry = sync.track()
    path = sync.folder / "plan.jsonl"

    sync.run(first=True, plan_file=str(path))

    (line,) = [json.loads(line) for line in path.read_text().splitlines()]
    assert (line["action"], line["source_id"]) == ("create", entry.id)
    assert path.stat().st_mode & 0o077 == 0


def test_more_deletions_than_allowed_write_nothing(sync: Sync) -> None:
    entries = [sync.track(MONDAY + number * HOUR) for number in range(20)]
    sync.run(first=True)
    for entry in entries[:11]:
        edits.delete_entry(sync.world, sync.source, entry.id)
    edits.describe_entry(sync.world, sync.source, entries[-1].id, "Edited")

    result = sync.run()

    assert (result.code, result.out, result.writes) == (1, "", 0)
    assert "11 of 20 copies would be deleted" in result.error
    assert sync.run(max_delete_share=0.6).code == 0
    assert sync.copies() == sync.wanted()


def test_few_deletions_pass(sync: Sync) -> None:
    entries = [sync.track(MONDAY + number * HOUR) for number in range(10)]
    sync.run(first=True)
    for entry in entries:
        edits.delete_entry(sync.world, sync.source, entry.id)

    assert sync.run().code == 0
    assert sync.copies() == []


def test_tombstone_never_creates(sync: Sync) -> None:
    sync.gone = {"unknown"}

    result = sync.run(first=True)

    assert (result.code, result.writes) == (0, 0)
    assert sync.copies() == []


def test_missing_entry_is_no_deletion_and_is_counted(sync: Sync) -> None:
    first, _second = sync.track(), sync.track(MONDAY + HOUR)
    sync.run(first=True)
    edits.delete_entry(sync.world, sync.source, first.id)
    sync.sent.clear()  # as with --full-refresh

    result = sync.run()

    assert len(sync.copies()) == 2
    assert result.summary["orphans"] == 1


def test_last_row_of_an_entry_counts(sync: Sync) -> None:
    entry = sync.track()
    schema, row, *_ = sync.lines()
    dead = {"id": entry.id, "workspace_id": sync.source, "is_deleted": True}
    tombstone = json.dumps({"type": "RECORD", "stream": "time_entries", "record": dead})
    state = '{"type": "STATE", "value": {}}'

    sync.run([schema, tombstone, row, state], first=True)
    assert sync.copies() == sync.wanted()
    sync.run([schema, row, tombstone, state])
    assert sync.copies() == []


def test_missing_ledger_is_refused_and_init_refuses_an_existing_one(sync: Sync) -> None:
    sync.track()
    missing = sync.run(ledger=str(sync.folder / "new" / "ledger.json"))
    assert (missing.code, missing.writes) == (1, 0)
    assert not list(sync.folder.iterdir())
    assert "run target-clockify with --init once" in missing.error

    sync.run(first=True)
    with pytest.raises(Exception, match=r"There is a ledger at .* already"):
        sync.run(first=True)


def test_ledger_of_another_pair_is_refused(sync: Sync) -> None:
    sync.track()
    sync.ledger.write_bytes(dump(Ledger(destination=DESTINATION, source="other")))

    result = sync.run()

    assert (result.code, result.writes) == (1, 0)
    assert "is of the workspaces other and" in result.error


def test_copy_of_another_sync_does_not_go_round_in_circles(sync: Sync) -> None:
    entry, own = sync.track(), sync.track(MONDAY + HOUR)
    back = Ledger(destination=sync.source, source=DESTINATION)
    back.marks["theirs"] = Mark(copy=entry.id, user=entry.user_id, start=entry.start)
    (sync.folder / "back.json").write_bytes(dump(back))

    result = sync.run(first=True)

    assert sync.copies() == sync.wanted(own)
    assert result.summary["skipped"] == 1


def test_other_streams_are_counted_and_ignored(sync: Sync) -> None:
    lines = sync.lines()
    lines[1:1] = [
        '{"type": "SCHEMA", "stream": "summary", "schema": {"properties": {}}}',
        '{"type": "RECORD", "stream": "summary", "record": {"hours": 1}}',
        '{"type": "ACTIVATE_VERSION", "stream": "summary", "version": 1}',
    ]

    result = sync.run(lines, first=True)

    assert result.code == 0
    assert result.summary["ignored"] == {"summary": 1}
    assert "ignored 1 rows of 1 other streams" in result.err


# Real processes


def _start(sync: Sync, *arguments: str) -> subprocess.Popen[str]:
    config = sync.folder / "config.json"
    settings = {
        "api_key": sync.world.api_key,
        "api_url": sync.server.api_url,
        "workspace_id": DESTINATION,
        "ledger": str(sync.ledger),
        "requests_per_second": 4,
        **sync.settings,
    }
    config.write_text(json.dumps(settings))
    return subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "target_clockify.command", "--config", str(config), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "default"},
    )


def _unread(pipe: IO[str]) -> int:
    """Return how many bytes the other end has not read yet."""
    count = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, count)
    return count[0]


def test_command_shows_the_first_run_then_makes_it(sync: Sync) -> None:
    sync.track(description="Header")
    lines = "\n".join(sync.lines()) + "\n"

    out, err = _start(sync, "--init").communicate(lines, timeout=GUARD)
    assert '"Header"' in err
    assert out == ""
    assert parse(sync.ledger.read_bytes(), "ledger") == Ledger(DESTINATION, sync.source)
    assert sync.copies() == []

    process = _start(sync)
    out, err = process.communicate(lines, timeout=GUARD)
    assert process.returncode == 0
    assert json.loads(out) == {"run": 1}
    assert sync.copies() == sync.wanted()
    assert sync.world.api_key not in err


def test_init_without_a_tap_writes_an_empty_ledger(sync: Sync) -> None:
    process = _start(sync, "--init")
    process.communicate("", timeout=GUARD)

    assert process.returncode == 0
    assert parse(sync.ledger.read_bytes(), "ledger") == Ledger(DESTINATION)


def test_sigterm_during_the_input_writes_nothing(sync: Sync) -> None:
    sync.run(['{"type": "STATE", "value": {}}'], first=True)
    sync.track()
    process = _start(sync)
    assert process.stdin is not None
    process.stdin.write("\n".join(sync.lines()) + "\n")  # it does not know that this is all
    process.stdin.flush()
    while _unread(process.stdin):
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=GUARD)
    out, err = process.communicate()

    assert process.returncode == 143
    assert out == ""
    assert "nothing was written" in err
    assert sync.copies() == []


def test_sigterm_while_writing_saves_the_ledger_and_prints_no_state(sync: Sync) -> None:
    sync.run(['{"type": "STATE", "value": {}}'], first=True)
    for number in range(30):
        sync.track(MONDAY + number * HOUR)
    process = _start(sync)
    assert process.stdin is not None
    process.stdin.write("\n".join(sync.lines()) + "\n")
    process.stdin.close()
    process.stdin = None
    deadline = time.monotonic() + GUARD
    while len(sync.there.entries) < 5 and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=GUARD)

    assert process.returncode == 143
    assert out == ""
    assert "Traceback" not in err
    assert 5 <= len(sync.copies()) < 30
    ledger = parse(sync.ledger.read_bytes(), "ledger")
    assert ledger.copies >= 5
    assert not (sync.folder / "ledger.json.lock").exists()
    assert sync.run().code == 0
    assert sync.copies() == sync.wanted()


def test_second_process_at_once_is_refused(sync: Sync) -> None:
    sync.run(['{"type": "STATE", "value": {}}'], first=True)
    sync.track()
    owner = {"host": os.uname().nodename, "pid": os.getppid(), "token": "theirs"}
    owner["since"] = dt.datetime.now(dt.UTC).isoformat()
    (sync.folder / "ledger.json.lock").write_text(json.dumps(owner))

    result = sync.run()

    assert (result.code, result.writes) == (1, 0)
    assert "Another run uses the ledger" in result.error


def test_key_is_never_shown(sync: Sync, tmp_path: Path) -> None:
    sync.world.api_keys["s3cret-key"] = sync.world.owner_id
    sync.track()
    sync.server.faults.add(
        "status", match=_posts, times=None, status=400, body='{"message": "bad s3cret-key"}'
    )

    result = sync.run(first=True, api_key="s3cret-key", plan_file=str(tmp_path / "plan"))

    assert "s3cret" not in result.err + result.error
    assert b"s3cret" not in sync.ledger.read_bytes() + (tmp_path / "plan").read_bytes()


def _posts(seen: Any) -> bool:
    return bool(seen.method == "POST")
