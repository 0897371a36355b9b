"""Single values in the one form that all their spellings share."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from mtop_core.api import parse_duration, parse_quantity
from mtop_snapshot.diff.flags import flags_of_text, is_variable_of_flags
from mtop_snapshot.diff.shapes import DURATIONS, INT_OR_STRING, QUANTITIES, QUANTITY_MAPS


def coder(field: str, around: str) -> Callable[[Any], Any] | None:
    """What brings the values of a field into their canonical form; None where all are plain."""
    if around in QUANTITY_MAPS or field in QUANTITIES:
        return quantity
    if field in INT_OR_STRING:
        return int_or_string
    return duration if field in DURATIONS else None


def plain(value: Any) -> Any:
    """A value that has no other spelling: lines without what nobody sees at their ends, whole numbers as such."""
    if type(value) is str:
        return "\n".join(line.rstrip() for line in value.rstrip("\n").splitlines()) if "\n" in value else value
    return int(value) if type(value) is float and value.is_integer() else value


def quantity(value: Any) -> Any:
    """A quantity as a fraction: `1000m` is 1, `0.5Gi` is `512Mi`."""
    return _quantity(value) if type(value) in (str, int, float) else value


def int_or_string(value: Any) -> Any:
    """A number or a text that may be one."""
    return str(value) if type(value) in (int, str) else value


def duration(value: Any) -> Any:
    """A duration in seconds: `90s` is `1m30s`."""
    return _duration(value) if type(value) is str else value


def variable(name: Any, value: Any) -> Any:
    """The value of an environment variable; a part of a command line as its flags."""
    if type(name) is str and type(value) is str and is_variable_of_flags(name):
        return flags_of_text(value)
    return value


@lru_cache(4096)
def _quantity(value: str | int | float) -> Any:
    amount = parse_quantity(value)
    return value if amount is None else f"{amount.numerator}/{amount.denominator}"


@lru_cache(1024)
def _duration(value: str) -> Any:
    seconds = parse_duration(value)
    return value if seconds is None else f"{seconds:g}s"
