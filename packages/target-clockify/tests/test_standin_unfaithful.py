"""A destination that answers a write, but stores something else or shows it late: no doubles."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from driving import Kill, ran
from source_side import messages
from syncing import HOUR, NINE, Sync, syncing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

Row = dict[str, Any]


@pytest.fixture
def sync(tmp_path: Path) -> Iterator[Sync]:
    """Provide a destination that lacks nothing."""
    with syncing(tmp_path) as made:
        yield made


def _minute(text: str) -> str:
    return f"{text[:17]}00Z"


STORED: dict[str, Callable[[Row], Row]] = {
    "a description is trimmed": lambda body: {
        **body,
        "description": body.get("description", "").strip(),
    },
    "a member's billable is ignored": lambda body: {**body, "billable": False},
    "seconds of the start are dropped": lambda body: {**body, "start": _minute(body["start"])},
    "seconds of the end are dropped": lambda body: {**body, "end": _minute(body["end"])},
    "tags are dropped": lambda body: {**body, "tagIds": []},
    "a task is dropped": lambda body: {k: v for k, v in body.items() if k != "taskId"},
    "a project is dropped": lambda body: {
        k: v for k, v in body.items() if k not in {"projectId", "taskId"}
    },
}


def _distort(sync: Sync, change: str) -> None:
    """Let the destination store something else, and add an entry that it would change."""
    place, stored = sync.standin.workspace, STORED[change]
    create, replace = place.create_entry, place.replace_entry

    def create_otherwise(user_id: str, body: Row) -> Row:
        return create(user_id, stored(body))

    def replace_otherwise(entry_id: str, body: Row) -> Row:
        return replace(entry_id, stored(body))

    place.create_entry = create_otherwise  # type: ignore[method-assign]
    place.replace_entry = replace_otherwise  # type: ignore[method-assign]
    start = NINE.replace(second=31)
    end = start.replace(hour=10, second=47)
    values: Row = {"billable": True, "tags": ("night",), "task": "Design"}
    sync.add(start=start, end=end, description=" spaces ", **values)


@pytest.mark.parametrize("change", STORED)
def test_what_is_stored_otherwise_is_made_once(sync: Sync, change: str) -> None:
    _distort(sync, change)
    for _ in range(3):
        ended = sync.run()
        assert ended.code == 1
        assert len(sync.standin.workspace.entries) == 1, ended.stderr


@pytest.mark.parametrize("change", STORED)
def test_equality_is_not_claimed_if_the_last_read_shows_a_difference(
    sync: Sync, change: str
) -> None:
    _distort(sync, change)
    for _ in range(2):
        assert '"equal": true' not in sync.run().stderr


@pytest.mark.parametrize("change", STORED)
def test_a_write_without_effect_is_not_counted_twice(sync: Sync, change: str) -> None:
    _distort(sync, change)
    sync.run()
    summary = json.loads(sync.run().stderr.split('{"summary": ')[1].splitlines()[0][:-1])
    assert summary["updated"] <= 1


@pytest.mark.parametrize("reads", [1, 2, 5])
@pytest.mark.parametrize("is_killed", [False, True])
def test_entries_that_are_listed_late_are_made_once(
    sync: Sync, reads: int, *, is_killed: bool
) -> None:
    place = sync.standin.workspace
    create, listed = place.create_entry, place.listed_entries
    hidden: dict[str, int] = {}

    def create_unseen(user_id: str, body: Row) -> Row:
        row = create(user_id, body)
        hidden[row["id"]] = reads
        return row

    def list_seen(user_id: str, start: str | None, end: str | None) -> list[Row]:
        rows = [row for row in listed(user_id, start, end) if not hidden.get(row["id"])]
        hidden.update({key: max(0, left - 1) for key, left in hidden.items()})
        return rows

    place.create_entry = create_unseen  # type: ignore[method-assign]
    place.listed_entries = list_seen  # type: ignore[method-assign]
    for hour in range(3):
        sync.add(start=NINE + hour * HOUR)
    rows = [each.row() for each in sync.source.live.values()]
    # Step 9 is the first request after the creates.
    first = ran(sync.config, messages(rows), Kill(9 if is_killed else None))
    assert len(place.entries) == 3, first.stderr
    if is_killed:
        hidden.clear()
    sync.run()
    assert sync.run().has_state
    assert len(place.entries) == 3
    sync.assert_equal()
