"""Which days of the history were read, and what Clockify's own reports said of them then."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tap_clockify.memory import packing
from tap_clockify.memory.state import readable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tap_clockify.memory.state import Partition

HASH_BYTES = 6
"""Bytes of the hash that is kept of an answer; two answers share one once in 2**48."""

NO_ANSWER = b""
"""The answer of a day that was read without asking for one."""


@dataclass
class Turn:
    """How far a check of the history in turns has come.

    Attributes:
        since: The day on which it began.
        done: How many windows have been checked since, the newest first.
    """

    since: dt.date
    done: int = 0

    @classmethod
    def from_state(cls, found: Any) -> Turn:
        """Parse what an earlier run left; a new check begins if there is nothing.

        Raises:
            ValueError, TypeError: The tap did not write it.
        """
        if found is None:
            return cls(dt.date.min)
        since, done = found
        if not isinstance(done, int) or done < 0:
            message = "not a number of windows"
            raise ValueError(message)
        return cls(dt.date.fromisoformat(since), done)

    def begin(self, today: dt.date, windows: int, days: int) -> None:
        """Begin a new check if the last one is over: all windows were checked, and time has passed.

        Args:
            today: The day of the run.
            windows: The number of windows.
            days: How many days a check takes at least.
        """
        is_over = self.done >= windows and (today - self.since).days >= days
        if is_over or self.since == dt.date.min:
            self.since, self.done = today, 0

    def to_state(self) -> list[Any]:
        """Return it in the form of the state."""
        return [self.since.isoformat(), self.done]


class History:
    """The days that a table has read, each with the answer that was given before the reading.

    A day that is not remembered is still to be read. An answer that has changed shows that the day
    must be read again. Days are ordinals.
    """

    def __init__(self, stream: str, partition: Partition, *, known: range) -> None:
        """Load what the previous run remembered.

        Args:
            stream: The name of the stream, for errors.
            partition: What the previous run left.
            known: The days that were read if the state is of a version that did not note them.

        Raises:
            UnreadableStateError: The tap did not write it.
        """
        packed = partition.get("answers")
        with readable(stream, "answers"):
            self._answers = (
                dict.fromkeys(known, NO_ANSWER)
                if packed is None
                else packing.unpack_hashes(packed, HASH_BYTES)
            )
        with readable(stream, "turn"):
            self.turn = Turn.from_state(partition.get("turn"))
        self._before = dict(self._answers)
        self._has_forgotten = False
        self._taken: set[int] = set()

    def forget(self) -> None:
        """Regard all days as not read, since their rows belong to another calendar."""
        self._answers.clear()
        self._has_forgotten = True

    def doubt(self, days: range) -> None:
        """Forget the answers about days that were to be read once more, and are not.

        An answer about the lookback window may have come after the reading.
        """
        for day in days:
            if day in self._answers:
                self._answers[day] = self._before[day] = NO_ANSWER

    @property
    def first_taken(self) -> int | None:
        """The first day that this run has read; None if it has read none."""
        return min(self._taken, default=None)

    def before(self, day: int) -> bytes:
        """Return the answer that earlier runs remembered of a day, if it still means anything."""
        return NO_ANSWER if self._has_forgotten else self._before.get(day, NO_ANSWER)

    def is_read(self, day: int) -> bool:
        """Return whether a day has been read, in this run or earlier."""
        return day in self._answers

    def answer(self, day: int) -> bytes:
        """Return the answer that was given before the last reading of a day, if there was one."""
        return self._answers.get(day, NO_ANSWER)

    def take(self, days: Iterable[int], answers: Mapping[int, bytes]) -> None:
        """Record days that were read after the given answers."""
        for day in days:
            self._answers[day] = answers.get(day, NO_ANSWER)
            self._taken.add(day)

    def settle(self, day: int, answer: bytes) -> None:
        """Record an answer that holds for the last reading of a day, whenever it was given."""
        self._answers[day] = answer

    def leave_unread(self, day: int) -> None:
        """Let the next run read a day again."""
        self._answers.pop(day, None)

    @property
    def has_taken(self) -> bool:
        """Whether this run has read a day."""
        return bool(self._taken)

    def to_state(self) -> dict[str, Any]:
        """Return what to remember, in the form of the state."""
        answers = packing.pack_hashes(self._answers, HASH_BYTES)
        return {"answers": answers, "turn": self.turn.to_state()}

    def after_failure(self) -> dict[str, Any]:
        """Return what earlier runs remembered, without the days of which this run sent rows.

        A target may have loaded them, so an answer from before says nothing about them.
        """
        kept = {day: answer for day, answer in self._before.items() if day not in self._taken}
        return {"answers": packing.pack_hashes(kept, HASH_BYTES)}
