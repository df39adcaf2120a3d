"""The three-way difference of what is wanted, what was last written, and what is there.

With two of the three, nobody could tell an edit at the source from an edit of the copy.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from target_clockify.content import differences, digest

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from target_clockify.content import Content
    from target_clockify.entries import Entry
    from target_clockify.ledger import Ledger, Mark

Action = Literal["create", "update", "delete", "keep", "reject"]
WRITES = ("create", "update", "delete")
EXAMPLES = 3
"""Ids that a message names for each reason."""

HIDDEN = "the key cannot read this person's time"


@dataclass(frozen=True)
class Step:
    """What is to happen to the copy of one entry.

    Attributes:
        action: What is done; ``keep`` and ``reject`` write nothing.
        key: The id of the entry at the source.
        content: What the copy should say; None if it is to be deleted.
        copy: The copy as it is; None if there is none.
        changed: The attributes that differ.
        reason: Why it is kept or rejected; for a write, what happened at the destination.
    """

    action: Action
    key: str
    content: Content | None = None
    copy: Entry | None = None
    changed: tuple[str, ...] = ()
    reason: str = ""

    @property
    def name(self) -> str:
        """What tells it from other steps: an entry may get a copy and lose an earlier one."""
        return f"delete {self.copy.id}" if self.action == "delete" and self.copy else self.key


@dataclass
class Plan:
    """Everything that a round does.

    Attributes:
        steps: In the order of planning.
        unchanged: How many copies are as they should be.
        conflicts: Ids of copies that somebody edited or deleted at the destination.
        gone: Entries whose copies are known to be gone, so that nothing is left to be done.
        gone_doomed: Ids of doomed copies that are gone.
        ignored: Writes that Clockify accepted in this run, and that changed nothing.
    """

    steps: list[Step] = field(default_factory=list)
    unchanged: set[str] = field(default_factory=set)
    conflicts: list[str] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    gone_doomed: set[str] = field(default_factory=set)
    ignored: list[Step] = field(default_factory=list)

    def of(self, action: Action) -> list[Step]:
        """Return the steps of one kind."""
        return [step for step in self.steps if step.action == action]

    @property
    def writes(self) -> list[Step]:
        """The steps that write."""
        return [step for step in self.steps if step.action in WRITES]

    def examples(self, action: Action) -> list[str]:
        """Return each reason with the ids of some entries, so that they can be found.

        The id is that of the copy, if there is one, else that of the entry at the source.
        """
        ids: defaultdict[str, list[str]] = defaultdict(list)
        for step in self.of(action):
            ids[step.reason].append(f"copy {step.copy.id}" if step.copy else step.key)
        return [
            f"{reason} ({', '.join(some[:EXAMPLES])}{', …' if len(some) > EXAMPLES else ''})"
            for reason, some in sorted(ids.items(), key=lambda item: -len(item[1]))
        ]

    @property
    def reasons(self) -> Counter[str]:
        """How often entries are rejected for each reason."""
        return Counter(step.reason for step in self.of("reject"))


@dataclass
class Planner:
    """Makes plans from what is wanted and what is there.

    Attributes:
        ledger: What was last written.
        fields: What is kept equal.
        on_conflict: What to do about copies that were edited or deleted at the destination.
        may_write_locked: Whether the key may change locked entries; requested only if needed.
        forbidden: Why a content cannot be written at the destination, or an empty string.
        hidden: People whose entries the key may not read.
    """

    ledger: Ledger
    fields: Collection[str]
    on_conflict: str
    may_write_locked: Callable[[], bool]
    forbidden: Callable[[Content], str]
    hidden: Collection[str]

    def plan(
        self,
        wanted: Mapping[str, Content],
        unwanted: Collection[str],
        rejected: Mapping[str, str],
        actual: Mapping[str, Entry],
    ) -> Plan:
        """Compare.

        Args:
            wanted: What the copies should say, by the ids of the entries at the source.
            unwanted: Ids of entries that should have no copy.
            rejected: Why an entry can have no copy, by id; a copy that it has stays.
            actual: Entries of the destination by their ids, all own copies included that exist.
        """
        plan = Plan()
        for key, reason in rejected.items():
            mark = self.ledger.marks.get(key)
            copy = actual.get(mark.copy) if mark else None
            plan.steps.append(Step("reject", key, wanted.get(key), copy, reason=reason))
        for key in unwanted:
            self._plan_unwanted(plan, key, actual)
        for key, content in wanted.items():
            if key not in rejected:
                self._plan_wanted(plan, key, content, actual)
        for key, mark in self.ledger.marks.items():
            # A copy for another person comes first, so that nothing is lost in between.
            is_wanted = key in wanted or key in rejected
            is_awaited = is_wanted and not mark.copy and not mark.is_refused
            for each in mark.doomed:
                if each.user in self.hidden:
                    plan.steps.append(Step("reject", key, reason=HIDDEN))
                elif each.id not in actual:
                    plan.gone_doomed.add(each.id)
                elif not is_awaited:
                    plan.steps.append(self._delete(key, actual[each.id]))
        return plan

    def _plan_unwanted(self, plan: Plan, key: str, actual: Mapping[str, Entry]) -> None:
        mark = self.ledger.marks.get(key)
        copy = actual.get(mark.copy) if mark else None
        if mark is not None and mark.copy and mark.user in self.hidden:
            plan.steps.append(Step("reject", key, reason=HIDDEN))
        elif mark is None or copy is None:
            plan.gone.add(key)
        elif self._is_edited(mark, copy) and self._stops(plan, copy.id):
            plan.steps.append(Step("keep", key, copy=copy, reason="edited at the destination"))
        else:
            plan.steps.append(self._delete(key, copy))

    def _plan_wanted(
        self, plan: Plan, key: str, content: Content, actual: Mapping[str, Entry]
    ) -> None:
        mark = self.ledger.marks.get(key)
        copy = actual.get(mark.copy) if mark else None
        if content.user in self.hidden or (mark and mark.user in self.hidden):
            plan.steps.append(Step("reject", key, content, reason=HIDDEN))
        elif mark is None or not (mark.copy or mark.is_refused):
            plan.steps.append(self._write("create", key, content))
        elif copy is None:
            deleted = "deleted at the destination"
            was_kept = mark.is_refused and self.on_conflict != "mirror"
            if was_kept or self._stops(plan, mark.copy):
                plan.steps.append(Step("keep", key, content, reason=deleted))
            else:
                plan.steps.append(self._write("create", key, content, reason=deleted))
        elif not (changed := differences(content, copy.content, self.fields)):
            plan.unchanged.add(key)
        else:
            self._plan_change(plan, key, content, copy, mark, tuple(changed))

    def _plan_change(
        self,
        plan: Plan,
        key: str,
        content: Content,
        copy: Entry,
        mark: Mark,
        changed: tuple[str, ...],
    ) -> None:
        is_edited = self._is_edited(mark, copy)
        both = is_edited and digest(content, self.fields) != mark.digest
        edited = (
            "edited at both sides" if both else "edited at the destination" if is_edited else ""
        )
        if is_edited and self._stops(plan, copy.id):
            plan.steps.append(Step("keep", key, content, copy, changed, edited))
        elif self._is_locked(copy):
            plan.steps.append(Step("reject", key, content, copy, changed, "locked"))
        elif "user" in changed:
            # No request changes whose entry it is.
            plan.steps.append(self._write("create", key, content, copy, changed, edited))
        else:
            plan.steps.append(self._write("update", key, content, copy, changed, edited))

    def _write(
        self,
        action: Action,
        key: str,
        content: Content,
        copy: Entry | None = None,
        changed: tuple[str, ...] = (),
        reason: str = "",
    ) -> Step:
        if problem := self.forbidden(content):
            return Step("reject", key, content, copy, changed, problem)
        return Step(action, key, content, copy, changed, reason)

    def _delete(self, key: str, copy: Entry) -> Step:
        if self._is_locked(copy):
            return Step("reject", key, copy=copy, reason="locked")
        return Step("delete", key, copy=copy)

    def _is_edited(self, mark: Mark, copy: Entry) -> bool:
        return bool(mark.digest) and digest(copy.content, self.fields) != mark.digest

    def _is_locked(self, copy: Entry) -> bool:
        return copy.is_locked and not self.may_write_locked()

    def _stops(self, plan: Plan, copy_id: str) -> bool:
        """Note a conflict, and return whether the copy stays as somebody left it."""
        plan.conflicts.append(copy_id)
        return self.on_conflict == "keep"
