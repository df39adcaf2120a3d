"""What the destination, another run or an interruption keeps the target from doing."""

from __future__ import annotations

import copy
import json
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest
from destination_side import furnished
from driving import Ended, config_for, initialized, ran
from source_side import Source, messages, tombstone, utc
from standin import serving
from syncing import HOUR, NINE, TOMBSTONED, Sync, syncing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

Row = dict[str, Any]


@pytest.fixture
def sync(tmp_path: Path) -> Iterator[Sync]:
    """Provide a destination that lacks nothing."""
    with syncing(tmp_path) as made:
        yield made


def test_a_second_run_at_once_is_refused(sync: Sync) -> None:
    sync.add()
    lines = messages(each.row() for each in sync.source.live.values())
    seconds: list[Ended] = []

    def start_another() -> None:
        sync.standin.looks = lambda: None
        # The stand-in answers one request after the other, so the second run waits for a request
        # that it must not make.
        other = threading.Thread(
            target=lambda: seconds.append(_command(sync, lines, timeout=200)), daemon=True
        )
        other.start()
        other.join()

    writes = 0

    def look() -> None:
        nonlocal writes
        writes += 1
        if writes == 4:
            start_another()

    sync.standin.looks = look
    assert sync.run().has_state
    assert [each.code for each in seconds] == [1]
    assert not seconds[0].has_state
    sync.assert_equal()


