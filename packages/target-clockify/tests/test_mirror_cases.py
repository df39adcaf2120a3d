"""Every case of docs/target-clockify.md: what happens to a copy when something changes."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest
from clockify_sandbox.world import edits
from clockify_sandbox.world.model import Membership
from clockify_sandbox.world.rules import set_rules
from mirror_support import (
    DESTINATION,
    HOUR,
    MONDAY,
    described,
    hire,
    tag_at_both,
    task_at_both,
)

if TYPE_CHECKING:
    from mirror_support import Sync

DAY = dt.timedelta(days=1)


def test_new_entries_are_created_with_everything_and_then_left_alone(sync: Sync) -> None:
    project = sync.project()
    task, tag = task_at_both(sync, project, "Design"), tag_at_both(sync, "remote")
    sync.track(project_id=project, task_id=task.id, tag_ids=[tag.id], description="Header")
    sync.track(MONDAY + DAY, description="", billable=False)

    first = sync.run(first=True)
    second = sync.run()

    assert sync.copies() == sync.wanted()
    assert first.code == second.code == 0
    assert first.summary["created"] == 2
    assert first.summary["equal"] is second.summary["equal"] is True
    assert second.summary["unchanged"] == 2
    assert second.writes == 0
    assert sum(second.requests.values()) == 3
    assert first.states == [{"run": 1}]


def test_edit_keeps_the_id_of_the_copy(sync: Sync) -> None:
    project, other = sync.project(), sync.project("App")
    tag = tag_at_both(sync, "remote")
    entry = sync.track(project_id=project)
    sync.run(first=True)
    (copy,) = sync.there.entries

    edits.describe_entry(sync.world, sync.source, entry.id, "Other work")
    edits.move_entry(sync.world, sync.source, entry.id, other)
    edits.retag_entry(sync.world, sync.source, entry.id, [tag.id])
    edits.redate_entry(sync.world, sync.source, entry.id, MONDAY + 40 * DAY)
    edits.set_billable(sync.world, sync.source, entry.id, billable=False)
    result = sync.run()

    assert sync.copies() == sync.wanted()
    assert [each.id for each in sync.there.entries] == [copy.id]
    assert result.summary["updated"] == 1


def test_deleted_and_restored_entries(sync: Sync) -> None:
    entry = sync.track()
    sync.run(first=True)

    edits.delete_entry(sync.world, sync.source, entry.id)
    deleted = sync.run()
    assert sync.copies() == []
    assert deleted.summary["deleted"] == 1
    assert sync.run().writes == 0  # the tombstone comes again

    edits.restore_entry(sync.world, sync.source, entry.id)
    sync.run()
    assert sync.copies() == sync.wanted()


def test_entry_that_leaves_the_selection_loses_its_copy(sync: Sync) -> None:
    acme, other = sync.project(client="Acme"), sync.project("App", client="Other")
    entry = sync.track(project_id=acme)
    sync.track(MONDAY + HOUR, project_id=other)
    sync.settings["select"] = {"clients": ["Acme"]}
    sync.run(first=True)
    assert sync.copies() == sync.wanted(entry)

    edits.move_entry(sync.world, sync.source, entry.id, other)
    result = sync.run()
    assert sync.copies() == []
    assert result.summary["deleted"] == 1

    edits.move_entry(sync.world, sync.source, entry.id, acme)
    sync.run()
    assert len(sync.copies()) == 1


def test_selection_by_project_person_tag_and_day(sync: Sync) -> None:
    ada = hire(sync.world, "Ada", sync.source, DESTINATION)
    website, tag = sync.project(), tag_at_both(sync, "remote")
    first = sync.track(project_id=website, tag_ids=[tag.id])
    second = sync.track(MONDAY + DAY, user_id=ada.id)
    chosen = {
        "projects": (["Website"], first),
        "users": (["ada@example.org"], second),
        "tags": ([tag.id], first),
        "since": ("2026-11-17", second),
    }
    for number, (name, (value, entry)) in enumerate(chosen.items()):
        sync.settings["select"] = {name: value}
        assert sync.run(first=number == 0).code == 0
        assert sync.copies() == sync.wanted(entry), name


def test_handed_over_entry_gets_a_copy_of_its_new_person(sync: Sync) -> None:
    ada = hire(sync.world, "Ada", sync.source, DESTINATION)
    entry = sync.track()
    sync.run(first=True)

    edits.hand_over_entry(sync.world, sync.source, entry.id, ada.id)
    result = sync.run()

    assert sync.copies() == sync.wanted()
    assert (result.summary["created"], result.summary["deleted"]) == (1, 1)
    assert result.requests["POST time-entries"] == 1


def test_running_timer_waits_and_no_timer_is_started(sync: Sync) -> None:
    entry = sync.track(hours=0)
    sync.run(first=True)
    assert sync.copies() == []

    edits.resize_entry(sync.world, sync.source, entry.id, 600)
    sync.run()
    assert sync.copies() == sync.wanted()
    assert not sync.there.entries.running()


def test_two_equal_entries_stay_two(sync: Sync) -> None:
    first, _second = sync.track(), sync.track()
    sync.run(first=True)
    assert len(sync.copies()) == 2

    edits.delete_entry(sync.world, sync.source, first.id)
    sync.run()
    assert len(sync.copies()) == 1


@pytest.mark.parametrize("adopt", ["loose", "exact", "never"])
def test_equal_entries_of_managed_projects_are_adopted_one_for_one(sync: Sync, adopt: str) -> None:
    project = sync.project()
    theirs = next(iter(sync.there.projects))
    elsewhere = edits.add_project(sync.world, DESTINATION, "Not ours")
    sync.track(project_id=project)
    sync.track(project_id=project)
    sync.native(project_id=theirs, description="Work")
    loose = sync.native(project_id=theirs, description="Work", billable=False)
    other = sync.native(project_id=elsewhere.id, description="Work")

    result = sync.run(first=True, adopt=adopt)

    expected = {"loose": (2, 0), "exact": (1, 1), "never": (0, 2)}[adopt]
    assert (result.summary["adopted"], result.summary["created"]) == expected
    assert described(sync.there, sync.there.entries[other.id]) == described(sync.there, other)
    if adopt == "exact":
        assert sync.copies(loose, other) == sync.wanted()
    if adopt == "loose":
        assert sync.copies(other) == sync.wanted()


def test_equal_entry_in_another_project_is_not_adopted(sync: Sync) -> None:
    elsewhere = edits.add_project(sync.world, DESTINATION, "Not ours")
    sync.track(project_id=sync.project())
    native = sync.native(project_id=elsewhere.id, description="Work")

    result = sync.run(first=True)

    assert (result.summary["adopted"], result.summary["created"]) == (0, 1)
    assert sync.there.entries[native.id] == native


def test_later_runs_adopt_nothing(sync: Sync) -> None:
    sync.track()
    sync.run(first=True)
    native = sync.native(MONDAY + DAY, description="Work")
    sync.track(MONDAY + DAY)

    result = sync.run()

    assert result.summary["adopted"] == 0
    assert sync.copies(native) == sync.wanted()


@pytest.mark.parametrize(("policy", "stays"), [("mirror", False), ("keep", True), ("fail", True)])
def test_copy_edited_at_the_destination(
    sync: Sync, policy: str, caplog: pytest.LogCaptureFixture, *, stays: bool
) -> None:
    entry = sync.track()
    sync.run(first=True)
    (copy,) = sync.there.entries
    edits.describe_entry(sync.world, DESTINATION, copy.id, "By hand")

    for _ in range(2):
        result = sync.run(on_conflict=policy)
        assert (sync.there.entries[copy.id].description == "By hand") is stays

    assert result.code == (1 if policy == "fail" else 0)
    assert result.states == ([] if policy == "fail" else [{"run": 3}])
    if policy == "keep":
        assert result.summary["kept"] == 1
        assert f"edited at the destination (copy {copy.id})" in caplog.text
        edits.describe_entry(sync.world, sync.source, entry.id, "Edited, too")
        assert sync.run(on_conflict=policy).summary["kept"] == 1


@pytest.mark.parametrize(("policy", "copies"), [("mirror", 1), ("keep", 0), ("fail", 0)])
def test_copy_deleted_at_the_destination(sync: Sync, policy: str, copies: int) -> None:
    entry = sync.track()
    sync.run(first=True)
    (copy,) = sync.there.entries
    edits.delete_entry(sync.world, DESTINATION, copy.id)

    for _ in range(2):
        result = sync.run(on_conflict=policy)
        assert len(sync.copies()) == copies

    assert result.code == (1 if policy == "fail" else 0)
    if policy == "keep":
        edits.delete_entry(sync.world, sync.source, entry.id)
        assert sync.run(on_conflict=policy).summary["kept"] == 0


def test_copy_moved_far_away_at_the_destination_is_found(sync: Sync) -> None:
    sync.track()
    sync.run(first=True)
    (copy,) = sync.there.entries
    edits.redate_entry(sync.world, DESTINATION, copy.id, MONDAY - 300 * DAY)

    result = sync.run()

    assert sync.copies() == sync.wanted()
    assert [each.id for each in sync.there.entries] == [copy.id]
    assert result.summary["updated"] == 1


def test_deleted_entry_whose_copy_was_edited_is_kept_only_by_policy(sync: Sync) -> None:
    entry = sync.track()
    sync.run(first=True)
    (copy,) = sync.there.entries
    edits.describe_entry(sync.world, DESTINATION, copy.id, "By hand")
    edits.delete_entry(sync.world, sync.source, entry.id)

    assert sync.run(on_conflict="keep").summary["kept"] == 1
    assert len(sync.copies()) == 1
    sync.run()
    assert sync.copies() == []


def test_what_is_not_kept_equal_stays_as_it_is(sync: Sync) -> None:
    tag = edits.add_tag(sync.world, DESTINATION, "theirs")
    entry = sync.track()
    sync.settings["fields"] = ["description"]
    sync.run(first=True)
    (copy,) = sync.there.entries
    edits.retag_entry(sync.world, DESTINATION, copy.id, [tag.id])
    edits.set_billable(sync.world, DESTINATION, copy.id, billable=True)

    edits.describe_entry(sync.world, sync.source, entry.id, "Edited")
    sync.run()

    changed = sync.there.entries[copy.id]
    assert changed.description == "Edited"
    assert changed.tag_ids == (tag.id,)
    assert changed.billable is True


def test_task_that_is_not_kept_equal_does_not_follow_into_another_project(sync: Sync) -> None:
    project, other = sync.project(), sync.project("App")
    task_at_both(sync, project, "Design")
    (theirs,) = sync.there.tasks
    entry = sync.track(project_id=project)
    sync.settings["fields"] = ["description"]
    sync.run(first=True)
    (copy,) = sync.there.entries
    edits.move_entry(sync.world, DESTINATION, copy.id, copy.project_id, theirs)

    edits.describe_entry(sync.world, sync.source, entry.id, "Edited")
    sync.run()
    assert sync.there.entries[copy.id].task_id == theirs

    edits.move_entry(sync.world, sync.source, entry.id, other)
    assert sync.run().code == 0
    assert sync.there.entries[copy.id].task_id is None


@pytest.mark.parametrize("action", ["edit", "delete"])
def test_locked_copy_is_not_tried_by_a_member_and_tried_again_later(
    sync: Sync, action: str
) -> None:
    entry = sync.track()
    sync.run(first=True)
    (copy,) = sync.there.entries
    edits.approve_entry(sync.world, DESTINATION, copy.id, sync.world.new_id())
    member = hire(sync.world, "Boss", DESTINATION, role="OWNER")
    _demote(sync)
    if action == "edit":
        edits.describe_entry(sync.world, sync.source, entry.id, "Edited")
    else:
        edits.delete_entry(sync.world, sync.source, entry.id)

    result = sync.run()
    assert result.summary["reasons"] == {"locked": 1}
    assert f"locked (copy {copy.id})" in result.error
    assert result.writes == 0
    assert result.code == 1
    assert result.states == [{"run": 2}]
    assert sync.run(on_rejected="warn").code == 0

    edits.approve_entry(sync.world, DESTINATION, copy.id, None)
    # The tap does not send the entry again: the ledger has it.
    assert sync.run(['{"type": "STATE", "value": {}}']).code == 0
    assert sync.copies() == sync.wanted()
    assert member.id


def _demote(sync: Sync) -> None:
    sync.world.put_member(Membership(sync.world.owner_id, DESTINATION, role="MEMBER"))


@pytest.mark.parametrize(
    ("rule", "columns", "reason"),
    [
        ("force_projects", {}, "the destination requires a project"),
        ("force_tags", {}, "the destination requires a tag"),
        ("force_description", {"description": " "}, "the destination requires a description"),
        ("force_tasks", {}, "the destination requires a task"),
    ],
)
def test_what_the_destination_requires_is_checked_before(
    sync: Sync, rule: str, columns: dict[str, str], reason: str
) -> None:
    set_rules(sync.world, DESTINATION, **{rule: True})
    sync.track(**columns)

    result = sync.run(first=True)

    assert result.summary["reasons"] == {reason: 1}
    assert result.writes == 0
    set_rules(sync.world, DESTINATION, **{rule: False})
    assert sync.run(['{"type": "STATE", "value": {}}']).summary["created"] == 1
    assert sync.copies() == sync.wanted()


def test_entry_before_the_lock_date_is_rejected_and_the_others_are_written(sync: Sync) -> None:
    hire(sync.world, "Boss", DESTINATION, role="OWNER")
    _demote(sync)
    set_rules(sync.world, DESTINATION, lock_before=MONDAY)
    sync.track(MONDAY - DAY)
    after = sync.track(MONDAY + DAY)

    result = sync.run(first=True)

    assert sync.copies() == sync.wanted(after)
    assert result.summary["rejected"] == 1
    assert "Clockify refuses it with status 400" in result.error
