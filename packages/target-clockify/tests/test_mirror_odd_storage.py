"""The lock when two runs start at once, and URLs that hold a secret."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from target_clockify import storage as module
from target_clockify.errors import LedgerError
from target_clockify.storage import Lock, Storage

if TYPE_CHECKING:
    from pathlib import Path


def test_lock_of_a_dead_process_is_taken_over_by_one_run_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second run takes the lock over while the first one looks whether its owner is alive."""
    url = str(tmp_path / "ledger.json")
    (tmp_path / "ledger.json.lock").write_text("{}")
    locks: list[Lock] = []

    def dead(_owner: dict[str, Any]) -> bool:
        monkeypatch.setattr(module, "_may_be_alive", lambda _owner: False)
        locks.append(Storage(url).lock())
        return False

    monkeypatch.setattr(module, "_may_be_alive", dead)

    try:
        with pytest.raises(LedgerError):
            locks.append(Storage(url).lock())
    finally:
        for lock in locks:
            lock.release()


def test_run_that_has_lost_its_lock_does_not_take_it_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A computer that slept for hours wakes up after another host took the lock over."""
    monkeypatch.setattr(module, "RENEW_EVERY", 0.05)
    lock = Storage(str(tmp_path / "ledger.json")).lock()
    path = tmp_path / "ledger.json.lock"
    path.write_text(json.dumps({**json.loads(path.read_text()), "token": "theirs"}))
    released = lock._released
    released.wait(0.3)

    try:
        assert json.loads(path.read_text())["token"] == "theirs"
    finally:
        lock.release()


def test_secret_in_the_url_of_the_ledger_is_not_shown() -> None:
    with pytest.raises(LedgerError) as caught:
        Storage("memory://somebody:hunter2@bucket/ledger.json?sig=s3cret").read()

    assert "hunter2" not in str(caught.value)
    assert "s3cret" not in str(caught.value)
