"""Tasks run concurrently, their results come in order, and only a few are held at a time."""

from __future__ import annotations

import itertools
from contextlib import contextmanager
from functools import partial
from threading import Barrier, Event
from typing import TYPE_CHECKING

import pytest
from clockify_client.http import workers as workers_module
from clockify_client.http.workers import Workers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

GUARD = 120.0
"""Seconds after which a test fails instead of hanging."""


class FailedError(Exception):
    """The error of the tasks that fail."""


@contextmanager
def working(count: int) -> Iterator[Workers]:
    workers = Workers(count)
    try:
        yield workers
    finally:
        workers.stop()


class Tasks:
    """Tasks that return their own number, and a count of those that were handed out."""

    def __init__(self, count: int) -> None:
        """Start with none handed out."""
        self._count = count
        self.begun = 0

    def __iter__(self) -> Iterator[Callable[[], int]]:
        """Hand them out one by one."""
        for number in range(self._count):
            self.begun += 1
            yield partial(int, number)


def fail() -> int:
    raise FailedError


# Order


def test_results_come_in_order_although_the_last_task_finishes_first() -> None:
    finished = [Event() for _ in range(5)]

    def task(number: int) -> int:
        # Each waits for the one after it.
        for later in finished[number + 1 : number + 2]:
            assert later.wait(GUARD)
        finished[number].set()
        return number

    with working(5) as workers:
        tasks = [partial(task, number) for number in range(5)]
        assert list(workers.in_order(tasks)) == [0, 1, 2, 3, 4]


def test_tasks_run_concurrently() -> None:
    all_begun = Barrier(4)
    with working(4) as workers:
        tasks = [partial(all_begun.wait, GUARD)] * 4
        assert sorted(workers.in_order(tasks)) == [0, 1, 2, 3]


def test_more_tasks_than_threads() -> None:
    with working(3) as workers:
        assert list(workers.in_order(Tasks(100))) == list(range(100))


def test_no_tasks() -> None:
    with working(3) as workers:
        assert list(workers.in_order([])) == []


def test_first_tasks_begin_before_a_result_is_asked_for() -> None:
    begun = Event()
    with working(1) as workers:
        results = workers.in_order([begun.set])
        assert begun.wait(GUARD)
        assert list(results) == [None]


# Bounds


@pytest.mark.parametrize(
    ("count", "in_hand"), [(1, 1), (3, 3), (16, 16), (17, 16), (64, workers_module.IN_HAND)]
)
def test_only_so_many_tasks_are_held(count: int, in_hand: int) -> None:
    tasks = Tasks(200)
    with working(count) as workers:
        results = workers.in_order(tasks)
        assert tasks.begun == in_hand
        for taken, _ in enumerate(results, start=1):
            assert tasks.begun == min(200, in_hand + taken)


def test_fewer_tasks_than_may_be_held() -> None:
    tasks = Tasks(2)
    with working(8) as workers:
        assert list(workers.in_order(tasks)) == [0, 1]
    assert tasks.begun == 2


def test_two_series_share_the_threads() -> None:
    with working(2) as workers:
        one, other = workers.in_order(Tasks(20)), workers.in_order(Tasks(20))
        assert list(zip(one, other, strict=True)) == [(number, number) for number in range(20)]


# Errors


def test_error_of_a_task_comes_in_order() -> None:
    with working(4) as workers:
        results = workers.in_order([partial(int, 7), partial(int, 8), fail, partial(int, 9)])
        assert next(results) == 7
        assert next(results) == 8
        with pytest.raises(FailedError):
            next(results)
        assert list(results) == []


def test_nothing_begins_after_an_error() -> None:
    tasks = Tasks(50)
    with working(2) as workers:
        results = workers.in_order(itertools.chain([fail], tasks))
        with pytest.raises(FailedError):
            next(results)
    # Only the one that was already held.
    assert tasks.begun == 1


def test_error_while_making_the_tasks_is_raised() -> None:
    def tasks() -> Iterator[Callable[[], int]]:
        yield from Tasks(3)
        raise FailedError

    with working(1) as workers:
        results = workers.in_order(tasks())
        assert [next(results), next(results)] == [0, 1]
        with pytest.raises(FailedError):
            next(results)


class Queue:
    """Two threads and one series: its first task is done, its second waits for a thread.

    One thread is always busy, the other since it ran the first task. So the second task begins only
    if it is not cancelled.
    """

    def __init__(self, workers: Workers, first: Callable[[], object]) -> None:
        """Start the series."""
        self._workers = workers
        self._one, self._other = Event(), Event()
        self._first = first
        self.second_ran = False
        workers.submit(partial(self._one.wait, GUARD))
        self.results = workers.in_order(self._tasks())

    def _tasks(self) -> Iterator[Callable[[], object]]:
        yield self._first
        self._workers.submit(partial(self._other.wait, GUARD))
        yield self._second

    def _second(self) -> None:
        self.second_ran = True

    def free_one_thread(self) -> None:
        """Let one thread work on, until it has passed the second task."""
        self._other.set()
        self._workers.submit(int).result(GUARD)

    def release(self) -> None:
        self._one.set()
        self._other.set()


def test_error_cancels_what_has_not_begun() -> None:
    with working(2) as workers:
        queue = Queue(workers, fail)
        with pytest.raises(FailedError):
            next(queue.results)
        queue.free_one_thread()
        queue.release()
    assert not queue.second_ran


def test_closing_early_cancels_what_has_not_begun() -> None:
    with working(2) as workers:
        queue = Queue(workers, int)
        assert next(queue.results) == 0
        queue.results.close()
        queue.free_one_thread()
        queue.release()
    assert not queue.second_ran


def test_what_is_not_cancelled_runs() -> None:
    """Otherwise the two tests before this one would prove nothing."""
    with working(2) as workers:
        queue = Queue(workers, int)
        assert next(queue.results) == 0
        queue.free_one_thread()
        queue.release()
    assert queue.second_ran


def test_closing_early_begins_nothing_more() -> None:
    tasks = Tasks(50)
    with working(2) as workers:
        results = workers.in_order(tasks)
        next(results)
        results.close()
        assert tasks.begun == 3


# Single tasks


def test_single_task_gives_its_result_or_its_error() -> None:
    with working(1) as workers:
        assert workers.submit(partial(int, 5)).result(GUARD) == 5
        with pytest.raises(FailedError):
            workers.submit(fail).result(GUARD)


# End


def test_stop_waits_for_what_has_begun_and_cancels_the_rest() -> None:
    begun, other_cancelled = Event(), Event()

    def task() -> bool:
        begun.set()
        return other_cancelled.wait(GUARD)

    workers = Workers(1)
    running = workers.submit(task)
    waiting = workers.submit(fail)
    waiting.add_done_callback(lambda _: other_cancelled.set())
    assert begun.wait(GUARD)
    workers.stop()
    assert running.done()
    assert running.result() is True
    assert waiting.cancelled()


def test_nothing_begins_after_stop() -> None:
    workers = Workers(2)
    tasks = Tasks(10)
    results = workers.in_order(tasks)
    workers.stop()
    with pytest.raises(RuntimeError, match="shutdown"):
        workers.submit(int)
    with pytest.raises(RuntimeError, match="shutdown"):
        workers.in_order(Tasks(1))
    with pytest.raises(RuntimeError, match="shutdown"):
        list(results)


def test_stop_without_any_task() -> None:
    workers = Workers(2)
    workers.stop()
    workers.stop()
    with pytest.raises(RuntimeError, match="shutdown"):
        workers.submit(int)
