"""A place in a document that rules can read without knowing that the types are right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from mtop_core.schema import Path, Problem


class Node(NamedTuple):
    """A value and its path; whatever is absent or of another type reads as absent."""

    value: Any
    path: Path = ()

    def at(self, *steps: str) -> Node:
        """The field below, wherever it is missing an absent one."""
        node = self
        for step in steps:
            found = node.value.get(step) if isinstance(node.value, Mapping) else None
            node = Node(found, (*node.path, step))
        return node

    def has(self, *names: str) -> bool:
        """Whether all these fields are set."""
        return all(self.at(name).value is not None for name in names)

    @property
    def present(self) -> bool:
        """Whether there is any value here."""
        return self.value is not None

    @property
    def items(self) -> list[Node]:
        """The members of a list."""
        values = self.value if isinstance(self.value, list) else []
        return [Node(value, (*self.path, number)) for number, value in enumerate(values)]

    @property
    def text(self) -> str | None:
        """The value if it is a string."""
        return self.value if isinstance(self.value, str) else None

    @property
    def number(self) -> int | None:
        """The value if it is an integer."""
        return self.value if isinstance(self.value, int) and not isinstance(self.value, bool) else None

    def problem(self, message: str, suggestion: str = "") -> Problem:
        """Something wrong with the value here."""
        return Problem(self.path, message, suggestion)
