"""Lines of styled parts put on a terminal: each made once, and only those sent that are not there already."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mtop_core.api import write_screen

Part = tuple[str, str]
Line = tuple[Part, ...]
_STYLES = {
    "": "", "title": "bold", "good": "green", "busy": "cyan", "warn": "yellow", "bad": "red", "quiet": "dim",
    "old": "blue", "new": "magenta",
}  # fmt: skip
_MOST_LINES = 4000


class Paint:
    """Makes lines of text with rich's segments, and keeps them; colour only repeats what words and marks say."""

    def __init__(self, colour: bool) -> None:
        from rich.color import ColorSystem
        from rich.segment import Segment
        from rich.style import Style

        self._segment: Any = Segment
        self._system = ColorSystem.STANDARD if colour else None
        self._styles = {name: Style.parse(words) if words and colour else Style() for name, words in _STYLES.items()}
        self._made: dict[tuple[Line, int], str] = {}
        self._there: list[str] = []
        self._size = (0, 0)

    def text(self, line: Line, width: int) -> str:
        """A line cut to a width in cells."""
        key = (line, width)
        made = self._made.get(key)
        if made is None:
            segments = [self._segment(text, self._styles[style]) for text, style in line if text]
            cut = self._segment.adjust_line_length(segments, width, pad=False)
            made = "".join(part.style.render(part.text, color_system=self._system) if part.style else part.text
                           for part in cut)  # fmt: skip
            if len(self._made) >= _MOST_LINES:
                self._made.clear()
            self._made[key] = made
        return made

    def show(self, lines: Sequence[Line], width: int, height: int) -> None:
        """Puts a picture on the screen; a line that stands there already is not sent again."""
        now = [self.text(line, width) for line in lines[:height]]
        if self._size != (width, height):
            self._there, self._size = [], (width, height)
            sent = ["\x1b[H\x1b[2J"]
        else:
            sent = []
        before = self._there
        for row, text in enumerate(now):
            if row >= len(before) or before[row] != text:
                sent.append(f"\x1b[{row + 1};1H{text}\x1b[K")
        if len(before) > len(now):
            sent.append(f"\x1b[{len(now) + 1};1H\x1b[J")
        self._there = now
        if sent:
            write_screen("".join(sent))

    def forget(self) -> None:
        """What stood on the screen is gone."""
        self._size = (0, 0)
