"""What the user asked for, checked before anything is read."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mtop_core.api import UsageError, plain


def patterns(option: str, words: Sequence[str]) -> tuple[re.Pattern[str], ...]:
    """The regexes an option was given; UsageError that says where one is malformed."""
    return tuple(_pattern(option, word) for word in words)


def _pattern(option: str, word: str) -> re.Pattern[str]:
    try:
        return re.compile(word)
    except re.error as error:
        where = f" at position {error.pos}" if error.pos is not None else ""
        hint = "it is a regular expression of Python"
        raise UsageError(f'{option} "{plain(word)}": {error.msg}{where}', hint) from None
    except (OverflowError, RecursionError):
        raise UsageError(f'{option} "{plain(word)}" is too large a pattern') from None


def listed(words: Sequence[str]) -> tuple[str, ...]:
    """The words of an option that takes lists and may be given more than once."""
    return tuple(word.strip() for entry in words for word in entry.split(",") if word.strip())
