"""Ledgers that cannot be written or read, and ledgers elsewhere than on the disk."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from driving import Ended, initialized, ran
from source_side import messages
from syncing import HOUR, NINE, Sync, syncing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WITH_FILE_LIMIT = """\
import os, resource, sys
limit = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
os.execv(sys.argv[2], sys.argv[2:])
"""


@pytest.fixture
def sync(tmp_path: Path) -> Iterator[Sync]:
    """Provide a destination that lacks nothing."""
    with syncing(tmp_path) as made:
        yield made


def _limited(sync: Sync, limit: int) -> Ended:
    """Run the command; no file that it writes may be longer than the limit."""
    config = sync.folder.parent / "config.json"
    config.write_text(json.dumps(sync.config))
    command = [sys.executable, "-m", "target_clockify.command", "--config", str(config)]
    sync.standin.requests.clear()
    ended = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", WITH_FILE_LIMIT, str(limit), *command],
        input=messages(each.row() for each in sync.source.live.values()),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)


@pytest.mark.parametrize("room", [0, 1000])
def test_nothing_is_written_if_the_plan_cannot_be_saved(sync: Sync, room: int) -> None:
    sync.add()
    sync.run()
    before = (sync.folder / "ledger.json").read_bytes()
    for number in range(20):
        sync.add(start=NINE + number * HOUR, description=f"{number}" * 1000)
    ended = _limited(sync, len(before) + room if room else 0)
    assert (ended.code, ended.has_state) == (1, False)
    assert "Traceback" not in ended.stderr
    assert not sync.standin.writes
    assert (sync.folder / "ledger.json").read_bytes() == before
    assert sync.run().has_state
    sync.assert_equal()
    assert set(sync.files()) == {"ledger.json"}


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"{}", b'{"version": 999}', b"\xff"]
)
def test_a_ledger_that_cannot_be_understood_is_refused(sync: Sync, content: bytes) -> None:
    sync.add()
    sync.run()
    (sync.folder / "ledger.json").write_bytes(content)
    sync.add(start=NINE + HOUR)
    ended = sync.run()
    assert (ended.code, ended.has_state) == (1, False)
    assert not sync.standin.writes
    assert (sync.folder / "ledger.json").read_bytes() == content


def test_a_ledger_of_another_workspace_is_refused(sync: Sync) -> None:
    sync.add()
    sync.run()
    text = (sync.folder / "ledger.json").read_text()
    if '"dest"' not in text:
        pytest.fail("The ledger does not say to which workspace its ids belong.")
    (sync.folder / "ledger.json").write_text(text.replace('"dest"', '"elsewhere"'))
    ended = sync.run()
    assert (ended.code, ended.has_state) == (1, False)
    assert not sync.standin.writes


def test_a_ledger_in_a_bucket(sync: Sync) -> None:
    config = {**sync.config, "ledger": f"memory://{sync.folder.parent.name}/ledger.json"}
    entry = sync.add(description="a")

    def run() -> Ended:
        sync.standin.requests.clear()
        return ran(config, messages(each.row() for each in sync.source.live.values()))

    assert run().code == 1
    assert initialized(config, messages([])).code == 0
    assert run().has_state
    entry.description = "b"
    assert run().has_state
    sync.assert_equal()
    assert run().has_state
    assert not sync.standin.writes
