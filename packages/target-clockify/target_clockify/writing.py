"""Carry out a plan: create one by one, change and delete many at once, and note what came of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from clockify_client.errors import quoted
from clockify_client.http.errors import (
    TOO_MANY_REQUESTS,
    UNAUTHORIZED,
    RequestError,
    UnansweredError,
)
from clockify_client.http.limits import BudgetSpentError, StoppedError

from target_clockify.content import digest, merged, only
from target_clockify.entries import AT_ONCE
from target_clockify.resolve import is_unmade

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from clockify_client.http.workers import Workers

    from target_clockify.content import Content
    from target_clockify.entries import Entries
    from target_clockify.ledger import Ledger
    from target_clockify.plan import Plan, Step

T = TypeVar("T")

SAVE_EVERY = 200
"""Creates after which the ledger is saved in the middle of a round, if there are few."""

MOST_SAVES = 10
"""Saves in the middle of a round, however many creates there are: a large ledger takes a while."""


@dataclass
class Written:
    """The results of the writes of a run.

    Attributes:
        counts: How many entries were created, updated and deleted.
        tries: How often Clockify accepted a write for an entry, by its id at the source.
        refused: Why Clockify refused to write an entry.
        fresh: The names of the steps that Clockify accepted in the last round.
        unanswered: How many requests had no answer.
        budget_error: Says that the requests of the hour are used up; None while they are not.
    """

    counts: Counter[str] = field(default_factory=Counter)
    tries: Counter[str] = field(default_factory=Counter)
    refused: dict[str, str] = field(default_factory=dict)
    fresh: set[str] = field(default_factory=set)
    unanswered: int = 0
    budget_error: BudgetSpentError | None = None


@dataclass
class Writer:
    """Writes to the destination.

    Attributes:
        save: Saves the ledger.
        day: Returns the day of an entry at the source.
        note: Notes a new copy at once; called in threads.
    """

    entries: Entries
    workers: Workers
    ledger: Ledger
    fields: Collection[str]
    written: Written = field(default_factory=Written)
    save: Callable[[], None] = lambda: None
    day: Callable[[str], str] = lambda _key: ""
    note: Callable[[str, str], None] = lambda _key, _copy: None

    def carry_out(self, plan: Plan) -> None:
        """Create, change, then delete; a request that fails does not keep the others from it.

        Raises:
            RequestError: Clockify does not accept the key.
        """
        self.written.fresh.clear()
        for stage in (self._create, self._update, self._delete):
            stage(plan)
            if self.written.budget_error is not None:
                return

    def _create(self, plan: Plan) -> None:
        steps = [step for step in plan.of("create") if step.content and not is_unmade(step.content)]
        # The newest first: if the requests of the hour do not suffice, they matter most.
        steps.sort(key=lambda step: step.content.start, reverse=True)  # type: ignore[union-attr]
        contents = [new_content(step, self.fields) for step in steps]
        tasks = [
            partial(self._create_one, step.key, content)
            for step, content in zip(steps, contents, strict=True)
        ]
        save_every = max(SAVE_EVERY, len(steps) // MOST_SAVES)
        stopped: StoppedError | None = None
        for number, (step, content, result) in enumerate(
            zip(steps, contents, self._results(tasks), strict=True), start=1
        ):
            if isinstance(result, str):
                self._note(step, result, content)
            elif isinstance(result, StoppedError):
                stopped = result  # what was under way when the signal came is still noted
            else:
                self._failed([step], result)
            if number % save_every == 0:
                self.save()
        if stopped is not None:
            raise stopped

    def _create_one(self, key: str, content: Content) -> str:
        copy = self.entries.create(content)
        self.note(key, copy)
        return copy

    def _update(self, plan: Plan) -> None:
        of_person: defaultdict[str, list[tuple[Step, Content]]] = defaultdict(list)
        for step in plan.of("update"):
            if step.content and step.copy and not is_unmade(step.content):
                content = merged(step.content, step.copy.content, self.fields)
                of_person[step.content.user].append((step, content))
        for user, pairs in of_person.items():
            for chunk in _chunks(pairs):
                self._update_chunk(user, chunk)

    def _update_chunk(self, user: str, pairs: list[tuple[Step, Content]]) -> None:
        contents = {step.copy.id: content for step, content in pairs if step.copy is not None}

        def request() -> None:
            if len(contents) == 1:
                self.entries.update(*next(iter(contents.items())))
            else:
                self.entries.update_many(user, contents)

        error = self._error_of(request)
        if error is None:
            for step, content in pairs:
                if step.copy is not None:
                    self._note(step, step.copy.id, content)
        elif _is_refusal(error) and len(pairs) > 1:
            for half in _halves(pairs):
                self._update_chunk(user, half)
        else:
            self._failed([step for step, _ in pairs], error)

    def _delete(self, plan: Plan) -> None:
        of_person: defaultdict[str, list[Step]] = defaultdict(list)
        for step in plan.of("delete"):
            if step.copy is not None:
                of_person[step.copy.content.user].append(step)
        for user, steps in of_person.items():
            for chunk in _chunks(steps):
                self._delete_chunk(user, chunk)

    def _delete_chunk(self, user: str, steps: list[Step]) -> None:
        ids = [step.copy.id for step in steps if step.copy is not None]

        def request() -> None:
            if len(ids) == 1:
                self.entries.delete(ids[0])
            else:
                self.entries.delete_many(user, ids)

        error = self._error_of(request)
        if error is None:
            for step in steps:
                # Until a later read shows that it is gone, the ledger keeps it.
                self._accepted(step)
        elif _is_refusal(error) and len(steps) > 1:
            for half in _halves(steps):
                self._delete_chunk(user, half)
        else:
            self._failed(steps, error)

    def _note(self, step: Step, copy_id: str, content: Content) -> None:
        self.ledger.written(
            step.key, copy_id, content, digest(content, self.fields), self.day(step.key)
        )
        self.ledger.waiting.pop(step.key, None)
        self._accepted(step)

    def _accepted(self, step: Step) -> None:
        self.written.tries[step.name] += 1
        self.written.fresh.add(step.name)
        self.written.counts[f"{step.action}d"] += 1

    def _failed(self, steps: Iterable[Step], error: Exception) -> None:
        if isinstance(error, RequestError) and error.status == TOO_MANY_REQUESTS:
            # Somebody else used up the requests of the hour: what is left stays planned.
            self.written.budget_error = BudgetSpentError(str(error))
        elif isinstance(error, RequestError):
            if error.status == UNAUTHORIZED:
                raise error
            for step in steps:
                self.written.refused[step.name] = _reason(error)
        elif isinstance(error, BudgetSpentError):
            self.written.budget_error = error
        elif isinstance(error, UnansweredError):
            # The next read of the destination shows what came of it.
            self.written.unanswered += 1
        else:
            raise error

    def _error_of(self, request: Callable[[], None]) -> Exception | None:
        if self.written.budget_error is not None:
            return self.written.budget_error
        try:
            request()
        except (RequestError, UnansweredError, BudgetSpentError) as error:
            return error
        return None

    def _results(self, tasks: Iterable[Callable[[], T]]) -> Iterator[T | Exception]:
        """Send concurrently, and yield results or errors in order."""

        def attempt(task: Callable[[], T]) -> T | Exception:
            try:
                return task()
            except (RequestError, UnansweredError, BudgetSpentError, StoppedError) as error:
                return error

        return self.workers.in_order(partial(attempt, task) for task in tasks)


def new_content(step: Step, fields: Collection[str]) -> Content:
    """Return what a new copy says; one that replaces another keeps what the target leaves alone.

    Args:
        step: A step that creates a copy.
        fields: What is kept equal.
    """
    if step.content is None:
        message = "a copy without a content"
        raise ValueError(message)
    if step.copy is not None:
        return merged(step.content, step.copy.content, fields)
    return only(step.content, fields)


def _is_refusal(error: Exception) -> bool:
    """Return whether Clockify refuses the content of a request."""
    return isinstance(error, RequestError) and error.status not in {
        TOO_MANY_REQUESTS,
        UNAUTHORIZED,
    }


def _reason(error: RequestError) -> str:
    said = f": {quoted(error.api_message)}" if error.api_message else ""
    return f"Clockify refuses it with status {error.status}{said}"


def _chunks(items: list[T]) -> Iterator[list[T]]:
    for first in range(0, len(items), AT_ONCE):
        yield items[first : first + AT_ONCE]


def _halves(items: list[T]) -> tuple[list[T], list[T]]:
    middle = len(items) // 2
    return items[:middle], items[middle:]
