"""Command lines as what an engine makes of them: flags with their values, in whatever order and spelling."""

from __future__ import annotations

import json
import re
import shlex
from collections import deque
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

_FLAG = re.compile(r"--?[A-Za-z][\w.-]*")
_REFERENCE = re.compile(r"\$\([A-Za-z_.-][\w.-]*\)")  # filled in by Kubernetes, before any shell
_LITERAL = re.compile(r"'[^']*\$[^']*'")  # not filled in by a shell, as it would be in other quotes
_OPERATOR = re.compile(r"[();<>|&]+")
_VARIABLE_OF_FLAGS = re.compile(r"[A-Z0-9_]*_ARGS")


def is_variable_of_flags(name: str) -> bool:
    """Whether an environment variable holds a part of a command line, as VLLM_ADDITIONAL_ARGS does."""
    return _VARIABLE_OF_FLAGS.fullmatch(name) is not None


def has_flags(words: Sequence[Any]) -> bool:
    """Whether a list is a command line with long flags; one without is compared word by word."""
    return all(type(word) is str for word in words) and any(_is_long(word) or _is_script(word) for word in words)


def flag_map(words: Sequence[str]) -> dict[str, Any]:
    """The flags of a command line by name, each with its values in order, and under an empty name what is no flag.

    `--x 1` is `--x=1`, `--max_model_len` is `--max-model-len`; a script in one word is taken apart as a shell would,
    and what is no flag in it stays one word: to a shell `"vllm --x"` and `"vllm", "--x"` are not the same.
    """
    found: dict[str, Any] = {"": []}
    rest = deque(words)
    while rest:
        word = rest.popleft()
        if _is_script(word):
            inside = flag_map(shlex.split(word))
            found[""].append(" ".join(inside.pop("", ())))
            for flag, values in inside.items():
                found.setdefault(flag, []).extend(values)
            continue
        if word == "--":
            found[""] += [word, *rest]
            break
        flag, equals, value = word.partition("=")
        if not _is_long(flag):
            found[""].append(word)
            continue
        if not equals and rest and not _FLAG.fullmatch(rest[0].partition("=")[0]) and rest[0] != "--":
            value, equals = rest.popleft(), "="
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


@lru_cache(1024)
def _is_script(word: str) -> bool:
    """Whether a word is one command line of its own; several commands, or what a shell fills in, are a text."""
    if " --" not in word or "\n" in word.strip() or word.startswith("{") or _LITERAL.search(word):
        return False
    pieces = shlex.shlex(_REFERENCE.sub("x", word), posix=True, punctuation_chars=True)
    pieces.commenters = ""
    try:
        return not any(_OPERATOR.fullmatch(piece) or "`" in piece for piece in pieces)
    except ValueError:
        return False


def _is_long(word: str) -> bool:
    return word.startswith("--") and len(word) > 2


def _plain(value: str) -> str:
    """A value as text; JSON whatever its order and spaces."""
    if value[:1] in ("{", "["):
        try:
            return json.dumps(json.loads(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        except (ValueError, RecursionError):
            pass
    return value.strip()
