"""Which changes count by where they are: globs over paths, JSON Pointers, and entries of lists by what they hold."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mtop_core.api import UsageError, plain
from mtop_snapshot.diff.walk import Change, Key, Step

_TOKEN = re.compile(r"\[([^\]]*)\]|\.?([^.\[\]]+)")


def spelled(path: Sequence[Step]) -> str:
    """A path as people write it: `spec.template.containers[main].image`."""
    parts: list[str] = []
    for step in path:
        if isinstance(step, Key | int):
            parts.append(f"[{plain(str(step))}]")
        elif re.fullmatch(r"[\w-]+", step):
            parts.append(f".{step}" if parts else step)
        else:
            parts.append(f'["{plain(step)}"]')
    return "".join(parts)


class Filter:
    """Lets changes through at some paths (all where none are given) and at none of others."""

    def __init__(self, wanted: Sequence[str], ignored: Sequence[str]) -> None:
        self._wanted = [_pattern(words) for words in wanted]
        self._ignored = [_pattern(words) for words in ignored]

    def __call__(self, change: Change) -> bool:
        """Whether a change counts."""
        steps = "\0".join(_step(step) for step in change.path)
        raw = "\0".join(str(step) for step in change.pointer)
        if any(pattern.match(steps) or pattern.match(raw) for pattern in self._ignored):
            return False
        return not self._wanted or any(pattern.match(steps) or pattern.match(raw) for pattern in self._wanted)


def _step(step: Step) -> str:
    return str(step)


def _pattern(words: str) -> re.Pattern[str]:
    """The pattern of a path and all below it: `spec.*.replicas`, `**.image`, `/spec/replicas`, `env[name=X].value`."""
    steps = _pointer(words) if words.startswith("/") else _dotted(words)
    if not steps:
        raise UsageError(
            f'"{plain(words)}" is no path', "write spec.replicas, **.image, /spec/replicas or env[name=X].value"
        )
    text = ""
    for number, step in enumerate(steps):
        gap = "\0" if number and steps[number - 1] != "**" else ""
        text += gap + (r"(?:[^\0]+\0)*" if step == "**" else _glob(step))
    return re.compile(f"{text}(?:\\0|$)")


def _glob(step: str) -> str:
    return "".join(r"[^\0]*" if char == "*" else "[^\\0]" if char == "?" else re.escape(char) for char in step)


def _pointer(words: str) -> list[str]:
    return [step.replace("~1", "/").replace("~0", "~") for step in words.split("/")[1:]]


def _dotted(words: str) -> list[str]:
    steps, at = [], 0
    while at < len(words):
        match = _TOKEN.match(words, at)
        if match is None:
            return []
        inside, name = match.groups()
        if inside is not None:
            value = inside.strip("'\"")
            steps.append(value.partition("=")[2].strip("'\"") if re.match(r"[\w.]+=", value) else value or "*")
        else:
            steps.append(name)
        at = match.end()
    return steps
