"""A custom field on the copy instead of a ledger: no file, and nothing doubled either."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from clockify_client.http.session import Session
from clockify_sandbox.world import edits
from mirror_support import DESTINATION, HOUR, MONDAY, described, hire

if TYPE_CHECKING:
    from mirror_support import Sync


def test_copies_are_told_by_the_field_and_no_file_is_written(field_sync: Sync) -> None:
    sync = field_sync
    native = sync.native(MONDAY + 3 * HOUR)
    first, second = sync.track(), sync.track(MONDAY + HOUR)
    sync.run()
    assert sync.copies(native) == sync.wanted()
    assert sync.run().writes == 0

    edits.describe_entry(sync.world, sync.source, first.id, "Edited")
    edits.redate_entry(sync.world, sync.source, first.id, MONDAY - 2000 * HOUR)
    edits.delete_entry(sync.world, sync.source, second.id)
    result = sync.run()

    assert sync.copies(native) == sync.wanted()
    assert (result.summary["updated"], result.summary["deleted"]) == (1, 1)
    assert sync.there.entries[native.id] == native
    assert list(sync.folder.iterdir()) == []


def test_handed_over_entry_has_one_copy(field_sync: Sync) -> None:
    sync = field_sync
    ada = hire(sync.world, "Ada", sync.source, DESTINATION)
    entry = sync.track()
    sync.run()
    edits.hand_over_entry(sync.world, sync.source, entry.id, ada.id)

    sync.run()

    assert sync.copies() == sync.wanted()
    assert sync.run().writes == 0


def test_equal_entries_are_adopted_and_get_the_field(field_sync: Sync) -> None:
    sync = field_sync
    sync.track()
    native = sync.native(description="Work")

    result = sync.run()

    assert result.summary["adopted"] == 1
    assert [each.id for each in sync.there.entries] == [native.id]
    assert [each.value for each in sync.there.entries[native.id].fields] == [
        next(iter(sync.here.entries)).id
    ]


def test_rejected_entry_keeps_the_state_back(field_sync: Sync) -> None:
    sync = field_sync
    sync.track(project_id=sync.project("Lonely", both=False))

    result = sync.run()

    assert (result.code, result.states) == (1, [])


def test_field_that_is_missing_is_named(sync: Sync) -> None:
    sync.track()

    result = sync.run(ledger_field="Nowhere")

    assert (result.code, result.writes) == (1, 0)
    assert 'no custom field "Nowhere"' in result.error


def test_killed_run_doubles_nothing(field_sync: Sync, monkeypatch: pytest.MonkeyPatch) -> None:
    sync = field_sync
    for number in range(4):
        sync.track(MONDAY + number * HOUR)
    send = Session.send

    def send_and_die(self: Session, method: str, *args: Any, **options: Any) -> Any:
        answer = send(self, method, *args, **options)
        if method == "POST" and len(sync.there.entries) > 1:
            raise KeyboardInterrupt
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(Session, "send", send_and_die)
        with pytest.raises(KeyboardInterrupt):
            sync.run(concurrency=1)
    copies = list(sync.there.entries)
    edits.describe_entry(sync.world, DESTINATION, copies[0].id, "Edited by hand")
    edits.redate_entry(sync.world, DESTINATION, copies[0].id, MONDAY + 500 * HOUR)

    sync.run()

    assert sync.copies() == sync.wanted()
    assert described(sync.there, sync.there.entries[copies[0].id]) in sync.wanted()
