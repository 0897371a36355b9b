"""Which words of a line changed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

_WORD = re.compile(r"\w+|\s+|.")
Span = tuple[str, bool]  # text, and whether it changed
_LONG = 2000


def word_spans(before: str, after: str) -> tuple[list[Span], list[Span]]:
    """Both lines in pieces, each with whether it is different in the other; all of it where hardly a word is shared."""
    if max(len(before), len(after)) > _LONG:
        return [(before, True)], [(after, True)]
    one, other = _WORD.findall(before), _WORD.findall(after)
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    if matcher.ratio() < 0.4:
        return [(before, True)], [(after, True)]
    left: list[Span] = []
    right: list[Span] = []
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        _add(left, one[i1:i2], tag != "equal")
        _add(right, other[j1:j2], tag != "equal")
    return left, right


def _add(spans: list[Span], words: Sequence[str], changed: bool) -> None:
    if words:
        spans.append(("".join(words), changed))
