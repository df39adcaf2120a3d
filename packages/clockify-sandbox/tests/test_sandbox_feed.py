"""The change feed answers as the documentation says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from clockify_sandbox.api import Options
from clockify_sandbox.world import edits

if TYPE_CHECKING:
    from collections.abc import Callable

    from clockify_sandbox.world import World
    from clockify_sandbox.world.model import Entry
    from sandbox_support import Caller

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def text(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def ids(caller: Caller, kind: str, first: datetime, last: datetime, **query: Any) -> list[str]:
    """List the ids of entries in one part of the feed, in pages of two."""
    found: list[str] = []
    page = 0
    while True:
        asked = {"type": "TIME_ENTRY", "start": text(first), "end": text(last), "page": page}
        rows = caller.get(f"entities/{kind}", limit=2, **asked, **query).json()
        found += [row.get("document", row)["id"] for row in rows]
        if len(rows) < 2:
            return found
        page += 1


def add(world: World) -> Entry:
    w = next(iter(world.workspaces))
    return edits.add_entry(world, w, world.owner_id, world.now() - HOUR, world.now())


def test_changes_in_a_window(serve: Callable[..., Caller], empty: World) -> None:
    caller = serve(empty)
    w = caller.workspace_id
    old = [add(empty).id for _ in range(4)]
    empty.clock.advance(HOUR)
    first = empty.now()
    new, short_lived = add(empty).id, add(empty).id
    empty.clock.advance(MINUTE)
    edits.describe_entry(empty, w, new, "changed")
    edits.describe_entry(empty, w, old[0], "changed")
    edits.describe_entry(empty, w, old[1], "changed, then deleted")
    empty.clock.advance(MINUTE)
    for gone in (short_lived, old[1], old[2]):
        edits.delete_entry(empty, w, gone)
    empty.clock.advance(10 * MINUTE)
    last = empty.now()
    assert ids(caller, "created", first, last) == [new]
    assert ids(caller, "updated", first, last) == [old[0]]
    assert ids(caller, "deleted", first, last) == sorted([old[1], old[2]])
    # A window that begins before them has them as created, and no deletion of the short-lived one.
    before = first - 2 * HOUR
    assert ids(caller, "created", before, last) == [old[0], old[3], new]
    assert ids(caller, "deleted", before, last) == []
    # One that begins after the creation has the deletion.
    assert short_lived in ids(caller, "deleted", first + MINUTE, last)


def test_deletions_are_late(serve: Callable[..., Caller], empty: World) -> None:
    caller = serve(empty)
    entry = add(empty)
    empty.clock.advance(HOUR)
    start = empty.now()
    edits.delete_entry(empty, caller.workspace_id, entry.id)
    empty.clock.advance(timedelta(seconds=59))
    assert ids(caller, "deleted", start, empty.now()) == []
    empty.clock.advance(timedelta(seconds=1))
    assert ids(caller, "deleted", start, empty.now()) == [entry.id]


def test_a_restored_entry_is_no_longer_deleted(serve: Callable[..., Caller], empty: World) -> None:
    entry = add(empty)
    w = entry.workspace_id
    empty.clock.advance(HOUR)
    start = empty.now()
    edits.delete_entry(empty, w, entry.id)
    empty.clock.advance(10 * MINUTE)
    edits.restore_entry(empty, w, entry.id)
    empty.clock.advance(10 * MINUTE)
    caller = serve(empty)
    assert ids(caller, "deleted", start, empty.now()) == []
    assert ids(caller, "updated", start, empty.now()) == [entry.id]
    silent = serve(empty, Options(feed_restored="nowhere"))
    assert ids(silent, "updated", start, empty.now()) == []


def test_rates_have_documents_of_their_own(serve: Callable[..., Caller], empty: World) -> None:
    entry = add(empty)
    caller = serve(empty)
    empty.clock.advance(HOUR)
    start = empty.now()
    changed = edits.change_rate(
        empty, entry.workspace_id, "member", 4321, user_id=empty.owner_id, since=entry.start
    )
    assert changed == 1
    empty.clock.advance(HOUR)
    assert ids(caller, "updated", start, empty.now()) == []
    asked = {"type": "TIME_ENTRY_RATE", "start": text(start), "end": text(empty.now())}
    (row,) = caller.get("entities/updated", **asked).json()
    assert (row["timeEntryId"], row["hourlyRate"]["amount"]) == (entry.id, 4321)


@pytest.mark.parametrize(
    ("shape", "where"),
    [("guide", "document"), ("entity_id", "document"), ("underscore", "_id"), ("flat", "id")],
)
def test_shapes_of_a_deletion(
    serve: Callable[..., Caller], empty: World, shape: Any, where: str
) -> None:
    entry = add(empty)
    caller = serve(empty, Options(feed_deleted_shape=shape))
    empty.clock.advance(HOUR)
    start = empty.now()
    edits.delete_entry(empty, entry.workspace_id, entry.id)
    empty.clock.advance(HOUR)
    asked = {"type": "TIME_ENTRY", "start": text(start), "end": text(empty.now())}
    (row,) = caller.get("entities/deleted", **asked).json()
    place = {"document": ("document", "id"), "_id": ("document", "_id"), "id": ("id",)}[where]
    value: Any = row
    for key in place:
        value = value[key]
    assert value == entry.id
    assert (row["id"] == entry.id) == (shape in {"entity_id", "flat"})


def test_number_of_the_first_page_is_an_option(serve: Callable[..., Caller], empty: World) -> None:
    made = [add(empty).id for _ in range(3)]
    empty.clock.advance(MINUTE)
    for base in (0, 1):
        caller = serve(empty, Options(feed_first_page=base))  # type: ignore[arg-type]
        pages = [
            [row["id"] for row in caller.get("entities/created", **asked).json()]
            for page in (0, 1, 2)
            for asked in ({"type": "TIME_ENTRY", "limit": 2, "page": page},)
        ]
        assert pages[base : base + 2] == [made[:2], made[2:]]
        assert pages[0] == made[:2]


def test_limit_may_be_cut_and_fields_left_out(serve: Callable[..., Caller], empty: World) -> None:
    for _ in range(3):
        add(empty)
    empty.clock.advance(MINUTE)
    caller = serve(empty, Options(feed_max_limit=2, feed_has_fields=False))
    rows = caller.get("entities/created", type="TIME_ENTRY", limit=5000).json()
    assert len(rows) == 2
    assert set(rows[0]) == {"id", "auditMetadata", "documentCode"}


def test_a_feed_that_does_not_answer(serve: Callable[..., Caller], empty: World) -> None:
    asked = {"type": "TIME_ENTRY"}
    refusing = serve(empty, Options(feed="forbidden"))
    assert refusing.get("entities/created", **asked).status_code == 403
    mute = serve(empty, Options(feed="forbidden", forbidden_body="empty"))
    assert mute.get("entities/created", **asked).content == b""
    missing = serve(empty, Options(feed="missing")).get("entities/created", **asked)
    assert (missing.status_code, missing.json()["code"]) == (404, 3000)


def test_type_is_required_and_checked(serve: Callable[..., Caller], empty: World) -> None:
    caller = serve(empty)
    assert caller.get("entities/created").json()["code"] == 3001
    assert caller.get("entities/created", type="TIMES").status_code == 400
    assert caller.get("entities/created", type=["TAGS", "CLIENTS"]).json() == []
    assert caller.get("entities/created", type="HOLIDAYS").json() == []
