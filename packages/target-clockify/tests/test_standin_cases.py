"""The cases of the contract, one by one, against the stand-in."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from destination_side import edit
from driving import Kill, ran
from source_side import messages, tombstone, utc
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


def only_copy(sync: Sync) -> Row:
    """Return the one entry of the destination."""
    (row,) = sync.standin.workspace.entries.values()
    return row


def native(sync: Sync, **body: Any) -> Row:
    """Make an entry of the destination's own, of the hour at nine."""
    times = {"start": utc(NINE), "end": utc(NINE + HOUR)}
    return copy.deepcopy(sync.standin.workspace.create_entry("u1", {**times, **body}))


def project(sync: Sync, name: str) -> str:
    """Return the id of a project of the destination."""
    (found,) = [
        row["id"] for row in sync.standin.workspace.projects.values() if row["name"] == name
    ]
    return str(found)


def test_an_edit_keeps_the_id(sync: Sync) -> None:
    entry = sync.add(description="a", tags=("remote",))
    sync.run()
    before = only_copy(sync)["id"]
    entry.start, entry.description, entry.project = NINE - HOUR, "b", "Misc"
    entry.tags, entry.billable = ("night",), True
    assert sync.run().has_state
    sync.assert_equal()
    assert only_copy(sync)["id"] == before


def test_cleared_fields_are_cleared(sync: Sync) -> None:
    entry = sync.add(description="a", tags=("remote",), task="Design", billable=True)
    sync.run()
    entry.description, entry.tags, entry.task, entry.billable = "", (), None, False
    entry.project = None
    assert sync.run().has_state
    sync.assert_equal()
    assert sync.run().has_state
    assert not sync.standin.writes


def test_custom_fields_that_people_typed_stay(sync: Sync) -> None:
    place = sync.standin.workspace
    place.fields["f1"] = {"id": "f1", "name": "Ticket", "type": "TXT", "status": "VISIBLE"}
    entry = sync.add(description="a")
    sync.run()
    row = only_copy(sync)
    row["customFieldValues"] = [
        {"customFieldId": "f1", "timeEntryId": row["id"], "value": "T-1", "name": "Ticket"}
    ]
    entry.description = "b"
    assert sync.run().has_state
    assert [each["value"] for each in only_copy(sync)["customFieldValues"]] == ["T-1"]
    sync.assert_equal()


@pytest.mark.parametrize("kept", ["tags", "task", "billable", "description"])
def test_fields_that_are_not_kept_equal_stay(sync: Sync, kept: str) -> None:
    fields = [each for each in ("tags", "task", "billable", "description") if each != kept]
    entry = sync.add(tags=("remote",), task="Design", billable=True, description="a")
    sync.run(fields=fields)
    task = sync.standin.workspace.projects[project(sync, "Web")]["tasks"][1]["id"]
    tag = list(sync.standin.workspace.tags)[2]
    edit(
        sync.standin.workspace,
        only_copy(sync)["id"],
        tagIds=[tag],
        taskId=task,
        billable=False,
        description="theirs",
    )
    theirs = copy.deepcopy(only_copy(sync))
    entry.end = NINE + 2 * HOUR
    assert sync.run(fields=fields).has_state
    key = {"tags": "tagIds", "task": "taskId"}.get(kept, kept)
    assert only_copy(sync)[key] == theirs[key]
    others = {"tagIds", "taskId", "billable", "description"} - {key}
    assert all(only_copy(sync)[other] != theirs[other] for other in others)


@pytest.mark.parametrize("policy", ["mirror", "keep", "fail"])
@pytest.mark.parametrize("is_deleted", [True, False])
def test_conflicts(sync: Sync, policy: str, *, is_deleted: bool) -> None:
    sync.add(description="a")
    sync.run()
    place, key = sync.standin.workspace, only_copy(sync)["id"]
    if is_deleted:
        place.delete_entry(key)
    else:
        edit(place, key, description="theirs")
    before = copy.deepcopy(place.entries)
    sync.add(start=NINE + HOUR, description="new")
    for _ in range(2):
        ended = sync.run(on_conflict=policy)
        if policy == "mirror":
            assert ended.has_state
            sync.assert_equal()
        elif policy == "keep":
            assert (ended.code, ended.has_state) == (0, True)
            assert len(place.entries) == len(before) + 1
            assert before.items() <= place.entries.items()
        else:
            assert (ended.code, ended.has_state) == (1, False)
            assert place.entries == before


