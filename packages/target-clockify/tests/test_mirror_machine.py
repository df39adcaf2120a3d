"""Any sequence of edits at both sides, lost answers and kills ends in copies that are equal."""

from __future__ import annotations

import datetime as dt
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from clockify_client.http.limits import RateLimits
from clockify_client.http.session import Session
from clockify_sandbox.world import edits
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from mirror_support import DESTINATION, HOUR, MONDAY, syncing, tag_at_both
from target_clockify.storage import Storage

if TYPE_CHECKING:
    from clockify_sandbox.world.model import Entry

HOURS = st.integers(0, 5)
"""Few instants, so that entries are often alike."""

TEXTS = st.sampled_from(("Header", "Footer", "Überarbeitung 🙂", ""))
FAULTS = st.sampled_from(("reset", "reset_before", "5xx", "5xx_after", "truncated"))
PICK = st.integers(0, 10_000)


class KilledError(BaseException):
    """The process is killed."""


class TwoSides(RuleBasedStateMachine):
    """People at the source and at the destination, and the target between them."""

    @initialize()
    def open(self) -> None:
        """Start with two projects and a tag at both sides, and the first ledger."""
        self.stack = ExitStack()
        folder = self.stack.enter_context(tempfile.TemporaryDirectory())
        self.sync = self.stack.enter_context(syncing(Path(folder)))
        patch = self.stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(RateLimits, "wait", lambda _self, _seconds: None)
        self.projects = [self.sync.project(), self.sync.project("App", client="Other"), None]
        self.tag = tag_at_both(self.sync, "remote").id
        self.natives: dict[str, Entry] = {}
        self.deleted: list[str] = []
        self.is_unsure = False
        self.sync.settings |= {"adopt": "never", "max_delete_share": 1}
        self.sync.run(['{"type": "STATE", "value": {}}'], first=True)

    def teardown(self) -> None:
        """A good run makes the copies equal, and the next one writes nothing."""
        if not hasattr(self, "sync"):
            return
        with self.stack:
            self.sync.server.faults.clear()
            self.check(self.sync.run())
            assert self.sync.run().writes == 0

    def check(self, result: Any) -> None:
        """Compare both sides after a run that has finished."""
        assert result.code == 0, result.error
        assert result.summary["equal"] is True
        assert self.sync.copies(*self.natives.values()) == self.sync.wanted()
        for native in self.natives.values():
            assert self.sync.there.entries[native.id] == native
        self.is_unsure = False

    # The source

    @rule(hour=HOURS, text=TEXTS, which=PICK, has_tag=st.booleans(), runs=st.booleans())
    def track(self, hour: int, text: str, which: int, *, has_tag: bool, runs: bool) -> None:
        self.sync.track(
            MONDAY + hour * HOUR,
            hours=0 if runs and not self.sync.here.entries.running() else 1,
            project_id=self.projects[which % 3],
            tag_ids=[self.tag] if has_tag else [],
            description=text,
        )

    @precondition(lambda self: len(self.sync.here.entries))
    @rule(pick=PICK, kind=st.integers(0, 5), hour=HOURS, text=TEXTS)
    def edit(self, pick: int, kind: int, hour: int, text: str) -> None:
        world, source = self.sync.world, self.sync.source
        entry = _picked(self.sync.here.entries, pick)
        if kind == 0:
            edits.describe_entry(world, source, entry.id, text)
        elif kind == 1:
            edits.move_entry(world, source, entry.id, self.projects[pick % 3])
        elif kind == 2:
            edits.retag_entry(world, source, entry.id, [self.tag] if hour % 2 else [])
        elif kind == 3:
            edits.redate_entry(world, source, entry.id, MONDAY + dt.timedelta(days=9 * hour))
        elif kind == 4:
            edits.resize_entry(world, source, entry.id, 600 * (hour + 1))
        else:
            edits.delete_entry(world, source, entry.id)
            self.deleted.append(entry.id)

    @precondition(lambda self: self.deleted)
    @rule(pick=PICK)
    def restore(self, pick: int) -> None:
        key = self.deleted.pop(pick % len(self.deleted))
        edits.restore_entry(self.sync.world, self.sync.source, key)

    # The destination

    @rule(hour=HOURS, text=TEXTS)
    def add_native(self, hour: int, text: str) -> None:
        native = self.sync.native(MONDAY + hour * HOUR, hours=2, description=text)
        self.natives[native.id] = native

    @precondition(lambda self: self.copies and not self.is_unsure)
    @rule(pick=PICK, kind=st.integers(0, 3), hour=HOURS)
    def edit_copy(self, pick: int, kind: int, hour: int) -> None:
        copy = _picked(self.copies, pick)
        if kind == 0:
            edits.describe_entry(self.sync.world, DESTINATION, copy.id, "By hand")
        elif kind == 1:
            far = MONDAY - dt.timedelta(days=50 * hour)
            edits.redate_entry(self.sync.world, DESTINATION, copy.id, far)
        elif kind == 2:
            edits.move_entry(self.sync.world, DESTINATION, copy.id, None)
        else:
            edits.delete_entry(self.sync.world, DESTINATION, copy.id)

    @property
    def copies(self) -> list[Entry]:
        """The entries of the destination that are no natives."""
        return [each for each in self.sync.there.entries if each.id not in self.natives]

    # Runs

    @rule()
    def run(self) -> None:
        self.check(self.sync.run())

    @rule(fault=FAULTS, after=st.integers(0, 4), times=st.integers(1, 3))
    def run_with_faults(self, fault: Any, after: int, times: int) -> None:
        faults = self.sync.server.faults
        faults.add(fault, match=lambda seen: seen.method != "GET", after=after, times=times)
        self.check(self.sync.run())
        faults.clear()

    @rule(requests=st.integers(0, 14), is_applied=st.booleans(), has_ledger=st.booleans())
    def run_that_is_killed(self, requests: int, *, is_applied: bool, has_ledger: bool) -> None:
        left, dead = [requests], []
        send, write, note = Session.send, Storage.write, Storage.note

        def send_or_die(client: Session, *args: Any, **options: Any) -> Any:
            left[0] -= 1
            if dead or left[0] < 0:
                if not dead and is_applied:
                    send(client, *args, **options)
                dead.append(True)
                raise KilledError
            return send(client, *args, **options)

        def write_unless_dead(storage: Storage, ledger: Any) -> None:
            if not dead:
                write(storage, ledger)

        def note_unless_dead(storage: Storage, key: str, copy: str) -> None:
            if has_ledger and not dead:
                note(storage, key, copy)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Session, "send", send_or_die)
            patch.setattr(Storage, "write", write_unless_dead)
            patch.setattr(Storage, "note", note_unless_dead)
            try:
                self.check(self.sync.run(concurrency=1))
            except KilledError:
                self.is_unsure = True
                (self.sync.folder / "ledger.json.lock").unlink(missing_ok=True)


def _picked(entries: Any, pick: int) -> Entry:
    ordered = sorted(entries, key=lambda entry: entry.id)
    found: Entry = ordered[pick % len(ordered)]
    return found


TestTwoSides = TwoSides.TestCase
TestTwoSides.settings = settings(
    max_examples=40,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
