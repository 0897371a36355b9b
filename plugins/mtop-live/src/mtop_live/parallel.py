"""Several requests at once: threads that end with the process, so that Ctrl-C never waits for a slow server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any, TypeVar

T = TypeVar("T")
MOST = 6
PATIENCE = 3.0


def in_parallel(
    tasks: Sequence[Callable[[], T]], slow: Callable[[int, int], None] = lambda done, of: None, most: int = MOST
) -> list[T]:
    """What every task returns, in their order; the first exception that any of them raises, at once.

    `slow` is told, once, how many of how many are done where the whole takes longer than a person likes to wait.
    """
    if len(tasks) < 2:
        return [task() for task in tasks]
    waiting = iter(enumerate(tasks))
    lock = threading.Lock()
    done: SimpleQueue[tuple[int, Any, BaseException | None]] = SimpleQueue()

    def work() -> None:
        while True:
            with lock:
                number, task = next(waiting, (-1, None))
            if task is None:
                return
            try:
                done.put((number, task(), None))
            except BaseException as error:
                done.put((number, None, error))

    for _ in range(min(most, len(tasks))):
        threading.Thread(target=work, daemon=True).start()
    results: dict[int, Any] = {}
    told, start = False, monotonic()
    while len(results) < len(tasks):
        try:
            number, result, error = done.get(timeout=None if told else max(start + PATIENCE - monotonic(), 0))
        except Empty:
            slow(len(results), len(tasks))
            told = True
            continue
        if error is not None:
            raise error
        results[number] = result
    return [results[number] for number in range(len(tasks))]
