"""Text from a cluster is untrusted: made plain before it reaches a terminal, and measured in cells."""

from __future__ import annotations

import re

# C0 without tab and newline, DEL, C1, and the marks that reorder, hide or break the text around them.
_CONTROL = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def safe(value: str) -> str:
    """`value` with control characters spelled out; tabs and line ends stay."""
    if value.isascii() and value.isprintable():
        return value
    return re.sub(_CONTROL, _escape, value)


def plain(value: str) -> str:
    """`value` as one line: runs of white space become one space, control characters are spelled out."""
    if value.isascii() and value.isprintable() and "  " not in value:
        return value.strip(" ")
    return re.sub(_CONTROL, _escape, " ".join(value.split()))


def shorten(value: str, limit: int) -> str:
    """`value` cut to `limit` characters, an ellipsis in the last place where it was longer."""
    return value if len(value) <= limit else value[: limit - 1] + "…"


def cells(value: str) -> int:
    """How many terminal cells `value` takes; wide characters take two, combining ones none."""
    if value.isascii():
        return len(value)
    import unicodedata

    width = 0
    for char in value:
        if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me", "Cf"):
            continue
        width += 2 if unicodedata.east_asian_width(char) in "WF" else 1
    return width
