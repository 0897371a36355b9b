"""Rows that come late put in their place: each waits a moment for older ones of other logs."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from heapq import heappop, heappush

from mtop_logs.batches import UNFINISHED

MOST = 20_000  # rows that wait; beyond, the oldest go at once


class Window:
    """Holds every row for so many seconds, then lets it go after all that sort before it.

    A row may be one piece of a line too long to be held: where another log's row comes before the next piece, an
    empty row ends the line there.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._heap: list[tuple[str, int, str, Hashable]] = []
        self._due: deque[tuple[float, int]] = deque()
        self._number = 0
        self._gone: set[int] = set()
        self._inside: Hashable = None  # the log that is in the midst of a line

    def push(self, key: str, row: str, now: float, log: Hashable = None) -> None:
        """Takes a row of a log in."""
        self._number += 1
        heappush(self._heap, (key, self._number, row, log))
        self._due.append((now + self._seconds, self._number))

    def ready(self, now: float) -> list[str]:
        """The rows whose time has come, and those that sort before them."""
        found: list[str] = []
        while self._due and (self._due[0][0] <= now or len(self._heap) > MOST):
            _, number = self._due.popleft()
            while number not in self._gone:
                _, popped, row, log = heappop(self._heap)
                self._gone.add(popped)
                if self._inside not in (None, log):
                    found.append("")
                self._inside = log if row.endswith(UNFINISHED) else None
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
