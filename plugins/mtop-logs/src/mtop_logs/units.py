"""Lines that belong together: a traceback is one thing, however many lines it takes."""

from __future__ import annotations

from typing import NamedTuple

from mtop_logs.batches import CONTINUES
from mtop_logs.levels import RANK, Said, said

LONGEST = 2000  # lines; a unit that grows beyond is cut, so that memory stays bounded
LARGEST = 4 << 20  # characters
_CHAINS = (
    "The above exception was the direct cause", "During handling of the above exception",
    "Traceback (most recent call last)",
)  # fmt: skip


class Row(NamedTuple):
    """One line: what it sorts by, its timestamp and its text."""

    key: str
    stamp: str
    text: str


class Unit:
    """Some lines that are one: a single one mostly, a traceback or a message of many lines else."""

    def __init__(self, row: Row, head: Said) -> None:
        self.rows = [row]
        self.level = head.level
        self.head = head
        self._traceback = _TRACEBACK in row.text
        self._ended = False
        self._size = len(row.text)

    @property
    def goes_on(self) -> bool:
        """Whether it is the rest of a line too long to be held whole."""
        return self.rows[0].text.startswith(CONTINUES)

    @property
    def traceback(self) -> bool:
        """Whether a traceback is in it."""
        return self._traceback

    def takes(self, row: Row, now: Said) -> bool:
        """Adds a line that goes on with what is there; false where it begins something new."""
        self._size += len(row.text)
        if self._size > LARGEST:
            return False
        if not row.text.startswith(CONTINUES):
            if len(self.rows) >= LONGEST or not self._goes_on(now):
                return False
            if RANK.get(now.level, -1) > RANK.get(self.level, -1):
                self.level = now.level
        self.rows.append(row)
        return True

    def _goes_on(self, now: Said) -> bool:
        if now.process != self.head.process or (now.prefixed != self.head.prefixed and now.prefixed):
            return False
        message = now.message
        if self._traceback:
            return self._in_traceback(message)
        if message.startswith(_TRACEBACK) and self.level in ("error", "fatal"):
            self._traceback = True  # `logger.exception`: the message, then the traceback
            return True
        return message[:1] in (" ", "\t") and not now.level and not now.prefixed

    def _in_traceback(self, message: str) -> bool:
        if message.startswith(_CHAINS):
            self._ended = False
            return True
        if self._ended:
            return not message.strip()  # the empty lines between the links of a chain
        if message[:1] not in (" ", "\t", ""):
            self._ended = True  # the exception itself
        return True


_TRACEBACK = "Traceback (most recent call last)"


class Grouper:
    """Makes units of the lines of one log."""

    def __init__(self) -> None:
        self._open: Unit | None = None

    def take(self, row: Row) -> Unit | None:
        """The unit that a line ends by beginning the next, where it does."""
        now = said(row.text)
        ended = self._open
        if ended is not None and ended.takes(row, now):
            return None
        self._open = Unit(row, now)
        return ended

    def end(self) -> Unit | None:
        """The unit that is still open."""
        ended, self._open = self._open, None
        return ended
