"""Shapes of input, one by one, against the stand-in: what is written, and what never is."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from destination_side import furnished
from driving import config_for, initialized, ran
from source_side import SOURCE, Source, messages, utc
from standin import BATCH, KEY, serving
from syncing import HOUR, NINE, Sync, syncing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def sync(tmp_path: Path) -> Iterator[Sync]:
    """Provide a destination that lacks nothing."""
    with syncing(tmp_path) as made:
        yield made


def test_a_first_load_takes_little_more_than_a_request_for_each_entry(sync: Sync) -> None:
    for number in range(2000):
        sync.add(start=NINE + number * HOUR, description=f"part {number}")
    assert sync.run().has_state
    creates = sync.standin.requests["POST /time-entries"]
    assert creates == 2000
    assert sync.standin.requests.total() - creates <= 20
    sync.assert_equal()
    assert sync.run().has_state
    assert not sync.standin.writes


def test_a_quiet_run_takes_five_requests(sync: Sync) -> None:
    sync.add()
    sync.run()
    assert sync.run().code == 0
    assert not sync.standin.writes
    assert sync.standin.requests.total() <= 5


def test_a_dry_run_leaves_no_trace(sync: Sync) -> None:
    gone, changed = sync.add(), sync.add(start=NINE + HOUR)
    sync.run()
    sync.source.delete(gone)
    changed.description = "changed"
    sync.add(start=NINE + 2 * HOUR)
    before, place = sync.files(), json.dumps(sync.standin.workspace.entries)
    seen: list[set[str]] = []
    sync.standin.looks = lambda: seen.append(set(sync.files()))
    ended = sync.run(gone, dry_run=True)
    assert (ended.code, ended.has_state) == (0, False)
    assert not sync.standin.writes
    assert seen
    assert all(names == set(before) for names in seen)
    assert sync.files() == before
    assert json.dumps(sync.standin.workspace.entries) == place
    # What the dry run was told of is not used up.
    assert sync.run(gone).has_state
    sync.assert_equal()


def test_a_tombstone_never_creates(sync: Sync) -> None:
    never = sync.add()
    sync.source.delete(never)
    assert sync.run(never).has_state
    assert not sync.standin.writes
    copied = sync.add()
    sync.run(never)
    sync.source.delete(copied)
    for _ in range(3):
        assert sync.run(never, copied).has_state
        assert not sync.standin.workspace.entries
    assert not sync.standin.writes


def test_a_tombstone_never_deletes_a_native(sync: Sync) -> None:
    entry = sync.add()
    times = {"start": utc(NINE), "end": utc(NINE + HOUR)}
    native = sync.standin.workspace.create_entry("u1", {**times, "description": "own"})
    sync.run()
    sync.source.delete(entry)
    assert sync.run(entry).has_state
    assert sync.standin.workspace.entries == {native["id"]: native}


def test_two_equal_entries_stay_two(sync: Sync) -> None:
    entry = sync.add(description="alike")
    sync.source.twin(entry)
    assert sync.run().has_state
    sync.assert_equal()
    assert sync.run().has_state
    assert not sync.standin.writes
    sync.source.delete(entry)
    assert sync.run(entry).has_state
    sync.assert_equal()


@pytest.mark.parametrize(
    ("copies", "gone", "passes"),
    [(30, 11, False), (30, 10, True), (55, 11, True), (54, 11, False), (10, 10, True)],
)
def test_too_many_deletes_write_nothing(
    sync: Sync, copies: int, gone: int, *, passes: bool
) -> None:
    entries = [sync.add(start=NINE + number * HOUR) for number in range(copies)]
    assert sync.run().has_state
    before = json.dumps(sync.standin.workspace.entries)
    for entry in entries[:gone]:
        sync.source.delete(entry)
    sync.add(start=NINE - HOUR, description="new")
    entries[-1].description = "edited" if gone < copies else ""
    ended = sync.run(*entries[:gone])
    assert (ended.code, ended.has_state) == ((0, True) if passes else (1, False))
    if passes:
        sync.assert_equal()
    else:
        assert not sync.standin.writes
        assert json.dumps(sync.standin.workspace.entries) == before
        assert str(gone) in ended.stderr
        # The deletes are not used up.
        assert sync.run(*entries[:gone], max_delete_share=1).has_state
        sync.assert_equal()


DESCRIPTIONS = {
    "longest": "x" * 3000,
    "longest emoji": "🙂" * 1500,
    "emoji": "👩‍👩‍👧‍👦 done 🙂",
    "right to left": "פגישה عربى \u200f(a)",
    "quotes": "\"'\\ \t\n\u2028 %s {} <b>&amp;",
    "spaces": "  two  ",
    "decomposed": "e\u0301 and \u00e9",
    "none": "",
}


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_texts_arrive_unharmed(sync: Sync, name: str) -> None:
    sync.add(description=DESCRIPTIONS[name])
    assert sync.run().has_state
    sync.assert_equal()
    assert sync.run().has_state
    assert not sync.standin.writes


def _utc(day: int, hour: int, minute: int, month: int = 3) -> dt.datetime:
    return dt.datetime(2026, month, day, hour, minute, tzinfo=dt.UTC)


TIMES = {
    "before the clocks go forward": (_utc(8, 6, 30), _utc(8, 7, 30)),
    "first of the doubled hours": (_utc(1, 5, 30, 11), _utc(1, 5, 45, 11)),
    "second of the doubled hours": (_utc(1, 6, 30, 11), _utc(1, 6, 45, 11)),
    "both of the doubled hours": (_utc(1, 5, 0, 11), _utc(1, 7, 0, 11)),
    "midnight in UTC": (_utc(3, 0, 0), _utc(3, 0, 15)),
    "midnight in the account's zone": (_utc(3, 5, 0), _utc(3, 5, 15)),
    "over midnight": (_utc(3, 22, 0), _utc(4, 2, 0)),
    "over the account's midnight": (_utc(3, 3, 0), _utc(3, 7, 0)),
    "several days": (_utc(3, 3, 0), _utc(6, 7, 0)),
    "no time": (_utc(3, 3, 0), _utc(3, 3, 0)),
    "a second": (_utc(3, 3, 0), _utc(3, 3, 0) + dt.timedelta(seconds=1)),
    "the future": (_utc(3, 3, 0, 12), _utc(3, 4, 0, 12)),
}


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Auckland", "Pacific/Pago_Pago"])
@pytest.mark.parametrize("name", TIMES)
def test_times_arrive_unharmed(sync: Sync, name: str, zone: str) -> None:
    sync.standin.workspace.zone = ZoneInfo(zone)
    for user in sync.standin.workspace.users.values():
        user["settings"]["timeZone"] = zone
    start, end = TIMES[name]
    sync.add(start=start, end=end)
    assert sync.run().has_state
    sync.assert_equal()
    assert sync.run().has_state
    assert not sync.standin.writes


def test_input_without_state_writes_nothing(sync: Sync) -> None:
    sync.run()
    sync.add()
    before = sync.files()
    ended = sync.run(with_state=False)
    assert (ended.code, ended.has_state) == (1, False)
    assert not sync.standin.writes
    assert sync.files() == before


def test_rows_after_the_last_state_write_nothing(sync: Sync) -> None:
    lines = messages([sync.add().row()]) + messages([sync.add().row()], with_state=False)
    ended = ran(sync.config, lines)
    assert (ended.code, ended.has_state) == (1, False)
    assert not sync.standin.writes


def test_a_missing_ledger_is_refused(sync: Sync) -> None:
    sync.add()
    sync.run()
    (sync.folder / "ledger.json").unlink()
    ended = sync.run()
    assert (ended.code, ended.has_state) == (1, False)
    assert not sync.standin.writes
    assert not sync.files()


def test_a_second_first_ledger_is_refused(sync: Sync) -> None:
    sync.add()
    sync.run()
    before = sync.files()
    assert initialized(sync.config, messages([])).code == 1
    assert sync.files() == before


def test_the_first_ledger_writes_nothing_else(tmp_path: Path) -> None:
    place = furnished("UTC", refuses_unknown=True, client=None, is_whole=True)
    with serving(place) as standin:
        config = config_for(standin, tmp_path, user_map={"*": "me"})
        source = Source()
        source.add(user="u1", project="Web", start=NINE, end=NINE + HOUR)
        ended = initialized(config, messages(each.row() for each in source.live.values()))
        assert (ended.code, ended.has_state) == (0, False)
        assert not standin.writes
        assert [path.name for path in tmp_path.iterdir()] == ["ledger.json"]


def test_the_source_is_never_the_destination(sync: Sync) -> None:
    sync.add()
    rows = [each.row() | {"workspace_id": "dest"} for each in sync.source.live.values()]
    ended = ran(sync.config, messages(rows))
    assert (ended.code, ended.has_state) == (1, False)
    assert not sync.standin.writes


def test_two_sources_need_a_choice(sync: Sync) -> None:
    chosen, other = sync.add(), sync.add(start=NINE + HOUR)
    rows = [chosen.row(), other.row() | {"workspace_id": "elsewhere"}]
    ended = ran(sync.config, messages(rows))
    assert (ended.code, ended.has_state) == (1, False)
    assert not sync.standin.writes
    assert ran({**sync.config, "source_workspace_id": SOURCE}, messages(rows)).has_state
    sync.assert_equal([chosen])


@pytest.mark.parametrize("key", [KEY, "another-key-that-is-unknown"])
@pytest.mark.parametrize("fault", [None, "reset before", "error after"])
def test_no_key_is_logged(sync: Sync, tmp_path: Path, key: str, fault: str | None) -> None:
    sync.add()
    sync.standin.faults = lambda: fault if sync.standin.requests.total() < 9 else None
    config = tmp_path / "config.json"
    config.write_text(json.dumps({**sync.config, "api_key": key}))
    ended = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-m", "target_clockify.command", "--config", str(config)],
        input=messages(each.row() for each in sync.source.live.values()),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert (ended.returncode, bool(ended.stdout)) == ((0, True) if key == KEY else (1, False))
    assert key not in ended.stderr + ended.stdout
    assert "Traceback" not in ended.stderr
    assert key not in (sync.folder / "ledger.json").read_text()
    assert sync.standin.requests[BATCH] <= 1