def _command(sync: Sync, lines: str, timeout: float) -> Ended:
    process = _process(sync)
    try:
        out, err = process.communicate(lines, timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
    return Ended(process.returncode, out, err)


def _process(sync: Sync) -> subprocess.Popen[str]:
    config = sync.folder.parent / "config.json"
    config.write_text(json.dumps(sync.config))
    return subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-m", "target_clockify.command", "--config", str(config)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("at", [6, 15])
def test_an_interrupted_process(sync: Sync, number: signal.Signals, at: int) -> None:
    for hour in range(40):
        sync.add(start=NINE + hour * HOUR)
    process = _process(sync)
    count = 0

    def look() -> None:
        nonlocal count
        count += 1
        if count == at:
            process.send_signal(number)

    sync.standin.looks = look
    out, err = process.communicate(messages(each.row() for each in sync.source.live.values()))
    sync.standin.looks = lambda: None
    assert process.returncode == (-number if number == signal.SIGKILL else 128 + number)
    assert not out
    assert "Traceback" not in err
    assert len(sync.standin.workspace.entries) < 40
    # Its lock is taken over at once, since its process is dead.
    assert sync.run().has_state
    sync.assert_equal()
    assert sync.run().has_state
    assert not sync.standin.writes


def test_input_that_breaks_off_writes_nothing(sync: Sync) -> None:
    sync.add()
    text = messages(each.row() for each in sync.source.live.values())
    for cut in (0, len(text) // 2, text.rindex('{"type": "STATE"'), len(text) - 20):
        sync.standin.requests.clear()
        try:
            ended = ran(sync.config, text[:cut])
        except (ValueError, KeyError) as error:
            pytest.fail(f"cut at {cut}: {error!r}")
        assert (ended.code, ended.has_state) == (1, False)
        assert not sync.standin.writes


def test_a_small_budget_takes_several_runs_newest_first(sync: Sync) -> None:
    for hour in range(60):
        sync.add(start=NINE + hour * HOUR)
    # Of requests under way at once, any may be the one that the budget does not allow.
    settings: Row = {"requests_per_hour": 30, "when_budget_spent": "stop", "concurrency": 1}
    place, runs = sync.standin.workspace, 0
    days = sorted((utc(NINE + hour * HOUR) for hour in range(60)), reverse=True)
    while len(place.entries) < 60:
        before = len(place.entries)
        sync.run(**settings)
        starts = sorted(
            (row["timeInterval"]["start"] for row in place.entries.values()), reverse=True
        )
        assert starts == days[: len(starts)]
        assert len(starts) > before
        runs += 1
    assert runs <= 4
    assert sync.run().has_state
    sync.assert_equal()


@pytest.mark.parametrize("per_hour", [1, 3, 10, 30])
def test_the_budget_of_an_hour_is_kept(sync: Sync, per_hour: int) -> None:
    for hour in range(60):
        sync.add(start=NINE + hour * HOUR)
    settings: Row = {"requests_per_hour": per_hour, "when_budget_spent": "stop"}
    sync.run(**settings)
    assert sync.standin.requests.total() <= per_hour


def test_copies_are_not_copied_back(sync: Sync) -> None:
    sync.add(description="forth")
    sync.run()
    (own,) = sync.standin.workspace.entries
    elsewhere = furnished("UTC", refuses_unknown=True, client=None, is_whole=True)
    elsewhere.id = "elsewhere"
    with serving(elsewhere) as standin:
        config = config_for(standin, sync.folder, user_map={"*": "me"})
        config |= {"ledger": str(sync.folder / "back.json"), "source_workspace_id": "dest"}
        assert initialized(config, messages([])).code == 0
        source = Source()
        native = source.add(user="u1", start=NINE, end=NINE + HOUR, description="native")
        rows = [{**native.row(), "id": key, "workspace_id": "dest"} for key in (own, "e-native")]
        rows[0]["description"] = "forth"
        assert ran(config, messages(rows)).has_state
        assert [row["description"] for row in elsewhere.entries.values()] == ["native"]


def test_an_unknown_person_is_rejected_and_the_rest_goes_on(sync: Sync) -> None:
    known = sync.add(user="u1")
    sync.add(user="u2", start=NINE + HOUR)
    ended = sync.run(user_map={"u1": "me", "u2": "nobody@example.org"})
    assert ended.code == 1
    sync.assert_equal([known])


FORCED: dict[str, tuple[Row, Row]] = {
    "forceProjects": ({"project": None}, {"project": "Web"}),
    "forceTasks": ({"task": None}, {"task": "Design"}),
    "forceTags": ({"tags": ()}, {"tags": ("night",)}),
    "forceDescription": ({"description": ""}, {"description": "a"}),
}


@pytest.mark.parametrize("forced", FORCED)
def test_required_fields_are_checked_before_writing(sync: Sync, forced: str) -> None:
    workspace = sync.standin.workspace.workspace
    described = workspace()
    described["workspaceSettings"][forced] = True
    sync.standin.workspace.workspace = lambda: described  # type: ignore[method-assign]
    whole: Row = {"project": "Web", "task": "Design", "tags": ("night",), "description": "a"}
    without, with_it = FORCED[forced]
    sync.add(**{**whole, **without})
    good = sync.add(**{**whole, **with_it}, start=NINE + HOUR)
    ended = sync.run()
    assert ended.code == 1
    assert forced.removeprefix("force").removesuffix("s").lower() in ended.stderr.lower()
    assert sync.standin.writes.total() == 1
    sync.assert_equal([good])


@pytest.mark.parametrize("role", ["OWNER", "WORKSPACE_ADMIN", "TEAM_MEMBER"])
def test_locked_copies(sync: Sync, role: str) -> None:
    entry = sync.add(description="a")
    sync.run()
    place = sync.standin.workspace
    place.users["u1"]["roles"] = [{"role": role, "entities": []}]
    (row,) = place.entries.values()
    row["isLocked"] = True
    entry.description = "b"
    ended = sync.run()
    if role == "TEAM_MEMBER":
        assert ended.code == 1
        assert "locked" in ended.stderr
        assert not sync.standin.writes
        row["isLocked"] = False
        # It was parked.
        assert ran(sync.config, messages([])).has_state
    else:
        assert ended.has_state
    sync.assert_equal()


@pytest.mark.parametrize(
    "change",
    [
        lambda row: row.update(name=row["name"].upper()),
        lambda row: row.update(archived=True),
    ],
    ids=["in another case", "archived"],
)
def test_a_project_is_found(sync: Sync, change: Callable[[Row], None]) -> None:
    sync.add(project="Misc")
    for row in sync.standin.workspace.projects.values():
        if row["name"] == "Misc":
            change(row)
            web = row["id"]
    assert sync.run().has_state
    assert [row["projectId"] for row in sync.standin.workspace.entries.values()] == [web]


def test_the_last_row_of_an_id_counts(sync: Sync) -> None:
    entry = sync.add(description="first")
    first = entry.row()
    entry.description = "last"
    assert ran(sync.config, messages([first, entry.row()])).has_state
    sync.assert_equal()
    rows = [entry.row(), tombstone(entry.id, str(entry.start.date()), TOMBSTONED)]
    assert ran(sync.config, messages(rows)).has_state
    assert not sync.standin.workspace.entries


def test_an_entry_that_is_restored_is_made_again(sync: Sync) -> None:
    entry = sync.add(description="a")
    sync.run()
    sync.source.delete(entry)
    sync.run(entry)
    sync.source.restore(entry.id)
    assert sync.run().has_state
    sync.assert_equal()


def test_a_copy_that_leaves_the_selection_is_deleted_and_natives_are_not(sync: Sync) -> None:
    entry = sync.add(project="Web", tags=("share",))
    select = {"tags": ["share"], "clients": ["Acme"]}
    sync.run(select=select)
    times = {"start": utc(NINE), "end": utc(NINE + HOUR)}
    native = copy.deepcopy(sync.standin.workspace.create_entry("u1", times))
    for changed in ({"tags": ("remote",)}, {"tags": ("share",)}, {"project": "Misc"}):
        for name, value in changed.items():
            setattr(entry, name, value)
        assert sync.run(select=select).has_state
        copies = len(sync.standin.workspace.entries) - 1
        assert copies == (changed == {"tags": ("share",)})
        assert sync.standin.workspace.entries[native["id"]] == native
