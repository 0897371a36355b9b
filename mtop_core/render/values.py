"""Single values as kubectl prints them, which is how Go does."""

from __future__ import annotations

import json
from typing import Any

from mtop_core.render.structured import escaped

# Between which sizes Go writes a fraction without an exponent: in text, and in JSON.
_IN_TEXT = (1e-4, 1e6)
_IN_JSON = (1e-6, 1e21)
_PAST_FLOAT = 1 << 1023


def as_value(value: Any) -> str:
    """A value in a template: text bare, anything with parts as compact JSON, its keys sorted."""
    if isinstance(value, str):
        return value
    return _number(value, _IN_TEXT) if _is_number(value) else _compact(value)


def _compact(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ",".join(f"{_compact(key)}:{_compact(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_compact, value)) + "]"
    if _is_number(value):
        return _number(value, _IN_JSON).replace("e-0", "e-")
    text = escaped(json.dumps(value, ensure_ascii=False))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def as_cell(value: Any) -> str:
    """A value in a custom column, as Go's fmt.Sprint shows it: `map[a:1 b:2]`, `[1 2]`, `<nil>`."""
    match value:
        case str():
            return value
        case None:
            return "<nil>"
        case dict():
            return f"map[{' '.join(f'{key}:{as_cell(value[key])}' for key in sorted(value))}]"
        case list():
            return f"[{' '.join(map(as_cell, value))}]"
        case _:
            return as_value(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(value: float, plainly: tuple[float, float]) -> str:
    """A number in the shortest digits; whole ones that fit 64 bits are what Kubernetes reads as integers."""
    if abs(value) < 1 << 63 and value == int(value):
        return str(int(value))
    if not abs(value) < _PAST_FLOAT:
        return str(value)  # no Kubernetes holds such a number, but a file may
    from decimal import Decimal

    shortest, (least, most) = Decimal(repr(float(value))), plainly
    if least <= abs(value) < most:
        return f"{shortest.normalize():f}"
    mantissa, _, exponent = f"{shortest.normalize():e}".partition("e")
    return f"{mantissa}e{int(exponent):+03d}"
