"""Colours of a terminal: of a revision, of a container, of a level."""

from __future__ import annotations

from zlib import crc32

_PALETTE = (36, 35, 34, 32, 96, 95, 94, 92)
_LEVELS = {"warning": "33", "error": "31", "fatal": "1;31", "debug": "2", "trace": "2"}
RESET = "\x1b[0m"


def of_name(name: str) -> str:
    """The same colour for the same name, on every run and machine."""
    return f"\x1b[{_PALETTE[crc32(name.encode('utf-8', 'replace')) % len(_PALETTE)]}m"


def of_level(level: str) -> str:
    """The colour of a level, empty for the ordinary ones."""
    return f"\x1b[{_LEVELS[level]}m" if level in _LEVELS else ""