def test_a_copy_that_was_moved_far_away_is_found(sync: Sync) -> None:
    sync.add(description="a")
    sync.run()
    key = only_copy(sync)["id"]
    far = {"start": "2025-01-02T00:00:00Z", "end": "2025-01-02T01:00:00Z"}
    edit(sync.standin.workspace, key, **far)
    assert sync.run().has_state
    sync.assert_equal()
    assert only_copy(sync)["id"] == key


def test_a_handover_creates_before_it_deletes(sync: Sync) -> None:
    settings: Row = {"user_map": {}}
    entry = sync.add(description="a")
    sync.run(**settings)
    entry.user = "s3"
    counts: list[int] = []
    sync.standin.looks = lambda: counts.append(len(sync.standin.workspace.entries))
    assert sync.run(**settings).has_state
    assert only_copy(sync)["userId"] == "d3"
    assert max(counts) == 2
    assert min(counts) == 1


@pytest.mark.parametrize("kind", ["HOLIDAY", "TIME_OFF"])
def test_time_off_is_left_out(sync: Sync, kind: str) -> None:
    entry = sync.add(type=kind)
    assert sync.run().has_state
    assert not sync.standin.writes
    entry.type = "BREAK"
    assert sync.run().has_state
    assert only_copy(sync)["type"] == "BREAK"
    entry.type = kind
    assert sync.run().has_state
    assert not sync.standin.workspace.entries


def test_a_timer_is_left_out_until_it_stops(sync: Sync) -> None:
    timer = native(sync, description="own")
    sync.standin.workspace.entries[timer["id"]]["timeInterval"] |= {"end": None, "duration": None}
    before = copy.deepcopy(sync.standin.workspace.entries)
    entry = sync.add(end=None)
    assert sync.run().has_state
    assert not sync.standin.writes
    entry.end = NINE + 2 * HOUR
    assert sync.run().has_state
    assert before.items() <= sync.standin.workspace.entries.items()
    assert len(sync.standin.workspace.entries) == 2
    # Somebody continues it at the source: the same entry runs again.
    entry.end = None
    assert sync.run().has_state
    assert sync.standin.workspace.entries == before


def test_more_edits_than_a_bulk_request_takes(sync: Sync) -> None:
    entries = [sync.add(start=NINE + number * HOUR) for number in range(120)]
    sync.run()
    for entry in entries:
        entry.description = "edited"
    assert sync.run().has_state
    sync.assert_equal()
    assert sync.standin.writes.total() <= 3
    for entry in entries:
        sync.source.delete(entry)
    assert sync.run(*entries, max_delete_share=1).has_state
    sync.assert_equal()
    assert sync.standin.writes.total() <= 3


def test_one_refused_edit_does_not_hold_up_the_others(sync: Sync) -> None:
    entries = [sync.add(start=NINE + number * HOUR) for number in range(20)]
    sync.run()
    place = sync.standin.workspace
    frozen = next(
        key
        for key, row in place.entries.items()
        if row["timeInterval"]["start"] == utc(entries[7].start)
    )
    place.frozen.add(frozen)
    for entry in entries:
        entry.description = "edited"
    ended = sync.run()
    assert ended.code == 1
    texts = [row["description"] for key, row in place.entries.items() if key != frozen]
    assert texts == ["edited"] * 19
    assert len(place.entries) == 20
    place.frozen.clear()
    # It is parked, so that it is written even if the tap does not send it again.
    ended = ran(sync.config, messages([]))
    assert ended.has_state
    sync.assert_equal()


