"""The words for values and types, and the errors that carry them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

from mtop_core.schema.problem import quoted

Keyword = Callable[[Any, Any, Any, Any], Iterator[Any]]  # called with validator, argument, instance and schema
MESSAGE = "x-mtop-message"  # annotation: the message to show when the constraint next to it fails
NOT_ALLOWED = "is not allowed here"
NOUNS = {
    "integer": "an integer",
    "number": "a number",
    "string": "a string",
    "boolean": "a boolean",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


def got(value: Any) -> str:
    """A value that is not what was expected."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return f"the boolean {str(value).lower()}"
    if isinstance(value, str):
        return f"the string {quoted(value)}"
    if isinstance(value, int):
        return f"the integer {value}"
    if isinstance(value, float):
        return f"the number {value}" if math.isfinite(value) else "a number that is too large"
    if isinstance(value, (dict, list)):
        return NOUNS["object" if isinstance(value, dict) else "array"]
    return f"a value of the type {type(value).__name__}"


def listed(values: Sequence[Any]) -> str:
    """The values that are allowed."""
    shown = [quoted(value) if isinstance(value, str) and not value else str(value) for value in values]
    return ", ".join(shown)


def error(message: str, *path: str | int) -> Any:
    """An error as jsonschema's keywords report it."""
    return _error_type()(message, path=path)


@cache
def _error_type() -> Any:
    from jsonschema.exceptions import ValidationError

    return ValidationError
