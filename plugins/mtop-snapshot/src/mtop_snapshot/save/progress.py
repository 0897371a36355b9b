"""A bar on stderr while a snapshot is taken: only where somebody sees it, gone when it is done."""

from __future__ import annotations

import sys

from mtop_core.api import is_terminal

_WIDTH = 24


class Progress:
    """How far a piece of work is; silent where stderr is no terminal or nobody wants to know."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._shows = not quiet and is_terminal(sys.stderr)
        self._last = ""
        self._step = ""
        self._total = 0
        self._done = 0

    def start(self, step: str, total: int) -> None:
        """Begins a step of so many parts."""
        self._step, self._total, self._done = step, total, 0
        self._draw()

    def advance(self, parts: int = 1) -> None:
        """Some parts are done."""
        self._done += parts
        self._draw()

    def end(self) -> None:
        """Takes the bar away."""
        if self._shows and self._last:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._last = ""

    def _draw(self) -> None:
        if not self._shows:
            return
        part = min(self._done / self._total, 1.0) if self._total else 1.0
        filled = int(part * _WIDTH)
        picture = f"[{'#' * filled}{'.' * (_WIDTH - filled)}] {part:4.0%} {self._step}"
        if picture != self._last:
            sys.stderr.write(f"\r\x1b[K{picture}")
            sys.stderr.flush()
            self._last = picture
