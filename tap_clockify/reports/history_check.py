"""Finds the days before the lookback window that must be read again.

For each day, the state remembers what Clockify's own reports answered before the day was last read.
The same questions, asked again about the whole history, show which days have changed since.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from clockify_client.http.errors import BAD_REQUEST, FORBIDDEN, RequestError

from tap_clockify.dates import windows
from tap_clockify.dates.windows import ONE_DAY, Window
from tap_clockify.reports.answers import QUESTIONS, answer_to, together

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Sequence
    from concurrent.futures import Future

    from tap_clockify.context import RunContext
    from tap_clockify.memory.history import History
    from tap_clockify.reports.requests import ReportRequests
    from tap_clockify.reports.span import Span

    Answer = dict[int, bytes]

AHEAD = 14
"""Days of the lookback window to ask about, too. They leave it with the next runs, which then know
from two equal answers that such a day has not changed around its last reading."""

FEW_DAYS = 31
"""With more days to ask about before anything else, one request finds how many entries they have,
so that the answers stay small."""

GROUPS_IN_HAND = 15_000
"""About how many groups an answer may have; longer windows are cut."""

WINDOWS_AHEAD = 4
"""How many windows to ask about at once."""

COST = 4
"""Requests that checking a window and reading it again may take."""

REQUESTS_OF_A_WINDOW = 2
"""A page and the totals."""

SPARE = 30
"""Requests that the rest of a run may take. If these and ``COST`` for every window are left in the
hour, the whole history is checked in every run."""

TURN_DAYS = 12
"""Otherwise the windows take turns, and each is checked once in so many days."""


class HistoryCheck:
    """Checks one workspace's history.

    Attributes:
        answers: Clockify's answers so far, by day as an ordinal.
        per_day: About how many groups a day has, as far as the state tells.
        is_paced: Whether the hour's requests are few, so that the windows take turns.
        differed: The days that Clockify answered differently about than when they were last read.
    """

    def __init__(
        self,
        context: RunContext,
        workspace_id: str,
        ask: ReportRequests,
        span: Span,
        histories: Sequence[History],
    ) -> None:
        """Prepare to ask without sending a request.

        Args:
            context: The run.
            workspace_id: The workspace.
            ask: Makes the requests.
            span: The days that the run covers.
            histories: What the tables remember of the days that were read.
        """
        self.answers: dict[int, bytes] = {}
        self.differed: set[dt.date] = set()
        self.per_day = 0
        self._context = context
        self._ask = ask
        self._span = span
        self._histories = histories
        self._queue: list[Window] = []
        self._begun: list[tuple[Window, list[Future[Answer]]]] = []
        self._asked: set[dt.date] = set()
        self._is_unavailable = False
        self._is_on = context.settings.history_check == "auto"
        self._workspace_id = workspace_id
        left = self.requests_left
        last = context.exact_from - ONE_DAY
        parts = sum(1 for _ in windows.cut(span.history_start, last, span.range_days))
        self.is_paced = left is not None and left < SPARE + COST * parts

    @property
    def requests_left(self) -> int | None:
        """How many requests the workspace has left in the hour; None without a limit."""
        return self._context.client.session.limits.left(self._workspace_id)

    def is_short_of_requests(self, more: int = 0) -> bool:
        """Return whether to read a window, after some other requests, exceeds the hour's."""
        left = self.requests_left
        return left is not None and left < more + REQUESTS_OF_A_WINDOW

    # All of the history in one run

    @property
    def requests(self) -> int:
        """The least number of requests that reading and checking the history takes."""
        if self.is_paced:
            due = {window for item in self._histories for window in self._due(item)}
            unread = {day for day in self._unread() if day < self._span.trailing.first}
            most = self._span.range_days
            return (
                len(windows.gather(unread, gap=1, max_days=most))
                + len(QUESTIONS) * len(due) * self._is_on
            )
        is_sampled = self.must_ask_first and len(self._leaving()) > FEW_DAYS
        return is_sampled + len(QUESTIONS) * len(self._windows())

    @property
    def must_ask_first(self) -> bool:
        """Whether days are about to leave the lookback window that nothing is known about.

        An answer that comes before the reading is valid for it. If the last run has asked about
        these days, too, an equal answer after the reading is as good.
        """
        return (
            self._is_on
            and not self.is_paced
            and not all(
                item.before(day.toordinal()) for item in self._histories for day in self._leaving()
            )
        )

    def ask_first(self) -> None:
        """Ask about the days that are about to leave, and wait for the answers."""
        leaving = self._leaving()
        if len(leaving) > FEW_DAYS:
            sample = Window(leaving[-FEW_DAYS], leaving[-1])
            entries = self._ask.entries_in(sample)
            self.per_day = max(self.per_day, -(-entries // sample.days))
        self._queue = [window for window in self._windows() if window.last >= leaving[0]]
        self._settle()

    def begin(self) -> None:
        """Ask about the rest of the history without waiting for the answers."""
        if not self._begun and not self.is_paced:
            self._queue = self._windows()
            self._ask_next()

    def changed(self) -> set[dt.date]:
        """Wait for the answers, and return the days that must be read again."""
        self._settle()
        if self.is_paced:
            return set()
        return self._unread() | self._differing(self._asked)

    def _ask_next(self) -> None:
        """Ask about the next windows of the queue; few answers are awaited at once."""
        while self._queue and len(self._begun) < WINDOWS_AHEAD:
            window = self._queue.pop(0)
            self._begun.append((window, self._questions(window)))

    def _settle(self) -> None:
        """Wait for the answers about all windows of the queue."""
        self._ask_next()
        while self._begun and not self._is_unavailable:
            window, questions = self._begun.pop(0)
            self._ask_next()
            try:
                answers = self._answers(window, questions)
            except RequestError as error:
                if error.status not in {BAD_REQUEST, FORBIDDEN}:
                    raise
                self._warn(error)
            else:
                self.answers.update(together(answers))
                self._asked.update(window)
        self._begun, self._queue = [], []

    def _answers(self, window: Window, questions: list[Future[Answer]]) -> list[Answer]:
        try:
            return [question.result() for question in questions]
        except RequestError as error:
            if error.status != BAD_REQUEST or self._ask.is_form_known:
                raise
        # No page has been read yet, so it may be the filter for people that Clockify rejects.
        self._ask.entries_in(window)
        return [question.result() for question in self._questions(window)]

    def _questions(self, window: Window) -> list[Future[Answer]]:
        workers = self._context.workers
        return [workers.submit(partial(self._answer, window, groups)) for groups in QUESTIONS]

    def _answer(self, window: Window, groups: Sequence[str]) -> Answer:
        """Ask a question; only hashes of the answer, which may be large, are kept."""
        return answer_to(window, self._ask.summary(window, groups))

    def _warn(self, error: RequestError) -> None:
        self._is_unavailable = True
        self._context.notices.warn_once(
            "history check",
            "Clockify does not answer the questions of the history check, so changes of entries"
            f" from before {self._span.trailing.first} may not be seen: {error} Set history_check"
            " to off to stop this warning.",
        )

    def _windows(self) -> list[Window]:
        """Cover the days to ask about: the history, and the next to leave the lookback window."""
        first = self._span.history_start
        last = self._context.exact_from + (AHEAD - 1) * ONE_DAY
        if not self._is_on or self._is_unavailable or first >= self._context.exact_from:
            return []
        most = max(1, min(self._span.range_days, GROUPS_IN_HAND // max(1, self.per_day)))
        missing = [day for day in Window(first, last) if day not in self._asked]
        return windows.gather(missing, gap=1, max_days=most)

    def _leaving(self) -> list[dt.date]:
        """Return the days of the trailing window that the next run will not read."""
        last = self._context.exact_from - ONE_DAY
        first = self._span.trailing.first
        return list(Window(first, last)) if first <= last else []

    def _unread(self) -> set[dt.date]:
        first, last = self._span.history_start, self._context.exact_from - ONE_DAY
        return {
            day
            for day in (Window(first, last) if first <= last else ())
            if not all(item.is_read(day.toordinal()) for item in self._histories)
        }

    def _differing(self, days: Iterable[dt.date]) -> set[dt.date]:
        """Return the days whose answer differs from that before their last reading."""
        differing: set[dt.date] = set()
        for day in days:
            answer = self.answers[day.toordinal()]
            for item in self._histories:
                if not self._is_settled(item, day, answer):
                    differing.add(day)
                    if item.before(day.toordinal()) not in {b"", answer}:
                        self.differed.add(day)
        return differing

    def _is_settled(self, item: History, day: dt.date, answer: bytes) -> bool:
        ordinal = day.toordinal()
        if item.answer(ordinal) == answer:
            return True
        is_in_lookback = day >= self._context.exact_from
        is_unchanged = day in self._span.trailing and item.before(ordinal) == answer
        if is_in_lookback or is_unchanged:
            item.settle(ordinal, answer)
            return True
        return False

    # In turns

    def unread_windows(self) -> Iterator[Window]:
        """Yield the days of the history that are still to be read, the newest first."""
        if self.is_paced:
            found = windows.gather(self._unread(), gap=1, max_days=self._span.range_days)
            yield from reversed(found)

    def turns(self) -> Iterator[set[dt.date]]:
        """Check the windows whose turn it is, the newest first; yield the days to read again.

        It ends when few requests are left, since what is not checked today is checked tomorrow.
        """
        if not self.is_paced or not self._is_on:
            return
        windows_of = {item: self._due(item) for item in self._histories}
        for window in self._blocks():
            items = [item for item, due in windows_of.items() if window in due]
            left = self.requests_left
            if left is None or left < COST or self._is_unavailable:
                return
            if items:
                self._queue = [window]
                self._settle()
            if items and not self._is_unavailable:
                yield self._differing(window)
                for item in items:
                    item.turn.done += 1

    def _blocks(self) -> list[Window]:
        """Return the windows that take turns, the newest first."""
        # What this run has read anyway needs no check.
        first = self._span.history_start
        last = min(self._context.exact_from, self._span.trailing.first) - ONE_DAY
        return list(windows.cut(first, last, self._span.range_days))[::-1]

    def _due(self, item: History) -> list[Window]:
        """Return the windows whose turn it is for a table."""
        blocks, today = self._blocks(), self._context.today
        item.turn.begin(today, len(blocks), TURN_DAYS)
        elapsed = (today - item.turn.since).days + 1
        return blocks[item.turn.done : len(blocks) * elapsed // TURN_DAYS]

    @property
    def first(self) -> dt.date:
        """The first day of the history."""
        return self._span.history_start

    @property
    def unread_days(self) -> int:
        """How many days of the history are left to later runs."""
        return len(self._unread())

    @property
    def checked(self) -> Window | None:
        """The days before the lookback window that were checked, from the first to the last."""
        past = [day for day in self._asked if day < self._context.exact_from]
        return Window(min(past), max(past)) if past else None
