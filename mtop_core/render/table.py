"""Plain columns as kubectl prints them: upper-case headings, three spaces between, no box."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mtop_core.objects.text import cells, plain
from mtop_core.render.result import NOTHING, Column, Row

GAP = "   "
_NARROWEST = 3  # as kubectl's columns
_INDENT = "    "
_LEAST = 10  # what a last column keeps that says nothing else
_STYLES = {"good": "32", "busy": "36", "warn": "33", "bad": "31", "quiet": "2"}


def table(
    columns: Sequence[Column], rows: Sequence[Row], *, header: bool = True, width: int = 0, colour: bool = False,
    widths: list[int] | None = None,
) -> Iterator[str]:
    """The lines of a table; with `width` (of a terminal) columns are cut to fit that many cells.

    A last column that would not keep its `least` moves to lines of its own, below the rows. Without
    `width` columns are as wide as their widest cell: bytes to a file never depend on a terminal.
    Tables that continue each other share `widths`, which grow where a later one needs more.
    """  # fmt: skip
    text = [[plain(column.show(row[column.key])) for column in columns] for row in rows]
    if header:
        text.insert(0, [column.header for column in columns])
    natural = [max([_NARROWEST, *(cells(line[i]) for line in text)]) for i in range(len(columns))]
    if width and (spared := _spared(columns, natural, width)):
        kept = [index for index in range(len(columns)) if index not in spared]
        columns = [columns[index] for index in kept]
        natural = [natural[index] for index in kept]
        text = [[line[index] for index in kept] for line in text]
    if widths is not None:
        natural = widths[:] = [max(pair) for pair in zip(natural, widths or natural, strict=True)]
    fitted = _fitted(columns, natural, width) if width else natural
    below = bool(width and columns and columns[-1].least and _total(fitted) > width)
    if below:
        columns, fitted = columns[:-1], _fitted(columns[:-1], natural[:-1], width)
    for number, line in enumerate(text):
        row = rows[number - header] if number >= header else None
        yield _line(columns, line[: len(columns)], fitted, row if colour else None)
        if below and row is not None and line[-1] != NOTHING:
            yield _INDENT + cut(line[-1], max(width - len(_INDENT), _LEAST))


def _spared(columns: Sequence[Column], natural: Sequence[int], width: int) -> set[int]:
    """The columns to leave out where even the narrowest form of all does not fit."""
    last = len(columns) - 1
    least = [min(column.least or wide, wide) for column, wide in zip(columns, natural, strict=True)]
    moves = bool(columns[last].least)
    spared: set[int] = set()
    for index in sorted((i for i in range(last) if columns[i].spare), key=lambda i: -columns[i].spare):
        left = [least[i] for i in range(len(columns)) if i not in spared and not (moves and i == last)]
        if _total(left) <= width:
            break
        spared.add(index)
    return spared


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(GAP) * (len(widths) - 1)


def _fitted(columns: Sequence[Column], widths: Sequence[int], width: int) -> list[int]:
    """The widths with the columns that may be cut made narrower, in order, until the whole fits."""
    fitted = list(widths)
    last = len(columns) - 1
    least = [column.least or (_LEAST if index == last else fitted[index]) for index, column in enumerate(columns)]
    # the last column, the longest, gives first, but keeps twice its least while the others still can give
    for index, bound in ((last, 2 * least[last]), *enumerate(least)):
        given = max(min(_total(fitted) - width, fitted[index] - bound), 0)
        fitted[index] -= given
    return fitted


def _line(columns: Sequence[Column], line: Sequence[str], widths: Sequence[int], row: Row | None) -> str:
    parts = []
    last = len(line) - 1
    for index, (column, cell) in enumerate(zip(columns, line, strict=True)):
        shown = cut(cell, widths[index])
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


def cut_styled(line: str, room: int) -> str:
    """A line that may hold styles cut to so many cells; a style that was begun ends there."""
    import re

    if cells(re.sub(_STYLE, "", line)) <= room:
        return line
    kept, left = [], room - 1
    for part in re.split(f"({_STYLE})", line):
        if part.startswith("\x1b"):
            kept.append(part)
        elif left >= 0 and cells(part) > left:
            kept.append(cut(part + "  ", left + 1))
            left = -1
        elif left >= 0:
            kept.append(part)
            left -= cells(part)
    return "".join(kept)


_STYLE = "\x1b\\[[0-9;]*m"
