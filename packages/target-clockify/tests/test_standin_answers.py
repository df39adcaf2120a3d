"""Answers and rows in other shapes than usual, plans, and first runs that adopt."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from destination_side import facts_of_copy
from driving import Kill, ran
from source_side import messages, tombstone, utc
from standin_workspace import RefusalError
from syncing import HOUR, NINE, TOMBSTONED, Sync, syncing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Row = dict[str, Any]


@pytest.fixture
def sync(tmp_path: Path) -> Iterator[Sync]:
    """Provide a destination that lacks nothing."""
    with syncing(tmp_path) as made:
        yield made


@pytest.mark.parametrize(
    "start", ["2026-03-02T09:00:00.250Z", "2026-03-02T10:00:00+01:00", "2026-03-02T09:00:00+00:00"]
)
def test_instants_in_other_forms(sync: Sync, start: str) -> None:
    row = {**sync.add().row(), "start": start}
    assert ran(sync.config, messages([row])).has_state
    (copied,) = sync.standin.workspace.entries.values()
    assert copied["timeInterval"]["start"] == utc(NINE)
    sync.standin.requests.clear()
    assert ran(sync.config, messages([row])).has_state
    assert not sync.standin.writes


@pytest.mark.parametrize("name", ["tagIds", "description", "customFieldValues", "isLocked"])
@pytest.mark.parametrize("is_missing", [True, False])
def test_answers_without_values(sync: Sync, name: str, *, is_missing: bool) -> None:
    sync.add(description="")
    sync.run()
    (row,) = sync.standin.workspace.entries.values()
    if is_missing:
        del row[name]
    else:
        row[name] = None
    assert sync.run().has_state
    assert not sync.standin.writes


def test_a_project_of_no_client_may_have_an_empty_or_no_id(sync: Sync) -> None:
    place = sync.standin.workspace
    for name, value in (("bare", ""), ("barer", None)):
        project = place.create_project({"name": name})
        project["clientId"] = value
        sync.add(project=name)
    assert sync.run().has_state
    sync.assert_equal()


def test_a_narrower_selection_counts_as_deletes(sync: Sync) -> None:
    for hour in range(30):
        sync.add(start=NINE + hour * HOUR, project="Web" if hour > 10 else "Misc")
    sync.run()
    ended = sync.run(select={"clients": ["Acme"]})
    assert (ended.code, ended.has_state) == (1, False)
    assert not sync.standin.writes
    assert sync.run(select={"clients": ["Acme"]}, max_delete_share=0.5).has_state
    assert len(sync.standin.workspace.entries) == 19


def test_tombstones_of_strangers_do_not_count(sync: Sync) -> None:
    sync.add()
    sync.run()
    rows = [tombstone(f"x{number}", "2026-03-02", TOMBSTONED) for number in range(50)]
    assert ran(sync.config, messages(rows)).has_state
    sync.assert_equal()


def test_time_of_others_without_the_right_is_rejected(sync: Sync) -> None:
    place = sync.standin.workspace
    create = place.create_entry

    def create_or_refuse(user_id: str, body: Row) -> Row:
        if user_id != place.owner:
            raise RefusalError("Access Denied", 403, 0)
        return create(user_id, body)

    place.create_entry = create_or_refuse  # type: ignore[method-assign]
    sync.add(user="u2")
    own = sync.add(user="u1", start=NINE + HOUR)
    sync.add(user="s3", start=NINE + 2 * HOUR)
    ended = sync.run(user_map={})
    assert ended.code == 1
    sync.assert_equal([own])
    place.create_entry = create  # type: ignore[method-assign]
    assert ran({**sync.config, "user_map": {}}, messages([])).has_state
    assert len(place.entries) == 3


def test_runs_leave_only_the_ledger(sync: Sync) -> None:
    sync.add()
    sync.run()
    assert set(sync.files()) == {"ledger.json"}
    sync.add(project="unknown")
    assert sync.run().code == 1
    assert set(sync.files()) == {"ledger.json"}


@pytest.mark.parametrize("is_dry", [True, False])
def test_the_plan(sync: Sync, tmp_path: Path, *, is_dry: bool) -> None:
    changed, gone = sync.add(description="a"), sync.add(start=NINE + HOUR)
    sync.run()
    changed.description = "changed"
    sync.source.delete(gone)
    sync.add(start=NINE + 2 * HOUR, description="new")
    sync.add(start=NINE + 3 * HOUR, project="unknown")
    path = tmp_path / "plan.jsonl"
    ended = sync.run(gone, plan_file=str(path), dry_run=is_dry)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert len(lines) == 4
    assert "unknown" in ended.stderr
    summary = json.loads(ended.stderr.split('{"summary": ')[1].splitlines()[0][:-1])
    assert [summary[key] for key in ("created", "updated", "deleted", "rejected")] == [1] * 4


@pytest.mark.parametrize("step", range(1, 14))
@pytest.mark.parametrize("after", [False, True])
def test_a_first_run_that_is_killed_adopts_once(sync: Sync, step: int, *, after: bool) -> None:
    place = sync.standin.workspace
    web = next(key for key, row in place.projects.items() if row["name"] == "Web")
    body = {"start": utc(NINE), "end": utc(NINE + HOUR), "description": "a", "projectId": web}
    native = copy.deepcopy(place.create_entry("u1", body))
    entry = sync.add(description="a")
    for _ in range(2):
        sync.source.twin(entry)
    lines = messages(each.row() for each in sync.source.live.values())
    ran(sync.config, lines, Kill(step, after=after))
    for path in sync.folder.iterdir():
        if path.name != "ledger.json":
            path.unlink()
    assert sync.run().has_state
    facts = [facts_of_copy(place, row) for row in place.entries.values()]
    assert len(facts) == 3
    assert len(set(facts)) == 1
    assert place.entries[native["id"]] == native
    assert sync.run().has_state
    assert not sync.standin.writes
