"""Copies that a run could lose or double."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from clockify_sandbox.world import edits
from clockify_sandbox.world.model import Membership
from mirror_support import DESTINATION, HOUR, MONDAY, hire

if TYPE_CHECKING:
    from mirror_support import Sync

NOTHING_NEW = ['{"type": "STATE", "value": {}}']


def writes_of_entries(seen: Any) -> bool:
    """Match creates of entries."""
    return seen.method == "POST" and seen.path.endswith("/time-entries")


def test_rejected_entry_of_a_first_run_is_adopted_later(sync: Sync) -> None:
    """Copies of an earlier tool lack tags, which must be made before they can be adopted."""
    tag = edits.add_tag(sync.world, sync.source, "remote")
    sync.track(tag_ids=[tag.id])
    native = sync.native(description="Work")
    assert sync.run(first=True).summary["rejected"] == 1

    sync.run(create_missing=["tags"])

    assert [each.id for each in sync.there.entries] == [native.id]


def test_handed_over_entry_keeps_its_old_copy_until_there_is_a_new_one(sync: Sync) -> None:
    ada = hire(sync.world, "Ada", sync.source, DESTINATION)
    entry = sync.track()
    sync.run(first=True)
    edits.hand_over_entry(sync.world, sync.source, entry.id, ada.id)
    sync.server.faults.add("status", match=writes_of_entries, times=None, status=403)
    sync.run()
    sync.server.faults.clear()
    tag = edits.add_tag(sync.world, sync.source, "remote")
    edits.retag_entry(sync.world, sync.source, entry.id, [tag.id])

    result = sync.run()

    assert result.summary["rejected"] == 1
    assert len(sync.copies()) == 1


def test_locked_copy_of_an_entry_that_returns_is_not_doubled(sync: Sync) -> None:
    entry = sync.track()
    sync.run(first=True)
    (copy,) = sync.there.entries
    edits.approve_entry(sync.world, DESTINATION, copy.id, sync.world.new_id())
    hire(sync.world, "Boss", DESTINATION, role="OWNER")
    sync.world.put_member(Membership(sync.world.owner_id, DESTINATION, role="MEMBER"))
    assert sync.run(select={"since": "2026-11-17"}).summary["reasons"] == {"locked": 1}

    sync.run()

    assert sync.copies() == sync.wanted(entry)


def test_create_without_an_answer_survives_a_run_that_may_not_read(sync: Sync) -> None:
    ada = hire(sync.world, "Ada", sync.source, DESTINATION)
    sync.track(user_id=ada.id)
    faults = sync.server.faults
    faults.add("5xx_after", match=writes_of_entries)
    faults.add(
        "5xx",
        match=lambda s: s.method == "GET" and s.path.endswith("/time-entries"),
        after=1,
        times=None,
    )
    assert sync.run(first=True).code == 1
    faults.clear()
    faults.add(
        "status",
        match=lambda s: s.method == "GET" and s.path.endswith("/time-entries"),
        times=None,
        status=403,
    )
    sync.run()
    faults.clear()

    sync.run()

    assert sync.copies() == sync.wanted()


def test_copy_that_was_deleted_there_comes_back_once_the_policy_is_mirror(sync: Sync) -> None:
    sync.track()
    sync.run(first=True)
    (copy,) = sync.there.entries
    edits.delete_entry(sync.world, DESTINATION, copy.id)
    sync.run(on_conflict="keep")

    sync.run(on_conflict="mirror")

    assert sync.copies() == sync.wanted()


def test_person_who_left_the_destination_does_not_stop_the_others(sync: Sync) -> None:
    ada = hire(sync.world, "Ada", sync.source, DESTINATION)
    sync.track(user_id=ada.id)
    sync.run(first=True)
    del sync.there.members[ada.id]
    own = sync.track(MONDAY + HOUR)

    result = sync.run()

    assert [each.start for each in sync.there.entries if each.user_id == own.user_id] == [own.start]
    assert "entries or objects could not be written" in result.error


def test_new_name_that_clockify_does_not_keep_ends(sync: Sync) -> None:
    project = edits.add_project(sync.world, sync.source, "Website")
    sync.settings["create_missing"] = ["projects"]
    sync.run(sync.lines(streams=("projects",)), first=True)
    edits.rename_project(sync.world, sync.source, project.id, "Shop")
    sync.server.faults.add(
        "status",
        match=lambda seen: seen.method == "PUT" and "/projects/" in seen.path,
        times=25,
        status=200,
        body="{}",
    )

    result = sync.run(sync.lines(streams=("projects",)))

    assert result.requests["PUT entry"] < 10


@pytest.mark.parametrize("policy", ["wait", "stop"])
def test_deletion_that_was_not_done_is_counted_as_left(sync: Sync, policy: str) -> None:
    entry = sync.track()
    sync.run(first=True)
    edits.delete_entry(sync.world, sync.source, entry.id)
    sync.server.faults.add("429", match=lambda seen: seen.method == "DELETE", times=None)

    result = sync.run(when_budget_spent=policy)

    assert result.summary["left"] == 1
    assert result.code == (1 if policy == "wait" else 0)
