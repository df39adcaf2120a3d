"""The ledger's place: read, replaced as a whole, locked, and never taken for a first run."""

from __future__ import annotations

import datetime as dt
import json
import os
import socket
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import fsspec
import pytest
from target_clockify.content import Content
from target_clockify.errors import LedgerError
from target_clockify.ledger import Ledger, Mark, Waiting, dump, parse
from target_clockify.sources import SourceEntry
from target_clockify.storage import Storage

if TYPE_CHECKING:
    from pathlib import Path

START = dt.datetime(2026, 11, 2, 9, tzinfo=dt.UTC)


def ledger() -> Ledger:
    """Make a ledger with everything in it."""
    content = Content("u", START, START + dt.timedelta(hours=1), "p", tags=("a", "b"))
    entry = SourceEntry("s2", "u", "2026-11-02T09:00:00Z", tags="a, b", tag_ids=("1", "2"))
    return Ledger(
        destination="d",
        source="s",
        marks={"s1": Mark("c1", "hash", "u", START, "2026-11-02")},
        waiting={"s2": Waiting(entry, planned=content, lookalikes=("n1",))},
        ids={"projects": {"sp": "p"}},
    )


@pytest.fixture(params=["local", "memory"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Provide a place for the ledger: a file, and a bucket that is only in memory."""
    if request.param == "local":
        return str(tmp_path / "folder" / "ledger.json")
    fsspec.filesystem("memory").store.clear()
    return f"memory://bucket/{request.node.name}/ledger.json"


def test_ledger_comes_back_as_it_was(url: str) -> None:
    storage = Storage(url)
    storage.write(ledger())

    assert storage.read() == ledger()


def test_only_the_owner_may_read_a_ledger_and_no_other_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "ledger.json"
    storage = Storage(str(path))
    storage.write(ledger())
    storage.write(ledger())

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["ledger.json"]


def test_missing_ledger_is_an_error_that_names_init(url: str) -> None:
    with pytest.raises(LedgerError, match=r"There is no ledger at .*nothing was written.*--init"):
        Storage(url).read()


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b'{"destination": 1}', b"\xff"])
def test_damaged_ledger_is_an_error(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "ledger.json"
    path.write_bytes(text)

    with pytest.raises(LedgerError, match="cannot be read"):
        Storage(str(path)).read()


def test_ledger_of_a_newer_version_is_refused() -> None:
    newer = json.loads(dump(ledger())) | {"version": 2}

    with pytest.raises(LedgerError, match="newer version of target-clockify"):
        parse(json.dumps(newer).encode(), "there")


def test_place_that_cannot_be_used_is_an_error_without_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(LedgerError, match="setting ledger"):
        Storage("nowhere://bucket/ledger.json")
    with pytest.raises(LedgerError, match="setting ledger"):
        Storage(str(tmp_path / "file" / "ledger.json")).write(ledger())


def test_second_run_at_once_is_refused(url: str) -> None:
    storage = Storage(url)
    lock = storage.lock()

    with _other_process(storage), pytest.raises(LedgerError, match="Another run uses"):
        Storage(url).lock()
    lock.release()
    Storage(url).lock().release()


def test_lock_of_a_dead_process_is_taken_over(url: str) -> None:
    storage = Storage(url)
    dead = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"],
        check=True,
        capture_output=True,
        text=True,
    )
    _leave_lock(storage, pid=int(dead.stdout), host=socket.gethostname())

    lock = storage.lock()

    assert json.loads(fsspec.open(f"{url}.lock").open().read())["pid"] == os.getpid()
    lock.release()
    assert not storage._files.exists(f"{storage._path}.lock")


def test_lock_of_another_host_is_taken_over_after_an_hour(url: str) -> None:
    storage = Storage(url)
    _leave_lock(storage, host="elsewhere", age=dt.timedelta(minutes=59))
    with pytest.raises(LedgerError, match="elsewhere"):
        storage.lock()

    _leave_lock(storage, host="elsewhere", age=dt.timedelta(minutes=61))
    storage.lock().release()


def test_run_releases_only_its_own_lock(url: str) -> None:
    storage = Storage(url)
    lock = storage.lock()
    _leave_lock(storage, host="elsewhere")

    lock.release()

    assert storage._files.exists(f"{storage._path}.lock")


def test_other_ledgers_of_the_folder_are_found_and_other_files_ignored(tmp_path: Path) -> None:
    own, other = Storage(str(tmp_path / "a.json")), Storage(str(tmp_path / "b.json"))
    other.write(ledger())
    (tmp_path / "c.json").write_text("something else")

    assert [each.destination for each in own.others()] == ["d"]
    assert list(Storage(str(tmp_path / "none" / "a.json")).others()) == []


class _other_process:  # noqa: N801 - used like a function
    """Let a lock look as if another, living process had it."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def __enter__(self) -> None:
        _leave_lock(self._storage, pid=os.getppid(), host=socket.gethostname())

    def __exit__(self, *_: object) -> None:
        self._storage.remove(f"{self._storage._path}.lock")


def _leave_lock(
    storage: Storage,
    *,
    pid: int = 1,
    host: str,
    age: dt.timedelta = dt.timedelta(),
) -> None:
    since = dt.datetime.now(dt.UTC) - age
    owner = {"host": host, "pid": pid, "since": since.isoformat(), "token": "theirs"}
    storage.replace(f"{storage._path}.lock", json.dumps(owner).encode())
