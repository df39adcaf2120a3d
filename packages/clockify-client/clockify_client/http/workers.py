"""Fetch concurrently, deliver in order. Only single requests run in the threads."""

from __future__ import annotations

import itertools
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

T = TypeVar("T")

IN_HAND = 16
"""Most responses to hold while the first of them is processed; one may be about 1 MB."""


class Workers:
    """A fixed number of threads for the requests of a run.

    Tasks must not wait for other tasks, or the threads could deadlock.
    """

    def __init__(self, count: int) -> None:
        """Set up the pool without starting a thread."""
        self._count = count
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="fetch")

    def submit(self, task: Callable[[], T]) -> Future[T]:
        """Start a task; the future has its result or its error."""
        return self._pool.submit(task)

    def in_order(self, tasks: Iterable[Callable[[], T]]) -> Iterator[T]:
        """Run tasks concurrently, and yield their results in order; few are held at once."""
        waiting = iter(tasks)
        most = min(self._count, IN_HAND)
        begun = deque(self.submit(task) for task in itertools.islice(waiting, most))
        return self._results(begun, waiting)

    def _results(self, begun: deque[Future[T]], waiting: Iterator[Callable[[], T]]) -> Iterator[T]:
        try:
            while begun:
                result = begun.popleft().result()
                begun.extend(self.submit(task) for task in itertools.islice(waiting, 1))
                yield result
        finally:
            for future in begun:
                future.cancel()

    def stop(self) -> None:
        """Start no more tasks, and wait for those that are running."""
        self._pool.shutdown(wait=True, cancel_futures=True)
