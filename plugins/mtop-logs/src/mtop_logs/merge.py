"""Many logs in one order: a k-way merge that sorts what is safe to say, a slice of every log at a time."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple


class Rows(NamedTuple):
    """Some rows of one log, ready to be said, and the keys they sort by, which never fall."""

    keys: Sequence[str]
    rows: Sequence[str]


class _Log:
    """What is at hand of one log: from `at` on, up to the key `newest`."""

    __slots__ = ("_source", "at", "keys", "newest", "rows")

    def __init__(self, source: Iterator[Rows]) -> None:
        self._source = source
        self.at = 0
        self.keys: Sequence[str] = ()
        self.rows: Sequence[str] = ()
        self.newest = ""

    def fill(self) -> bool:
        """Fetches more where nothing is left; false at the end."""
        while self.at >= len(self.keys):
            self.keys = self.rows = ()
            found = next(self._source, None)
            if found is None:
                return False
            self.keys, self.rows, self.at = found.keys, found.rows, 0
        self.newest = self.keys[-1]
        return True


def merged(sources: Sequence[Iterator[Rows]]) -> Iterator[list[str]]:
    """The rows of all logs by key; of equal keys the first log's come first, and each log keeps its own order."""
    logs = [log for log in map(_Log, sources) if log.fill()]
    while logs:
        # all before the log whose rows at hand end first is known; of its last key more may come from it alone
        bound = min([log.newest for log in logs])
        keys: list[str] = []
        rows: list[str] = []
        first, parts = True, 0
        ending = logs[0]
        for log in logs:
            held, at = log.keys, log.at
            if held[at] > bound:
                continue
            end = (bisect_right if first else bisect_left)(held, bound, at)
            if end > at:
                keys += held[at:end]
                rows += log.rows[at:end]
                log.at = end
                parts += 1
            if first and log.newest == bound:
                first, ending = False, log
        yield _in_order(keys, rows) if parts > 1 else rows
        if not ending.fill():
            logs.remove(ending)


def _in_order(keys: list[str], rows: list[str]) -> list[str]:
    order = sorted(range(len(keys)), key=keys.__getitem__)
    return list(map(rows.__getitem__, order))
