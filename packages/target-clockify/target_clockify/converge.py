"""Read the destination, compare, write, and read again until nothing differs.

The last read is the proof that the copies equal the selection. It is also how lost answers are
resolved: a create that had no answer is never repeated before the destination was read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clockify_client.http.limits import BudgetSpentError

from target_clockify.content import digest
from target_clockify.errors import GuardError, MirrorError
from target_clockify.ledger import dump
from target_clockify.matching import lookalikes
from target_clockify.plan import HIDDEN
from target_clockify.resolve import PLACEHOLDER, is_unmade
from target_clockify.writing import new_content

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable

    from target_clockify.directory import Directory
    from target_clockify.ledger import Ledger
    from target_clockify.making import Maker
    from target_clockify.observing import Observer
    from target_clockify.settings import Settings
    from target_clockify.writing import Writer

FEW_DELETES = 10
"""So many deletes pass whatever ``max_delete_share`` says."""

PATIENCE = (1.0, 2.0, 4.0, 8.0)
"""Seconds to wait before another round if the last one achieved nothing."""


@dataclass
class Mirror:
    """One run from the end of the input to the proof.

    Attributes:
        keep: Keeps the ledger.
        kept: The ledger as it was kept last.
        wait: Waits for some seconds.
        is_proven: Whether the last read showed that nothing differs.
    """

    settings: Settings
    directory: Directory
    ledger: Ledger
    observer: Observer
    maker: Maker
    writer: Writer
    keep: Callable[[Ledger], None]
    wait: Callable[[float], None]
    logger: logging.Logger
    kept: bytes = field(default=b"", repr=False)
    unchanged: int = 0
    is_proven: bool = False

    def look(self) -> None:
        """Read the destination and plan, without a write.

        Raises:
            RequestError, ClockifyError: The destination cannot be read.
        """
        self.observer.observe()
        self.unchanged = len(self.observer.plan.unchanged)

    def guard(self) -> None:
        """Check the plan before the first write.

        Raises:
            GuardError: A setting forbids the plan.
        """
        plan = self.observer.plan
        if self.settings.on_conflict == "fail" and plan.conflicts:
            shown = ", ".join(plan.conflicts[:5])
            raise GuardError(
                f"{len(plan.conflicts)} copies were edited or deleted at the destination ({shown}),"
                " and on_conflict is fail, so nothing was written. Undo the edits, or set"
                " on_conflict to mirror or keep."
            )
        current = {mark.copy for mark in self.ledger.marks.values() if mark.copy}
        deletes = sum(
            step.copy is not None and step.copy.id in current for step in plan.of("delete")
        )
        share = self.settings.max_delete_share
        if deletes > FEW_DELETES and deletes > share * len(current):
            raise GuardError(
                f"{deletes} of {len(current)} copies would be deleted, more than max_delete_share"
                f" ({share}) allows, so nothing was written. If that is right, raise"
                " max_delete_share for one run; otherwise check select and the tap."
            )

    def converge(self) -> None:
        """Write until a read shows that nothing differs any more, or the requests are used up.

        Raises:
            RequestError, ClockifyError: The run cannot continue; the ledger says how far it came.
        """
        self.remember()
        try:
            self._rounds()
            self.is_proven = True
            if not self.left:
                self.ledger.is_new = False
            self._settle()
        except BudgetSpentError as error:
            self.logger.warning("%s", error)
            self._settle()
        finally:
            self.ledger.forget_empty()
            self.save()

    def _settle(self) -> None:
        """Forget what was written, since the STATE will be passed on; but not what is unclear."""
        silent, marks = self.observer.silent, self.ledger.marks
        self.ledger.unsettled = tuple(
            sorted(key for key in silent if key in marks and marks[key].copy)
        )

    @property
    def left(self) -> int:
        """How many entries are left to later runs."""
        waiting = sum(not each.reason for each in self.ledger.waiting.values())
        doomed = sum(len(mark.doomed) for mark in self.ledger.marks.values())
        return waiting if self.is_proven else waiting + doomed

    def save(self) -> None:
        """Keep the ledger, if it has changed."""
        now = dump(self.ledger)
        if now != self.kept:
            self.keep(self.ledger)
            self.kept = now

    def _rounds(self) -> None:
        in_vain = 0
        while self.has_work:
            before = self._achieved
            self.save()
            self._make()
            self.writer.carry_out(self.observer.plan)
            if self.writer.written.budget_error is not None:
                raise self.writer.written.budget_error
            in_vain = in_vain + 1 if self._achieved == before else 0
            if in_vain > len(PATIENCE):
                raise MirrorError(
                    "Clockify did not answer the same writes several times, so it is unknown"
                    " whether it carried them out. Run it again later: nothing is written twice."
                )
            if in_vain or self.writer.written.unanswered:
                self.writer.written.unanswered = 0
                self.wait(PATIENCE[max(in_vain - 1, 0)])
            self._observe_after_writes()
            self.remember()

    @property
    def has_work(self) -> bool:
        """Whether something is still to be written."""
        observer = self.observer
        return bool(observer.plan.writes or observer.wanted.makes or observer.wanted.renames)

    @property
    def _achieved(self) -> tuple[int, int]:
        written = self.writer.written
        return (
            self.maker.made + self.maker.renamed + len(self.maker.failed),
            sum(written.tries.values()) + len(written.refused),
        )

    def _make(self) -> None:
        """Make what is missing, parents first, and plan again with its ids."""
        observer = self.observer
        while makes := [m for m in observer.wanted.makes if not m.parent.startswith(PLACEHOLDER)]:
            before = self._achieved
            self.maker.make(makes)
            observer.compare_again()
            self.remember()
            self.save()
            if self._achieved == before:
                return
        self.maker.rename(observer.wanted.renames)

    def _observe_after_writes(self) -> None:
        """Read until everything that was written is seen, since a list may lag behind."""
        if self.maker.made or self.maker.renamed:
            self.directory.drop("clients", "projects", "tags")
        for pause in (0.0, *PATIENCE):
            if pause:
                self.wait(pause)
            self.observer.observe()
            if not self.observer.unseen:
                return
        # A change may be written again, but what was created must not be.
        if missing := sum(step.copy is None for step in self.observer.unseen):
            raise MirrorError(
                f"Clockify created {missing} entries and does not show them, so the run cannot"
                " prove that the copies are right. Run it again later: nothing is written twice."
            )

    # Remembering

    def remember(self) -> None:
        """Note in the ledger what was seen and what is about to be written."""
        self._remember_what_was_seen()
        self._remember_creates()
        plan, ledger = self.observer.plan, self.ledger
        for step in plan.of("update"):
            ledger.waiting[step.key] = self.observer.waiting(step.key)
        for step in plan.of("delete"):
            if step.key not in self.observer.wanted.contents:
                ledger.waiting.pop(step.key, None)
            if step.copy and ledger.mark(step.key).copy == step.copy.id:
                ledger.doom(step.key)
        self._remember_refusals()
        written = {step.key for step in plan.writes}
        ledger.unsettled = tuple(sorted({*ledger.unsettled, *written}))

    def _remember_what_was_seen(self) -> None:
        plan, ledger = self.observer.plan, self.ledger
        for key in self.observer.wanted.skipped:
            ledger.waiting.pop(key, None)
        for key in plan.gone:
            ledger.waiting.pop(key, None)
            if key in ledger.marks:
                ledger.marks[key].copy = ledger.marks[key].digest = ""
                ledger.marks[key].is_refused = False
        for key in plan.unchanged:
            ledger.waiting.pop(key, None)
            content = self.observer.wanted.contents[key]
            now = digest(content, self.settings.kept)
            ledger.written(key, ledger.marks[key].copy, content, now, self.observer.day(key))
        for mark in ledger.marks.values():
            mark.doomed = tuple(each for each in mark.doomed if each.id not in plan.gone_doomed)

    def _remember_creates(self) -> None:
        """Note what each new copy should say, so that it can be found if nobody confirms it."""
        ledger = self.ledger
        creates = self.observer.plan.of("create")
        planned = [new_content(step, self.settings.kept) for step in creates]
        alike = lookalikes(planned, self.observer.strangers)
        for step, content, ids in zip(creates, planned, alike, strict=True):
            if step.copy:
                ledger.doom(step.key)
            else:
                ledger.lose(step.key)
            planned_content = None if is_unmade(content) else content
            waiting = self.observer.waiting(step.key)
            waiting.planned, waiting.lookalikes = planned_content, ids
            ledger.waiting[step.key] = waiting

    def _remember_refusals(self) -> None:
        plan, ledger, sources = self.observer.plan, self.ledger, self.observer.sources
        for step in plan.of("reject"):
            if step.key in self.observer.wanted.unwanted:
                # Tombstones come twice only, so what could not be deleted is remembered.
                ledger.doom(step.key)
                ledger.waiting.pop(step.key, None)
            elif step.key in sources:
                waiting = self.observer.waiting(step.key)
                waiting.reason = step.reason
                before = ledger.waiting.get(step.key)
                if before is not None and step.reason == HIDDEN:
                    # Nobody could look whether the copy that was planned exists.
                    waiting.planned, waiting.lookalikes = before.planned, before.lookalikes
                ledger.waiting[step.key] = waiting
        for step in plan.of("keep"):
            ledger.waiting.pop(step.key, None)
            if step.copy is None:
                ledger.lose(step.key)
                ledger.mark(step.key).is_refused = True
