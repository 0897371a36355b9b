"""Side by side: both YAML texts in two columns that fit the terminal, changed words marked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from mtop_core.api import cells, styled
from mtop_snapshot.diff.compare import Difference
from mtop_snapshot.show.texts import texts
from mtop_snapshot.show.unified import groups, title
from mtop_snapshot.show.words import Span, word_spans

WIDTH = 160
_LEAST = 20
_GUTTERS = {"equal": " ", "replace": "|", "delete": "<", "insert": ">"}
_OPEN, _CLOSE = "[", "]"


def side_by_side(
    difference: Difference, labels: tuple[str, str], width: int, *, status: bool, colour: bool
) -> Iterator[str]:
    """The lines of one difference; without colour changed words stand in brackets."""
    room = max((width - 3) // 2, _LEAST)
    before, after = texts(difference, status=status)
    yield _painted(title(difference), "busy", colour)
    yield from _row([(labels[0], False)], [(labels[1], False)], " ", room, colour)
    rule = "-" * room
    for group in groups(before, after):
        yield f"{rule}-+-{rule}"
        for tag, i1, i2, j1, j2 in group:
            for old, new in zip_longest(before[i1:i2], after[j1:j2]):
                yield from _pair(tag, old, new, room, colour)


def _pair(tag: str, old: str | None, new: str | None, room: int, colour: bool) -> Iterator[str]:
    if tag == "equal" or old is None or new is None:
        changed = tag != "equal"
        sign = _GUTTERS["insert" if old is None else "delete" if new is None else tag]
        whole = changed and colour  # a side that stands alone needs no brackets to say so
        return _row([(old or "", whole)], [(new or "", whole)], sign, room, colour)
    left, right = word_spans(old, new)
    return _row(left, right, _GUTTERS[tag], room, colour)


def _row(left: Sequence[Span], right: Sequence[Span], sign: str, room: int, colour: bool) -> Iterator[str]:
    """One line of each side, wrapped into as many rows as the longer needs."""
    one, other = _wrapped(left, room, "bad", colour), _wrapped(right, room, "good", colour)
    for (a, used), (b, _) in zip_longest(one, other, fillvalue=("", 0)):
        yield f"{a}{' ' * (room - used)} {sign} {b}".rstrip()


def _wrapped(spans: Sequence[Span], room: int, style: str, colour: bool) -> list[tuple[str, int]]:
    """Pieces of a line, each at most `room` cells wide, with their widths."""
    lines: list[tuple[str, int]] = []
    line, used = "", 0
    for text, changed in _bracketed(spans, colour):
        for char in text:
            width = cells(char)
            if used + width > room:
                lines.append((line, used))
                line, used = "", 0
            line += _coloured(char, style) if changed and colour else char
            used += width
    return (
        [*lines, (_joined(line), used)] if not lines else [*((_joined(a), b) for a, b in lines), (_joined(line), used)]
    )


def _bracketed(spans: Sequence[Span], colour: bool) -> Iterator[Span]:
    for text, changed in spans:
        marks = changed and not colour and text.strip() and len(spans) > 1
        yield (f"{_OPEN}{text}{_CLOSE}" if marks else text, changed)


def _coloured(char: str, style: str) -> str:
    return styled(char, style)


def _joined(line: str) -> str:
    """A line without colours that end where the next begins."""
    for code in ("31", "32"):
        line = line.replace(f"\x1b[0m\x1b[{code}m", "")
    return line


def _painted(text: str, style: str, colour: bool) -> str:
    return styled(text, style) if colour else text
