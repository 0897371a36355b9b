"""The keywords about one value: its type, its size, its form."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sized
from typing import Any

from mtop_core.schema.messages import NOUNS, Keyword, error, got, listed
from mtop_core.schema.problem import LONGEST, quoted

_EXACT = {"string": str, "object": dict, "array": list, "boolean": bool, "integer": int}
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_FORMATS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "int32": ("a 32-bit integer", lambda value: abs(value) <= 2**31 - (value > 0)),
    "int64": ("a 64-bit integer", lambda value: abs(value) <= 2**63 - (value > 0)),
    "date-time": ("a time such as 2026-01-31T12:00:00Z", lambda value: bool(_TIME.fullmatch(value))),
}
_COUNTS: list[tuple[str, str, type[Sized]]] = [
    ("Length", "character", str),
    ("Items", "item", list),
    ("Properties", "field", dict),
]


def _type(validator: Any, types: Any, instance: Any, _schema: Any) -> Iterator[Any]:
    if isinstance(types, str) and type(instance) is _EXACT.get(types):
        return  # the common case, without the detour through jsonschema's type checker
    wanted = [types] if isinstance(types, str) else types
    if not any(validator.is_type(instance, word) for word in wanted):
        yield error(f"expected {' or '.join(NOUNS[word] for word in wanted)}, got {got(instance)}")


def _enum(_validator: Any, values: Any, instance: Any, _schema: Any) -> Iterator[Any]:
    if not any(_same(instance, value) for value in values):
        shown = quoted(instance) if isinstance(instance, str) else got(instance)
        yield error(f"{shown} is not one of {listed(values)}")


def _const(_validator: Any, value: Any, instance: Any, _schema: Any) -> Iterator[Any]:
    if not _same(instance, value):
        yield error(f"must be {listed([value])}, got {got(instance)}")


def _same(left: Any, right: Any) -> bool:
    # In JSON true is not 1.
    return bool(left == right and isinstance(left, bool) == isinstance(right, bool))


def _pattern(_validator: Any, pattern: Any, instance: Any, schema: Any) -> Iterator[Any]:
    if not isinstance(instance, str) or (not instance and schema.get("minLength")):
        return  # to be empty is one mistake, not two
    # In Python `$` also fits before a last line break: then a second break must fit as well.
    texts = [instance, instance + "\n"] if instance.endswith("\n") else [instance]
    if not all(re.search(pattern, text) for text in texts):
        example = f" (e.g. {schema['examples'][0]})" if schema.get("examples") else ""
        shown = pattern if len(pattern) <= LONGEST or not example else "of this field"
        yield error(f"{quoted(instance)} does not match the pattern {shown}{example}")


def _format(_validator: Any, name: Any, instance: Any, _schema: Any) -> Iterator[Any]:
    if name not in _FORMATS or isinstance(instance, bool):
        return
    noun, fits = _FORMATS[name]
    if isinstance(instance, str if name == "date-time" else int) and not fits(instance):
        yield error(f"must be {noun}, got {got(instance)}")


def _bound(words: str, fits: Callable[[Any, Any], bool]) -> Keyword:
    def keyword(_validator: Any, bound: Any, instance: Any, _schema: Any) -> Iterator[Any]:
        number = isinstance(instance, (int, float)) and not isinstance(instance, bool)
        if number and (math.isnan(instance) or not fits(instance, bound)):
            yield error(f"must be {words} {bound}, got {instance}")

    return keyword


def _count(words: str, sign: int, noun: str, kind: type[Sized]) -> Keyword:
    def keyword(_validator: Any, bound: Any, instance: Any, _schema: Any) -> Iterator[Any]:
        if isinstance(instance, kind) and (len(instance) - bound) * sign < 0:
            yield error(f"must have {words} {bound} {noun}{'' if bound == 1 else 's'}, has {len(instance)}")

    return keyword


VALUES: dict[str, Keyword] = {
    "type": _type,
    "enum": _enum,
    "const": _const,
    "pattern": _pattern,
    "format": _format,
    "minimum": _bound("at least", lambda value, bound: value >= bound),
    "maximum": _bound("at most", lambda value, bound: value <= bound),
    **{f"min{word}": _count("at least", 1, noun, kind) for word, noun, kind in _COUNTS},
    **{f"max{word}": _count("at most", -1, noun, kind) for word, noun, kind in _COUNTS},
}
