"""What a selection needs from the input, and what happens to copies without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clockify_sandbox.world import edits
from mirror_support import DESTINATION, hire

if TYPE_CHECKING:
    from mirror_support import Sync

NOTHING_NEW = ['{"type": "STATE", "value": {}}']


def test_copies_stay_if_addresses_of_selected_people_are_missing(sync: Sync) -> None:
    sync.track()
    address = sync.world.users[sync.world.owner_id].email
    sync.settings["select"] = {"users": [address]}
    sync.run(first=True)

    result = sync.run(sync.lines(streams=("tags",)))

    assert result.summary["deleted"] == 0
    assert sync.copies() == sync.wanted()


def test_entry_that_waits_is_not_lost_by_a_run_without_people(sync: Sync) -> None:
    sync.track(project_id=sync.project("Lonely", both=False))
    address = sync.world.users[sync.world.owner_id].email
    sync.settings["select"] = {"users": [address]}
    sync.run(first=True, on_rejected="warn")
    sync.run(NOTHING_NEW, on_rejected="warn")
    edits.add_project(sync.world, DESTINATION, "Lonely")

    sync.run(NOTHING_NEW)

    assert sync.copies() == sync.wanted()


def test_copy_stays_if_the_names_of_its_tags_are_unclear(sync: Sync) -> None:
    tag = edits.add_tag(sync.world, sync.source, "Design, web")
    edits.add_tag(sync.world, DESTINATION, "Design, web")
    sync.track(tag_ids=[tag.id])
    sync.settings["select"] = {"tags": ["Design, web"]}
    sync.run(first=True)

    result = sync.run(sync.lines(streams=("users",)), on_rejected="warn")

    assert result.summary["deleted"] == 0
    assert sync.copies() == sync.wanted()


def test_map_of_addresses_is_not_ignored_if_addresses_are_missing(sync: Sync) -> None:
    bob = hire(sync.world, "Bob", sync.source, DESTINATION)
    sync.track(user_id=bob.id)
    sync.settings["user_map"] = {bob.email: "me"}

    sync.run(sync.lines(streams=("tags",)), first=True, on_rejected="warn")

    assert [each.user_id for each in sync.there.entries if each.user_id == bob.id] == []


def test_source_of_which_the_input_has_no_row_keeps_the_state_back(sync: Sync) -> None:
    sync.track()

    result = sync.run(first=True, source_workspace_id="a" * 24)

    assert result.states == []
    assert result.code == 1


def test_copy_of_another_sync_is_not_adopted(sync: Sync) -> None:
    """Two sources with equal entries need two copies, whose deletions are separate."""
    entry = sync.track()
    sync.run(first=True)
    lines = [
        line.replace(sync.source, "c" * 24).replace(entry.id, "e" * 24)
        for line in sync.lines(streams=())
    ]
    user = {entry.user_id: "me", "*": "me"}

    result = sync.run(lines, first=True, ledger=str(sync.folder / "other.json"), user_map=user)

    assert result.summary["adopted"] == 0
    assert len(sync.copies()) == 2
