"""The unified form: each object's YAML with `-` and `+`, changed words marked where there is colour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from mtop_core.api import plain, styled
from mtop_snapshot.diff.compare import ADDED, REMOVED, RENAMED, Difference
from mtop_snapshot.show.texts import texts
from mtop_snapshot.show.words import Span, word_spans

CONTEXT = 3
Opcode = tuple[str, int, int, int, int]
_MARKED = {"bad": "41;37", "good": "42;30"}


def unified(difference: Difference, labels: tuple[str, str], *, status: bool, colour: bool) -> Iterator[str]:
    """The lines of one difference."""
    before, after = texts(difference, status=status)
    yield from _head(difference, labels, colour)
    for group in groups(before, after):
        _, i1, _, j1, _ = group[0]
        _, _, i2, _, j2 = group[-1]
        yield _paint(f"@@ -{_range(i1, i2)} +{_range(j1, j2)} @@", "busy", colour)
        for opcode in group:
            yield from _piece(opcode, before, after, colour)


def title(difference: Difference) -> str:
    """What an object is called, and what became of its name."""
    name = f"{difference.kind.name} {difference.key.removeprefix('/')}"
    return plain(f"{name} -> {difference.new_key.removeprefix('/')}" if difference.new_key else name)


def groups(before: Sequence[str], after: Sequence[str], context: int = CONTEXT) -> Iterator[list[Opcode]]:
    """The changed stretches of two texts with some lines around."""
    if not before or not after:
        yield [("delete" if before else "insert", 0, len(before), 0, len(after))]
        return
    yield from (
        list(group) for group in SequenceMatcher(None, before, after, autojunk=False).get_grouped_opcodes(context)
    )


def _head(difference: Difference, labels: tuple[str, str], colour: bool) -> Iterator[str]:
    old, new = (f"{title_of} ({label})" for title_of, label in zip(_names(difference), labels, strict=True))
    yield _paint(f"--- {'/dev/null' if difference.what == ADDED else old}", "bad", colour)
    yield _paint(f"+++ {'/dev/null' if difference.what == REMOVED else new}", "good", colour)


def _names(difference: Difference) -> tuple[str, str]:
    key = difference.new_key if difference.what == RENAMED else difference.key
    kind = difference.kind.name
    return plain(f"{kind} {difference.key.removeprefix('/')}"), plain(f"{kind} {key.removeprefix('/')}")


def _piece(opcode: Opcode, before: Sequence[str], after: Sequence[str], colour: bool) -> Iterator[str]:
    tag, i1, i2, j1, j2 = opcode
    if tag == "equal":
        yield from (f" {line}" for line in before[i1:i2])
        return
    old, new = before[i1:i2], after[j1:j2]
    if colour and tag == "replace" and len(old) == len(new):
        pairs = [word_spans(one, other) for one, other in zip(old, new, strict=True)]
        yield from (_marked("-", left, "bad") for left, _ in pairs)
        yield from (_marked("+", right, "good") for _, right in pairs)
        return
    yield from (_paint(f"-{line}", "bad", colour) for line in old)
    yield from (_paint(f"+{line}", "good", colour) for line in new)


def _marked(sign: str, spans: Sequence[Span], style: str) -> str:
    """A line whose changed words stand out."""
    return styled(sign, style) + "".join(
        f"\x1b[{_MARKED[style]}m{text}\x1b[0m" if changed else styled(text, style) for text, changed in spans
    )


def _paint(line: str, style: str, colour: bool) -> str:
    return styled(line, style) if colour else line


def _range(start: int, end: int) -> str:
    length = end - start
    begin = start + 1 if length else start
    return str(begin) if length == 1 else f"{begin},{length}"
