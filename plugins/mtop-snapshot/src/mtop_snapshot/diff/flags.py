"""Command lines as what an engine makes of them: flags with their values, in whatever order and spelling."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from typing import Any

_FLAG = re.compile(r"--?[A-Za-z][\w.-]*")
_VARIABLE_OF_FLAGS = re.compile(r"[A-Z0-9_]*_ARGS")


def is_variable_of_flags(name: str) -> bool:
    """Whether an environment variable holds a part of a command line, as VLLM_ADDITIONAL_ARGS does."""
    return _VARIABLE_OF_FLAGS.fullmatch(name) is not None


def has_flags(words: Sequence[Any]) -> bool:
    """Whether a list is a command line with long flags; one without is compared word by word."""
    return all(type(word) is str for word in words) and any(_is_long(word) or _is_script(word) for word in words)


def flag_map(words: Sequence[str]) -> dict[str, Any]:
    """The flags of a command line by name, each with its values in order, and under an empty name what is no flag.

    `--x 1` is `--x=1`, `--max_model_len` is `--max-model-len`; a script in one word is taken apart as a shell would.
    """
    found: dict[str, Any] = {"": []}
    rest = list(_taken_apart(words))
    while rest:
        word = rest.pop(0)
        if word == "--":
            found[""] += [word, *rest]
            break
        flag, equals, value = word.partition("=")
        if not _is_long(flag):
            found[""].append(word)
            continue
        if not equals and rest and not _FLAG.fullmatch(rest[0].partition("=")[0]) and rest[0] != "--":
            value, equals = rest.pop(0), "="
        found.setdefault(flag.replace("_", "-"), []).append(_plain(value) if equals else True)
    if not found[""]:
        del found[""]
    return found


def flags_of_text(text: str) -> Any:
    """The flags in a text, or its words where a shell could not read it."""
    try:
        return flag_map(shlex.split(text))
    except ValueError:
        return text.split()


def _taken_apart(words: Sequence[str]) -> list[str]:
    found: list[str] = []
    for word in words:
        if _is_script(word):
            try:
                found += shlex.split(word)
                continue
            except ValueError:
                pass
        found.append(word)
    return found


def _is_script(word: str) -> bool:
    """Whether a word is a command line of its own, in one line; one of several lines is a text."""
    return " --" in word and "\n" not in word.strip() and not word.startswith("{")


def _is_long(word: str) -> bool:
    return word.startswith("--") and len(word) > 2


def _plain(value: str) -> str:
    """A value as text: numbers without what makes no difference."""
    return value.strip()
