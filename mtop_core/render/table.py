"""Plain columns as kubectl prints them: upper-case headings, three spaces between, no box."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mtop_core.objects.text import cells, plain
from mtop_core.render.result import Column, Row

GAP = "   "
_NARROWEST = 3  # as kubectl's columns
_STYLES = {"good": "32", "busy": "36", "warn": "33", "bad": "31", "quiet": "2"}


def table(
    columns: Sequence[Column], rows: Sequence[Row], *, header: bool = True, width: int = 0, colour: bool = False
) -> Iterator[str]:
    """The lines of a table; with `width` the last column is cut to fit that many cells.

    A heading is left out, and columns stay as wide as their widest cell, so that bytes to a file
    never depend on a terminal.
    """
    text = [[plain(column.show(row[column.key])) for column in columns] for row in rows]
    if header:
        text.insert(0, [column.header for column in columns])
    widths = [max([_NARROWEST, *(cells(line[i]) for line in text)]) for i in range(len(columns))]
    room = _room(widths, width)
    for number, line in enumerate(text):
        row = rows[number - header] if number >= header else None
        yield _line(columns, line, widths, room, row if colour else None)


def _room(widths: Sequence[int], width: int) -> int:
    """How many cells the last column may take, zero where it is not cut."""
    if not width or not widths:
        return 0
    return max(width - sum(widths[:-1]) - len(GAP) * (len(widths) - 1), 10)


def _line(columns: Sequence[Column], line: Sequence[str], widths: Sequence[int], room: int, row: Row | None) -> str:
    parts = []
    last = len(line) - 1
    for index, (column, cell) in enumerate(zip(columns, line, strict=True)):
        shown = cut(cell, room) if index == last and room else cell
        padding = "" if index == last else " " * (widths[index] - cells(shown))
        if row is not None and column.colour is not None:
            shown = styled(shown, column.colour(row[column.key]))
        parts.append(shown + padding)
    return GAP.join(parts).rstrip()


def styled(text: str, style: str) -> str:
    """A text in one of the few styles there are; colour only ever repeats what a word says."""
    code = _STYLES.get(style)
    return f"\x1b[{code}m{text}\x1b[0m" if code else text


def cut(text: str, room: int) -> str:
    """A text cut to so many cells, an ellipsis last where it was longer."""
    if cells(text) <= room:
        return text
    kept, used = [], 1
    for char in text:
        used += cells(char)
        if used > room:
            break
        kept.append(char)
    return "".join(kept) + "…"
