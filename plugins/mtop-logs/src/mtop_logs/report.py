"""What is to be said about reading the logs, gathered from all threads."""

from __future__ import annotations

import threading
from collections.abc import Callable

from mtop_core.api import Gap, kinds, plain


class Report:
    """Gaps, errors and notes; `tell` is called with what the user should know at once."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._lock = threading.Lock()
        self._gaps: dict[str, int] = {}
        self._absent: list[str] = []
        self.errors: list[str] = []
        self.notes: list[str] = []
        self.read = 0

    def opened(self) -> None:
        """One log could be read."""
        with self._lock:
            self.read += 1

    def gap(self, reason: str) -> None:
        """A log could not be read, and why; the same reason counts once."""
        with self._lock:
            self._gaps[reason] = self._gaps.get(reason, 0) + 1

    def absent(self, what: str) -> None:
        """A log is not there (yet)."""
        with self._lock:
            self._absent.append(what)

    def error(self, words: str) -> None:
        """Something went wrong with one log; the others go on."""
        with self._lock:
            self.errors.append(plain(words))

    def tell(self, words: str) -> None:
        """Says something at once."""
        self._tell(str(plain(words)))

    def tell_all(self) -> None:
        """Says now what would be said at the end: nobody knows when that is."""
        for gap in self.gaps:
            self.tell(f"not checked: {gap.resource} ({gap.reason})")
        for words in (*(f"error: {error}" for error in self.errors), *(f"note: {note}" for note in self.all_notes())):
            self.tell(words)
        self._gaps, self._absent, self.errors, self.notes = {}, [], [], []

    @property
    def failed(self) -> bool:
        """Whether something was to be read and nothing could."""
        return bool(self.errors) or (bool(self._gaps) and not self.read)

    @property
    def gaps(self) -> list[Gap]:
        """The logs that could not be read, by reason."""
        kind = kinds.POD_LOG
        return [Gap(kind, f"{why}{f', {count} times' if count > 1 else ''}") for why, count in self._gaps.items()]

    def all_notes(self) -> list[str]:
        """The notes, and which logs are not there."""
        if not self._absent:
            return self.notes
        shown = "; ".join(self._absent[:3])
        more = f"; and {len(self._absent) - 3} more" if len(self._absent) > 3 else ""
        return [*self.notes, str(plain(f"no log: {shown}{more}"))]
