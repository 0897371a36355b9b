"""Where one has got to in a log, so that after a cut nothing is lost and nothing comes twice.

A server can be asked for lines since a whole second only, and says that second again from its beginning: what was
seen of it is remembered. The line itself is matched, not its number: a log that was rotated begins later.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from datetime import datetime

from mtop_logs.stamps import moment_of, split

KNOWN_BY = 512  # bytes of a line, its timestamp among them, that tell it from every other
MOST_SEEN = 100_000  # lines of one second; beyond, they are counted only
MOST_HELD = 4 << 20


def second_of(line: bytes) -> str:
    """The second a line was written in, as text that sorts; empty where it has no timestamp."""
    if line[29:31] == b"Z " and line[19:20] == b".":
        return line[:19].decode("ascii", "replace")
    return split(line[:64].decode("latin-1"))[0][:19]


class Cursor:
    """How far one log was read."""

    def __init__(self) -> None:
        self.second = ""
        self._seen: dict[int, int] = {}  # how often each line of that second came; empty where they are too many
        self._count = 0
        self._head = b""  # how the line begins that was read in part
        self._size = 0  # and how many bytes of it were read
        self._held: deque[tuple[str, bytes]] = deque()
        self._held_size = 0

    @property
    def since(self) -> datetime | None:
        """From when on the log has to be read again, None for all of it."""
        self._settle()
        return moment_of(f"{self.second}.000000000Z") if self.second else None

    def passed(self, data: bytes) -> None:
        """Many lines were read, the first and the last perhaps in part; they are looked at only where it matters."""
        if self._size:
            end = data.find(b"\n") + 1
            if len(self._head) < KNOWN_BY:
                self._head = (self._head + data[: end - 1 if end else None])[:KNOWN_BY]
            if not end:
                self._size += len(data)
                return
            self._remember(self._head)
            self._size, data = 0, data[end:]
        if data and not data.endswith(b"\n"):
            start = data.rfind(b"\n") + 1
            self._head, self._size = data[start : start + KNOWN_BY], len(data) - start
            data = data[:start]
        if data:
            self._hold(data)

    def end(self) -> None:
        """The log is over: a line that was read in part has no other end."""
        if self._size:
            self.passed(b"\n")

    def fresh(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """The lines of a log read again from `since` that were not read before."""
        self._settle()
        known = _Known(self.second, dict(self._seen), self._count)
        head, left = self._head, self._size
        dropped, taken, inside = 0, False, False
        for piece in lines:
            if not inside:
                taken = known.lacks(piece)
                if taken and left and (piece.startswith(head) or head.startswith(piece)):
                    dropped, left = left, 0
                elif taken and left:  # the line that was read in part is gone
                    left = 0
                    yield b"\n"
            inside = not piece.endswith(b"\n")
            if taken and dropped < len(piece):
                yield piece[dropped:]
            dropped = max(dropped - len(piece), 0)

    def _hold(self, data: bytes) -> None:
        second = second_of(data[data.rfind(b"\n", 0, len(data) - 1) + 1 :][:64])
        self._held.append((second, data))
        self._held_size += len(data)
        # one more than those of the last second: the two streams of a container may overtake each other a little
        while len(self._held) > 2 and self._held[1][0] < second:
            self._held_size -= len(self._held.popleft()[1])
        if self._held_size > MOST_HELD:
            self._settle()

    def _settle(self) -> None:
        for _, data in self._held:
            for line in data.split(b"\n")[:-1]:
                self._remember(line)
        self._held.clear()
        self._held_size = 0

    def _remember(self, line: bytes) -> None:
        now = second_of(line)
        if now > self.second:
            self.second, self._count = now, 0
            self._seen.clear()
        if now == self.second:
            self._count += 1
            if self._count > MOST_SEEN:
                self._seen.clear()
                return
            known = hash(line[:KNOWN_BY])
            self._seen[known] = self._seen.get(known, 0) + 1


class _Known:
    """The lines of one second that were read before."""

    def __init__(self, second: str, seen: dict[int, int], count: int) -> None:
        self._second = second
        self._seen = seen
        self._left = count
        self._counts = count > MOST_SEEN

    def lacks(self, line: bytes) -> bool:
        """Whether a line, or the first piece of one, was not read before."""
        if len(line) < KNOWN_BY and not line.endswith(b"\n") and self._missing:
            return False  # a server that broke off again in the midst of what is known
        now = second_of(line)
        if now != self._second or not now:
            return now > self._second or not now
        if self._counts:
            self._left -= 1
            return self._left < 0
        known = hash(line.rstrip(b"\n")[:KNOWN_BY])
        left = self._seen.get(known, 0)
        if left:
            self._seen[known] = left - 1
            self._left -= 1
        return not left

    @property
    def _missing(self) -> bool:
        """Whether not all that is known was said again."""
        return self._left > 0