def test_a_rejected_entry_is_tried_again(sync: Sync) -> None:
    sync.add(project="Web")
    place, web = sync.standin.workspace, project(sync, "Web")
    place.projects[web]["name"] = "Web site"
    ended = sync.run()
    assert ended.code == 1
    assert "Web" in ended.stderr
    assert not place.entries
    assert sync.run(on_rejected="warn").code == 0
    place.projects[web]["name"] = "Web"
    assert ran(sync.config, messages([])).has_state
    sync.assert_equal()


def test_a_rejected_entry_that_is_gone_is_not_made(sync: Sync) -> None:
    entry = sync.add(project="Web")
    place, web = sync.standin.workspace, project(sync, "Web")
    place.projects[web]["name"] = "Web site"
    sync.run()
    sync.source.delete(entry)
    sync.run(entry)
    place.projects[web]["name"] = "Web"
    assert ran(sync.config, messages([])).has_state
    assert not place.entries


def test_a_name_of_two_projects_is_rejected(sync: Sync) -> None:
    place = sync.standin.workspace
    other = next(each["id"] for each in place.clients.values() if each["name"] == "Other")
    place.create_project({"name": "Web", "clientId": other})
    sync.add(project="Web")
    assert sync.run().code == 1
    assert not place.entries
    assert sync.run(client="Acme").has_state
    sync.assert_equal()


def test_a_tag_with_a_comma_needs_the_stream_of_tags(sync: Sync) -> None:
    entry = sync.add(tags=("a, b",))
    ended = ran(sync.config, messages([entry.row()], with_tags=False))
    assert ended.code == 1
    assert not sync.standin.workspace.entries
    assert sync.run().has_state
    sync.assert_equal()


@pytest.mark.parametrize(
    ("adopt", "description", "adopted"),
    [("loose", "a", 1), ("exact", "a", 0), ("never", "a", 0), ("loose", "b", 0)],
)
def test_adoption(sync: Sync, adopt: str, description: str, adopted: int) -> None:
    before = native(sync, description=description, projectId=project(sync, "Web"), billable=True)
    entry = sync.add(description="a")
    sync.source.twin(entry)
    assert sync.run(adopt=adopt).has_state
    place = sync.standin.workspace
    assert len(place.entries) == 3 - adopted
    if not adopted:
        assert place.entries.pop(before["id"]) == before
    sync.assert_equal()


def test_nothing_is_adopted_after_the_first_run(sync: Sync) -> None:
    sync.add(start=NINE - HOUR)
    sync.run()
    before = native(sync, description="a", projectId=project(sync, "Web"))
    entry = sync.add(description="a")
    assert sync.run().has_state
    assert len(sync.standin.workspace.entries) == 3
    sync.source.delete(entry)
    assert sync.run(entry).has_state
    assert sync.standin.workspace.entries[before["id"]] == before


def test_selection_by_the_day(sync: Sync) -> None:
    early, late = sync.add(start=NINE - 24 * HOUR), sync.add(start=NINE)
    assert sync.run(select={"since": "2026-03-02"}).has_state
    sync.assert_equal([late])
    early.start, early.end = NINE, NINE + HOUR
    assert sync.run(select={"since": "2026-03-02"}).has_state
    sync.assert_equal()


@pytest.mark.parametrize("step", range(1, 14))
@pytest.mark.parametrize("after", [False, True])
def test_a_killed_run_leaves_no_double(sync: Sync, step: int, *, after: bool) -> None:
    changed, gone = sync.add(description="a"), sync.add(start=NINE + HOUR, description="b")
    sync.run()
    changed.description = "changed"
    sync.source.delete(gone)
    entry = sync.add(start=NINE + 2 * HOUR, description="c")
    sync.source.twin(entry)
    rows = [each.row() for each in sync.source.live.values()]
    rows.append(tombstone(gone.id, str(gone.start.date()), TOMBSTONED))
    ran(sync.config, messages(rows), Kill(step, after=after))
    for path in sync.folder.iterdir():
        if path.name != "ledger.json":
            path.unlink()
    json.loads((sync.folder / "ledger.json").read_text())
    assert sync.run(gone).has_state
    sync.assert_equal()
    assert sync.run(gone).has_state
    assert not sync.standin.writes
