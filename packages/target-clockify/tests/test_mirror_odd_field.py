"""A custom field instead of a ledger: what a run that does not end well must not forget."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clockify_sandbox.resources import store
from clockify_sandbox.world import edits
from clockify_sandbox.world.model import FieldValue, Membership
from mirror_support import DESTINATION, HOUR, MONDAY, hire, syncing, with_field

if TYPE_CHECKING:
    from pathlib import Path

    from mirror_support import Sync


def test_deletion_that_was_not_done_keeps_the_state_back(field_sync: Sync) -> None:
    sync = field_sync
    entry = sync.track()
    sync.run()
    edits.delete_entry(sync.world, sync.source, entry.id)
    sync.server.faults.add("429", match=lambda seen: seen.method == "DELETE", times=None)

    result = sync.run(when_budget_spent="stop")

    assert len(sync.copies()) == 1
    assert result.states == []


def test_adoption_without_an_answer_is_not_followed_by_a_create(field_sync: Sync) -> None:
    sync = field_sync
    sync.track()
    sync.native(description="Work")
    sync.track(MONDAY + HOUR, description="New")
    sync.server.faults.add("reset_before", match=lambda seen: seen.method == "PUT")

    sync.run()

    assert sync.copies() == sync.wanted()


def test_manager_doubles_nothing(tmp_path: Path) -> None:
    with syncing(tmp_path, managers_write=True) as sync:
        with_field(sync)
        ada = hire(sync.world, "Ada", sync.source, DESTINATION)
        me = Membership(sync.world.owner_id, DESTINATION, role="MANAGER")
        sync.world.put_member(me)
        sync.track(user_id=ada.id)
        for _ in range(2):
            sync.run()

        assert len(sync.copies()) == 1


def test_ways_in_opposite_directions_do_not_go_round_in_circles(field_sync: Sync) -> None:
    """A row whose field names an entry of the destination is a copy of it."""
    sync = field_sync
    native = sync.native()
    own = store.add(
        sync.world,
        sync.source,
        "custom_fields",
        name="Source",
        type="TXT",
        entityType="TIMEENTRY",
        status="INVISIBLE",
    )
    value = FieldValue(own["id"], "Source", "TXT", native.id)
    sync.track(description="Native", fields=(value,))

    sync.run(adopt="never")

    assert sync.copies(native) == []
