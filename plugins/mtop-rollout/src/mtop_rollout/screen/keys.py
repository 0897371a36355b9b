"""The keyboard of a terminal, a key at a time and without echo; given back as it was."""

from __future__ import annotations

import os
import select
import sys
from typing import Any

# What a key does, by what it sends.
KEYS = {
    "n": "next", "\x1b[C": "next", "\x1bOC": "next", "\r": "next", "b": "back", "\x1b[D": "back", "\x1bOD": "back",
    " ": "play", "p": "play", "+": "faster", "=": "faster", "\x1b[A": "faster", "\x1bOA": "faster", "-": "slower",
    "\x1b[B": "slower", "\x1bOB": "slower", "e": "event", "q": "quit", "\x1b": "quit",
}  # fmt: skip
HELP = (("n", "next"), ("b", "back"), ("space", "play/pause"), ("+ -", "speed"), ("e", "next event"), ("q", "quit"))


class Keys:
    """Reads keys from standard input, where that is a terminal; else there are none."""

    def __init__(self) -> None:
        self._fd = -1
        self._before: Any = None
        if sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty():
            self._fd = sys.stdin.fileno()

    @property
    def there(self) -> bool:
        """Whether anybody can press a key."""
        return self._fd >= 0

    def take(self, yes: bool) -> None:
        """Takes the keyboard, or gives it back; signals such as Ctrl-C stay the terminal's."""
        if not self.there:
            return
        import termios
        import tty

        try:
            if yes:
                self._before = termios.tcgetattr(self._fd)
                tty.setcbreak(self._fd)
            elif self._before is not None:
                termios.tcsetattr(self._fd, termios.TCSADRAIN, self._before)
        except termios.error:
            self._fd = -1  # the terminal went away

    def wait(self, seconds: float) -> list[str]:
        """What was pressed within so many seconds, as words of `KEYS`."""
        if not self.there:
            select.select([], [], [], seconds)
            return []
        if not select.select([self._fd], [], [], seconds)[0]:
            return []
        data = os.read(self._fd, 64)
        if not data:
            return ["quit"]
        return _words(data.decode("utf-8", "replace"))


def _words(text: str) -> list[str]:
    found = []
    while text:
        size = next((size for size in (3, 1) if text[:size] in KEYS), 1)
        if text[:size] in KEYS:
            found.append(KEYS[text[:size]])
        elif text[0] == "\x1b":
            break  # some other key that sends more than one character
        text = text[size:]
    return found
