"""One thing that is wrong in a document, and where."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

Path = tuple[str | int, ...]
LONGEST = 60  # characters of a text to show
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,99}")


class Problem(NamedTuple):
    """One thing that is wrong in a document."""

    path: Path
    message: str
    suggestion: str = ""


def dotted(path: Sequence[str | int]) -> str:
    """A path as people write it: spec.template.containers[0].image."""
    text = ""
    for step in path:
        if isinstance(step, str) and _NAME.fullmatch(step):
            text += f".{step}" if text else step
        else:
            text += f"[{step if isinstance(step, int) else quoted(step)}]"
    return text


def quoted(text: str) -> str:
    """A string in quotes: shortened, without anything that a terminal would interpret."""
    shown = text if len(text) <= LONGEST else text[:LONGEST] + "..."
    escaped = "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in shown)
    return '"' + escaped.replace('"', '\\"') + '"'


def ordered(problems: Iterable[Problem], document: Any) -> list[Problem]:
    """The problems in the order of the document; missing fields after the present ones."""
    numbers: dict[int, dict[str, int]] = {}

    def position(problem: Problem) -> list[int]:
        found, node = [], document
        for step in problem.path:
            if isinstance(node, dict):
                if id(node) not in numbers:
                    numbers[id(node)] = {key: at for at, key in enumerate(node)}
                found.append(numbers[id(node)].get(str(step), len(node)))
                node = node.get(step)
            elif isinstance(node, list) and isinstance(step, int):
                found.append(step)
                node = node[step]
        return found

    return sorted(problems, key=position)
