"""Rows that come late put in their place: each waits a moment for older ones of other logs."""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush

MOST = 20_000  # rows that wait; beyond, the oldest go at once


class Window:
    """Holds every row for so many seconds, then lets it go after all that sort before it."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._heap: list[tuple[str, int, str]] = []
        self._due: deque[tuple[float, int]] = deque()
        self._number = 0
        self._gone: set[int] = set()

    def push(self, key: str, row: str, now: float) -> None:
        """Takes a row in."""
        self._number += 1
        heappush(self._heap, (key, self._number, row))
        self._due.append((now + self._seconds, self._number))

    def ready(self, now: float) -> list[str]:
        """The rows whose time has come, and those that sort before them."""
        found: list[str] = []
        while self._due and (self._due[0][0] <= now or len(self._heap) > MOST):
            _, number = self._due.popleft()
            while number not in self._gone:
                _, popped, row = heappop(self._heap)
                self._gone.add(popped)
                found.append(row)
            self._gone.discard(number)
        return found

    def rest(self) -> list[str]:
        """All rows that still wait."""
        return self.ready(float("inf"))

    @property
    def due(self) -> float | None:
        """When the next row is to go, None where none waits."""
        return self._due[0][0] if self._due else None
