"""Several tasks at once: results in order, the first failure at once, and a word where it takes long."""

from __future__ import annotations

import threading

import pytest
from mtop_live.parallel import in_parallel


def test_results_are_in_the_order_of_the_tasks() -> None:
    gates = [threading.Event() for _ in range(4)]

    def task(number: int) -> int:
        if number < 3:
            gates[number + 1].wait(10)  # each waits for the one after it
        gates[number].set()
        return number

    tasks = [lambda n=number: task(n) for number in range(4)]  # type: ignore[misc]
    assert in_parallel(tasks) == [0, 1, 2, 3]
    assert in_parallel(tasks[3:]) == [3]
    assert in_parallel([]) == []


def test_no_more_than_so_many_at_once() -> None:
    running, most, lock = 0, 0, threading.Lock()

    def task() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        with lock:
            running -= 1

    in_parallel([task] * 50, most=3)
    assert 1 <= most <= 3


def test_a_failure_is_raised_while_others_still_run() -> None:
    stuck = threading.Event()

    def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        in_parallel([lambda: stuck.wait(60) and None, fail])
    stuck.set()


def test_it_is_told_once_that_it_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mtop_live.parallel.PATIENCE", 0)
    told: list[tuple[int, int]] = []
    gate = threading.Event()

    def slow(done: int, of: int) -> None:
        told.append((done, of))
        gate.set()

    assert in_parallel([lambda: gate.wait(10), lambda: gate.wait(10)], slow) == [True, True]
    assert told == [(0, 2)]
