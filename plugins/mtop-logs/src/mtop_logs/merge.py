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
    """What is at hand of one log."""

    def __init__(self, source: Iterator[Rows]) -> None:
        self._source = source
        self._at = 0
        self._held = Rows((), ())

    def fill(self) -> bool:
        """Fetches more where nothing is left; false at the end."""
        while self._at >= len(self._held.keys):
            found = next(self._source, None)
            if found is None:
                return False
            self._held, self._at = found, 0
        return True

    @property
    def newest(self) -> str:
        """The last key at hand."""
        return self._held.keys[-1]

    def take(self, bound: str, inclusive: bool, keys: list[str], rows: list[str]) -> None:
        """Moves the rows before a key, or up to it, to two lists."""
        bisect = bisect_right if inclusive else bisect_left
        end = bisect(self._held.keys, bound, self._at)
        if end > self._at:
            keys += self._held.keys[self._at : end]
            rows += self._held.rows[self._at : end]
            self._at = end


def merged(sources: Sequence[Iterator[Rows]]) -> Iterator[list[str]]:
    """The rows of all logs by key; of equal keys the first log's come first, and each log keeps its own order."""
    logs = [log for log in map(_Log, sources) if log.fill()]
    while logs:
        # all before the log whose rows at hand end first is known; of its last key more may come from it alone
        bound = min(log.newest for log in logs)
        first = next(at for at, log in enumerate(logs) if log.newest == bound)
        keys: list[str] = []
        rows: list[str] = []
        for at, log in enumerate(logs):
            log.take(bound, at <= first, keys, rows)
        yield _in_order(keys, rows)
        if not logs[first].fill():
            del logs[first]


def _in_order(keys: list[str], rows: list[str]) -> list[str]:
    order = sorted(range(len(keys)), key=keys.__getitem__)
    return list(map(rows.__getitem__, order))
