"""Lost answers, refusals, kills and spent budgets: nothing is lost, nothing is doubled."""

from __future__ import annotations

import datetime as dt
import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from clockify_client.http.limits import RateLimits
from clockify_client.http.session import Session
from clockify_sandbox.world import edits
from clockify_sandbox.world.model import FREE
from mirror_support import DESTINATION, HOUR, MONDAY, syncing
from target_clockify.ledger import parse
from target_clockify.storage import Storage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mirror_support import Result, Sync

CREATE = "POST /api/v1/workspaces"
NEXT_HOUR = dt.timedelta(hours=1, minutes=1)
NOTHING_NEW = ['{"type": "STATE", "value": {}}']


class KilledError(BaseException):
    """The process is killed; nothing runs after it."""


@pytest.mark.parametrize("fault", ["reset", "reset_before", "5xx", "5xx_after", "truncated"])
@pytest.mark.parametrize("route", ["POST", "PUT", "DELETE"])
def test_lost_answer_of_a_write(sync: Sync, fault: str, route: str) -> None:
    first, second = sync.track(), sync.track(MONDAY + HOUR)
    if route != "POST":
        sync.run(first=True)
        edits.describe_entry(sync.world, sync.source, first.id, "Edited")
        edits.delete_entry(sync.world, sync.source, second.id)
    sync.server.faults.add(fault, match=_of(route), times=2)

    result = sync.run(first=route == "POST")

    assert sync.copies() == sync.wanted()
    assert result.code == 0
    assert result.summary["equal"] is True
    assert sync.run().writes == 0


def _of(route: str) -> Callable[[Any], bool]:
    return lambda seen: seen.method == route and "time-entries" in seen.path


def test_create_is_not_repeated_blindly(sync: Sync) -> None:
    sync.track()
    sync.server.faults.add("5xx_after", match=_of("POST"), times=1)

    result = sync.run(first=True)

    assert result.requests["POST time-entries"] == 1
    assert result.summary["created"] == 0  # it was found
    assert len(sync.copies()) == 1


def test_server_that_never_answers_writes_fails_and_the_next_run_continues(sync: Sync) -> None:
    sync.track()
    sync.server.faults.add("5xx", match=_of("POST"), times=None)

    result = sync.run(first=True)

    assert result.code == 1
    assert "Nothing is written twice" in result.error or "nothing is written twice" in result.error
    assert result.states == []
    sync.server.faults.clear()
    assert sync.run(NOTHING_NEW).code == 0
    assert sync.copies() == sync.wanted()


def test_refused_entry_of_a_bulk_edit_is_found_alone(sync: Sync) -> None:
    entries = [sync.track(MONDAY + number * HOUR) for number in range(9)]
    sync.run(first=True)
    for entry in entries:
        edits.describe_entry(sync.world, sync.source, entry.id, f"Edited {entry.start:%H}")
    bad = f'"description":"Edited {entries[4].start:%H}"'.encode()
    refusal = b'{"code": 501, "message": "Not this one"}'.decode()
    sync.server.faults.add(
        "status",
        match=lambda seen: seen.method == "PUT" and bad in seen.body.replace(b": ", b":"),
        times=None,
        status=400,
        body=refusal,
    )

    result = sync.run()

    assert result.summary["updated"] == 8
    assert result.summary["rejected"] == 1
    assert "Not this one" in result.error


@pytest.mark.parametrize("limit", [1, 3])
def test_lower_limit_of_bulk_requests_is_found(tmp_path: Path, limit: int) -> None:
    with syncing(tmp_path, bulk_limit=limit) as sync:
        entries = [sync.track(MONDAY + number * HOUR) for number in range(8)]
        sync.run(first=True)
        for entry in entries[:5]:
            edits.describe_entry(sync.world, sync.source, entry.id, "Edited")
        for entry in entries[5:]:
            edits.delete_entry(sync.world, sync.source, entry.id)

        result = sync.run()

        assert sync.copies() == sync.wanted()
        assert (result.summary["updated"], result.summary["deleted"]) == (5, 3)


