"""Look at the destination: what is wanted, what is there, and what has to be done."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from target_clockify.content import digest
from target_clockify.ledger import Waiting
from target_clockify.matching import adoptable, orphans
from target_clockify.plan import WRITES, Plan, Planner
from target_clockify.resolve import Resolver, UnsureError
from target_clockify.sources import Named
from target_clockify.survey import Survey
from target_clockify.wanted import Wanted, decide, wants_objects

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from target_clockify.content import Content
    from target_clockify.directory import Directory
    from target_clockify.entries import Entries, Entry
    from target_clockify.ledger import Ledger
    from target_clockify.plan import Step
    from target_clockify.settings import Settings
    from target_clockify.sources import Input, SourceEntry
    from target_clockify.writing import Written

OFTEN = 2
"""After so many accepted writes, a difference that remains is Clockify's."""


@dataclass
class Observer:
    """Compares what is wanted with what is there.

    Attributes:
        unmakeable: Why a client, project, task or tag could not be made, by kind and key.
        written: What the run has written so far.
        copies_elsewhere: Ids of entries of the source that are copies of another sync.
        copies_beside: Ids of entries of the destination that are copies of another sync.
        sources: Entries of the source, by id: those of the input and those that wait.
        wanted: What is wanted.
        plan: What has to be done.
        strangers: Entries that the target did not write.
        adopted: Entries that were taken over, by the id of the entry at the source.
        unexplained: Entries in projects that the target manages, which it did not write.
        trusts_ledger: Whether ids that the ledger knows are used without a look at the lists.
        silent: Ids of entries that an interrupted run wrote, and that the input does not mention.
    """

    settings: Settings
    directory: Directory
    entries: Entries
    ledger: Ledger
    read: Input
    written: Written
    unmakeable: Mapping[tuple[str, str], str]
    copies_elsewhere: Collection[str] = ()
    copies_beside: Collection[str] = ()
    sources: dict[str, SourceEntry] = field(default_factory=dict)
    wanted: Wanted = field(default_factory=Wanted)
    plan: Plan = field(default_factory=Plan)
    strangers: list[Entry] = field(default_factory=list)
    adopted: dict[str, Entry] = field(default_factory=dict)
    unexplained: list[Entry] = field(default_factory=list)
    trusts_ledger: bool = True
    silent: set[str] = field(default_factory=set)
    _actual: dict[str, Entry] = field(default_factory=dict)
    _hidden: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Join what the input says with what earlier runs could not write."""
        for each in self.ledger.waiting.values():
            self._remind(each)
        waiting = {key: each.entry for key, each in self.ledger.waiting.items()}
        self.sources = {**waiting, **self.read.entries}
        for key in self.read.gone:
            self.sources.pop(key, None)
        mentioned = self.read.entries.keys() | self.read.gone
        self.silent = set(self.ledger.unsettled) - mentioned
        if self.ledger.rules != self.settings.rules:
            self.ledger.ids.clear()
            self.ledger.rules = self.settings.rules
        if self.ledger.fields != self.settings.kept:
            for mark in self.ledger.marks.values():
                mark.digest = ""
            self.ledger.fields = self.settings.kept

    def _remind(self, waiting: Waiting) -> None:
        """Add the names that were known when an entry began to wait, unless the input has them."""
        entry = waiting.entry
        if waiting.email:
            self.read.emails.setdefault(entry.user_id, waiting.email)
        for tag, name in zip(entry.tag_ids, waiting.tag_names, strict=False):
            self.read.objects["tags"].setdefault(tag, Named(tag, name))

    def waiting(self, key: str) -> Waiting:
        """Return an entry as the ledger keeps it until it is written."""
        before = self.ledger.waiting.get(key)
        entry = self.sources[key]
        return Waiting(
            entry,
            is_first=self.ledger.is_new or (before is not None and before.is_first),
            email=self.read.emails.get(entry.user_id, ""),
            tag_names=tuple(self._resolver().tag_names(entry) or ()),
        )

    def day(self, key: str) -> str:
        """Return the day of an entry at the source."""
        return self.sources[key].day if key in self.sources else ""

    def observe(self) -> None:
        """Decide what is wanted, read what there is, and compare.

        Raises:
            RequestError, ClockifyError: The destination cannot be read.
        """
        self._decide()
        self._look()
        self._compare()
        # The ids that the ledger knows may be outdated, which matters only if something is written.
        if self.trusts_ledger and self.plan.writes:
            self.trusts_ledger = False
            before = self.wanted.contents
            self._decide()
            if self.wanted.contents != before:
                self._look()
            self._compare()

    def compare_again(self) -> None:
        """Decide and compare after missing objects were made; entries are not read again."""
        self._decide()
        self._compare()

    def _decide(self) -> None:
        resolver = self._resolver()
        if wants_objects(resolver):
            self.trusts_ledger = False
        try:
            self.wanted = self._decided()
        except UnsureError:
            self.trusts_ledger = False
            self.wanted = self._decided()

    def _decided(self) -> Wanted:
        return decide(self._resolver(), self.read.gone, self.copies_elsewhere)

    def _resolver(self) -> Resolver:
        return Resolver(
            self.settings,
            self.ledger,
            self.read,
            self.sources,
            self.directory,
            self.trusts_ledger,
            unmakeable=self.unmakeable,
        )

    def _look(self) -> None:
        survey = Survey(self.entries, self.ledger, self.directory.owner_id)
        contents = self.wanted.contents
        if self.settings.ledger_field:
            field_id = self._resolver().ledger_field
            self._actual = survey.of_everybody(self._people(), field_id, contents)
        else:
            others = (*self.wanted.unwanted, *self.wanted.rejected, *self.silent)
            self._actual = survey.around(contents, others)
        self._hidden = survey.hidden

    def _people(self) -> list[str]:
        """Return the people who may have copies, if no ledger says whose they are."""
        people = {self.directory.owner_id}
        if set(self.settings.user_map.values()) == {"me"} and "*" in self.settings.user_map:
            return sorted(people)
        people |= {content.user for content in self.wanted.contents.values()}
        if self.directory.is_admin:
            people |= self.directory.users.keys()
        return sorted(people)

    # Copies that the ledger does not know

    def _recognize(self) -> None:
        """Find copies of a run that was killed, and entries to be adopted."""
        marks = self.ledger.marks
        lacking = {
            key: each
            for key, each in self.ledger.waiting.items()
            if key not in marks or not marks[key].copy
        }
        for key, (entry, planned) in orphans(lacking, self._not_own()).items():
            self._take_over(key, entry, planned)
        contents = self.wanted.contents
        self._revive(contents)
        if self.settings.adopt == "never":
            return
        managed = {content.project for content in contents.values()}
        candidates = [entry for entry in self._not_own() if entry.content.project in managed]
        waiting = self.ledger.waiting
        without = {
            key: content
            for key, content in contents.items()
            if key not in marks and (self._is_first or (key in waiting and waiting[key].is_first))
        }
        loosely = self.settings.adopt == "loose"
        for key, entry in adoptable(
            without, candidates, self.settings.fields, loosely=loosely
        ).items():
            self._take_over(key, entry, entry.content)
            self.adopted[key] = entry
        taken = {entry.id for entry in self.adopted.values()}
        self.unexplained = [entry for entry in candidates if entry.id not in taken]

    @property
    def _is_first(self) -> bool:
        """Whether equal entries may be adopted; without a ledger, nothing says when that ended."""
        return self.ledger.is_new or self.settings.ledger_field is not None

    def _revive(self, contents: Mapping[str, Content]) -> None:
        """Use a copy again that was to be deleted, if its entry is wanted again."""
        for key, content in contents.items():
            mark = self.ledger.marks.get(key)
            if mark is None or mark.copy:
                continue
            for each in mark.doomed:
                if each.id in self._actual and each.user == content.user:
                    self.ledger.revive(key, each.id)
                    break

    def _take_over(self, key: str, entry: Entry, content: Content) -> None:
        self.ledger.written(
            key, entry.id, content, digest(content, self.settings.kept), self.day(key)
        )

    def _not_own(self) -> list[Entry]:
        own = {*self.ledger.own_ids(), *self.copies_beside}
        return [entry for entry in self._actual.values() if entry.id not in own]

    # Comparing

    def _compare(self) -> None:
        self._recognize()
        planner = Planner(
            self.ledger,
            self.settings.kept,
            self.settings.on_conflict,
            may_write_locked=lambda: self.directory.is_admin,
            forbidden=self._forbidden,
            hidden=self._hidden,
        )
        contents = self.wanted.contents
        refused = {key: why for key, why in self.written.refused.items() if key in contents}
        rejected = {**self.wanted.rejected, **refused}
        plan = planner.plan(contents, self.wanted.unwanted, rejected, self._actual)
        plan.steps = [self._possible(plan, step) for step in plan.steps]
        plan.gone |= {key for key in self.silent - contents.keys() if self._has_lost_copy(key)}
        self.plan = plan
        self.strangers = self._not_own()

    def _has_lost_copy(self, key: str) -> bool:
        mark = self.ledger.marks.get(key)
        return mark is not None and mark.user not in self._hidden and mark.copy not in self._actual

    def _possible(self, plan: Plan, step: Step) -> Step:
        """Reject a write that Clockify refused in this run, or accepted and did not keep."""
        if step.action not in WRITES:
            return step
        reason = self.written.refused.get(step.name, "")
        if not reason and self.written.tries[step.name] >= OFTEN:
            kept = ", ".join(step.changed) or "the entry"
            reason = f"Clockify accepts the write and does not change {kept}"
            plan.ignored.append(step)
        return replace(step, action="reject", reason=reason) if reason else step

    @property
    def unseen(self) -> list[Step]:
        """Steps that Clockify has accepted in the last round, and that seem to be needed again."""
        fresh = self.written.fresh
        return [step for step in self.plan.steps if step.action != "reject" and step.name in fresh]

    def _forbidden(self, content: Content) -> str:
        """Return why the destination's settings forbid a content, or an empty string."""
        settings = self.directory.settings
        needs = (
            ("forceProjects", content.project, "project"),
            ("forceTasks", content.task, "task"),
            ("forceTags", content.tags, "tag"),
            ("forceDescription", content.description.strip(), "description"),
        )
        for name, value, what in needs:
            if settings.get(name) and not value:
                return f"the destination requires a {what}"
        features = self.directory.subscription.features
        is_others = content.user != self.directory.owner_id
        if is_others and features and "ADD_TIME_FOR_OTHERS" not in features:
            return "the destination's plan does not allow adding time for others"
        return ""
