"""Log lines without secrets, prompts and completions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from mtop_snapshot.redact.masks import Masker
from mtop_snapshot.redact.patterns import masked_in_log, suspect_in_log, without
from mtop_snapshot.redact.prompts import Prompts

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d) ")


def redacted_lines(lines: Iterable[bytes], masker: Masker) -> Iterator[bytes]:
    """The lines of one log, each with the kubelet's time if it had one, UTF-8 throughout and ended by a newline."""
    prompts, key = Prompts(masker), _Key(masker)
    for number, line in enumerate(lines, 1):
        masker.place = f"line {number}"
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        time = match.group() if (match := _TIME.match(text)) else ""
        text = key.line(text[len(time) :])
        if masker.known:
            text = without(text, masker.found, masker)
        if masker.guesses:
            text = without(text, masker.guesses, masker)
        text = prompts.line(text)
        if suspect_in_log(text) or "\x1b[" in text:
            text = _masked(text, masker)
        yield f"{time}{text}\n".encode()


def _masked(text: str, masker: Masker) -> str:
    """A line without secrets; colours, which may stand between a name and its value, go where there was one."""
    bare = _COLOUR.sub("", text)
    if not suspect_in_log(bare):
        return text
    fresh = masked_in_log(bare, masker)
    return text if fresh == bare else fresh


class _Key:
    """A PEM block that goes on over several lines, masked line by line."""

    def __init__(self, masker: Masker) -> None:
        self._masker = masker
        self._inside = False

    def line(self, text: str) -> str:
        """A line, masked where it is a part of a block that an earlier one began."""
        if self._inside:
            self._inside = "-----END" not in text
            return self._masker.mask(text, "private-key") if text.strip() else text
        start = text.rfind("-----BEGIN ")
        if start >= 0 and "-----END" not in text[start:]:
            self._inside = True
        return text