@pytest.mark.parametrize(
    "options",
    [
        {"bulk_atomic": False},
        {"delete_ids": "comma"},
        {"delete_ids": "repeated"},
        {"replaced_keys": "kept"},
        {"null_keys": "as_absent"},
        {"entry_list_zone": "target"},
        {"last_page_header": False},
        {"batch": False},
        {"write_delay": 0.3},
        {"write_delay": 0.3, "write_delay_of_one": True},
    ],
    ids=str,
)
def test_unconfirmed_behaviour_of_clockify_changes_nothing(
    tmp_path: Path, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    if "write_delay" in options:
        monkeypatch.setattr(RateLimits, "wait", lambda _self, seconds: time.sleep(seconds / 2))
    with syncing(tmp_path, **options) as sync:
        project = sync.project()
        entries = [sync.track(MONDAY + n * HOUR, project_id=project) for n in range(4)]
        assert sync.run(first=True).code == 0
        edits.describe_entry(sync.world, sync.source, entries[0].id, "Edited")
        edits.redate_entry(sync.world, sync.source, entries[1].id, MONDAY - 99 * 24 * HOUR)
        for entry in entries[2:]:
            edits.delete_entry(sync.world, sync.source, entry.id)

        result = sync.run()

        assert sync.copies() == sync.wanted()
        assert result.code == 0
        assert result.summary["equal"] is True


def test_value_that_clockify_does_not_keep_is_named(tmp_path: Path) -> None:
    with syncing(tmp_path, replaced_keys="kept") as sync:
        project = sync.project()
        entry = sync.track(project_id=project)
        sync.run(first=True)
        edits.move_entry(sync.world, sync.source, entry.id, None)

        result = sync.run()

        reason = "Clockify accepts the write and does not change project"
        assert result.summary["reasons"] == {reason: 1}
        assert result.code == 1


def test_kill_between_any_two_requests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kill after every request of a first load, and of a day with edits, in turn."""
    for after in (True, False):
        number = 0
        while True:
            folder = tmp_path / f"{after}-{number}"
            folder.mkdir()
            with syncing(folder) as sync:
                native = sync.native(MONDAY + 7 * HOUR)
                entries = [sync.track(MONDAY + hour * HOUR) for hour in range(4)]
                sync.run(NOTHING_NEW, first=True)
                was_killed = _killed(monkeypatch, sync, number, is_applied=after)
                edits.describe_entry(sync.world, sync.source, entries[0].id, "Edited")
                edits.delete_entry(sync.world, sync.source, entries[1].id)
                was_killed |= _killed(monkeypatch, sync, number, is_applied=after)

                result = sync.run()

                assert sync.copies(native) == sync.wanted(), (after, number)
                assert sync.there.entries[native.id] == native
                assert result.summary["equal"] is True
                assert sync.run().writes == 0
            if not was_killed:
                break
            number += 1
        assert number > 5


def test_copies_of_a_killed_run_are_known_whatever_people_do_to_them(
    sync: Sync, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        sync.track(MONDAY + number * HOUR)
    sync.run(NOTHING_NEW, first=True)
    assert _killed(monkeypatch, sync, 7, is_applied=False)
    copies = list(sync.there.entries)
    assert len(copies) > 1
    for copy in copies:
        edits.describe_entry(sync.world, DESTINATION, copy.id, "By hand")
        edits.redate_entry(sync.world, DESTINATION, copy.id, copy.start - 999 * HOUR)

    sync.run()

    assert sync.copies() == sync.wanted()
    assert {each.id for each in copies} <= {each.id for each in sync.there.entries}
    assert [each.name for each in sync.folder.iterdir()] == ["ledger.json"]


def test_entry_of_a_killed_run_that_the_tap_never_mentions_again_is_reported(
    sync: Sync, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = sync.track()
    sync.run(NOTHING_NEW, first=True)
    assert _killed(monkeypatch, sync, 4, is_applied=True)
    assert len(sync.copies()) == 1
    edits.delete_entry(sync.world, sync.source, entry.id)
    sync.sent.clear()  # the tap has no state of the run that sent it

    for _ in range(2):
        result = sync.run()
        assert (result.summary["orphans"], result.summary["equal"]) == (1, False)
        assert len(sync.copies()) == 1

    (copy,) = sync.there.entries
    edits.delete_entry(sync.world, DESTINATION, copy.id)
    sync.run()
    assert sync.run().summary["equal"] is True


def _killed(
    monkeypatch: pytest.MonkeyPatch, sync: Sync, requests: int, *, is_applied: bool
) -> bool:
    """Run until some requests were answered; return whether the run was killed before its end."""
    left, dead = [requests], []
    send, write = Session.send, Storage.write

    def send_or_die(self: Session, *args: Any, **options: Any) -> Any:
        left[0] -= 1
        if dead or left[0] < 0:
            if not dead and is_applied:
                send(self, *args, **options)
            dead.append(True)
            raise KilledError
        return send(self, *args, **options)

    def write_unless_dead(self: Storage, *args: Any) -> None:
        if not dead:
            write(self, *args)

    with monkeypatch.context() as patch:
        patch.setattr(Session, "send", send_or_die)
        patch.setattr(Storage, "write", write_unless_dead)
        try:
            sync.run(concurrency=1)
        except KilledError:
            (sync.folder / "ledger.json.lock").unlink(missing_ok=True)
    return bool(dead)


def test_first_load_stops_and_continues_within_the_requests_of_an_hour(tmp_path: Path) -> None:
    with syncing(tmp_path, enforce_rate_limits=True) as sync:
        workspace = sync.there.workspace
        sync.world.change_workspace(replace(workspace, plan=FREE))
        for number in range(70):
            sync.track(MONDAY - number * HOUR, description=f"{number}")
        made: list[Result] = [sync.run(first=True, when_budget_spent="stop")]
        newest = {each.start for each in sync.there.entries}
        while made[-1].summary["left"]:
            sync.world.clock.advance(NEXT_HOUR)
            made.append(sync.run(NOTHING_NEW, when_budget_spent="stop"))

        assert sync.copies() == sync.wanted()
        assert min(newest) > MONDAY - 30 * HOUR
        assert {each.code for each in made} == {0}
        assert [n for each in made if (n := sum(each.requests.values())) > 30] == []
        assert all(each.states for each in made)
        assert len(made) <= 4


@pytest.mark.parametrize(("policy", "code"), [("stop", 0), ("wait", 1)])
def test_limit_that_others_used_up_leaves_the_rest_planned(
    sync: Sync, policy: str, code: int
) -> None:
    for number in range(3):
        sync.track(MONDAY - number * HOUR)
    sync.server.faults.add("429", match=_of("POST"), times=None, after=1)

    result = sync.run(first=True, when_budget_spent=policy, concurrency=1)

    assert result.code == code
    assert (result.summary["created"], result.summary["left"]) == (1, 2)
    assert result.summary["rejected"] == 0
    sync.server.faults.clear()
    assert sync.run(NOTHING_NEW).code == 0
    assert sync.copies() == sync.wanted()


def test_budget_that_is_spent_before_the_plan_keeps_the_state_back(sync: Sync) -> None:
    sync.track()
    sync.run(NOTHING_NEW, first=True)

    result = sync.run(requests_per_hour=2, when_budget_spent="stop")

    assert (result.code, result.states, result.writes) == (0, [], 0)


def test_ledger_holds_no_content_once_everything_is_written(sync: Sync) -> None:
    sync.track(description="A secret project")
    sync.run(first=True)

    assert b"secret" not in sync.ledger.read_bytes()
    ledger = parse(sync.ledger.read_bytes(), "ledger")
    assert not ledger.waiting
    assert ledger.is_new is False
    assert json.loads(sync.ledger.read_bytes())["destination"] == DESTINATION
